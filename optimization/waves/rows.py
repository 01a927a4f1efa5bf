"""A draft as rows of the plan."""

from collections import Counter
from datetime import datetime, timedelta

import polars as pl

from optimization.waves.carting import Load, Wave, type_of
from optimization.waves.house import Draft, House, is_late
from optimization.waves.schedule import Timed, pick_minutes, stage_minutes
from optimization.waves.served import ACROSS, IDENTICAL, counted
from optimization.waves.standards import STAGES
from optimization.waves.walk import Walk, alone_metres

NO_PLACE, TOO_LARGE, SPLIT = "no_pick_location", "larger_than_a_cart", "on_several_carts"

Rows = dict[str, list]


def rows_of(house: House, draft: Draft, now: datetime, names: list[str], rows: Rows) -> None:
    """Add the rows of one warehouse."""
    needed: dict[tuple[str, str, str], float] = {
        (stage, ACROSS, station): 0.0
        for stage in STAGES[1:] for station in house.staff.stations.get(stage) or (ACROSS,)
    }  # fmt: skip
    alone = alone_metres(counted(order for wave in draft.waves for load in wave for order in load.orders), house.layout)
    refills: dict[tuple, list] = {}
    for number, (wave, walks, times) in enumerate(zip(draft.waves, draft.walks, draft.times, strict=True)):
        wave_id = names[number]
        rows["waves"].append(_wave(house, wave, walks, times, now, wave_id, number + 1, alone))
        carts_of = Counter(order.outbound_id for load in wave for order in load.orders)
        for cart_no, (load, walked, at) in enumerate(zip(wave, walks, times, strict=True), start=1):
            minutes = pick_minutes(load, walked.metres, walked.stops, house.rate)
            pickers = (*(house.staff.pickers(load.zone) or ("pick", ACROSS)), ACROSS)
            needed[pickers] = needed.get(pickers, 0.0) + minutes
            for stage in STAGES[1:]:
                station = dict(at.stations).get(stage, ACROSS)
                key = (stage, ACROSS, station)
                needed[key] = needed.get(key, 0.0) + stage_minutes(load, stage, house.rate)
            rows["carts"].append(_cart(load, walked, at, now, wave_id, cart_no, minutes))
            slots = _slots(load, walked, draft.slots)
            _orders(house, load, at, now, wave_id, cart_no, slots, carts_of, rows)
            rows["picks"] += [
                (wave_id, cart_no, seq, slots[pick.outbound_id], pick.outbound_id, pick.sku_id, pick.bin_id,
                 pick.batch_no, pick.zone_id, pick.aisle, pick.x_m, pick.y_m, pick.qty)
                for seq, pick in enumerate(walked.picks, start=1)
            ]  # fmt: skip
            for refill in (refill for order in load.orders for refill in order.refills):
                key = (refill.sku_id, refill.owner_id, refill.batch_no, refill.from_bin_id, refill.to_bin_id)
                held = refills.setdefault(key, [wave_id, at.starts, 0])
                if at.starts < held[1]:
                    held[:2] = wave_id, at.starts
                held[2] += refill.qty
    for task, (key, (wave_id, starts, quantity)) in enumerate(refills.items(), start=1):
        rows["replenishments"].append((wave_id, house.warehouse, task, *key, quantity, _at(now, starts)))
    _left_out(house, draft, rows)
    _labour(house, needed, rows)


def _at(now: datetime, minutes: float | None) -> datetime | None:
    return None if minutes is None else now + timedelta(seconds=round(minutes * 60))


def _slots(load: Load, walked: Walk, kept: dict[str, int]) -> dict[str, int]:
    """Slots of the plan before, else as the tour meets the orders."""
    if all(order.outbound_id in kept for order in load.orders):
        return {order.outbound_id: kept[order.outbound_id] for order in load.orders}
    return walked.slots


def _wave(
    house: House, wave: Wave, walks: list[Walk], times: list[Timed], now: datetime, wave_id: str, number: int,
    alone: dict[str, float],
) -> tuple:  # fmt: skip
    orders = counted(order for load in wave for order in load.orders)
    zones = {load.zone for load in wave}
    # Against orders picked one by one, against tours in an S and by the largest gap.
    one_by_one = sum(alone.get(order.outbound_id, 0.0) for order in orders)
    shapes = [walked.s_shape_metres for walked in walks]
    gaps = [walked.largest_gap_metres for walked in walks]
    ready = [at.ready for at in times]
    cutoffs = [order.cutoff for order in orders if order.cutoff < float("inf")]
    work = sum(
        pick_minutes(load, walked.metres, walked.stops, house.rate)
        + sum(stage_minutes(load, stage, house.rate) for stage in STAGES[1:])
        for load, walked in zip(wave, walks, strict=True)
    )
    return (
        wave_id, house.warehouse, number, type_of(wave), zones.pop() if len(zones) == 1 else "*",
        _at(now, min(cutoffs, default=None)), _at(now, min(at.starts for at in times)),
        _at(now, max(at.picked for at in times)), None if None in ready else _at(now, max(ready)),
        len(wave), len(orders), sum(order.lines for order in orders), sum(order.units for order in orders),
        sum(len(walked.picks) for walked in walks), sum(walked.metres for walked in walks), one_by_one,
        None if None in shapes else sum(shapes), None if None in gaps else sum(gaps), work,
    )  # fmt: skip


def _cart(load: Load, walked: Walk, at: Timed, now: datetime, wave_id: str, cart_no: int, minutes: float) -> tuple:
    return (
        wave_id, cart_no, load.zone, load.kind == IDENTICAL, len(load.orders),
        sum(order.units for order in load.orders),
        sum(order.volume_l for order in load.orders), walked.metres, minutes,
        _at(now, at.starts), _at(now, at.picked), _at(now, at.ready),
        *(dict(at.stations).get(stage) for stage in STAGES[1:]),
    )  # fmt: skip


def _orders(
    house: House, load: Load, at: Timed, now: datetime, wave_id: str, cart_no: int, slots: dict[str, int],
    carts_of: Counter[str], rows: Rows,
) -> None:  # fmt: skip
    """One row per order; that of an order on several carts names the first of them, and how many they are."""
    most = house.limit[load.kind]
    for order in sorted(counted(load.orders), key=lambda order: slots[order.outbound_id]):
        flag, carts = None if all(pick.walkable for pick in order.picks) else NO_PLACE, carts_of[order.outbound_id]
        if most.load(order) > 1:
            flag = SPLIT if carts > 1 else TOO_LARGE
        late, slot = is_late(order, at), slots[order.outbound_id]
        rows["wave_orders"].append(
            (wave_id, order.outbound_id, cart_no, carts, slot, order.kind, flag, _at(now, at.ready), late)
        )
        if late:
            rows["unplanned"].append((order.outbound_id, house.warehouse, *_why_late(order, at, now), wave_id))


def _why_late(order, at: Timed, now: datetime) -> tuple[str, str]:
    cutoff = _at(now, order.cutoff).isoformat(timespec="minutes")
    if order.cutoff < 0:
        return "cutoff_past", f"its cut-off was {cutoff}"
    if at.ready is None:
        return "late", f"cut-off {cutoff}, nobody has time to pack it"
    return "late", f"cut-off {cutoff}, ready {_at(now, at.ready).isoformat(timespec='minutes')}"


def _left_out(house: House, draft: Draft, rows: Rows) -> None:
    rows["unplanned"] += [(one.outbound_id, house.warehouse, one.reason, one.detail, None) for one in house.left_out]
    rows["unplanned"] += [
        (order.outbound_id, house.warehouse, "no_time", "nobody has time for it in the shifts known", None)
        for order in sorted(draft.no_time, key=lambda order: order.outbound_id)
    ]


def _labour(house: House, needed: dict[tuple[str, str, str], float], rows: Rows) -> None:
    """Pickers by zone where they are told apart, the people of other stages by station; what was begun comes first."""
    idle = {(*key, ACROSS): 0.0 for key in house.staff.shifts if key[0] == "pick"}
    ranked = sorted((idle | needed).items(), key=lambda pair: (STAGES.index(pair[0][0]), pair[0]))
    for (stage, zone, station), minutes in ranked:
        shifts = house.staff.shifts.get((stage, zone), ()) if stage == "pick" else house.staff.of_stage(stage)
        room, stations = None, house.staff.stations.get(stage) or (ACROSS,)
        # Work that reaches no station has no room of its own beside theirs.
        if house.staff.is_known(stage) and (stage == "pick" or station in stations):
            room = max(sum(shift.minutes(0.0, shift.ends) for shift in shifts) - house.staff.owed(stage), 0.0)
            room /= len(stations)
        rows["labour"].append((house.warehouse, stage, zone, station, minutes, room))


def tables(rows: Rows, instant: pl.DataType) -> dict[str, pl.DataFrame]:
    """The rows as frames of the types that ``Plan`` documents."""
    text, whole, number, yes = pl.String, pl.Int64, pl.Float64, pl.Boolean
    wave = {"wave_id": text}
    schemas = {
        "waves": wave
        | {"warehouse_id": text, "wave_no": whole, "wave_type": text, "zone_id": text}
        | dict.fromkeys(["cutoff_at", "planned_start_at", "picked_at", "ready_at"], instant)
        | dict.fromkeys(["cart_count", "order_count", "line_count", "unit_count", "pick_count"], whole)
        | dict.fromkeys(["distance_m", "baseline_distance_m", "s_shape_distance_m"], number)
        | dict.fromkeys(["largest_gap_distance_m", "labour_minutes"], number),
        "carts": wave
        | {"cart_no": whole, "zone_id": text, "is_bulk": yes, "order_count": whole, "unit_count": whole}
        | dict.fromkeys(["volume_l", "distance_m", "pick_minutes"], number)
        | dict.fromkeys(["planned_start_at", "picked_at", "ready_at"], instant)
        | dict.fromkeys([f"{stage}_station_id" for stage in STAGES[1:]], text),
        "wave_orders": wave
        | {"outbound_id": text, "cart_no": whole, "cart_count": whole, "slot": whole, "basket": text, "flag": text}
        | {"ready_at": instant, "is_late": yes},
        "picks": wave
        | dict.fromkeys(["cart_no", "seq", "slot"], whole)
        | dict.fromkeys(["outbound_id", "sku_id", "bin_id", "batch_no", "zone_id"], text)
        | {"aisle": whole, "x_m": number, "y_m": number, "qty": whole},
        "replenishments": wave
        | {"warehouse_id": text, "task_no": whole}
        | dict.fromkeys(["sku_id", "owner_id", "batch_no", "from_bin_id", "to_bin_id"], text)
        | {"qty": whole, "needed_by": instant},
        "unplanned": dict.fromkeys(["outbound_id", "warehouse_id", "reason", "detail", "wave_id"], text),
        "labour": {
            "warehouse_id": text,
            "stage": text,
            "zone_id": text,
            "station_id": text,
            "needed_minutes": number,
            "available_minutes": number,
        },
    }
    return {name: pl.DataFrame(rows[name], schema=schema, orient="row") for name, schema in schemas.items()}
