"""Which orders are picked together: our plan where there is one, the warehouse's own rule for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from simulator.masters.contract_rows.policy import WAVES
from simulator.steps.picking import Crew, Waves, pick
from simulator.steps.shifts import roster
from simulator.tables import code
from simulator.times import HOUR, MINUTE, moment

if TYPE_CHECKING:
    from simulator.decisions import WavePlan
    from simulator.world import World

__all__ = ["waves"]

OUT, WAVE = "warehouse.outbound_order", "warehouse.wave"
# Most orders and units of a wave of single and of several lines, by the rule that planners know; an order above the
# units makes a wave alone.
MOST_ORDERS, MOST_UNITS = (np.array(values) for values in zip(*(row[1:] for row in WAVES), strict=True))
MORNING, MORNING_TAKES = 10 * HOUR + 30 * MINUTE, 10 * HOUR  # when waves start, and what was released by when
AFTERNOON_AFTER = 15 * MINUTE  # the order cut-off


def waves(world: World, day: int) -> None:
    """The day's two rounds of waves; what pickers do not get done by the hand-over stays released."""
    roster(world, day)
    crew = Crew(world, day)
    start = moment(day) + MORNING
    for plan in world.decisions.take("waves"):
        pick(world, start, _planned(world, plan), crew)
    pick(world, start, _by_rule(world, moment(day) + np.full(len(crew.cutoff), MORNING_TAKES), crew), crew)
    pick(world, int(crew.cutoff.max()) + AFTERNOON_AFTER, _by_rule(world, crew.cutoff, crew), crew)


def _planned(world: World, plan: WavePlan) -> Waves:
    """The plan's waves of the orders that are still released, each within one warehouse."""
    out = world.tables[OUT]
    known = (plan.outbound >= out.base) & (plan.outbound < out.count)
    outbound, wave = plan.outbound[known], plan.wave[known]
    sequence = plan.sequence[known]
    still = out.get("status", outbound) == code(OUT, "status", "released")
    outbound, wave, sequence = outbound[still], wave[still], sequence[still]
    warehouse = out.get("warehouse_id", outbound)
    order = np.lexsort((outbound, sequence, warehouse, wave))
    outbound, wave, warehouse = outbound[order], wave[order], warehouse[order]
    twice = np.ones(len(outbound), bool)
    twice[np.unique(outbound, return_index=True)[1]] = False
    outbound, wave, warehouse = outbound[~twice], wave[~twice], warehouse[~twice]
    return Waves(outbound, np.cumsum(_changes(wave) | _changes(warehouse)) - 1, world.place("rule", "plan"), plan.plan)


def _by_rule(world: World, released_by: np.ndarray, crew: Crew) -> Waves:
    """All orders released by an instant of their warehouse, by cut-off, single lines apart, first come first."""
    out = world.tables[OUT]
    waiting = np.flatnonzero(out.live("status") == code(OUT, "status", "released")) + out.base
    warehouse = out.get("warehouse_id", waiting)
    in_time = out.get("released_at", waiting) <= released_by[warehouse]
    waiting, warehouse = waiting[in_time], warehouse[in_time]
    cutoff, several = out.get("cutoff_at", waiting), out.get("_lines", waiting) > 1
    order = np.lexsort((waiting, out.get("released_at", waiting), several, cutoff, warehouse))
    waiting, several, warehouse, cutoff = waiting[order], several[order], warehouse[order], cutoff[order]
    breaks = _changes(several) | _changes(warehouse) | _changes(cutoff)
    lines, owner = world.lines_of(OUT, waiting)
    units = np.bincount(owner, world.tables["warehouse.outbound_line"].get("planned_qty", lines), len(waiting))
    several = several.astype(int)
    # A wave above what may go out in a day would wait for ever.
    most_units = np.minimum(MOST_UNITS[several], crew.most_units[warehouse])
    wave = _cut(breaks, units.astype(np.int64), MOST_ORDERS[several], most_units)
    return Waves(waiting, wave, world.place("rule", "cutoff-then-arrival"), -1)


def _changes(values: np.ndarray) -> np.ndarray:
    """Which values differ from the one before; the first does."""
    changes = np.ones(len(values), bool)
    changes[1:] = values[1:] != values[:-1]
    return changes


@numba.njit(cache=True)
def _cut(breaks, units, most_orders, most_units):
    """Number of the wave of each order, in the order given: a new one at a break or when the last is full."""
    wave = np.empty(len(units), np.int64)
    number, orders, held = 0, 0, 0
    for row in range(len(units)):
        if orders and (breaks[row] or orders == most_orders[row] or held + units[row] > most_units[row]):
            number, orders, held = number + 1, 0, 0
        wave[row] = number
        orders += 1
        held += units[row]
    return wave
