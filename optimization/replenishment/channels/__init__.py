"""How stock is split over the channels that sell from it: what is kept for a shop, and what is open to all."""

from optimization.replenishment.channels.check import check_allocation
from optimization.replenishment.channels.plan import allocate_channels
from optimization.replenishment.channels.until_more_comes import demand_until_more_comes

__all__ = ["allocate_channels", "check_allocation", "demand_until_more_comes"]
