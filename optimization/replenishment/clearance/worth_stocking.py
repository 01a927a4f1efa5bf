"""Goods of others that would earn more from our own shelf."""

import numpy as np
import polars as pl
from scipy import stats

from forecasting.door import check_frame, refuse_rows
from optimization.replenishment.theory import economic_order

CANDIDATES = {
    "sku_id": "text",
    "current_mode": "text",
    "supplier_id": "text",
    "weekly_demand_qty": "number",
    "weekly_sd": "number",
    "unit_margin_now": "number",
    "unit_price": "number",
    "landed_cost": "number",
    "handling_cost": "number",
    "return_loss": "number",
    "order_cost": "number",
    "moq": "integer",
    "order_step": "integer",
    "lead_time_weeks": "number",
    "delivery_days_now": "number",
    "delivery_days_stocked": "number",
}
WEEKS = 52


def worth_stocking(
    candidates: pl.DataFrame, holding_rate: float, service_level: float = 0.95, least_yearly_gain: float = 0.0
) -> pl.DataFrame:
    """Dropship and merchant items that would earn more if we bought and kept them.

    An item is ordered in the economic quantity (at least the minimum, in whole steps, at most a year's demand) and held
    with a safety stock of ``z · sd · √lead time``. Its gain per year is the difference of margins times demand, less
    ordering and holding that stock. An item whose minimum order lasts more than a year is left out, however it earns.

    Parameters
    ----------
    candidates
        ``sku_id`` (text), ``current_mode`` (``dropship`` or ``merchant``), ``supplier_id`` (text: who would deliver),
        ``weekly_demand_qty``, ``weekly_sd`` (number, ≥ 0), ``unit_margin_now`` (money: dropship margin or commission),
        ``unit_price``, ``landed_cost`` (> 0), ``handling_cost``, ``return_loss`` (money per unit sold, net of tax and
        fees), ``order_cost`` (money per order, > 0), ``moq`` (int, ≥ 0), ``order_step`` (int, ≥ 1),
        ``lead_time_weeks``, ``delivery_days_now``, ``delivery_days_stocked`` (number, ≥ 0).
    holding_rate
        Cost of holding a unit of money in stock for a year: capital, storage, decay.
    service_level
        Chance not to run out in a lead time. Default 0.95.
    least_yearly_gain
        Money per year below which an item is not worth the work. Default 0.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``current_mode``, ``supplier_id``, ``weekly_demand_qty``, ``first_order_qty`` (int: order and safety
        stock, in whole steps), ``unit_margin_now``, ``unit_margin_stocked`` (money, after holding and handling),
        ``yearly_gain``, ``capital_needed`` (money: mean stock at cost), ``payback_weeks`` (float: first order over
        weekly gain), ``delivery_days_saved``; gaining ones only, largest first.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(candidates, CANDIDATES, "candidates")
    for column in ("weekly_demand_qty", "weekly_sd", "moq", "lead_time_weeks"):
        refuse_rows(candidates, ~(pl.col(column) >= 0), column, "must be zero or more", "candidates")
    for column in ("landed_cost", "order_cost", "order_step"):
        refuse_rows(candidates, ~(pl.col(column) > 0), column, "must be above zero", "candidates")
    known = pl.col("current_mode").is_in(["dropship", "merchant"])
    refuse_rows(candidates, ~known, "current_mode", "must be dropship or merchant", "candidates")
    if not holding_rate > 0 or not 0 < service_level < 1:
        raise ValueError(
            f"holding_rate must be above zero and service_level in (0, 1), found {holding_rate} and {service_level}"
        )
    rows = candidates.filter(pl.col("weekly_demand_qty") > 0)
    numbers = ("weekly_demand_qty", "weekly_sd", "unit_margin_now", "unit_price", "landed_cost", "handling_cost",
               "return_loss", "order_cost", "moq", "order_step", "lead_time_weeks")  # fmt: skip
    weekly, sd, now, price, cost, handling, lost, order_cost, moq, step, lead = (
        rows[name].to_numpy().astype(float) for name in numbers
    )
    yearly = WEEKS * weekly
    holding = holding_rate * cost
    quantity = np.clip(economic_order(order_cost, holding, yearly)[0], moq, np.maximum(yearly, moq))
    quantity = np.ceil(np.round(quantity / step, 9)) * step
    safety = stats.norm.ppf(service_level) * sd * np.sqrt(lead)
    stock = quantity / 2 + safety
    stocked = price - cost - handling - lost - holding * stock / yearly
    gain = yearly * (stocked - now) - order_cost * yearly / quantity
    first = np.ceil(np.round((quantity + safety) / step, 9)) * step
    found = rows.select(
        "sku_id",
        "current_mode",
        "supplier_id",
        "weekly_demand_qty",
        first_order_qty=pl.Series(first.astype(np.int64)),
        unit_margin_now="unit_margin_now",
        unit_margin_stocked=pl.Series(stocked),
        yearly_gain=pl.Series(gain),
        capital_needed=pl.Series(stock * cost),
        payback_weeks=pl.Series(first * cost * WEEKS / np.maximum(gain, 1e-9)),
        delivery_days_saved=pl.col("delivery_days_now") - pl.col("delivery_days_stocked"),
    ).filter(pl.Series((gain > 0) & (gain >= least_yearly_gain) & (quantity <= yearly)))
    return found.sort(["yearly_gain", "sku_id"], descending=[True, False])
