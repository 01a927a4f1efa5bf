"""Inventory theory with known answers, vectorised over items: the formulas that plans are measured against."""

from optimization.replenishment.theory.economic_order import (
    economic_order,
    economic_order_with_backorders,
    economic_order_with_price_breaks,
)
from optimization.replenishment.theory.joint_replenishment import JointCycle, joint_replenishment
from optimization.replenishment.theory.lot_sizing import wagner_whitin
from optimization.replenishment.theory.newsvendor import newsvendor_discrete, newsvendor_normal, newsvendor_poisson
from optimization.replenishment.theory.order_point import order_point_poisson
from optimization.replenishment.theory.periodic_review import periodic_review

__all__ = [
    "JointCycle",
    "economic_order",
    "economic_order_with_backorders",
    "economic_order_with_price_breaks",
    "joint_replenishment",
    "newsvendor_discrete",
    "newsvendor_normal",
    "newsvendor_poisson",
    "order_point_poisson",
    "periodic_review",
    "wagner_whitin",
]
