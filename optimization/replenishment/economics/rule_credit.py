"""What keeping a rule is worth to the order it belongs to: rules hold unless money is short."""

import numpy as np

from optimization.replenishment.economics.hulls import envelope_steps
from optimization.replenishment.economics.offers import RULE_RETURN
from optimization.replenishment.economics.supplier_groups import rank

SLACK = 2.0  # whole steps cost more than the divisible ones that the loss is reckoned with


def rule_credit(
    value: np.ndarray,
    spend: np.ndarray,
    supplier: np.ndarray,
    by_rule: np.ndarray,
    terms: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Credit with which an order that a rule asks for is placed, topped up to its supplier's minimum.

    A service target read at the next order's arrival is missed if this order waits. So it is topped up by whatever
    costs least, goods of rules and others, and the credit is what that costs and a hair more: where money has a price,
    such an order gives way first.

    Parameters
    ----------
    value, spend, supplier
        As for ``selection.select``.
    by_rule
        Shape (items,), bool: a rule asks for an order of the item.
    terms
        Minimum and fixed cost of each supplier.

    Returns
    -------
    np.ndarray
        Money, shape (suppliers,): zero where no rule asks.
    """
    minimum, fixed = terms
    asked = np.bincount(supplier, by_rule & np.isfinite(value[:, 1:]).any(axis=1), minimum.size) > 0
    if not (asked & (minimum + fixed > 0)).any():
        return np.zeros(minimum.size)
    steps = envelope_steps(value, spend)
    rows = np.arange(len(value))
    groups = rank(steps, supplier, (spend[rows, steps.base], value[rows, steps.base]), minimum, fixed)
    worth = groups.worth_at(0.0)
    loss = np.where(np.isfinite(worth), np.maximum(-worth, 0.0), 0.0)
    return np.where(asked & (loss > 0), SLACK * loss + RULE_RETURN * minimum, 0.0)
