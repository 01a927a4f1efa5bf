"""What to change in open purchase orders, and what to move between warehouses: decided beside what to buy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl

from feedback.identity import Matching, Need
from optimization.replenishment import Plan
from pipelines.planning.living import named
from pipelines.planning.purchase_problem import rests_ahead
from pipelines.planning.replenishment_frames import KEY
from pipelines.planning.tables import read

# A line that a plan may change; what has arrived or was cancelled has nothing open. Suppliers are asked once a week
# about a line at most: what is on its way or was answered is not asked for with other numbers every morning.
OPEN_LINES = """
    with asked as (
        select target as po_line_id
        from feedback.suggestion
        where
            action in ('expedite', 'defer', 'increase', 'reduce', 'cancel')
            and (
                status in ('approved', 'exported', 'acknowledged', 'seen', 'recalled')
                or (
                    status in ('received', 'scored', 'refused')
                    and changed_at > (select as_of from control.latest) - interval 7 days
                )
            )
    )
    select
        po_line_id, any_value(po_id) as po_id, any_value(supplier_id) as supplier_id, any_value(sku_id) as sku_id,
        any_value(location_id) as location_id,
        (select nullif(any_value(home_currency), '') from intermediate.int_exchange_rate) as currency,
        floor(sum(open_qty))::bigint as open_qty, min(expected_date) as expected_date,
        any_value(net_unit_price * r.rate)::double as unit_cost, bool_or(in_transit_qty > 0) as is_shipped,
        bool_and(is_acknowledged) as is_acknowledged
    from intermediate.int_purchase_line as l
    -- What is at stake is in our money: of a price in money of unknown worth nobody can say it.
    left join intermediate.int_exchange_rate as r on r.currency = coalesce(l.currency, '')
    where
        is_own_supply and open_qty >= 1 and (l.net_unit_price is null or r.rate is not null)
        -- The first stock of a launch lies still until then: its cover says nothing yet.
        and sku_id not in (
            select sku_id from intermediate.int_sku where launch_date > (select as_of::date from control.latest)
        )
        and po_line_id not in (from asked)
    group by po_line_id
    order by po_line_id
"""
MONEY = pl.Decimal(18, 4)


def read_moves(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What is under way, as a frame."""
    return {"open_lines": read(connection, OPEN_LINES)}


def change_and_move(
    plan: Plan,
    frames: dict[str, pl.DataFrame],
    as_of_date: date,
    settings: dict,
    settle: Callable[[list[Need], dict[str, Decimal]], Matching],
) -> dict[str, pl.DataFrame]:
    """Changes of open orders and transfers that earn more than they cost, under their living ids.

    A transfer serves sales that would be lost before an order of today could come: the purchases count none of them; or
    it stands in the place of a purchase, which is the smaller for it (``Plan.moved``). Of one SKU one transfer goes to
    a place; what is left is found again once it is under way.
    """
    changed, moved = _changes(plan, frames, as_of_date, settings), best_moves(plan, frames, as_of_date)
    needs = [_change_need(row) for row in changed.iter_rows(named=True)]
    needs += [_move_need(row) for row in moved.iter_rows(named=True)]
    matching = settle(needs, dict(frames["in_flight"].iter_rows()))
    return {
        "purchase_order_action": named(changed, needs[: changed.height], matching),
        "transfer_suggestion": named(moved, needs[changed.height :], matching),
    }


def _changes(plan: Plan, frames: dict[str, pl.DataFrame], today: date, settings: dict) -> pl.DataFrame:
    """Changes worth asking for, with what their orders say."""
    # Compiled loops load in a second; a run that plans nothing does without them.
    from optimization.replenishment.orders import ActionParams, propose_actions
    from optimization.replenishment.orders.changeable import under_way
    from optimization.replenishment.orders.growing import growing

    lines, params = growing(frames["open_lines"], plan), ActionParams.from_mapping(settings)
    proposed = propose_actions(under_way(plan.as_planned(), lines, rests_ahead(frames, today), params), params)
    told = lines.select("po_line_id", "po_id", "supplier_id", *KEY, "currency")
    return proposed.join(told, on="po_line_id", how="left", maintain_order="left").with_columns(
        pl.col("charges", "money_at_stake").round(4).cast(MONEY)
    )


def best_moves(plan: Plan, frames: dict[str, pl.DataFrame], today: date) -> pl.DataFrame:
    """Transfers that are worth their trip, the best one of a SKU to each place; the plan counts on those it made."""
    moved = plan.moved.with_columns(
        reason=pl.format(
            "{} lie idle at {} and spare an order for {}: saves {}",
            "quantity", "from_location_id", "to_location_id", _cents("saving"),
        ),
        reason_zh=pl.format(
            "{} 闲置 {} 件，调往 {} 可免采购，节省 {}",
            "from_location_id", "quantity", "to_location_id", _cents("saving"),
        ),
    )  # fmt: skip
    together = pl.concat([moved, _before_an_order(plan, frames, today).select(moved.columns)])
    route = ["sku_id", "from_location_id", "to_location_id"]
    units = [pl.col(name).sum() for name in ("quantity", "est_cost", "saving")]
    words = [pl.col("reason").str.join("; "), pl.col("reason_zh").str.join("；")]
    days = [pl.col(name).first() for name in ("ship_date", "arrival_date")]
    best = together.group_by(route, maintain_order=True).agg(*units, *days, *words)
    currency = frames["lanes"].select("from_location_id", "to_location_id", "currency")
    best = best.unique(["sku_id", "to_location_id"], keep="first", maintain_order=True)
    return (
        best.join(currency, on=route[1:], maintain_order="left")
        .with_columns(
            est_cost=pl.col("est_cost").round(4).cast(MONEY), money_at_stake=pl.col("saving").round(4).cast(MONEY)
        )
        .sort(pl.col("saving"), *route, descending=[True, False, False, False])
    )


def _before_an_order(plan: Plan, frames: dict[str, pl.DataFrame], today: date) -> pl.DataFrame:
    """Transfers for what would be lost before an order of today could come."""
    from optimization.replenishment.allocation import next_trips, rescue, worth_the_trip

    trips = next_trips(frames["lanes"], today)
    _, best = rescue(plan.as_ordered(), trips, frames["clearing"])
    # Where the plan moves something already, the trip is paid.
    paid = plan.moved.select("from_location_id", "to_location_id", paid=pl.lit(True)).unique()
    trips = trips.join(paid, on=["from_location_id", "to_location_id"], how="left", maintain_order="left")
    free = trips.with_columns(trip_cost=pl.when(pl.col("paid").fill_null(False)).then(0.0).otherwise("trip_cost"))
    arrival = pl.col("arrival_date").cast(pl.String)
    return worth_the_trip(best, free).with_columns(
        reason=pl.format(
            "{} are spare at {} and sell at {} from {} on, before an order of today could come: saves {}",
            "quantity", "from_location_id", "to_location_id", arrival, _cents("saving"),
        ),
        reason_zh=pl.format(
            "{} 多余 {} 件；{} 在今日下单到货之前即缺货，{} 到货可多得 {}",
            "from_location_id", "quantity", "to_location_id", arrival, _cents("saving"),
        ),
    )  # fmt: skip


def _cents(money: str) -> pl.Expr:
    return pl.col(money).round(2).cast(pl.String)


def _change_need(row: Mapping[str, object]) -> Need:
    facts = (
        "po_id", "po_line_id", "supplier_id", "current_quantity", "new_quantity", "current_arrival_date",
        "new_arrival_date", "money_at_stake", "currency", "reason",
    )  # fmt: skip
    told = {name: row[name] for name in facts if row[name] is not None} | {"ship_to_warehouse_id": row["location_id"]}
    return Need(
        row["action"], row["sku_id"], row["location_id"], Decimal(row["new_quantity"]), target=row["po_line_id"],
        due=row["new_arrival_date"], facts=told,
    )  # fmt: skip


def _move_need(row: Mapping[str, object]) -> Need:
    facts = ("ship_date", "arrival_date", "est_cost", "money_at_stake", "currency", "reason")
    told = {name: row[name] for name in facts if row[name] is not None}
    told |= {"from_warehouse_id": row["from_location_id"], "to_warehouse_id": row["to_location_id"],
             "transfer_reason": "rebalance"}  # fmt: skip
    return Need(
        "transfer", row["sku_id"], row["to_location_id"], Decimal(row["quantity"]), due=row["arrival_date"], facts=told
    )
