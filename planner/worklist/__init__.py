"""The list of suggestions that a planner works through: what the plan says, and where each one stands."""

from planner.worklist.lines import Lines
from planner.worklist.query import Query

__all__ = ["Lines", "Query"]
