"""Goods that will not sell in time, prices that guard the margin, and what to push instead."""

from optimization.replenishment.clearance.break_even import promotion_break_even
from optimization.replenishment.clearance.bundled import Bundles, no_bundles
from optimization.replenishment.clearance.choice import choose_clearance
from optimization.replenishment.clearance.demand_ahead import demand_ahead
from optimization.replenishment.clearance.elasticity import deepest_markdown, fit_elasticity
from optimization.replenishment.clearance.guardrails import price_guardrails
from optimization.replenishment.clearance.kept_value import kept_value
from optimization.replenishment.clearance.of_skus import guard_prices, push_and_hold_back
from optimization.replenishment.clearance.plan import ClearancePlan, plan_clearance
from optimization.replenishment.clearance.push_pull import push_or_hold_back
from optimization.replenishment.clearance.room_elsewhere import room_elsewhere
from optimization.replenishment.clearance.unsold import unsold_stock

__all__ = [
    "Bundles",
    "ClearancePlan",
    "choose_clearance",
    "deepest_markdown",
    "demand_ahead",
    "fit_elasticity",
    "guard_prices",
    "kept_value",
    "no_bundles",
    "plan_clearance",
    "price_guardrails",
    "promotion_break_even",
    "push_and_hold_back",
    "push_or_hold_back",
    "room_elsewhere",
    "unsold_stock",
]
