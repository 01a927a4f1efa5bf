"""What goods are worth that lie longer than anybody would choose, if they are kept all the same."""

import numpy as np


def kept_value(
    units_ahead: np.ndarray,
    units: np.ndarray,
    daily_demand: np.ndarray,
    days: np.ndarray,
    worth_sold: np.ndarray,
    cost_per_day: np.ndarray,
    disposal_value: np.ndarray,
    last_day: np.ndarray,
) -> np.ndarray:
    """Worth of a unit after so many days, of goods that go on selling.

    Units behind others sell when demand has reached them: those in the middle on day
    ``(units ahead + units / 2) / daily demand``. Until then each day costs. What would never sell, or not before it
    expires, is disposed of.

    Parameters
    ----------
    units_ahead, units
        Shape (rows,): units that sell first, and units asked about.
    daily_demand
        Shape (rows,): units per day.
    days
        Shape (rows,): day as of which the worth is asked.
    worth_sold
        Money per unit on the day it sells: what a purchase in its place would cost, or its net price where none
        would be made.
    cost_per_day
        Money per unit and day: capital, room, risk of a write-down.
    disposal_value
        Money per unit, below zero where disposal costs.
    last_day
        Shape (rows,): last day on which it may be sold; infinity where it does not expire.

    Returns
    -------
    np.ndarray
        Money per unit, shape (rows,).
    """
    middle = np.divide(
        units_ahead + units / 2, daily_demand, out=np.full(len(units), np.inf), where=np.asarray(daily_demand) > 0
    )
    waits = np.maximum(middle - days, 0.0)
    with np.errstate(invalid="ignore"):
        kept = worth_sold - np.where(np.isfinite(waits) & (middle <= last_day), cost_per_day * waits, np.inf)
    return np.maximum(kept, disposal_value)
