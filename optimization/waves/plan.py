"""What wave planning decided."""

from dataclasses import dataclass

import polars as pl

from optimization.proof import Proof
from optimization.waves.checks import faults
from optimization.waves.params import Params
from optimization.waves.problem import Problem


@dataclass(frozen=True)
class Plan(Proof):
    """Waves, their carts and orders, picks in walking order, refills, and what is left out; ``objective`` in minutes.

    Parameters
    ----------
    waves
        ``wave_id``, ``warehouse_id`` (str), ``wave_no`` (int, turn of release from 1 in each warehouse),
        ``wave_type`` (str: ``single_item``, ``multi_item``, ``batch``), ``zone_id`` (str, ``*``: several),
        ``cutoff_at`` (instant, the earliest of its orders), ``planned_start_at``, ``picked_at``, ``ready_at``
        (instant; packed, null where nobody has time to), ``cart_count``, ``order_count``, ``line_count``,
        ``unit_count``, ``pick_count`` (int), ``distance_m`` (float, shortest tours over the picks whose place is
        known), ``baseline_distance_m`` (float, its orders picked one by one), ``s_shape_distance_m`` (float, the same
        carts walked in an S; null with several blocks or no places), ``largest_gap_distance_m`` (float, likewise by
        the largest gap), ``labour_minutes`` (float).
    carts
        ``wave_id``, ``cart_no`` (int, from 1 in each wave), ``zone_id``, ``is_bulk`` (bool: identical baskets, one
        stop for all), ``order_count``, ``unit_count`` (int), ``volume_l``, ``distance_m``, ``pick_minutes`` (float),
        ``planned_start_at``, ``picked_at``, ``ready_at`` (instant), ``sort_station_id``, ``check_station_id``,
        ``pack_station_id`` (str, null where the stage has no stations or the cart no work for it).
    wave_orders
        One row per order: ``wave_id``, ``outbound_id`` (str), ``cart_no``, ``cart_count`` (int, the first of so many
        carts in a row; its picks say which), ``slot`` (int, from 1 on each cart), ``basket`` (str: ``identical``,
        ``single_unit``, ``single_sku``, ``multi_sku``), ``flag`` (str: ``no_pick_location``, ``on_several_carts``,
        ``larger_than_a_cart`` where it cannot be spread; else null), ``ready_at`` (instant), ``is_late`` (bool).
    picks
        ``wave_id`` (str), ``cart_no``, ``seq`` (int, from 1 on each cart), ``slot`` (int), ``outbound_id``, ``sku_id``,
        ``bin_id``, ``batch_no``, ``zone_id`` (str, null without a bin), ``aisle`` (int), ``x_m``, ``y_m``
        (float), ``qty`` (int); picks without a place come last.
    replenishments
        What must lie in the pick bins before: ``wave_id`` (str, the first wave that needs it), ``warehouse_id``,
        ``task_no`` (int), ``sku_id``, ``owner_id``, ``batch_no``, ``from_bin_id``, ``to_bin_id`` (str), ``qty``
        (int), ``needed_by`` (instant).
    unplanned
        ``outbound_id``, ``warehouse_id``, ``reason``, ``detail`` (str), ``wave_id`` (str). In no wave (null):
        ``on_hold``, ``no_lines``, ``bad_quantity``, ``no_stock``, ``no_place`` (only bins without coordinates),
        ``short_stock``, ``no_time``; in a wave, but after its cut-off: ``cutoff_past``, ``late``.
    labour
        ``warehouse_id``, ``stage``, ``zone_id``, ``station_id`` (str, ``*``: all), ``needed_minutes``,
        ``available_minutes`` (float, less what was begun before; null: not known).
    misses, misses_bound
        Weight of cut-offs missed, and the least weight that any plan misses with the same people.
    params
        The settings it was made with.
    """

    waves: pl.DataFrame
    carts: pl.DataFrame
    wave_orders: pl.DataFrame
    picks: pl.DataFrame
    replenishments: pl.DataFrame
    unplanned: pl.DataFrame
    labour: pl.DataFrame
    misses: int
    misses_bound: float
    params: Params

    @property
    def baseline_distance_m(self) -> float:
        """Length of all tours if every order were picked alone (in metres)."""
        return float(self.waves["baseline_distance_m"].sum())

    @property
    def distance_m(self) -> float:
        """Length of all tours (in metres)."""
        return float(self.waves["distance_m"].sum())

    @property
    def evenness(self) -> float | None:
        """The fullest share of a zone's, stage's or station's time anywhere; None where nobody's time is known."""
        known = self.labour.filter(pl.col("available_minutes") > 0)
        return known.select((pl.col("needed_minutes") / pl.col("available_minutes")).max()).item()

    def check(self, problem: Problem) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self, problem)
