"""Logistics rows: services, tariffs, zones, contracts."""

from datetime import time

from simulator.masters.carriers import REMOTE_ZONE
from simulator.masters.contract_rows.sheet import Sheet, dump, opened, yuan
from simulator.masters.shops import MILLION
from simulator.parameters import ZONES, Parameters

__all__ = ["carrier_contracts", "carrier_rates", "carrier_services", "carrier_zones"]

MAX_DECLARED, MAX_SIDE_MM = 2_000_000, 1500
USUAL_ZONE = 2  # most parcels go there: the promise shown for a service as a whole


def carrier_services(sheet: Sheet, masters, parameters: Parameters) -> None:
    for row in parameters.services:
        sheet.add(
            "logistics.carrier_service", opened(masters),
            carrier_id=row.carrier,
            service_code=row.code,
            carrier_name=row.carrier_name,
            service_name=row.name,
            mode=row.mode,
            promise_days=float(row.promise_days[USUAL_ZONE]),
            cod_ok=row.cod_ok,
            insured_ok=True,
            pickup_ok=True,
            cold_ok=False,
            hazmat_ok=row.hazmat_ok,
            max_declared_value=yuan(MAX_DECLARED),
            max_weight_g=row.max_weight_g,
            max_side_mm=MAX_SIDE_MM,
            cutoff_at=time(18),
        )  # fmt: skip


def _key(masters, service: int) -> dict[str, str]:
    return {"carrier_id": masters.carrier_id[service], "service_code": masters.service_code[service]}


def carrier_rates(sheet: Sheet, masters, parameters: Parameters) -> None:
    at = opened(masters)
    for c in range(len(masters.carrier_id)):
        for warehouse_id in masters.warehouse_ids:
            for zone in range(ZONES):
                first = yuan(masters.first_fee[c, zone])
                sheet.add(
                    "logistics.carrier_rate", at,
                    **_key(masters, c),
                    origin_zone=warehouse_id,
                    dest_zone=f"Z{zone + 1}",
                    weight_from_g=0,
                    weight_to_g=int(masters.max_weight_g[c]),
                    valid_from=at.date(),
                    first_weight_g=int(masters.first_g[c]),
                    first_fee=first,
                    step_g=int(masters.step_g[c]),
                    step_fee=yuan(masters.step_fee[c, zone]),
                    min_fee=first,
                    volumetric_divisor=int(masters.divisor[c]),
                    surcharge=_surcharge(masters, c, zone),
                    rounding=masters.rounding[c],
                    tax_included=True,
                    currency="CNY",
                )  # fmt: skip


def _surcharge(masters, service: int, zone: int) -> str | None:
    surcharge = {}
    if masters.fuel_rate[service]:
        surcharge["fuel"] = str(masters.fuel_rate[service] / MILLION)
    if masters.remote_fee[service] and zone == REMOTE_ZONE:
        surcharge["remote"] = str(yuan(masters.remote_fee[service]))
    return dump(surcharge) if surcharge else None


def carrier_zones(sheet: Sheet, masters, parameters: Parameters) -> None:
    at = opened(masters)
    for c in range(len(masters.carrier_id)):
        for w, warehouse_id in enumerate(masters.warehouse_ids):
            for r, province_id in enumerate(masters.province_ids):
                zone, stopped = int(masters.zone_of[c, w, r]), bool(masters.stopped[c, r])
                sheet.add(
                    "logistics.carrier_zone", at,
                    **_key(masters, c),
                    origin_region=masters.province_ids[masters.province_of[w]],
                    dest_region=province_id,
                    valid_from=at.date(),
                    origin_zone=warehouse_id,
                    dest_zone=f"Z{zone + 1}",
                    is_remote=zone == REMOTE_ZONE,
                    is_stopped=stopped,
                    stop_reason="other" if stopped else None,
                    transit_days=float(masters.promise_days[c, zone]),
                )  # fmt: skip


def carrier_contracts(sheet: Sheet, masters, parameters: Parameters) -> None:
    """Caps by warehouse and day, rebates on all parcels of a month."""
    at = opened(masters)
    for c in range(len(masters.carrier_id)):
        common = {**_key(masters, c), "valid_from": at.date()}
        for w, warehouse_id in enumerate(masters.warehouse_ids):
            if masters.daily_cap[c, w]:
                sheet.add("logistics.carrier_contract", at, **common, term_kind="daily_cap",
                          scope=dump({"warehouse": warehouse_id}), from_volume=0,
                          limit_volume=int(masters.daily_cap[c, w]), is_all_unit=False)  # fmt: skip
        if masters.rebate_from[c]:
            sheet.add("logistics.carrier_contract", at, **common, term_kind="rebate_tier",
                      scope=dump({"month": "*"}), from_volume=int(masters.rebate_from[c]),
                      rebate_per_parcel=yuan(masters.rebate[c]), is_all_unit=True)  # fmt: skip
