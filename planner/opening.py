"""The desk's opening line: four tiles, what moved the money since the last plan, causes, suppliers, feeds."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from planner.snapshot import Snapshot
from planner.worklist import Lines
from planner.worklist.query import VIEWS

TILES = """
    select
        (select sum(on_hand_amount) from inventory_position) as tied_amount,
        (select count(*) from inventory_health where status in ('stock_out', 'at_risk')) as risk_lines,
        (select sum(money_at_stake) from inventory_health where status in ('stock_out', 'at_risk')) as risk_amount,
        (select count(*) from exceptions) as exceptions,
        (select sum(money_at_stake) from exceptions) as exceptions_amount
"""
# New and on sale: covered if anywhere something can be sold or is on order.
NEW_SKUS = """
    select count(*) as skus, count(*) filter (where covered) as covered
    from (
        select l.sku_id, coalesce(bool_or(p.available_qty > 0 or p.on_order_qty > 0), false) as covered
        from sku_lifecycle as l
        left join inventory_position as p using (sku_id)
        where l.stage = 'launch' and l.recorded_lifecycle in ('new', 'active')
        group by l.sku_id
    )
"""
# Prices of what is no longer suggested come from the item.
MOVED = """
    select
        c.suggestion_id, c.change,
        (c.quantity - coalesce(c.quantity_before, 0)) * coalesce(i.unit_cost, 0) as amount
    from suggestion_change as c
    left join replenishment_input as i using (sku_id, location_id)
    where c.quantity is distinct from c.quantity_before
"""
FEEDS = """
    select count(*) filter (where is_late) as late, list(distinct decision) as blocked
    from delivery_status
    left join unnest(blocks) as blocking(decision) on true
"""


def opening(snapshot: Snapshot, lines: Lines) -> dict[str, object]:
    """What a planner sees before the list. Money is in the currency of the workspace."""
    _, frame = lines.frame()
    is_open = pl.col("status").cast(pl.String).is_in(sorted(VIEWS["open"]))
    pending = frame.filter(is_open)
    new = snapshot.row(NEW_SKUS)
    feeds = snapshot.row(FEEDS)
    return {
        "publication": {
            "id": snapshot.published.publication_id, "as_of": snapshot.published.as_of,
            "published_at": snapshot.published.published_at,
        },
        "tiles": snapshot.row(TILES) | {"new_skus": new["skus"], "new_covered": new["covered"]},
        "work": {
            "open": pending.height, "all": frame.height, "amount": _sum(pending, "amount"),
            "money_at_stake": _sum(pending, "money_at_stake"),
            "countersign": int((pending["status"].cast(pl.String) == "countersign").sum()),
            "currency": frame["currency"].cast(pl.String).drop_nulls().unique().sort().to_list(),
        },
        "moved": _moved(snapshot, frame),
        "causes": _causes(pending),
        "suppliers": _suppliers(pending),
        "feeds": {"late": feeds["late"], "blocked": sorted(each for each in feeds["blocked"] or [] if each)},
    }  # fmt: skip


def _causes(pending: pl.DataFrame) -> list[dict[str, object]]:
    """Suggestions that need the same answer are one line."""
    grouped = pending.group_by(pl.col("cause").cast(pl.String)).agg(
        pl.len().alias("lines"), pl.col("amount").sum(), pl.col("money_at_stake").sum()
    )
    return grouped.sort(["money_at_stake", "cause"], descending=[True, False], nulls_last=True).to_dicts()


def _suppliers(pending: pl.DataFrame) -> list[dict[str, object]]:
    """By supplier: how much is asked for against his minimum, and the day by which to order the first of it."""
    # Ordered later than this, it would arrive after the stock is gone.
    order_by = pl.col("stock_out_date") - pl.duration(days=pl.col("lead_time_days").fill_null(0).round())
    grouped = (
        pending.with_columns(order_by.alias("order_by"))
        .group_by(pl.col("supplier_id").cast(pl.String), pl.col("supplier_name").cast(pl.String))
        .agg(
            pl.len().alias("lines"), pl.col("amount").sum(), pl.col("money_at_stake").sum(),
            pl.col("min_order_amount").max(), pl.col("order_by").min(),
        )
    )  # fmt: skip
    return grouped.sort(["order_by", "supplier_id"], nulls_last=True).to_dicts()


def _moved(snapshot: Snapshot, frame: pl.DataFrame) -> list[dict[str, object]]:
    """What the last plan added to or took off the money asked for, by cause; `gone` is no longer asked for."""
    moved = snapshot.frame(MOVED)
    causes = frame.select("suggestion_id", pl.col("cause").cast(pl.String))
    told = moved.join(causes, on="suggestion_id", how="left").with_columns(
        pl.when(pl.col("change").is_in(["closed", "superseded"])).then(pl.lit("gone")).otherwise("cause").alias("cause")
    )
    grouped = told.group_by("cause").agg(pl.len().alias("lines"), pl.col("amount").sum())
    return grouped.sort([pl.col("amount").abs(), "cause"], descending=[True, False]).to_dicts()


def _sum(frame: pl.DataFrame, column: str) -> Decimal:
    return frame[column].sum() or Decimal(0)
