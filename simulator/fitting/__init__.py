"""Figures of demand, promotions, returns and lead times, fitted from public data for the worlds of the twin.

``python -m simulator.fitting`` writes ``simulator/worlds/fitted.toml``, ``docs/simulator-fit.md`` and its charts.
"""
