"""Which carrier takes each parcel."""

from __future__ import annotations

import duckdb
import polars as pl

from optimization.carriers import Params, Problem, contracts, solve
from pipelines.planning.tables import read

PARCELS = """
    select
        outbound_id, warehouse_id, origin_region, dest_province, weight_g, volume_cm3, longest_side_mm,
        declared_value, cod_amount, late_cost, is_cod, needs_cold, is_hazmat, no_air, handover_date,
        promised_date,
        -- Days on which nothing moves: lanes are learned without them.
        (
            select count(distinct c.calendar_date) from known.reference__calendar as c
            where
                c.is_shutdown and c.calendar_id = p.calendar_id and c.calendar_date > p.handover_date
                and c.calendar_date <= p.promised_date
        ) as rest_days,
        designated_carrier_id, null::varchar as designated_service_code
    from (
        select
            parcels.*, w.calendar_id,
            -- What missed its cut-off leaves today at the earliest.
            greatest(cutoff_at, (select as_of from control.latest))::date as handover_date,
            promised_deliver_by::date as promised_date
        from marts.parcel_input as parcels
        left join (
            select warehouse_id, min(receive_calendar_id) as calendar_id from known.warehouse__warehouse group by all
        ) as w using (warehouse_id)
    ) as p
    -- What is approved and not yet shipped has its carrier.
    where outbound_id not in (select sku_id from feedback.in_flight where action = 'ship')
    order by all
"""
SERVICES = """
    select
        carrier_id, service_code, bool_or(coalesce(cod_ok, false)) as cod_ok,
        bool_or(coalesce(cold_ok, false)) as cold_ok, bool_or(coalesce(hazmat_ok, false)) as hazmat_ok,
        bool_or(insured_ok) as insured_ok,
        coalesce(bool_or(mode = 'air'), false) as is_air,
        max(max_declared_value) as max_declared_value, max(max_weight_g) as max_weight_g,
        max(max_side_mm) as max_side_mm, max(promise_days) as promise_days
    from marts.carrier_rate_current
    group by all
    order by all
"""
RATES = """
    select distinct
        carrier_id, service_code, origin_zone, dest_zone, weight_from_g, weight_to_g, first_weight_g, step_g,
        first_fee, step_fee, min_fee, volumetric_divisor, rounding,
        (surcharge ->> '$.fuel')::decimal(18, 4) as fuel_rate,
        (surcharge ->> '$.remote')::decimal(18, 4) as remote_fee,
        (surcharge ->> '$.peak')::decimal(18, 4) as peak_fee,
        (surcharge ->> '$.insured')::decimal(18, 4) as insured_rate,
        (surcharge ->> '$.cod')::decimal(18, 4) as cod_rate
    from marts.carrier_rate_current
    order by all
"""
ZONES = """
    select distinct
        carrier_id, service_code, origin_region, dest_region, origin_zone, dest_zone, is_remote, is_stopped,
        transit_days
    from marts.carrier_rate_current
    order by all
"""
CURRENCY = """
    select carrier_id, service_code, any_value(currency) as currency
    from marts.carrier_rate_current
    group by all
"""
CONTRACTS = """
    select
        carrier_id, service_code, term_kind, warehouse_id, province_id, from_volume, target_volume, limit_share,
        rebate_per_parcel, shortfall_fee, is_all_unit, month_volume, month_parcels, today_volume,
        held_volume
    from marts.commitment_status
    order by all
"""
LATENESS = """
    select
        carrier_id, service_code, origin_region, dest_region, arrived_within, late_today_rate as late_rate, failed_rate
    from plan.transit_time
    order by all
"""
# What is approved and has not left; and what the rest of the month brings at the pace of the last four weeks.
MONTH = """
    select
        (
            select count(*) from marts.parcel_input
            where outbound_id in (select sku_id from feedback.in_flight where action = 'ship')
        ) as held,
        count(*) filter (day between today - 28 and today - 1) / 28 as daily,
        any_value(last_day(today) - today) as days_ahead
    from (select as_of::date as today from control.latest)
    left join (
        select distinct carrier_id, waybill_no, handed_over_at::date as day from known.logistics__shipment
        where direction = 'outbound' and outbound_id is not null
    ) on day between today - 31 and today
"""


UNKNOWN_PLACE = {
    "origin_region": "the region of its warehouse is not known: deliver warehouse.warehouse",
    "dest_province": "its destination has no province",
}


def read_carriers(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What carrier choice needs, as frames."""
    queries = {
        "parcels": PARCELS,
        "services": SERVICES,
        "rates": RATES,
        "zones": ZONES,
        "currency": CURRENCY,
        "contracts": CONTRACTS,
        "lateness": LATENESS,
        "month": MONTH,
    }
    return {name: read(connection, sql) for name, sql in queries.items()}


def choose_carriers(frames: dict[str, pl.DataFrame], settings: dict) -> dict[str, pl.DataFrame]:
    """Solve and check; parcels that no service takes are listed with each service's reason.

    So are those of which it is not known yet where they start or go: master data come late, and all others must leave.
    """
    is_placed = pl.all_horizontal(pl.col(name).is_not_null() for name in UNKNOWN_PLACE)
    placed, unplaced = frames["parcels"].filter(is_placed), frames["parcels"].filter(~is_placed)
    problem = problem_of(frames, placed)
    plan = solve(problem, Params.from_mapping(settings))
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the carrier plan fails its check: {faults[:5]}")
    renamed = {
        "cost_amount": "est_cost",
        "expected_amount": "expected_cost",
        "runner_up_amount": "runner_up_cost",
        "runner_up_expected_amount": "runner_up_expected_cost",
    }
    choices = plan.choices.rename(renamed).join(
        frames["currency"], on=["carrier_id", "service_code"], how="left", maintain_order="left"
    )
    without_place = unplaced.select(
        "outbound_id",
        carrier_id=pl.lit(None, pl.String),
        service_code=pl.lit(None, pl.String),
        reason=pl.coalesce(pl.when(pl.col(name).is_null()).then(pl.lit(why)) for name, why in UNKNOWN_PLACE.items()),
    )
    return {
        "carrier_choice": choices,
        "carrier_unassigned": pl.concat([plan.unassigned, without_place], how="diagonal_relaxed"),
        "carrier_offer": plan.offers.rename({"cost_amount": "est_cost", "expected_amount": "expected_cost"}),
        "carrier_contract_price": plan.contracts,
        "carrier_offset": plan.offsets,
    }


def problem_of(frames: dict[str, pl.DataFrame], parcels: pl.DataFrame) -> Problem:
    """Parcels of the day with rates, contracts, and what the rest of the contracts' month is expected to bring."""
    held, daily, days_ahead = frames["month"].row(0)
    ahead = daily * days_ahead
    terms, caps = contracts(frames["contracts"], frames["services"], parcels, held + parcels.height + ahead)
    return Problem(
        parcels,
        frames["services"],
        frames["rates"],
        frames["zones"],
        terms,
        caps,
        frames["lateness"],
        float(ahead),
        float(days_ahead),
    )
