"""What a supplier may expect to be ordered week by week."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, refuse_rows
from optimization.replenishment.problem import KEY

ITEMS = {
    "sku_id": "text",
    "location_id": "text",
    "position_qty": "number",
    "this_week_qty": "number",
    "safety_qty": "number",
    "protection_days": "number",
    "moq": "integer",
    "order_step": "integer",
}
DEMAND = {
    "sku_id": "text",
    "location_id": "text",
    "week_no": "integer",
    "y_hat": "number",
    "q_0_1": "number",
    "q_0_5": "number",
    "q_0_9": "number",
    "q_0_95": "number",
}
LEVELS = np.array([0, 0.1, 0.5, 0.9, 0.95, 1])
CARRIED_ON = 4  # weeks whose mean stands for those beyond the forecast
PATHS = 100
NOISE = 1e-9  # sums of weeks are not exact; nobody orders a step for that


def outlook(items: pl.DataFrame, demand: pl.DataFrame, weeks: int = 12, days_left: int = 7) -> pl.DataFrame:
    """Orders that each item may expect, in this week and those after it.

    What is ordered this week is known. From then on each week's order lifts the position back to the mean demand of
    the protection interval from that week's begin, plus safety, in whole steps and not below the minimum (periodic
    review, order up to; Silver, Pyke and Thomas, *Inventory and Production Management in Supply Chains*, ch. 7). Demand
    is drawn from the forecast's quantiles, week by week on its own: quantiles of a week's order are honest, those of
    several weeks together would be too narrow. Weeks beyond the forecast take the mean of its last four.

    Parameters
    ----------
    items
        One row per SKU and location: ``position_qty`` (on hand, ordered and under way, this week's order included,
        less reserved), ``this_week_qty`` (ordered or suggested this week), ``safety_qty`` (≥ 0), ``protection_days``
        (> 0, lead time and review), ``moq`` (int, ≥ 0), ``order_step`` (int, ≥ 1). Base units.
    demand
        Forecast of these items by ``week_no`` (0: this week): ``y_hat`` and quantiles, base units, ≥ 0.
    weeks
        How many weeks to tell, this one included. Default 12.
    days_left
        Days of this week that are still to come, 1 to 7. Default 7.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``week_no``, ``expected_qty``, ``p10_qty``, ``p50_qty``, ``p90_qty`` (float), of
        items with any order in sight, in the order of ``items``.

    Raises
    ------
    ValueError
        When a column is missing or wrong, or a number is out of its bounds.
    """
    check_frame(items, ITEMS, "items")
    check_frame(demand, DEMAND, "demand")
    refuse_rows(items, pl.col("order_step") < 1, "order_step", "must be one or more", "items")
    refuse_rows(items, pl.col("protection_days") <= 0, "protection_days", "must be above zero", "items")
    refuse_rows(demand, pl.col("week_no") < 0, "week_no", "must be zero or more", "demand")
    if weeks < 1 or not 1 <= days_left <= 7:
        raise ValueError(f"weeks must be 1 or more and days_left 1 to 7, found {weeks} and {days_left}")
    if items.is_empty():
        return _frame(items, np.empty((0, weeks, 4)))
    protection = items["protection_days"].to_numpy().astype(float)
    mean, curves = _demand(items, demand, weeks + int(np.ceil(protection.max() / 7)) + 1)
    orders = _orders(items, mean, curves, protection, weeks, days_left / 7)
    first = items["this_week_qty"].to_numpy().astype(float)
    told = np.stack([orders.mean(axis=2), *np.quantile(orders, (0.1, 0.5, 0.9), axis=2)], axis=2)
    return _frame(items, np.concatenate([np.repeat(first, 4).reshape(-1, 1, 4), told], axis=1))


def _demand(items: pl.DataFrame, demand: pl.DataFrame, weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean (items, weeks) and quantile curve (items, weeks, levels) of every item, carried on beyond the forecast."""
    place = items.select(KEY).with_row_index("item")
    rows = demand.join(place, on=KEY).filter(pl.col("week_no") < weeks)
    known = int(rows["week_no"].max() or 0) + 1 if rows.height else 1
    values = np.zeros((items.height, weeks, 5))
    columns = rows.select("y_hat", "q_0_1", "q_0_5", "q_0_9", "q_0_95").to_numpy()
    values[rows["item"].to_numpy(), rows["week_no"].to_numpy()] = np.maximum(columns, 0)
    values[:, known:] = values[:, max(0, known - CARRIED_ON) : known].mean(axis=1, keepdims=True)
    low, mid, high, top = np.moveaxis(np.maximum.accumulate(values[:, :, 1:], axis=2), 2, 0)
    lowest, highest = np.maximum(low - (mid - low) / 4, 0), top + (top - high)
    return values[:, :, 0], np.stack([lowest, low, mid, high, top, highest], axis=2)


def _orders(
    items: pl.DataFrame, mean: np.ndarray, curves: np.ndarray, protection: np.ndarray, weeks: int, first_share: float
) -> np.ndarray:
    """Orders of the weeks after this one: (items, weeks − 1, paths)."""
    position, safety, moq, step = (
        items[name].to_numpy().astype(float)[:, None] for name in ("position_qty", "safety_qty", "moq", "order_step")
    )
    until = np.concatenate([np.zeros((len(mean), 1)), mean.cumsum(axis=1)], axis=1)
    drawn = np.random.default_rng(1)
    orders = np.empty((len(mean), weeks - 1, PATHS))
    position = position - first_share * (curves[:, 0] @ _weights(drawn))
    for week in range(1, weeks):
        target = _taken(until, week + protection / 7) - until[:, week]
        need = target[:, None] + safety - position
        ordered = np.where(need > NOISE, np.ceil(np.maximum(need, moq) / step - NOISE) * step, 0)
        orders[:, week - 1] = ordered
        position = position + ordered - curves[:, week] @ _weights(drawn)
    return orders


def _weights(drawn: np.random.Generator) -> np.ndarray:
    """How much of each level of a curve every path takes: (levels, paths), one draw from each hundredth."""
    share = drawn.permutation((np.arange(PATHS) + 0.5) / PATHS)
    return np.stack([np.interp(share, LEVELS, row) for row in np.eye(len(LEVELS))])


def _taken(until: np.ndarray, week: np.ndarray) -> np.ndarray:
    """Demand until a moment within a week, even over its days."""
    whole = week.astype(int)
    item = np.arange(len(until))
    return until[item, whole] + (week - whole) * (until[item, whole + 1] - until[item, whole])


def _frame(items: pl.DataFrame, told: np.ndarray) -> pl.DataFrame:
    weeks = told.shape[1]
    found = items.select(KEY)[np.repeat(np.arange(items.height), weeks)].with_columns(
        week_no=pl.Series(np.tile(np.arange(weeks), items.height), dtype=pl.Int64),
        **{
            name: pl.Series(told[:, :, place].ravel(), dtype=pl.Float64)
            for place, name in enumerate(("expected_qty", "p10_qty", "p50_qty", "p90_qty"))
        },
    )
    return found.filter(pl.col("expected_qty").sum().over(KEY) > 0)
