"""Decisions as pure functions: ``Problem``, ``Params``, ``solve``, and a ``Plan`` that checks itself."""
