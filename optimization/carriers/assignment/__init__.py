"""Generalised assignment: every item to one agent within capacities, with a bound."""

from optimization.carriers.assignment.problem import Assignment
from optimization.carriers.assignment.solve import Assigned, solve

__all__ = ["Assigned", "Assignment", "solve"]
