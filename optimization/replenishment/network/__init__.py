"""Where in a network of stages safety stock belongs."""

from optimization.replenishment.network.central_stock import central_stock
from optimization.replenishment.network.placement import Placement
from optimization.replenishment.network.service_network import ServiceNetwork
from optimization.replenishment.network.solve import solve

__all__ = ["Placement", "ServiceNetwork", "central_stock", "solve"]
