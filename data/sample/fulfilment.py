"""From an allocated order to the customer's door: outbound orders, waves, picks, parcels, tracking."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from buying import dropship_purchase
from masters import BIN_OF, bin_id, zone_of
from orders import ZERO, advance, recognise, ref_of, unlock, value_of
from retailer import Retailer, touch
from world import CUTOFF_HOUR, OWN, PROVINCES, REMOTE_FEE, SERVICES, SKU, moment, money

MAX_WAVE = 30
PACKAGING_G = 120


def allocate(r: Retailer, at, order) -> None:
    """Hand the order to whoever ships it: our warehouses, or the supplier or merchant."""
    advance(r, at, order, "allocated")
    lines = [ln for ln in r.index["lines", order["order_id"]] if not ln["cancelled_qty"]]
    held = [ln for ln in lines if r.index.get(("key", ln["order_line_id"]))]
    for wh in dict.fromkeys(ln["warehouse_id"] for ln in held):
        release(r, at, order, wh, [ln for ln in held if ln["warehouse_id"] == wh])
    if not held:
        r.at(moment(at.date() + timedelta(days=1), 15), ship_elsewhere, order, lines)


def release(r, at, order, wh, lines) -> None:
    cutoff = moment(at.date(), CUTOFF_HOUR)
    if at > cutoff - timedelta(minutes=90):
        cutoff += timedelta(days=1)
    weight = PACKAGING_G + sum(SKU[ln["sku_id"]].weight_g * ln["qty"] for ln in lines)
    out = r.add("warehouse.outbound_order", at, outbound_id=(out_id := r.new_id("W")),
                outbound_no=f"CK{out_id}",
                order_type="exchange" if order["order_type"] == "exchange" else "sale", warehouse_id=wh,
                status="released",
                block_reason=None, priority=1 if order["order_type"] == "exchange" else 5,
                promised_ship_by=order["promised_ship_by"],
                cutoff_at=cutoff, released_at=at, waved_at=None, picked_at=None, checked_at=None,
                packed_at=None,
                handed_over_at=None, wave_id=None, carrier_id=None, service_code=None,
                designated_carrier_id=None,
                waybill_no=None, dest_province=order["dest_province"], dest_city=order["dest_city"],
                dest_district=order["dest_district"], est_weight_g=weight, actual_weight_g=None,
                package_count=1)  # fmt: skip
    for number, line in enumerate(lines, 1):
        row = r.add("warehouse.outbound_line", at, outbound_line_id=f"{out_id}-{number}", outbound_id=out_id,
                    order_line_id=line["order_line_id"], sku_id=line["sku_id"],
                    batch_no=r.index["key", line["order_line_id"]][2] or None,
                    bin_id=bin_id(wh, BIN_OF[line["sku_id"]]), planned_qty=line["qty"], picked_qty=0,
                    shipped_qty=0,
                    short_qty=0)  # fmt: skip
        r.index["outbound line", line["order_line_id"]] = row
    r.index["outbound", out_id] = {"order": order, "lines": lines}
    r.index.setdefault(("outbounds", order["order_id"]), []).append(out)
    r.waiting[wh].append(out)


def wave(r: Retailer, at, wh) -> None:
    """Wave what waits: single lines together, the rest in another wave."""
    ready, r.waiting[wh] = r.waiting[wh][: 2 * MAX_WAVE], r.waiting[wh][2 * MAX_WAVE :]
    kinds = defaultdict(list)
    for out in ready:
        kinds[len(r.index["outbound", out["outbound_id"]]["lines"]) == 1].append(out)
    for single in sorted(kinds, reverse=True):
        _one_wave(r, at, wh, kinds[single], "single_item" if single else "multi_item")


def _one_wave(r, at, wh, outs, kind) -> None:
    lines = [ln for out in outs for ln in r.index["outbound", out["outbound_id"]]["lines"]]
    row = r.add("warehouse.wave", at, wave_id=r.new_id("V"), warehouse_id=wh, wave_type=kind, rule="R-CUTOFF",
                created_at=at,
                started_at=at + timedelta(minutes=5), finished_at=None, order_count=len(outs),
                line_count=len(lines),
                unit_count=sum(ln["qty"] for ln in lines), plan_id=None, status="created")  # fmt: skip
    end = _pick(r, at + timedelta(minutes=5), wh, row["wave_id"], lines)
    for out in outs:
        touch(out, at, wave_id=row["wave_id"], waved_at=at)
        r.at(end, picked, out)
        r.at(moment(at.date(), 18), hand_over, out)
    touch(row, end, finished_at=end, status="closed")


def _pick(r, at, wh, wave_id, lines):
    """Pick tasks in walking order; returns when the last one is done."""
    picker = r.rng.choice(("K01", "K02", "K03"))
    for seq, line in enumerate(sorted(lines, key=lambda ln: (BIN_OF[ln["sku_id"]], ln["order_line_id"])), 1):
        done = at + timedelta(seconds=r.rng.randrange(40, 110))
        row = r.index["outbound line", line["order_line_id"]]
        r.at(done, _record_pick, wh, wave_id, picker, seq, row, at)
        at = done
    return at + timedelta(minutes=1)


def _record_pick(r, at, wh, wave_id, picker, seq, row, started) -> None:
    number = BIN_OF[row["sku_id"]]
    r.add("warehouse.pick_task", at, pick_task_id=r.new_id("P"), wave_id=wave_id, warehouse_id=wh,
          outbound_line_id=row["outbound_line_id"],
          picker_id=picker, zone_id="Z1" if number < 14 else "Z2", bin_id=row["bin_id"], seq=seq,
          sku_id=row["sku_id"],
          qty=row["planned_qty"], started_at=started, picked_at=at, container_id=None, short_reason=None,
          check_station=None, error_flag=False)  # fmt: skip
    touch(row, at, picked_qty=row["planned_qty"])


def picked(r, at, out) -> None:
    touch(out, at + timedelta(minutes=12), status="packed", picked_at=at,
          checked_at=at + timedelta(minutes=6),
          packed_at=at + timedelta(minutes=12),
          actual_weight_g=out["est_weight_g"] + r.rng.randrange(-30, 80))  # fmt: skip


# ---------- parcels


def hand_over(r: Retailer, at, out) -> None:
    """The parcel leaves: stock goes down, the order line is shipped, the carrier has it."""
    order, lines = r.index["outbound", out["outbound_id"]].values()
    for line in lines:
        unlock(r, at, line)
        _take_out(r, at, line)
        touch(r.index["outbound line", line["order_line_id"]], at, shipped_qty=line["qty"])
        touch(line, at, shipped_qty=line["qty"], line_status="shipped")
    recognise(r, at, order, lines)
    parcel = _parcel(r, at, order, lines, out["warehouse_id"], out)
    touch(out, at, status="shipped", handed_over_at=at, carrier_id=parcel["carrier_id"],
          service_code=parcel["service_code"], waybill_no=parcel["waybill_no"])  # fmt: skip
    _shipped(r, at, order)


def _take_out(r, at, line) -> None:
    key = r.index["key", line["order_line_id"]]
    cost = r.move(
        at,
        "sale_out",
        key,
        -line["qty"],
        ref_of(line),
        bin_id=bin_id(key[0], BIN_OF[line["sku_id"]]),
        reason="sale",
    )
    r.index["cost", line["order_line_id"]] = cost
    if key[4] == OWN:
        r.book(
            at,
            "cost_of_sale",
            ("6401", cost, {"sku_id": line["sku_id"]}),
            ("1405", -cost, {"warehouse_id": key[0]}),
        )


def _shipped(r, at, order) -> None:
    """The order is shipped when its last parcel is."""
    open_lines = [ln for ln in r.index["lines", order["order_id"]] if not ln["cancelled_qty"] and not ln["shipped_qty"]]
    if not open_lines:
        advance(r, at, order, "shipped", "warehouse")


def freight_of(service, zone: str, weight_g: int, volume_cm3: int) -> tuple[Decimal, int]:
    """First weight and steps on the larger of actual and volumetric weight; returns fee and billed weight."""
    grams = max(weight_g, -(-volume_cm3 * 1000 // service.divisor))
    unit = {"up_500g": 500, "up_1kg": 1000, "exact": 1}[service.rounding]
    billed = -(-grams // unit) * unit
    steps = -(-max(0, billed - 1000) // service.step_g)
    return money(service.first_fee[zone]) + steps * money(service.step_fee[zone]), billed


def choose_service(r, zone, province, weight_g, volume, no_air):
    """Cheapest service that may carry it; one order in twelve asks for the fast one."""
    able = [s for s in SERVICES if province not in s.stopped and not (no_air and s.mode == "air")]
    if able[0].mode == "air" and r.rng.random() < 0.08:
        return able[0]
    return min(able, key=lambda s: (freight_of(s, zone, weight_g, volume)[0], s.carrier_id))


def _parcel(r, at, order, lines, wh, out) -> dict:
    volume = sum(_volume(ln["sku_id"]) * ln["qty"] for ln in lines)
    weight = (
        out["actual_weight_g"] if out else PACKAGING_G + sum(SKU[ln["sku_id"]].weight_g * ln["qty"] for ln in lines)
    )
    province, zone = order["dest_province"], zone_of(wh, order["dest_province"]) if wh else None
    service = SERVICES[2] if wh is None else choose_service(
        r, zone, province, weight, volume, any(ln["sku_id"] == "LAMP-1" for ln in lines))  # fmt: skip
    days = service.days[zone or "Z2"]
    parcel = r.add("logistics.shipment", at, waybill_no=f"{service.carrier_id}{r.new_id('Y', 7)}",
                   carrier_id=service.carrier_id,
                   direction="outbound", outbound_id=out and out["outbound_id"], warehouse_id=wh,
                   service_code=service.code,
                   dest_province=province, dest_city=order["dest_city"], dest_district=order["dest_district"],
                   dest_zone=zone,
                   actual_weight_g=weight, volume_cm3=volume,
                   declared_value=sum((value_of(ln) for ln in lines), ZERO), cod_amount=ZERO,
                   est_freight=_estimate(service, zone, weight, volume) if wh else None,
                   promised_at=at + timedelta(days=days + 1), handed_over_at=at,
                   picked_up_at=None, delivered_at=None, returned_at=None, final_status="in_transit",
                   chosen_by="rule", plan_id=None)  # fmt: skip
    _travel(r, at, order, parcel, days)
    return parcel


def _volume(sku_id: str) -> int:
    length, width, height = SKU[sku_id].size_mm
    return length * width * height // 1000


def _estimate(service, zone, weight, volume) -> Decimal:
    return freight_of(service, zone, weight, volume)[0] + (REMOTE_FEE if zone == "Z4" else 0)


def _travel(r, at, order, parcel, days) -> None:
    late = r.rng.choices((0, 1, 2), (86, 10, 4))[0]
    arrival = at + timedelta(days=days + late, hours=r.rng.uniform(-8, -1))
    arrival = arrival.replace(microsecond=0)
    r.at(at + timedelta(hours=2), scan, parcel, "collected", 1)
    if late:
        r.at(arrival - timedelta(hours=20), scan, parcel, "exception", 2)
    r.at(arrival - timedelta(hours=3), scan, parcel, "out_for_delivery", 3)
    r.at(arrival, deliver, order, parcel)


def scan(r, at, parcel, code, seq) -> None:
    words = {"collected": "已揽收", "exception": "天气延误", "out_for_delivery": "派送中", "signed": "已签收"}
    r.add("logistics.tracking_event", at, carrier_id=parcel["carrier_id"], waybill_no=parcel["waybill_no"],
          event_at=at,
          event_code=code, event_seq=seq, raw_status=words[code],
          location=PROVINCES[parcel["dest_province"]][0] if seq > 2 else None,
          exception_code="weather" if code == "exception" else None, operator=None)  # fmt: skip
    if code == "collected":
        touch(parcel, at, picked_up_at=at)


def deliver(r: Retailer, at, order, parcel) -> None:
    scan(r, at, parcel, "signed", 4)
    touch(parcel, at, delivered_at=at, final_status="delivered")
    r.index["arrived", order["order_id"]] = r.index.get(("arrived", order["order_id"]), 0) + 1
    outs = r.index.get(("outbounds", order["order_id"]), [None])
    if order["status"] == "shipped" and r.index["arrived", order["order_id"]] == len(outs):
        advance(r, at, order, "delivered", "carrier")
        r.delivered.append(order)
        r.at(at + timedelta(days=7), complete, order)


def complete(r, at, order) -> None:
    advance(r, at, order, "completed")


def ship_elsewhere(r: Retailer, at, order, lines) -> None:
    """A supplier or a merchant sends the parcel himself; we only hear of it."""
    if order["fulfil_mode"] == "dropship":
        dropship_purchase(r, at, order, lines)
    for line in lines:
        touch(line, at, shipped_qty=line["qty"], line_status="shipped")
    recognise(r, at, order, lines)
    _parcel(r, at, order, lines, None, None)
    _shipped(r, at, order)
