"""What wave planning decided."""

from dataclasses import dataclass

import polars as pl

from optimization.proof import Proof
from optimization.waves.check import faults
from optimization.waves.params import Params
from optimization.waves.problem import Problem


@dataclass(frozen=True)
class Plan(Proof):
    """Waves, their orders, their picks in walking order, and what is left out.

    Parameters
    ----------
    waves
        ``wave_id``, ``warehouse_id`` (str), ``wave_no`` (int, from 1 in each warehouse), ``cutoff_at``
        (instant, the earliest of its orders), ``order_count``, ``line_count``, ``unit_count``,
        ``pick_count`` (int), ``distance_m`` (float, shortest tour over the picks whose place is known),
        ``baseline_distance_m`` (float, its orders picked one by one).
    wave_orders
        ``wave_id``, ``outbound_id`` (str), ``slot`` (int, from 1 in each wave), ``flag`` (str:
        ``no_pick_location`` where a unit has no bin with a place; else null).
    picks
        ``wave_id`` (str), ``seq`` (int, from 1 in each wave), ``outbound_id``, ``sku_id``, ``bin_id`` (str,
        null without a bin), ``aisle`` (int), ``x_m``, ``y_m`` (float), ``qty`` (int); picks without a place
        come last.
    unplanned
        ``outbound_id``, ``warehouse_id`` (str), ``reason`` (str: ``short_stock``, ``no_lines``), ``detail``
        (str).
    params
        The settings it was made with.
    """

    waves: pl.DataFrame
    wave_orders: pl.DataFrame
    picks: pl.DataFrame
    unplanned: pl.DataFrame
    params: Params

    @property
    def baseline_distance_m(self) -> float:
        """Length of all tours if every order were picked alone (in metres)."""
        return float(self.waves["baseline_distance_m"].sum())

    def check(self, problem: Problem) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self.waves, self.wave_orders, self.picks, self.unplanned, self.params.max_orders, problem)
