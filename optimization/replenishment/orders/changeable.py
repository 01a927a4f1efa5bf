"""Open purchase orders as far as their suppliers let them be changed."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.orders.afterwards import Afterwards
from optimization.replenishment.orders.under_way import UnderWay
from optimization.replenishment.params import ActionParams
from optimization.replenishment.problem import KEY
from optimization.replenishment.rests import Rests

OPEN_LINES = {
    "po_line_id": "text",
    "sku_id": "text",
    "location_id": "text",
    "open_qty": "integer",
    "expected_date": "date?",
    "unit_cost": "number?",
    "is_shipped": "bool",
    "is_acknowledged": "bool",
    "supplier_id": "text?",
    "may_grow": "bool",
}


def under_way(priced: ReplenishmentProblem, lines: pl.DataFrame, rests: pl.DataFrame, params: ActionParams) -> UnderWay:
    """Open lines of the items of a replenishment problem, with what their suppliers are taken to allow.

    Suppliers' rules for changes are in no export: ``ActionParams`` states them. What is shipped cannot be changed. An
    item's sales count until an order of today would be followed by the next: from there on later orders adapt, and
    stock is worth what it is worth to a purchase (``Afterwards``). So nothing is cancelled that would be bought.

    Parameters
    ----------
    priced
        What replenishment decides on: stock, demand and lead times on paths.
    lines
        ``po_line_id``, ``sku_id``, ``location_id`` (text), ``open_qty`` (int, base units), ``expected_date`` (date,
        null: after a lead time), ``unit_cost`` (null: the supplier's price), ``is_shipped``, ``is_acknowledged``
        (bool), ``supplier_id``, ``may_grow`` (bool: as ``may_grow`` has it). Lines of other items are left out.
    rests
        Days ahead on which suppliers rest, as ``Problem.rests``: however an order is hastened, it stands still on them.
    params
        What may be changed and what it costs.

    Returns
    -------
    UnderWay

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(lines, OPEN_LINES, "lines")
    check_unique(lines, ["po_line_id"], "lines")
    today = priced.as_of_date
    rows = priced.items.select(KEY).with_row_index("item").with_columns(pl.col("item").cast(pl.Int64))
    # One option per item, in the items' order.
    lead = priced.lead_time
    known = rows.with_columns(
        lead_days=pl.Series(lead.mean(axis=1)),
        listed=priced.options["unit_cost"],
        order_step=priced.options["order_step"],
        moq=priced.options["moq"],
    )
    found = (
        lines.filter(pl.col("open_qty") > 0)
        .join(known, on=KEY)
        .with_columns(
            pl.col("unit_cost").cast(pl.Float64).fill_null(pl.col("listed")),
            expected_arrival_date=pl.col("expected_date").fill_null(
                pl.lit(today) + pl.duration(days=pl.col("lead_days").round().cast(pl.Int64))
            ),
        )
        .sort("item", "expected_arrival_date", "po_line_id")
    )
    of = found["item"].to_numpy()
    due = (found["expected_arrival_date"] - pl.Series([today])).dt.total_days().to_numpy()
    resting = Rests(rests, found["supplier_id"])
    worked = resting.worked(lead[of])
    left = resting.worked(due.clip(0)) * (1 - params.expedite_days_share)
    usual = worked.mean(axis=1)
    found = found.with_columns(
        hastened_days=pl.Series(resting.passed(np.ceil(left).astype(np.int64)), dtype=pl.Int64),
        # What is added must be made and sent until then, hastened as an order of today could be.
        can_be_made=pl.Series(resting.worked(due.clip(0)) >= usual * (1 - params.expedite_days_share)),
    )
    return UnderWay(
        _items(priced),
        priced.demand,
        found.select(
            "po_line_id", *KEY, "open_qty", "expected_arrival_date", *_allowed(today, params), "unit_cost", "moq",
            "order_step",
        ),
        resting.arrivals(due, worked, usual),
        today,
        coming=priced.receipts("in_transit"),
        afterwards=Afterwards.of(priced, np.isin(np.arange(rows.height), of)),
    )  # fmt: skip


def _items(priced: ReplenishmentProblem) -> pl.DataFrame:
    """Stock and money of every item; what is approved counts as here: nothing is hastened for it."""
    sign = pl.when(pl.col("bucket") == "reserved").then(-pl.col("quantity")).otherwise(pl.col("quantity"))
    here = (
        priced.batches.filter(~pl.col("bucket").is_in(["on_order", "in_transit"]))
        .group_by(KEY)
        .agg(on_hand_qty=sign.sum())
    )
    # Who waits is served by a later order as well: being served sooner spares only its units.
    price = pl.when("backorder").then(priced.options["later_unit_cost"].cast(pl.Float64)).otherwise("unit_price")
    return priced.items.join(here, on=KEY, how="left", maintain_order="left").select(
        *KEY,
        pl.col("on_hand_qty").fill_null(0).cast(pl.Int64),
        "shortage_cost",
        "holding_cost",
        "terminal_value",
        "backorder",
        unit_price=price,
    )


def _allowed(today: date, params: ActionParams) -> list[pl.Expr]:
    """How far each line may be changed, and at which cost."""
    shipped, expected = pl.col("is_shipped"), pl.col("expected_arrival_date")
    worth = pl.col("open_qty") * pl.col("unit_cost")
    left = (expected - pl.lit(today)).dt.total_days()
    soonest = pl.lit(today) + pl.duration(days="hastened_days")
    latest = expected + timedelta(days=params.defer_days)
    none = pl.lit(None, dtype=pl.Date)
    # Of a day that the supplier has not told yet nobody can say what moving it brings.
    told = ~shipped & pl.col("is_acknowledged")
    return [
        pl.when(told & (soonest < expected) & (left > 1)).then(soonest).otherwise(none).alias("earliest_date"),
        pl.when(told & (left > 0)).then(latest).otherwise(none).alias("latest_date"),
        (params.expedite_cost_share * worth).alias("expedite_cost"),
        pl.lit(0.0).alias("defer_cost"),
        pl.when(shipped)
        .then(None)
        .when(pl.col("is_acknowledged"))
        .then(params.cancel_fee_share)
        .otherwise(0.0)
        .alias("cancel_fee_share"),
        (~shipped & pl.col("can_be_made") & pl.col("may_grow")).alias("may_increase"),
    ]
