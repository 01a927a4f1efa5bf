"""Orders and what becomes of them: dated netting, what is under way, who gets how much when there is too little."""

from optimization.replenishment.orders.cover import days_of_cover
from optimization.replenishment.orders.netting import Netting, net
from optimization.replenishment.orders.network import Network
from optimization.replenishment.orders.pooled import pool

__all__ = ["Netting", "Network", "days_of_cover", "net", "pool"]
