"""One wave of most units per aisle visited: which orders, from which aisles."""

from optimization.waves.selection.problem import WaveSelection
from optimization.waves.selection.solve import Selected, select_wave, select_wave_by_moves

__all__ = ["Selected", "WaveSelection", "select_wave", "select_wave_by_moves"]
