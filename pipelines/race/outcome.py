"""What really happened in the days of a race: demand, stock at the start, arrivals, orders, lead times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import polars as pl

from optimization.replenishment import Params
from optimization.replenishment.race import Track
from optimization.replenishment.race.runner import NEVER
from optimization.replenishment.unmet_demand import waits
from pipelines.planning.tables import read

# Own goods that were wanted, ordered or moved in these days. Prices and costs are today's: they only turn units into
# money, the same for all contestants.
ITEMS = """
    with
    wanted as (
        select sku_id, location_id from marts.demand_history
        where fulfil_mode = 'own' and demand_date between $first and $last and wanted_qty > 0
        union
        select sku_id, location_id from intermediate.int_purchase_line
        where is_own_supply and ordered_date between $first and $last
        union
        select sku_id, unnest([from_location_id, to_location_id]) from intermediate.int_transfer_line
        where shipped_date between $first and $last
    )
    select
        wanted.sku_id, wanted.location_id, i.supplier_id,
        i.home_unit_cost::double as unit_cost, e.unit_margin::double as unit_margin,
        (e.capital_cost_day + e.storage_cost_day)::double as holding_cost,
        coalesce(s.order_cost, 0)::double as order_cost, i.lead_time_days,
        coalesce(n.served_share, 0) as served_share, i.abc as segment,
        -- The greatest of nothing and nought is nought: what has no shelf life would expire at once.
        case
            when k.shelf_life_days is not null
                then greatest(k.shelf_life_days - coalesce(k.min_remaining_days_out, 0), 0)
        end::double as sellable_days
    from wanted
    join marts.replenishment_input as i using (sku_id, location_id)
    join marts.unit_economics as e using (sku_id, location_id)
    left join intermediate.int_supplier as s on s.supplier_id = i.supplier_id
    left join marts.served_elsewhere as n on n.location_id = wanted.location_id
    left join intermediate.int_sku as k on k.sku_id = wanted.sku_id
    where i.unit_cost is not null and e.unit_margin is not null
    order by all
"""
# Bulk orders leave the same shelves.
DEMAND = """
    select sku_id, location_id, demand_date as day, round(wanted_qty)::bigint as quantity
    from marts.demand_history
    where fulfil_mode = 'own' and demand_date between $first and $last and wanted_qty > 0
"""
OPENING = """
    select sku_id, location_id, floor(arg_max(sellable_qty, stock_date))::bigint as quantity
    from intermediate.int_stock_day_end
    where stock_date < $first
    group by all
"""
ARRIVING = """
    with came as (
        select p.sku_id, p.location_id, r.received_date as day, r.accepted_qty as quantity
        from intermediate.int_receipt_line as r
        join intermediate.int_purchase_line as p using (source_system, po_line_id)
        where p.is_own_supply and p.ordered_date < $first and r.received_date between $first and $last
        union all
        select sku_id, to_location_id, received_date, received_qty
        from intermediate.int_transfer_line
        where shipped_date < $first and received_date between $first and $last
    )
    select sku_id, location_id, day, floor(sum(quantity))::bigint as quantity from came group by all
"""
# What was sent from one warehouse to another, at what its lane costs: one trip a day, shared by all that rode on it.
# What was lost on the way is a part that never comes.
MOVED = """
    with
    sent as (
        select
            t.*,
            coalesce(l.home_cost_per_unit, 0)
            + coalesce(l.home_cost_per_trip, 0)
            / sum(shipped_qty) over (partition by from_location_id, to_location_id, shipped_date) as unit_cost
        from intermediate.int_transfer_line as t
        left join marts.transfer_lane as l
            on l.from_warehouse_id = t.from_location_id and l.to_warehouse_id = t.to_location_id
        where shipped_date between $first and $last and shipped_qty >= 1
    ),
    parts as (
        select *, received_date as came_date, least(received_qty, shipped_qty) as part_qty
        from sent
        union all by name
        select *, null::date as came_date, shipped_qty - least(received_qty, shipped_qty) as part_qty
        from sent
    )
    select
        sku_id, from_location_id, to_location_id, shipped_date as day, came_date,
        floor(part_qty)::bigint as quantity, (floor(part_qty) * unit_cost)::double as cost
    from parts
    where part_qty >= 1
    order by all
"""
# A line that came in parts is several: each part has its day. What has not come by the last day never does here; what
# came before the first, though its order is dated later, lies in stock by then.
ORDERED = """
    with
    lines as (
        select * from intermediate.int_purchase_line
        where is_own_supply and ordered_date between $first and $last
    ),
    parts as (
        select lines.*, r.received_date, r.accepted_qty as part_qty
        from lines
        join intermediate.int_receipt_line as r using (source_system, po_line_id)
        where r.received_date between $first and $last
        union all by name
        select lines.*, null::date as received_date,
            ordered_qty - cancelled_qty - rejected_qty - coalesce((
                select sum(r.accepted_qty) from intermediate.int_receipt_line as r
                where
                    r.source_system = lines.source_system and r.po_line_id = lines.po_line_id
                    and r.received_date <= $last
            ), 0) as part_qty
        from lines
    )
    select sku_id, location_id, ordered_date as day, received_date, expected_date, floor(part_qty)::bigint as quantity
    from parts
    where part_qty >= 1
    order by all
"""
# How long orders took that suppliers finished, whoever placed them and whenever.
TOOK = """
    select distinct supplier_id, location_id, ordered_date as day, last_received_date - ordered_date as days
    from intermediate.int_purchase_line
    where is_own_supply and is_finished and last_received_date >= ordered_date
    order by all
"""


@dataclass(frozen=True)
class Outcome:
    """The track, and what buyers really ordered on it.

    Parameters
    ----------
    track
        What all contestants meet.
    ordered
        ``item`` (number), ``day``, ``arrival`` (``NEVER``: not within the race), ``expected`` (days of the race),
        ``quantity``; int.
    moved
        What they really moved: ``source``, ``target`` (numbers), ``day``, ``arrival`` (the days of the race: not within
        it), ``quantity`` (int), ``cost`` (money).
    """

    track: Track
    ordered: pl.DataFrame
    moved: pl.DataFrame


def read_outcome(connection: duckdb.DuckDBPyConnection, first: date, last: date, params: Params) -> Outcome:
    """What happened from one day to another, both included, by all that is known today.

    Whose customers wait, and what that costs, is as `params` have it: replenishment's.
    """

    def told(sql: str) -> pl.DataFrame:
        return read(connection, sql.replace("$first", f"date '{first}'").replace("$last", f"date '{last}'"))

    known = told(ITEMS).with_columns(
        waits=waits(params), waiting_cost=params.gives_up_per_day * pl.col("unit_margin").clip(lower_bound=0.0)
    )
    items = known.drop("lead_time_days", "segment").with_row_index("item").with_columns(pl.col("item").cast(pl.Int64))
    shape = (items.height, (last - first).days + 1)
    track = Track(
        items.drop("item"),
        demand=by_day(told(DEMAND), items, first, shape),
        opening=by_item(told(OPENING), items),
        arriving=by_day(told(ARRIVING), items, first, shape),
        lead_days=lead_days(told(TOOK), known, first, shape[1]),
    )
    ordered = told(ORDERED).join(items.select("item", "sku_id", "location_id"), on=["sku_id", "location_id"])
    return Outcome(
        track,
        ordered.select(
            "item",
            day=day_of("day", first),
            # Dated before its order, it comes with it.
            arrival=pl.when(pl.col("received_date").is_not_null())
            .then(pl.max_horizontal(day_of("received_date", first), day_of("day", first)))
            .otherwise(NEVER),
            expected=day_of("expected_date", first).fill_null(shape[1]),
            quantity="quantity",
        ).sort("day", "item"),
        sent(told(MOVED), items, first, shape[1]),
    )


def sent(moved: pl.DataFrame, items: pl.DataFrame, first: date, days: int) -> pl.DataFrame:
    """Transfers between raced items, by the days of the race; what never came comes after the last."""
    ends = moved
    for end, name in (("from", "source"), ("to", "target")):
        place = items.select("sku_id", pl.col("location_id").alias(f"{end}_location_id"), pl.col("item").alias(name))
        ends = ends.join(place, on=["sku_id", f"{end}_location_id"])
    # Dated before it left, it comes on the day itself.
    arrival = pl.max_horizontal(day_of("came_date", first).fill_null(days), day_of("day", first))
    return ends.select(
        "source", "target", "quantity", "cost", day=day_of("day", first), arrival=arrival
    ).sort("day", "source", "target", "arrival")  # fmt: skip


def day_of(column: str, first: date) -> pl.Expr:
    """The day of the race that a date is; int."""
    return (pl.col(column) - first).dt.total_days()


def by_day(rows: pl.DataFrame, items: pl.DataFrame, first: date, shape: tuple[int, int]) -> np.ndarray:
    """Quantities by item and day; shape (items, days), int."""
    found = rows.join(items.select("item", "sku_id", "location_id"), on=["sku_id", "location_id"])
    table = np.zeros(shape, np.int64)
    day = found.select(day_of("day", first)).to_series().to_numpy()
    np.add.at(table, (found["item"].to_numpy(), day), found["quantity"].to_numpy())
    return table


def by_item(rows: pl.DataFrame, items: pl.DataFrame) -> np.ndarray:
    """Quantities by item, none below zero; shape (items,), int."""
    found = items.join(rows, on=["sku_id", "location_id"], how="left", maintain_order="left")
    return found["quantity"].fill_null(0).clip(0).cast(pl.Int64).to_numpy().copy()


def lead_days(took: pl.DataFrame, items: pl.DataFrame, first: date, days: int) -> np.ndarray:
    """Days that an order of each item would have taken, placed on each day: as long as the nearest real one took.

    Nearest in time of the same supplier for the same location; without any, of the supplier for anywhere; without that,
    the lead time that is planned with. Shape (items, days), int.
    """
    table = np.empty((items.height, days), np.int64)
    places = dict(took.group_by("supplier_id", "location_id"))
    anywhere = {key: rows for (key,), rows in took.group_by("supplier_id")}
    asked = np.arange(days)
    for item, supplier, location, planned in items.select(
        pl.int_range(pl.len()), "supplier_id", "location_id", "lead_time_days"
    ).iter_rows():
        rows = places.get((supplier, location), anywhere.get(supplier))
        if rows is None:
            table[item] = max(round(planned or 0), 1)
            continue
        rows = rows.sort("day", "days")
        placed = rows.select(day_of("day", first)).to_series().to_numpy()
        nearest = np.abs(placed[None, :] - asked[:, None]).argmin(axis=1)
        table[item] = rows["days"].cast(pl.Int64).to_numpy()[nearest]
    return table
