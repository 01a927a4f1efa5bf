"""Warehouse rows: places, bins, and the shifts of a day."""

from simulator.masters.contract_rows.sheet import Sheet, dump, opened, yuan
from simulator.masters.outbound_capacity import units_per_day
from simulator.parameters import Parameters
from simulator.times import as_date, clock_time

__all__ = ["bins", "shift_rows", "warehouses"]

BIN_VOLUME_L = 600
PLANNED_AHEAD = 7  # days before a shift that it is planned
SLACK = 60  # minutes of a shift that are breaks


def warehouses(sheet: Sheet, masters, parameters: Parameters) -> None:
    at, most = opened(masters), units_per_day(masters, parameters)
    for w, row in enumerate(parameters.warehouses):
        sheet.add(
            "warehouse.warehouse", at,
            warehouse_id=row.id,
            name=row.name,
            wh_type="own",
            region=row.province,
            address=row.address,
            lat=row.lat,
            lon=row.lon,
            tz="Asia/Shanghai",
            receive_calendar_id="CN",
            cutoff_times=dump([_clock(row.handover_hour)]),
            max_units_per_day=int(most[w]),
            cost_per_order=yuan(round(row.cost_per_order * 100)),
            cost_per_line=yuan(round(row.cost_per_line * 100)),
            is_active=True,
        )  # fmt: skip
    for v, place in enumerate(masters.dropship_place):
        if place:  # nothing there is ours, but the supplier's confirmations need an address
            region = parameters.suppliers[masters.template_of[v]].province
            sheet.add("warehouse.warehouse", at, warehouse_id=place, name=f"{masters.supplier_names[v]} (supplier)",
                      wh_type="supplier", region=region, tz="Asia/Shanghai", is_active=True)  # fmt: skip


def _clock(hours: float) -> str:
    return f"{int(hours):02d}:{round(hours % 1 * 60):02d}"


def bins(sheet: Sheet, masters, parameters: Parameters) -> None:
    at = opened(masters)
    for w, warehouse_id in enumerate(masters.warehouse_ids):
        place, sku_at = masters.bins[w], {int(bin): sku for sku, bin in enumerate(masters.bin_of[w])}
        for number, bin_id in enumerate(place.bin_ids):
            sku = sku_at.get(number)
            sheet.add(
                "warehouse.bin", at,
                warehouse_id=warehouse_id,
                bin_id=bin_id,
                zone_id=place.zone_ids[number],
                block=1,
                aisle=f"{place.aisle[number] + 1:02d}",
                bay=f"{place.bay[number] + 1:02d}",
                level=str(place.level[number] + 1),
                seq=int(place.seq[number]),
                x_m=float(place.x_m[number]),
                y_m=float(place.y_m[number]),
                bin_type=place.kind[number],
                capacity_volume_l=BIN_VOLUME_L,
                pick_face_sku_id=None if sku is None else masters.sku_ids[sku],
            )  # fmt: skip


def shift_rows(masters, parameters: Parameters, day: int) -> list[dict]:
    """`warehouse.shift_capacity` of one day: one shift of pickers and one of packers in every warehouse."""
    sheet, at = Sheet(), clock_time(day - PLANNED_AHEAD, 18)
    for row in parameters.warehouses:
        starts, ends = row.shift_hours
        stages = (("pick", row.pickers, row.pick_units_per_hour), ("pack", row.packers, row.pack_units_per_hour))
        for stage, workers, pace in stages:
            sheet.add(
                "warehouse.shift_capacity", at,
                warehouse_id=row.id,
                shift_date=as_date(day),
                shift="day",
                stage=stage,
                zone_id="*",
                starts_at=clock_time(day, starts),
                ends_at=clock_time(day, ends),
                workers=workers,
                minutes=float((ends - starts) * 60 - SLACK),
                units_per_hour=pace,
                carts=row.carts,
                cart_slots=row.cart_slots,
                cart_volume_l=row.cart_volume_l,
            )  # fmt: skip
    return sheet.by_age()["warehouse.shift_capacity"]
