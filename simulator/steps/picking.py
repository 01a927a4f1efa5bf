"""Waves are picked: who walks where and when, until the parcels are packed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

from simulator.fates import again
from simulator.masters.contract_rows.policy import LABOUR
from simulator.masters.outbound_capacity import units_per_day
from simulator.tables import code
from simulator.times import HOUR, MINUTE, moment
from simulator.walking import s_shape

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["Crew", "Waves", "pick"]

OUT, OUT_LINE, WAVE, TASK = (
    "warehouse.outbound_order",
    "warehouse.outbound_line",
    "warehouse.wave",
    "warehouse.pick_task",
)
LINE = "order.sales_order_line"
# Seconds of work by the labour standard that planners know.
PER_TOUR, PER_METRE, PER_PICK, PER_UNIT = next(row[1:5] for row in LABOUR if row[0] == "pick")
READY = 5 * MINUTE  # from the wave's creation to the first step
CHECK, PACK, NEXT_ORDER = 3 * MINUTE, 6 * MINUTE, 20  # after the wave's end, and from one order to the next
PACKED_BEFORE = 30 * MINUTE  # picking ends this long before the hand-over
RECOVERY = 6 * MINUTE  # a short pick is made good from the reserve
SHORT_SHARE, ERROR_SHARE = 0.003, 0.001
WEIGHT_OFF_G = (-30, 80)  # actual against estimated weight


@dataclass(frozen=True)
class Waves:
    """Outbound orders to pick together, wave by wave; waves are numbered from 0 in the order of their urgency."""

    outbound: np.ndarray
    wave: np.ndarray
    rule: int  # place in the book of rules
    plan: int  # place in the book of plans, -1 none


class Crew:
    """A day's pickers: when each is free, when picking must end, how many units may still go out."""

    def __init__(self, world: World, day: int) -> None:
        masters, rows = world.masters, world.parameters.warehouses
        most = max(row.pickers for row in rows)
        begins = np.array([moment(day, row.shift_hours[0]) for row in rows])
        absent = np.arange(most)[None, :] >= np.array([row.pickers for row in rows])[:, None]
        self.free = np.where(absent, np.iinfo(np.int64).max, begins[:, None])
        self.cutoff = moment(day) + (masters.order_cutoff_hour * HOUR).astype(np.int64)
        self.ends = moment(day) + (masters.handover_hour * HOUR).astype(np.int64) - PACKED_BEFORE
        self.most_units = units_per_day(masters, world.parameters)
        self.units = self.most_units.copy()
        self.picker = np.array(
            [[world.place("picker", f"{row.id}-K{n + 1:03d}") for n in range(most)] for row in rows], np.int64
        )
        self.station = np.array([world.place("station", f"{row.id}-C1") for row in rows], np.int64)


@dataclass(frozen=True)
class _Tours:
    """Waves with their picks in walking order."""

    line: np.ndarray  # outbound lines [n]
    owner: np.ndarray  # place of each line's order in the waves' orders
    wave: np.ndarray
    seconds: np.ndarray  # float [n], to reach and take each pick
    metres: np.ndarray


def pick(world: World, at: int, waves: Waves, crew: Crew) -> None:
    """Let the crew pick waves created at `at`, as far as the day allows, and pack what they hold."""
    if not len(waves.outbound):
        return
    tours = _tours(world, waves)
    count = int(waves.wave[-1]) + 1
    warehouse = world.tables[OUT].get("warehouse_id", waves.outbound)
    at_warehouse = np.empty(count, np.int64)
    at_warehouse[waves.wave] = warehouse
    units = world.tables[OUT_LINE].get("planned_qty", tours.line)
    unit_count = np.bincount(tours.wave, units, count).astype(np.int64)
    seconds = PER_TOUR + np.ceil(np.bincount(tours.wave, tours.seconds, count)).astype(np.int64)
    held = np.minimum(unit_count, crew.most_units[at_warehouse])  # an order above a day's units has the day to itself
    starts, picker = _assign(at_warehouse, seconds, held, at + READY, crew.free, crew.ends, crew.units)
    done = picker >= 0
    if done.any():
        _record(world, at, waves, tours, _Work(at_warehouse, starts, picker, done, unit_count, seconds), crew)


@dataclass(frozen=True)
class _Work:
    """Per wave: where, from when, by whom (place in the crew, -1 not today)."""

    warehouse: np.ndarray
    starts: np.ndarray
    picker: np.ndarray
    done: np.ndarray
    units: np.ndarray
    seconds: np.ndarray


def _tours(world: World, waves: Waves) -> _Tours:
    floor, out_lines = world.floor, world.tables[OUT_LINE]
    lines, owner = world.lines_of(OUT, waves.outbound)
    bin_ = out_lines.get("bin_id", lines)
    warehouse = world.tables[OUT].get("warehouse_id", waves.outbound)[owner]
    wave = waves.wave[owner]
    order, metres = s_shape(
        wave, floor.x_m[bin_], floor.y_m[bin_], floor.front_m[warehouse], floor.back_m[warehouse],
        floor.dock_x_m[warehouse],
    )  # fmt: skip
    lines = lines[order]
    seconds = PER_METRE * metres + PER_PICK + PER_UNIT * out_lines.get("planned_qty", lines)
    return _Tours(lines, owner[order], wave[order], seconds, metres)


@numba.njit(cache=True)
def _assign(warehouse, seconds, units, earliest, free, ends, units_left):
    """Give each wave in turn to the first free picker; a wave that would end too late waits for another day."""
    starts = np.zeros(len(seconds), np.int64)
    picker = np.full(len(seconds), -1, np.int64)
    for wave in range(len(seconds)):
        w = warehouse[wave]
        who = np.argmin(free[w])
        begins = max(free[w, who], earliest)
        if begins + seconds[wave] > ends[w] or units[wave] > units_left[w]:
            continue
        starts[wave], picker[wave] = begins, who
        free[w, who] = begins + seconds[wave]
        units_left[w] -= units[wave]
    return starts, picker


def _record(world: World, at: int, waves: Waves, tours: _Tours, work: _Work, crew: Crew) -> None:
    """Write waves, pick tasks and the orders' way to the packing table."""
    kept = work.done[tours.wave]
    tours = _Tours(*(values[kept] for values in (tours.line, tours.owner, tours.wave, tours.seconds, tours.metres)))
    picked_at, started_at = _pick_times(tours, work)
    short = _shares(world, tours.line, 11) < SHORT_SHARE
    finished = work.starts + work.seconds
    finished[np.unique(tours.wave[short])] += RECOVERY
    going = work.done[waves.wave]
    outbound, wave = waves.outbound[going], waves.wave[going]
    several = np.bincount(wave, world.tables[OUT].get("_lines", outbound) > 1, len(work.done)) > 0
    done = np.flatnonzero(work.done)
    orders_in = np.bincount(wave, minlength=len(work.done))
    serial = np.full(len(work.done), -1, np.int64)
    serial[done] = world.tables[WAVE].add(
        len(done), finished[done], warehouse_id=work.warehouse[done],
        wave_type=np.where(several[done], *(code(WAVE, "wave_type", name) for name in ("multi_item", "single_item"))),
        rule=waves.rule, created_at=at, started_at=work.starts[done], finished_at=finished[done],
        order_count=orders_in[done], line_count=np.bincount(tours.wave, minlength=len(work.done))[done],
        unit_count=work.units[done], plan_id=waves.plan, status=code(WAVE, "status", "closed"),
    )  # fmt: skip
    world.truth.add(
        "wave", wave=serial[done], warehouse=work.warehouse[done], planned=np.full(len(done), waves.plan >= 0),
        orders=orders_in[done], units=work.units[done], seconds=work.seconds[done],
        metres=np.bincount(tours.wave, tours.metres, len(work.done))[done],
    )  # fmt: skip
    _tasks(world, tours, work, crew, serial, started_at, picked_at, short)
    last = np.zeros(len(waves.outbound), np.int64)
    np.maximum.at(last, tours.owner, np.where(short, finished[tours.wave], picked_at))
    _pack(world, at, outbound, serial[wave], last[going], finished[wave], wave)


def _pick_times(tours: _Tours, work: _Work) -> tuple[np.ndarray, np.ndarray]:
    """When each pick is done and begun; whole seconds that never go back within a tour."""
    total = np.cumsum(tours.seconds)
    first = np.r_[True, tours.wave[1:] != tours.wave[:-1]]
    before = (total - tours.seconds)[first][np.cumsum(first) - 1]
    begin = work.starts[tours.wave] + PER_TOUR
    picked = begin + np.floor(total - before).astype(np.int64)
    return picked, np.where(first, begin, np.r_[0, picked[:-1]])


def _shares(world: World, out_lines: np.ndarray, use: int) -> np.ndarray:
    """A share of 0 … 1 of each outbound line, from its order line."""
    order_lines = world.tables[OUT_LINE].get("order_line_id", out_lines)
    return again(world.tables[LINE].get("_u_review", order_lines), use)


def _tasks(world, tours: _Tours, work: _Work, crew: Crew, serial, started_at, picked_at, short) -> None:
    """One task per line, two where the first came short."""
    out_lines, floor = world.tables[OUT_LINE], world.floor
    warehouse = work.warehouse[tours.wave]
    first = np.flatnonzero(np.r_[True, tours.wave[1:] != tours.wave[:-1]])
    size = np.diff(np.r_[first, len(tours.wave)])
    seq = np.arange(len(tours.wave)) - np.repeat(first, size) + 1
    qty, bin_ = out_lines.get("planned_qty", tours.line), out_lines.get("bin_id", tours.line)
    common = {
        "warehouse_id": warehouse, "wave_id": serial[tours.wave], "outbound_line_id": tours.line,
        "picker_id": crew.picker[warehouse, work.picker[tours.wave]], "zone_id": floor.zone[bin_], "bin_id": bin_,
        "sku_id": out_lines.get("sku_id", tours.line), "container_id": out_lines.get("outbound_id", tours.line),
        "check_station": crew.station[warehouse],
    }  # fmt: skip
    world.tables[TASK].add(
        len(qty), **common, seq=seq, qty=np.where(short, qty // 2, qty), started_at=started_at, picked_at=picked_at,
        short_reason=np.where(short, code(TASK, "short_reason", "empty_bin"), -1),
        error_flag=_shares(world, tours.line, 12) < ERROR_SHARE,
    )  # fmt: skip
    if short.any():
        ends = (work.starts + work.seconds)[tours.wave[short]]
        world.tables[TASK].add(
            int(short.sum()), **{name: values[short] for name, values in common.items()},
            seq=(np.repeat(size, size) + seq)[short], qty=(qty - qty // 2)[short], started_at=ends,
            picked_at=ends + RECOVERY, short_reason=-1, error_flag=0,
        )  # fmt: skip
    out_lines.set(tours.line, picked_at, picked_qty=qty)


def _pack(world: World, at: int, outbound, wave_id, picked_at, finished, wave) -> None:
    """Check and pack, order by order, once the wave is in."""
    first = np.flatnonzero(np.r_[True, wave[1:] != wave[:-1]])
    place = np.arange(len(wave)) - np.repeat(first, np.diff(np.r_[first, len(wave)]))
    checked = finished + CHECK + NEXT_ORDER * place
    out = world.tables[OUT]
    low, high = WEIGHT_OFF_G
    share = again(world.tables["order.sales_order"].get("_u_speed", out.get("_order", outbound)), 13)
    weight = out.get("est_weight_g", outbound) + low + (share * (high - low)).astype(np.int64)
    out.set(
        outbound, checked + PACK, status=code(OUT, "status", "packed"), wave_id=wave_id, waved_at=at,
        picked_at=picked_at, checked_at=checked, packed_at=checked + PACK, actual_weight_g=np.maximum(weight, 1),
    )  # fmt: skip
