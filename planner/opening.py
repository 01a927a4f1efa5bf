"""The desk's opening line: four tiles, what moved the money since the last plan, causes, orders, feeds."""

from __future__ import annotations

import polars as pl

from planner.orders import USED as OF_ORDERS
from planner.orders import budgets, orders
from planner.snapshot import Snapshot
from planner.worklist import Lines
from planner.worklist.other_actions import ACTIONS
from planner.worklist.query import VIEWS

TILES = """
    select
        (select sum(on_hand_amount) from inventory_position) as tied_amount,
        (select count(*) from inventory_health where status in ('stock_out', 'at_risk')) as risk_lines,
        (select sum(money_at_stake) from inventory_health where status in ('stock_out', 'at_risk')) as risk_amount,
        (select count(*) from exceptions) as exceptions,
        (select sum(money_at_stake) from exceptions) as exceptions_amount,
        (select count(distinct {cause}) from exceptions) as exception_causes
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
# What the last plan changed, by what is to blame: one late vessel is one row, however much it moves. `gone` of its
# lines are no longer asked for, and in no list. What was asked for and taken back within one instant moved nothing.
MOVED = f"""
    select
        cause_id, cause_kind, cause_subject, count(*) as lines, count(distinct sku_id) as skus,
        count(*) filter (where change in ('closed', 'superseded')) as gone,
        sum(moved_qty) filter (where action = 'buy') as quantity, sum(moved_amount) as amount
    from suggestion_change
    where action in ('buy', {", ".join(f"'{action}'" for action in ACTIONS)}) and (change <> 'closed' or moved_qty <> 0)
    group by all
    order by abs(sum(moved_amount)) desc nulls last, lines desc, cause_id
    limit 60
"""
# Where money is least after all that is suggested is approved; measured from what is there now.
CASH = """
    select week_start as low_week, cumulative_p50_amount as low_amount
    from cash_forecast
    where scenario = 'after'
    order by cumulative_p50_amount, week_start
    limit 1
"""
# What the opening line reads of the analysis pass: a run that only decides makes none of it.
ANALYSED = ("exceptions", "sku_lifecycle", "delivery_status")
FEEDS = """
    select count(*) filter (where is_late) as late, list(distinct decision) as blocked
    from delivery_status
    left join unnest(blocks) as blocking(decision) on true
"""

USED = (
    "suggestion_id", "action", "cause", "status", "amount", "money_at_stake", "currency", "suggested_qty",
    "quantity_before", "change", "unit_cost",
)  # fmt: skip


def opening(snapshot: Snapshot, lines: Lines) -> dict[str, object]:
    """What a planner sees before the list. Money is in the currency of the workspace."""
    frame = lines.frame()[1].select(*dict.fromkeys((*USED, *OF_ORDERS)))
    is_open = pl.col("status").is_in(pl.Series(sorted(VIEWS["open"]), dtype=frame.schema["status"]).implode())
    # Lazy: each sum copies the few columns that it needs, not all of what is open.
    pending = frame.lazy().filter(is_open)
    countersign = (pl.col("status") == "countersign").sum().alias("countersign")
    work = pending.select(
        pl.len().alias("open"), pl.col("amount").sum(), pl.col("money_at_stake").sum(), countersign
    ).collect()
    has_feeds = snapshot.has("delivery_status")
    feeds = snapshot.row(FEEDS) if has_feeds else {"late": None, "blocked": []}
    return {
        "publication": {
            "id": snapshot.published.publication_id, "as_of": snapshot.published.as_of,
            "published_at": snapshot.published.published_at,
        },
        "tiles": _tiles(snapshot),
        "not_made": [name for name in ANALYSED if not snapshot.has(name)],
        "work": work.row(0, named=True) | {
            "all": frame.height,
            "currency": frame["currency"].unique().cast(pl.String).drop_nulls().sort().to_list(),
        },
        "cash": next(iter(snapshot.rows(CASH)), None) if snapshot.has("cash_forecast") else None,
        "moved": _moved(snapshot),
        "actions": _folded(pending, "action"),
        "causes": _folded(pending, "cause"),
        "orders": orders(snapshot, frame),
        # A budget is of all places.
        "budgets": budgets(snapshot, frame) if snapshot.is_whole else [],
        "feeds": {"late": feeds["late"], "blocked": sorted(each for each in feeds["blocked"] or [] if each)},
    }  # fmt: skip


def _tiles(snapshot: Snapshot) -> dict[str, object]:
    """Numbers of the tiles; None where what they are made of was not."""
    # Of a publication of an older version every exception is a cause of its own.
    cause = "cause_id" if "cause_id" in snapshot.published.columns.get("exceptions", ()) else "exception_id"
    tiles, new = snapshot.row(TILES.format(cause=cause)), snapshot.row(NEW_SKUS)
    if not snapshot.has("exceptions"):
        tiles |= {"exceptions": None, "exceptions_amount": None, "exception_causes": None}
    covered = {"new_skus": new["skus"], "new_covered": new["covered"]}
    return tiles | (covered if snapshot.has("sku_lifecycle") else dict.fromkeys(covered))


def _folded(pending: pl.LazyFrame, by: str) -> list[dict[str, object]]:
    """Suggestions that need the same answer are one line."""
    # As text only then: half a million of them would be made for a dozen.
    grouped = pending.group_by(by).agg(pl.len().alias("lines"), pl.col("amount").sum(), pl.col("money_at_stake").sum())
    told = grouped.collect().with_columns(pl.col(by).cast(pl.String))
    return told.sort(["money_at_stake", by], descending=[True, False], nulls_last=True).to_dicts()


def _moved(snapshot: Snapshot) -> list[dict[str, object]]:
    """What the last plan changed, by cause; nothing where the publication is of a version that tells none."""
    told = "cause_id" in snapshot.published.columns.get("suggestion_change", ())
    return snapshot.rows(MOVED) if told else []
