"""Central warehouses and those behind them: where safety stock should lie, and what each region should stock."""

from __future__ import annotations

import duckdb
import polars as pl

from pipelines.planning.tables import read

LEAST_PARCELS = 100  # whose freight tells what a parcel and a kilogram cost from a warehouse to the customers there
# What a region asks for beyond the mean by its service target, per root of a day; a lane goes on some days of the week.
# What lying nearer saves is freight to the region's customers, a line through the last year's parcels by weight, less
# the move there; what faster delivery sells beyond that is in no export and is not counted.
REGIONS = f"""
    with freight as (
        select
            p.warehouse_id as location_id, r.location_id as region_id,
            greatest(regr_intercept(
                p.est_freight, p.actual_weight_g / 1000.0 order by p.actual_weight_g, p.est_freight
            ), 0) as per_parcel,
            greatest(regr_slope(
                p.est_freight, p.actual_weight_g / 1000.0 order by p.actual_weight_g, p.est_freight
            ), 0) as per_kg
        from intermediate.int_parcel as p
        join intermediate.int_region_location as r on r.region_id = p.dest_region
        where
            p.est_freight > 0 and p.actual_weight_g > 0
            and p.handed_over_date > (select as_of::date from control.latest) - 365
        group by all
        having count(*) >= {LEAST_PARCELS}
    ),
    -- units that share what a parcel costs whatever it weighs
    shared as (
        select sum(l.shipped_qty)::double / nullif(count(distinct l.outbound_id), 0) as units
        from known.warehouse__outbound_line as l
        semi join intermediate.int_parcel as p on p.outbound_id = l.outbound_id
        where l.shipped_qty > 0
    ),
    asked as (
        select
            d.sku_id, d.location_id, any_value(d.demand_mean) as demand_mean,
            arg_min(d.quantity, d."level") filter (where d."level" >= i.service_target - 1e-9) as quantity
        from plan.interval_demand as d
        join marts.replenishment_input as i on i.sku_id = d.sku_id and i.location_id = d.location_id
        where d."interval" = 'protection'
        group by all
    ),
    regions as (
        select
            i.sku_id, w.parent_warehouse_id as central_id, i.location_id, i.lead_time_days, i.review_days,
            greatest(i.lead_time_days + i.review_days, 1) as days, a.demand_mean, a.quantity
        from marts.replenishment_input as i
        join (
            select warehouse_id, any_value(parent_warehouse_id) as parent_warehouse_id
            from staging.stg_warehouse__warehouse
            where parent_warehouse_id is not null and parent_warehouse_id <> warehouse_id
            group by warehouse_id
        ) as w on w.warehouse_id = i.location_id
        join asked as a on a.sku_id = i.sku_id and a.location_id = i.location_id
        where a.demand_mean is not null
    )
    select
        r.sku_id, r.central_id, r.location_id,
        max(coalesce(c.lead_time_days + c.review_days, r.days)) over tree as central_days,
        (l.days + 7.0 / greatest(length(regexp_replace(coalesce(l.weekdays, '1234567'), '[^1-7]', '', 'g')), 1))::double
            as regional_days,
        max(coalesce(ec.capital_cost_day + ec.storage_cost_day, er.capital_cost_day + er.storage_cost_day)) over tree
            as central_holding_cost,
        er.capital_cost_day + er.storage_cost_day as regional_holding_cost,
        (r.demand_mean / r.days)::double as daily_mean,
        (greatest(coalesce(r.quantity, r.demand_mean) - r.demand_mean, 0) / sqrt(r.days))::double as daily_spread,
        (
            (fc.per_kg - fr.per_kg) * k.weight_g / 1000 + (fc.per_parcel - fr.per_parcel) / (select units from shared)
            - l.home_cost_per_unit
        )::double as unit_gain,
        (7.0 / greatest(length(regexp_replace(coalesce(l.weekdays, '1234567'), '[^1-7]', '', 'g')), 1))::double
            as trip_days
    from regions as r
    join marts.transfer_lane as l on l.from_warehouse_id = r.central_id and l.to_warehouse_id = r.location_id
    join marts.unit_economics as er on er.sku_id = r.sku_id and er.location_id = r.location_id
    left join marts.unit_economics as ec on ec.sku_id = r.sku_id and ec.location_id = r.central_id
    left join intermediate.int_sku as k on k.sku_id = r.sku_id
    left join freight as fc on fc.location_id = r.central_id and fc.region_id = r.location_id
    left join freight as fr on fr.location_id = r.location_id and fr.region_id = r.location_id
    left join marts.replenishment_input as c on c.sku_id = r.sku_id and c.location_id = r.central_id
    window tree as (partition by r.sku_id, r.central_id)
    order by r.sku_id, r.central_id, r.location_id
"""


def read_echelons(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What targets of echelons need, as frames."""
    return {"regions": read(connection, REGIONS)}


def set_echelons(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The targets of every central warehouse and of those behind it, and whether each region should stock the item."""
    from optimization.replenishment.allocation import assortment_of
    from optimization.replenishment.network.echelons import echelon_targets

    stocked = assortment_of(frames["regions"]).select(
        "sku_id", "location_id", is_worth_stocking="stocked", stocking_gain="yearly_gain"
    )
    targets = echelon_targets(frames["regions"].drop("unit_gain", "trip_days"))
    return {"echelon_target": targets.join(stocked, on=["sku_id", "location_id"], how="left", maintain_order="left")}
