"""Which orders are picked together, by whom, when and in which order: waves, carts, tours and refills."""

from optimization.waves.begun import begun_minutes
from optimization.waves.params import Params
from optimization.waves.plan import Plan
from optimization.waves.problem import Problem
from optimization.waves.solve import solve

__all__ = ["Params", "Plan", "Problem", "begun_minutes", "solve"]
