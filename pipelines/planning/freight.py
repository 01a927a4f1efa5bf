"""Carriers' bills against their contracts, and what they have still to bill."""

from __future__ import annotations

import duckdb
import polars as pl

from optimization.carriers.audit import AuditProblem, audit
from pipelines.planning.tables import read

# Bills and parcels of so many days are rated again: claims for older ones are out of time with most carriers.
LAST_DAYS = 180
# A parcel billed sooner after the first we know of may have been sent before it: its absence proves nothing.
FIRST_DAYS = 45
AS_OF = "(select as_of::date from control.latest)"
LINES = f"""
    with first as (
        select min(handed_over_at)::date + {FIRST_DAYS} as known_from from known.logistics__shipment
    ),
    shipped as (select distinct carrier_id, waybill_no from known.logistics__shipment)
    select
        l.carrier_id, l.bill_no, l.waybill_no, l.charge_type, l.line_no::bigint as line_no, l.billed_at,
        l.billed_weight_g::bigint as billed_weight_g, l.billed_zone, l.amount
    from known.logistics__freight_bill_line as l
    left join shipped as s using (carrier_id, waybill_no)
    where
        l.billed_at >= {AS_OF} - {LAST_DAYS}
        -- no contract table has a price for packing
        and l.charge_type != 'packing' and l.amount is not null
        and (l.waybill_no is null or s.waybill_no is not null or l.billed_at >= (select known_from from first))
    qualify row_number() over (
        partition by l.carrier_id, l.bill_no, l.waybill_no, l.charge_type, l.line_no order by l.source_system
    ) = 1
    order by all
"""
SHIPMENTS = f"""
    with billed as (
        select carrier_id, waybill_no, bool_or(charge_type = 'insured') as is_insured
        from known.logistics__freight_bill_line
        where billed_at >= {AS_OF} - {LAST_DAYS} and waybill_no is not null
        group by all
    ),
    warehouses as (
        select warehouse_id, min(region) as region_id from known.warehouse__warehouse group by all
    ),
    paid_returns as (
        select distinct return_waybill_no as waybill_no from known.aftersales__rma where freight_payer = 'shop'
    ),
    -- Of our own choices that were approved, whether the parcel was to be insured.
    asked as (
        select sku_id as outbound_id, carrier_id, service_code, bool_or(is_insured) as is_insured
        from feedback.suggestion
        where action = 'ship' and approved_qty > 0
        group by all
    ),
    -- Of a return only the zone is known; all provinces of a zone cost the same.
    provinces as (
        select carrier_id, service_code, origin_region, dest_zone, min(dest_region) as dest_region
        from known.logistics__carrier_zone
        group by all
    )
    select
        s.carrier_id, s.waybill_no, s.service_code, coalesce(s.direction, 'outbound') as direction,
        w.region_id as origin_region, coalesce(s.dest_province, p.dest_region) as dest_province,
        s.actual_weight_g::bigint as weight_g, ceil(s.volume_cm3)::bigint as volume_cm3,
        -- What our plan asked for stands; of parcels that others labelled only a bill tells that they are insured.
        case when coalesce(asked.is_insured, b.is_insured) then s.declared_value end as insured_value,
        s.cod_amount, s.handed_over_at::date as handed_over_on, s.final_status
    from known.logistics__shipment as s
    left join billed as b using (carrier_id, waybill_no)
    left join asked
        on
            asked.outbound_id = s.outbound_id and asked.carrier_id = s.carrier_id
            and asked.service_code = s.service_code
    left join warehouses as w on w.warehouse_id = s.warehouse_id
    left join provinces as p
        on p.carrier_id = s.carrier_id and p.service_code = s.service_code and p.origin_region = w.region_id
        and p.dest_zone = s.dest_zone
    where
        b.waybill_no is not null
        or (
            s.handed_over_at::date >= {AS_OF} - {LAST_DAYS}
            -- Others' parcels, and returns that customers pay, are not billed to us.
            and (s.outbound_id is not null or s.waybill_no in (select waybill_no from paid_returns))
        )
    qualify row_number() over (partition by s.carrier_id, s.waybill_no order by s.source_system) = 1
    order by all
"""
ZONES = """
    select
        carrier_id, service_code, origin_region, dest_region, origin_zone, dest_zone,
        coalesce(is_remote, false) as is_remote, coalesce(is_stopped, false) as is_stopped, transit_days, valid_from,
        valid_to
    from known.logistics__carrier_zone
    qualify row_number() over (
        partition by carrier_id, service_code, origin_region, dest_region, valid_from order by source_system
    ) = 1
    order by all
"""
RATES = """
    with pairs as (
        select distinct carrier_id, service_code, origin_zone, dest_zone from known.logistics__carrier_zone
    ),
    fitting as (
        select
            r.* replace (p.origin_zone as origin_zone, p.dest_zone as dest_zone),
            (coalesce(r.origin_zone, '*') = '*')::int + (coalesce(r.dest_zone, '*') = '*')::int as breadth
        from pairs as p
        inner join known.logistics__carrier_rate as r
            on r.carrier_id = p.carrier_id and r.service_code = p.service_code
            and coalesce(r.origin_zone, '*') in (p.origin_zone, '*')
            and coalesce(r.dest_zone, '*') in (p.dest_zone, '*')
        -- A rate for the very zone beats one for all zones.
        qualify breadth = min(breadth) over (partition by p.carrier_id, p.service_code, p.origin_zone, p.dest_zone)
    )
    select distinct
        carrier_id, service_code, origin_zone, dest_zone, coalesce(weight_from_g, 0)::bigint as weight_from_g,
        weight_to_g::bigint as weight_to_g, first_weight_g::bigint as first_weight_g, first_fee,
        step_g::bigint as step_g, step_fee, min_fee, volumetric_divisor::bigint as volumetric_divisor, rounding,
        (surcharge ->> '$.fuel')::decimal(18, 4) as fuel_rate, (surcharge ->> '$.remote')::decimal(18, 4) as remote_fee,
        (surcharge ->> '$.peak')::decimal(18, 4) as peak_fee,
        (surcharge ->> '$.insured')::decimal(18, 4) as insured_rate,
        (surcharge ->> '$.cod')::decimal(18, 4) as cod_rate, valid_from, valid_to
    from fitting
    order by all
"""


def read_freight(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """Bills, the parcels they may be of, and what the contracts say."""
    queries = {"lines": LINES, "shipments": SHIPMENTS, "rates": RATES, "zones": ZONES}
    return {name: read(connection, sql) for name, sql in queries.items()}


def audit_freight(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Claims, parcels that no contract prices, and what is due for parcels that are not billed yet."""
    found = audit(AuditProblem(frames["lines"], frames["shipments"], frames["rates"], frames["zones"]))
    unrated = found.unrated.with_columns(charge_type=pl.lit("freight"), kind=pl.lit("unrated"), claim_amount=0)
    services = frames["shipments"].select("carrier_id", "waybill_no", "service_code")
    accrual = (
        found.unbilled.join(services, on=["carrier_id", "waybill_no"])
        .group_by("carrier_id", "service_code", month_start=pl.col("handed_over_on").dt.truncate("1mo"))
        .agg(parcels=pl.len().cast(pl.Int64), accrued_amount=pl.col("expected_amount").sum())
        .sort("carrier_id", "service_code", "month_start")
    )
    return {
        "freight_claim": pl.concat([found.claims, unrated], how="diagonal_relaxed"),
        "freight_accrual": accrual,
    }
