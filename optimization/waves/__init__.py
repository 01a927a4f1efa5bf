"""Which orders are picked together, and in which order: waves by cut-off with S-shape tours."""

from optimization.waves.params import Params
from optimization.waves.plan import Plan
from optimization.waves.problem import Problem
from optimization.waves.s_shape import s_shape
from optimization.waves.solve import solve

__all__ = ["Params", "Plan", "Problem", "s_shape", "solve"]
