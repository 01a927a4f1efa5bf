"""Who gets how much: between warehouses, and between the shops that sell from one."""

from optimization.replenishment.allocation.assortment import regional_assortment
from optimization.replenishment.allocation.fair_share import fair_share
from optimization.replenishment.allocation.ring_fence import ring_fence
from optimization.replenishment.allocation.transfers import plan_transfers

__all__ = ["fair_share", "plan_transfers", "regional_assortment", "ring_fence"]
