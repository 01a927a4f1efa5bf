"""What a supplier asks for a SKU on a day: rises, second sources, steps by quantity."""

import numpy as np

__all__ = ["purchase_prices", "rebate_terms", "rise_on"]

REBATE_FROM_DAYS, REBATE = 120, 0.02  # of a year's purchases from the largest supplier


def rise_on(masters, day: int) -> np.ndarray:
    """All prices of each supplier on `day` relative to the first day, float [V]."""
    begun = (masters.rise_day <= day).sum(axis=1)
    factors = np.concatenate([np.ones((len(begun), 1)), masters.rise_factor], axis=1)
    return factors[np.arange(len(begun)), begun]


def purchase_prices(masters, day: int, supplier: np.ndarray, sku: np.ndarray, qty: np.ndarray) -> np.ndarray:
    """Net price of one base unit in fen, int64, of order lines (supplier, SKU, base units) placed on `day`.

    A step's price holds for all units of the line; steps are counted in cases, goods bought singly have none.
    """
    cases = qty // masters.case_units[sku]
    reached = (cases[:, None] >= masters.price_break_cases[supplier]).sum(axis=1) - 1
    step = np.where(masters.case_units[sku] > 1, reached, 0)
    second = np.where(supplier == masters.second_supplier_of[sku], 1 + masters.second_markup, 1.0)
    factor = rise_on(masters, day)[supplier] * second * masters.price_break_factor[supplier, step]
    return np.rint(masters.purchase_price[sku] * factor).astype(np.int64)


def rebate_terms(masters) -> tuple[np.ndarray, np.ndarray]:
    """Yearly purchases in fen, net, from which a supplier pays back, and the share of them all; arrays [V]."""
    own = (masters.modes[:, 0] > 0) & ~masters.is_bundle
    worth = masters.base_rate * masters.units_per_line * masters.purchase_price * own
    bought = np.bincount(masters.supplier_of, worth, len(masters.supplier_ids))
    largest = np.arange(len(bought)) == int(np.argmax(bought))
    volume = np.rint(bought * REBATE_FROM_DAYS / 100_000).astype(np.int64) * 100_000
    return np.where(largest, volume, 0), np.where(largest, REBATE, 0.0)
