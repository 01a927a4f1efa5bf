"""Which orders are picked together, and in which order: waves by cut-off with the shortest tours."""

from optimization.waves.params import Params
from optimization.waves.plan import Plan
from optimization.waves.problem import Problem
from optimization.waves.solve import solve

__all__ = ["Params", "Plan", "Problem", "solve"]
