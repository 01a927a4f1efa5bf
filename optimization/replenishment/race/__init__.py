"""A race over days that have been: each contestant orders by what was known, and meets the same demand."""

from optimization.replenishment.race.reorder_point import reorder_point
from optimization.replenishment.race.runner import Runner
from optimization.replenishment.race.score import Interval, Score, compare, score
from optimization.replenishment.race.track import Track

__all__ = ["Interval", "Runner", "Score", "Track", "compare", "reorder_point", "score"]
