"""What to buy: order up to the quantile of demand over the protection interval, explained to the unit."""

from optimization.replenishment.params import ActionParams, ChannelParams, ClearanceParams, Params
from optimization.replenishment.plan import Plan
from optimization.replenishment.problem import Problem
from optimization.replenishment.solve import solve

__all__ = ["ActionParams", "ChannelParams", "ClearanceParams", "Params", "Plan", "Problem", "solve"]
