"""The usual retailer's rule, for comparison: reorder point and economic order quantity, (s, nQ)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimization.replenishment.theory.economic_order import economic_order

LEAST_HOLDING = 1e-6  # money per unit and day where none is given: the quantity is then the whole horizon's
LONGEST_DAYS = 365  # that one order may cover


@dataclass(frozen=True)
class Terms:
    """What the rule knows of every item; each of shape (items,).

    Parameters
    ----------
    lead_days, lead_std_days, review_days
        Mean and deviation of the lead time, days until the next order.
    order_cost, holding_cost
        Money per order, and per unit and day.
    least, step
        Units of the smallest order, and whole packs (int).
    """

    lead_days: np.ndarray
    lead_std_days: np.ndarray
    review_days: np.ndarray
    order_cost: np.ndarray
    holding_cost: np.ndarray
    least: np.ndarray
    step: np.ndarray


def reorder_point(daily: np.ndarray, position: np.ndarray, terms: Terms, z: float) -> np.ndarray:
    """Units to order by (s, nQ).

    s = m·(L + R) + z·√((L + R)·σ² + m²·σ_L²), Q = √(2·K·m / h) in whole packs (Silver, Pyke and Thomas,
    *Inventory and Production Management in Supply Chains*, sections 4.2 and 6.7): m and σ are mean and deviation of
    daily demand.

    Parameters
    ----------
    daily
        Demand of past days; shape (items, days).
    position
        Stock and what is under way; shape (items,).
    terms
        Lead times, costs, packs.
    z
        Deviations of safety.

    Returns
    -------
    np.ndarray
        Shape (items,), int; zero where nothing was ever sold.
    """
    mean, deviation = daily.mean(axis=1), daily.std(axis=1)
    cover = terms.lead_days + terms.review_days
    point = mean * cover + z * np.sqrt(cover * deviation**2 + (mean * terms.lead_std_days) ** 2)
    sold = mean > 0
    lot = np.ones_like(mean)
    costs = np.maximum(terms.order_cost[sold], LEAST_HOLDING), np.maximum(terms.holding_cost[sold], LEAST_HOLDING)
    lot[sold] = np.minimum(economic_order(*costs, mean[sold])[0], mean[sold] * LONGEST_DAYS)
    lot = np.maximum(np.ceil(np.maximum(lot, 1) / terms.step) * terms.step, terms.least)
    lots = np.where(sold & (position <= point), np.maximum(np.ceil((point - position) / lot), 1), 0)
    return (lots * lot).astype(np.int64)
