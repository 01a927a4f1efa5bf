"""Suggestions of one publication, with what is needed to rank, filter and explain them in a list.

Half a million of them stay within a few hundred megabytes: each mart is read by itself, in the columns and the types
that the list needs, and joined here.
"""

from __future__ import annotations

from datetime import date, timedelta
from statistics import NormalDist

import polars as pl

from planner.snapshot import Snapshot
from planner.worklist.narrow import narrow
from planner.worklist.other_actions import ACTIONS, OTHERS

# Every cause that holds, the gravest first: the first one is what the list is folded by. What is no purchase is folded
# by its action.
CAUSES = (
    "data_doubt", "late_order", "stock_out", "runs_out_first", "promotion", "new_item", "minimum_order", "below_level",
)  # fmt: skip
# Defaults that put a quantity in doubt: facts nobody delivered. A rate of policy with its documented default does not.
DOUBTED = ("stock", "supplier", "lead_time_days", "moq_qty", "order_multiple_qty", "pack", "unit_cost", "unit_price")
Z_OF_NINE_TENTHS = NormalDist().inv_cdf(0.9)
PLACE = ["sku_id", "location_id"]
# Marts without which there is no list.
READ = (
    "replenishment_suggestion", "replenishment_input", "replenishment_bridge", "suggestion_change", "promotion_week",
    "inventory_position",
)  # fmt: skip
# Of few different values, each of which is kept once.
FEW = (
    "action", "sku_id", "sku_name", "location_id", "supplier_id", "supplier_name", "runner_up_supplier_name",
    "currency", "purchase_uom",
)  # fmt: skip
NUMBERS = (
    "runner_up_cost_difference", "available_qty", "on_order_qty", "on_order_unacknowledged_qty",
    "cover_days_before", "cover_days_after", "unit_cost", "demand_mean_qty", "safety_qty",
)  # fmt: skip
# What one unit takes of its supplier's order.
LOAD = ("unit_volume_l", "unit_weight_kg", "pallet_qty")
# Of how much of a quantity they are the reason, not need.
ROUNDING = ("pack", "minimum_order", "order_minimum")
CAUSE = pl.Enum([*CAUSES, *ACTIONS])
# Columns of what is no purchase; they are there where nothing else is suggested, too.
OF_OTHERS = dict.fromkeys(("from_location_id", "po_id", "po_line_id", "clear_way"), pl.Categorical)
WORKED_WITH = (
    "is_doubted", "is_late", "is_promoted", "rounded_qty", "demand_mean_qty", "safety_qty", "service_target",
    "position_qty", "in_transit_po_qty",
)  # fmt: skip


def suggestions(snapshot: Snapshot) -> pl.DataFrame:
    """Every suggestion of the publication, the most money at stake first.

    Quantities are base units; `cause` is one of `CAUSES` or the action, `tags` all that hold, between blanks;
    `from_location_id`, `po_id` and `clear_way` say where a transfer comes from, which order changes and how goods are
    cleared; null where the line is another, or the publication has no such mart. `need_low_qty` and
    `need_high_qty` are what would be needed if demand took its 10th or 90th percentile, `stock_out_early_date` when
    stock ends then; as if demand over the protection interval were normal (`planner.preview`).
    """
    items, promoted = _items(snapshot), _promoted(snapshot)
    bought = _bought(snapshot, items, promoted)
    bought = _with_causes(_with_spread(bought, snapshot.today)).drop(WORKED_WITH)
    others = [_other(snapshot.frame(sql), items, promoted) for mart, sql in OTHERS.items() if snapshot.has(mart)]
    told = pl.concat([bought, *others, pl.DataFrame(schema=OF_OTHERS)], how="diagonal_relaxed")
    del bought, items
    told = told.hstack(_beside(told.select("suggestion_id"), _changed(snapshot), ["suggestion_id"]))
    # What nobody can price comes last, and the order is whole.
    first = told.select("money_at_stake", "suggestion_id").with_row_index("row")
    order = first.sort("money_at_stake", "suggestion_id", descending=[True, False], nulls_last=True)["row"]
    # One column after the other: twice the whole would not fit.
    return pl.DataFrame([narrow(told.drop_in_place(name).gather(order)) for name in told.columns])


def _bought(snapshot: Snapshot, items: pl.DataFrame, promoted: pl.DataFrame) -> pl.DataFrame:
    """Purchases and what other marts say of them, some columns at a time: reading takes less memory beside them."""
    mart = "replenishment_suggestion"
    keys = _columns(snapshot, mart, "suggestion_id", *PLACE)
    beside = keys
    loads, rounded = _loads(snapshot), _rounded(snapshot)
    for table, by in ((items, PLACE), (loads, PLACE), (rounded, ["suggestion_id"]), (promoted, ["sku_id"])):
        beside = beside.hstack(_beside(keys, table, by))
    lines = beside.drop(PLACE)
    del keys, beside
    quantity = pl.col("suggested_qty").cast(pl.Float64)
    doubted = pl.col("defaults").list.eval(pl.element().is_in(DOUBTED)).list.any()
    for columns in (
        [_few(*FEW)],
        [pl.col(name).cast(pl.Float64) for name in NUMBERS],
        [
            "stock_out_date", "requested_date", "amount", "money_at_stake", quantity.fill_null(0.0),
            (quantity / pl.when(pl.col("suggested_packs") != 0).then("suggested_packs")).alias("pack_qty"),
            pl.col("in_transit_transfer_qty").cast(pl.Float64).alias("in_transit_qty"),
        ],
        [(doubted | ~pl.col("stock_known")).alias("is_doubted")],
    ):  # fmt: skip
        lines = lines.hstack(_columns(snapshot, mart, *columns))
    return lines


def _columns(snapshot: Snapshot, mart: str, *columns: str | pl.Expr) -> pl.DataFrame:
    """Some columns of a mart, in the order of its rows: a lazy frame keeps none."""
    return snapshot.scan(mart).with_row_index("row").select("row", *columns).collect().sort("row").drop("row")


def _items(snapshot: Snapshot) -> pl.DataFrame:
    lines = snapshot.scan("replenishment_input").select(
        *PLACE, _few("abc", "lifecycle", "category_id"), "lead_time_days", "service_target",
        pl.col("min_order_amount").cast(pl.Float64),
        position_qty=pl.col("inventory_position_qty").cast(pl.Float64),
        in_transit_po_qty=pl.col("in_transit_po_qty").cast(pl.Float64),
        is_late=pl.col("on_order_late_qty") > 0,
    )  # fmt: skip
    return lines.collect()


def _loads(snapshot: Snapshot) -> pl.DataFrame:
    """What a unit takes of an order; nothing where the publication does not say."""
    if not snapshot.has("order_load"):
        return pl.DataFrame(schema=dict.fromkeys(PLACE, pl.String) | dict.fromkeys(LOAD, pl.Float32))
    # Four bytes: sizes are not measured to more.
    return snapshot.scan("order_load").select(*PLACE, pl.col(LOAD).cast(pl.Float32)).collect()


def _rounded(snapshot: Snapshot) -> pl.DataFrame:
    steps = snapshot.scan("replenishment_bridge").filter(pl.col("step").is_in(ROUNDING))
    return steps.group_by("suggestion_id").agg(rounded_qty=pl.col("quantity").sum().cast(pl.Float64)).collect()


def _promoted(snapshot: Snapshot) -> pl.DataFrame:
    week = pl.col("week_start").is_between(snapshot.today - timedelta(days=6), snapshot.today + timedelta(days=56))
    return snapshot.scan("promotion_week").filter(week).select("sku_id", is_promoted=True).unique().collect()


def _changed(snapshot: Snapshot) -> pl.DataFrame:
    before = pl.col("quantity_before").cast(pl.Float64)
    # A publication of an older version tells no cause.
    told = "cause_id" in snapshot.published.columns.get("suggestion_change", ())
    cause = _few("cause_id") if told else pl.lit(None, pl.Categorical).alias("cause_id")
    return snapshot.scan("suggestion_change").select("suggestion_id", _few("change"), before, cause).collect()


def _beside(lines: pl.DataFrame, table: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The columns of a table for each line, without a copy of the lines."""
    keyed = lines.select(pl.col(keys).cast(pl.String))
    return keyed.join(table, on=keys, how="left", maintain_order="left").drop(keys)


def _few(*columns: str) -> pl.Expr:
    """A column of few different values, each kept once."""
    return pl.col(columns).cast(pl.Categorical)


def _with_causes(bought: pl.DataFrame) -> pl.DataFrame:
    """Add `cause` and `tags`: every combination is spelt once."""
    quantity = pl.col("suggested_qty")
    holds = (
        pl.col("is_doubted"), pl.col("is_late"), pl.col("available_qty") <= 0,
        pl.col("stock_out_date") < pl.col("requested_date"), pl.col("is_promoted"),
        pl.col("lifecycle").cast(pl.String) == "new", 2 * pl.col("rounded_qty") > quantity, pl.lit(True),
    )  # fmt: skip
    mask = pl.sum_horizontal(each.fill_null(False).cast(pl.Int16) * (1 << place) for place, each in enumerate(holds))
    masks = range(1 << len(CAUSES))
    combinations = [[cause for place, cause in enumerate(CAUSES) if each >> place & 1] for each in masks]
    spelt = pl.Series([" ".join(each) for each in combinations], dtype=pl.Categorical)
    gravest = pl.Series([each[0] if each else None for each in combinations], dtype=CAUSE)
    found = bought.select(mask.alias("mask"))["mask"]
    return bought.with_columns(cause=gravest.gather(found), tags=spelt.gather(found))


def _other(lines: pl.DataFrame, items: pl.DataFrame, promoted: pl.DataFrame) -> pl.DataFrame:
    """Lines of another action, with what the item says of itself, and whether it is promoted."""
    of_item = _beside(lines, items.select(*PLACE, "abc", "lifecycle", "category_id"), PLACE)
    is_promoted = lines["sku_id"].is_in(promoted["sku_id"].implode())
    tags = pl.when(is_promoted).then(pl.concat_str("action", pl.lit(" promotion"))).otherwise("action")
    few = [name for name in (*FEW, *OF_OTHERS) if name in lines.columns]
    return (
        lines.hstack(of_item)
        .with_columns(cause=pl.col("action").cast(CAUSE), tags=tags.cast(pl.Categorical))
        .with_columns(_few(*few))
    )


def _with_spread(frame: pl.DataFrame, today: date) -> pl.DataFrame:
    """Add need and end of stock at the 10th and 90th percentile of demand."""
    targets = frame["service_target"].drop_nulls().unique().to_list()
    z = {target: NormalDist().inv_cdf(min(max(target, 0.5001), 0.9999)) for target in targets}
    deviation = pl.col("safety_qty") / pl.col("service_target").replace_strict(z, return_dtype=pl.Float64, default=None)
    mean, spread, position = pl.col("demand_mean_qty"), Z_OF_NINE_TENTHS * deviation, pl.col("position_qty")
    days = (pl.col("stock_out_date") - pl.lit(today)).dt.total_days()
    early = (days * mean / (mean + spread)).fill_nan(None).floor().cast(pl.Int64)
    return frame.with_columns(
        in_transit_qty=pl.col("in_transit_qty") + pl.col("in_transit_po_qty"),
        need_low_qty=(mean - spread - position).clip(0.0),
        need_high_qty=(mean + spread - position).clip(0.0),
        stock_out_early_date=pl.lit(today) + pl.duration(days=early),
    )
