"""Who gets how much: between warehouses."""

from optimization.replenishment.allocation.assortment import assortment_of, regional_assortment
from optimization.replenishment.allocation.fair_share import fair_share
from optimization.replenishment.allocation.rescue import rescue
from optimization.replenishment.allocation.spare_and_short import spare_and_short
from optimization.replenishment.allocation.transfers import plan_transfers
from optimization.replenishment.allocation.trips import next_trips, worth_the_trip

__all__ = [
    "assortment_of",
    "fair_share",
    "next_trips",
    "plan_transfers",
    "regional_assortment",
    "rescue",
    "spare_and_short",
    "worth_the_trip",
]
