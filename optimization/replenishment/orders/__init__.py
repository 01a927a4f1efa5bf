"""Orders and what becomes of them: dated netting, what is under way, who gets how much when there is too little."""

from optimization.replenishment.orders.actions import propose_actions
from optimization.replenishment.orders.consumption import consume_forecast
from optimization.replenishment.orders.cover import days_of_cover
from optimization.replenishment.orders.expected_returns import returns_as_supply
from optimization.replenishment.orders.netting import Netting, net
from optimization.replenishment.orders.network import Network
from optimization.replenishment.orders.pooled import pool
from optimization.replenishment.orders.under_way import UnderWay
from optimization.replenishment.params import ActionParams

__all__ = [
    "ActionParams",
    "Netting",
    "Network",
    "UnderWay",
    "consume_forecast",
    "days_of_cover",
    "net",
    "pool",
    "propose_actions",
    "returns_as_supply",
]
