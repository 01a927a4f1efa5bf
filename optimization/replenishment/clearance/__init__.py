"""Goods that will not sell in time, prices that guard the margin, and what to push instead."""

from optimization.replenishment.clearance.break_even import promotion_break_even
from optimization.replenishment.clearance.choice import choose_clearance
from optimization.replenishment.clearance.elasticity import fit_elasticity
from optimization.replenishment.clearance.guardrails import price_guardrails
from optimization.replenishment.clearance.push_pull import push_or_hold_back
from optimization.replenishment.clearance.unsold import unsold_stock
from optimization.replenishment.clearance.worth_stocking import worth_stocking

__all__ = [
    "choose_clearance",
    "fit_elasticity",
    "price_guardrails",
    "promotion_break_even",
    "push_or_hold_back",
    "unsold_stock",
    "worth_stocking",
]
