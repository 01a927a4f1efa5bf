"""What to buy: marts and interval demand to levels, suggestions and their bridges."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl

from feedback.identity import Matching
from optimization.replenishment import Params, Problem, solve
from pipelines.planning.living import Buying, buying
from pipelines.planning.tables import read

ITEMS = """
    with mean as (
        select sku_id, location_id, any_value(demand_mean) as demand_mean
        from plan.interval_demand
        where "interval" = 'protection'
        group by all
    )
    select
        i.sku_id, i.location_id, i.supplier_id, i.stock_known,
        i.on_hand_qty::bigint as on_hand_qty,
        i.in_transit_transfer_qty::bigint as in_transit_qty,
        i.on_order_qty::bigint as on_order_qty,
        i.approved_unseen_qty::bigint as approved_qty,
        i.reserved_qty::bigint as reserved_qty,
        i.lead_time_days, i.review_days,
        coalesce(i.moq_qty, 0)::bigint as moq,
        coalesce(i.order_multiple_qty, 1)::bigint as order_multiple,
        coalesce(i.pack_numerator, 1) as pack_numerator,
        coalesce(i.pack_denominator, 1) as pack_denominator,
        i.unit_cost, i.unit_margin, i.service_target, m.demand_mean,
        i.sku_name, i.purchase_uom, i.currency, i.defaults
    from marts.replenishment_input as i
    left join mean as m on m.sku_id = i.sku_id and m.location_id = i.location_id
    -- Without a supplier there is nothing to order, but a level to hold.
    where i.not_orderable_reason is null or i.supplier_id is null
    order by i.sku_id, i.location_id
"""
DEMAND = """
    select sku_id, location_id, "interval", "level", quantity
    from plan.interval_demand
    semi join marts.replenishment_input using (sku_id, location_id)
    order by all
"""
# What is counted as approved and not yet seen, suggestion by suggestion.
IN_FLIGHT = "select suggestion_id, in_flight_qty from feedback.in_flight order by all"
TOLD = ("sku_name", "purchase_uom", "currency", "defaults")


def read_replenishment(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What replenishment needs, as frames."""
    items = read(connection, ITEMS)
    demand = read(connection, DEMAND).join(items, on=["sku_id", "location_id"], how="semi")
    return {"items": items, "demand": demand, "in_flight": read(connection, IN_FLIGHT)}


def replenish(
    frames: dict[str, pl.DataFrame],
    as_of_date: date,
    settings: dict,
    settle: Callable[[Buying, dict[str, Decimal]], Matching],
) -> dict[str, pl.DataFrame]:
    """Solve, check the plan against its problem, and settle with what is known of earlier suggestions.

    `settle` takes what the plan asks for and what it counted as in flight; it says which suggestion answers which
    need, and how much of it is left if something was approved meanwhile.

    Raises
    ------
    AssertionError
        When the plan fails its own check; nothing of it is written then.
    """
    problem = Problem(frames["items"].drop(TOLD), frames["demand"], as_of_date)
    plan = solve(problem, Params.from_mapping(settings))
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the replenishment plan fails its check: {faults[:5]}")
    known = frames["items"].select("sku_id", "location_id", "stock_known", "lead_time_days", "review_days", "defaults")
    lines = plan.lines.join(known, on=["sku_id", "location_id"], maintain_order="left")
    ordered = _ordered(lines, as_of_date)
    wanted = buying(ordered, lines, frames["items"])
    living = _living(settle(wanted, dict(frames["in_flight"].iter_rows())))
    suggestions = _suggestions(ordered, living, frames["items"])
    levels = lines.rename({"demand_mean": "demand_mean_qty", "safety_stock_qty": "safety_qty"})
    return {
        "replenishment_level": levels,
        "replenishment_suggestion": suggestions,
        "replenishment_bridge": _bridge(plan.bridge, suggestions),
    }


def _ordered(lines: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    lead_time = pl.duration(days=pl.col("lead_time_days").ceil().cast(pl.Int64))
    return lines.filter(status="order").with_columns(
        action=pl.lit("buy"), requested_date=pl.lit(as_of_date) + lead_time
    )


def _living(matching: Matching) -> pl.DataFrame:
    """The suggestion of every need that is left, and the base units it asks for."""
    living = [c for c in (*matching.new, *matching.revised, *matching.unchanged) if c.need is not None]
    columns = {"sku_id": pl.String, "location_id": pl.String, "suggestion_id": pl.String, "left_qty": pl.Int64}
    rows = [(c.need.sku_id, c.need.destination_id, c.suggestion_id, int(c.quantity)) for c in living]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _suggestions(ordered: pl.DataFrame, living: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The lines to order under their living ids, less what was approved while the plan was computed."""
    packs = items.select("sku_id", "location_id", "pack_numerator", "pack_denominator")
    found = ordered.join(living, on=["sku_id", "location_id"], maintain_order="left")
    found = found.join(packs, on=["sku_id", "location_id"], maintain_order="left")
    return found.with_columns(
        approved_meanwhile_qty=pl.col("left_qty") - pl.col("suggested_qty"),
        suggested_qty="left_qty",
        suggested_packs=pl.col("left_qty") * pl.col("pack_denominator") // pl.col("pack_numerator"),
        amount=(pl.col("left_qty") * pl.col("unit_cost")).cast(ordered.schema["amount"]),
    )


def _bridge(steps: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    """The steps of every suggestion, with one more where something was approved while the plan was computed."""
    named = suggestions.select("suggestion_id", "sku_id", "location_id", "approved_meanwhile_qty")
    bridge = steps.join(named, on=["sku_id", "location_id"]).drop("approved_meanwhile_qty")
    meanwhile = named.filter(pl.col("approved_meanwhile_qty") != 0).select(
        "suggestion_id", "sku_id", "location_id",
        seq=pl.lit(steps["seq"].max(), pl.Int64) + 1,
        step=pl.lit("approved_meanwhile"), quantity="approved_meanwhile_qty",
    )  # fmt: skip
    return pl.concat([bridge, meanwhile], how="diagonal").sort("suggestion_id", "seq")
