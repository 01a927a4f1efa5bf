"""The orders that earn most: every quantity priced on paths of demand and lead time, chosen under every limit."""

from optimization.replenishment.economics.bridge import in_words
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.plan import ReplenishmentPlan
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.economics.solve import solve

__all__ = ["EconomicParams", "ReplenishmentPlan", "ReplenishmentProblem", "in_words", "solve"]
