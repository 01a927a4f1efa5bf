"""Channel allocation: shops, stock and the forecast to what is kept for each shop."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from optimization.replenishment import ChannelParams
from pipelines.planning.clearance import DEMAND, WEEKLY
from pipelines.planning.tables import read

SHOPS = """
    select sku_id, location_id, shop_id, demand_share, committed_qty, service_target, unit_margin::double as unit_margin
    from marts.channel_input
    order by all
"""
STOCK = """
    with mean as (
        select sku_id, location_id, any_value(demand_mean) as demand_mean
        from plan.interval_demand
        where "interval" = 'protection'
        group by all
    ),
    places as (
        select
            sku_id, location_id, any_value(available_qty) as available_qty,
            any_value(split_until_date) as split_until_date, any_value(currency) as currency
        from marts.channel_input
        group by all
    )
    select
        p.*, (p.split_until_date - (select as_of::date from control.latest))::bigint as days_until_more,
        i.lead_time_days, i.review_days, m.demand_mean, h.daily_demand_qty, h.days_without_sale
    from places as p
    join marts.replenishment_input as i on i.sku_id = p.sku_id and i.location_id = p.location_id
    join marts.inventory_health as h on h.sku_id = p.sku_id and h.location_id = p.location_id
    left join mean as m on m.sku_id = p.sku_id and m.location_id = p.location_id
    order by p.sku_id, p.location_id
"""
MONEY = pl.Decimal(18, 4)


def read_channels(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What channel allocation needs, as frames."""
    return {
        name: read(connection, sql)
        for name, sql in {"shops": SHOPS, "stock": STOCK, "demand": DEMAND, "weekly": WEEKLY}.items()
    }


def allocate(frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict) -> dict[str, pl.DataFrame]:
    """The units kept for each shop and the pools beside them.

    Raises
    ------
    RuntimeError
        When the allocation does not pass its own check; the message lists the faults.
    """
    from optimization.replenishment.channels import allocate_channels, check_allocation, demand_until_more_comes

    params = ChannelParams.from_mapping(settings)
    stock, shops = frames["stock"], frames["shops"]
    day = (as_of_date - date(1970, 1, 1)).days
    demand = demand_until_more_comes(stock, frames["demand"], frames["weekly"], day, params.paths)
    found = allocate_channels(stock, shops, demand, params)
    if faults := check_allocation(found, stock, shops):
        raise RuntimeError("channel allocation is faulty: " + "; ".join(faults[:5]))
    named = found.join(
        stock.select("sku_id", "location_id", "split_until_date", "currency"), on=["sku_id", "location_id"]
    )
    return {"channel_allocation": named.with_columns(pl.col("unit_margin", "fence_gain").round(4).cast(MONEY))}
