"""One wave of most units per aisle visited: which orders, from which aisles."""

from optimization.waves.selection.problem import WaveSelection
from optimization.waves.selection.solve import Selected, select_wave

__all__ = ["Selected", "WaveSelection", "select_wave"]
