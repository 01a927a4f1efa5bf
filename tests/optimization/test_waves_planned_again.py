"""What holds of any plan of waves, and of one that follows another."""

from dataclasses import replace
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from wave_problems import (
    FLOOR,
    HOUR,
    ORDERS,
    STAFF,
    START,
    built,
    labour,
    lines,
    orders,
)

from optimization.waves import Params, Problem, solve


@settings(max_examples=30, deadline=None)
@given(
    ORDERS, st.integers(1, 4), STAFF, st.one_of(st.none(), st.integers(1, 3)), st.sampled_from(["waves", "waveless"])
)
def test_every_order_is_in_exactly_one_wave_or_left_out_with_a_reason(rows, size, staff, slots, release):
    problem = built(rows, staff, slots)
    plan = solve(problem, Params(max_orders=size, identical_orders=3, release=release))
    assert plan.check(problem) == []
    placed = plan.wave_orders["outbound_id"].to_list()
    placed += plan.unplanned.filter(pl.col("wave_id").is_null())["outbound_id"].to_list()
    assert sorted(placed) == sorted(problem.orders["outbound_id"])
    assert plan.bound <= plan.objective + 1e-9 and plan.misses_bound <= plan.misses + 1e-9


@settings(max_examples=12, deadline=None)
@given(ORDERS, STAFF, st.randoms())
def test_the_order_of_rows_changes_nothing(rows, staff, random):
    problem = built(rows, staff)

    def shuffled(frame):
        return frame[random.sample(range(frame.height), frame.height)] if frame.height else frame

    other = Problem(shuffled(problem.orders), shuffled(problem.lines), shuffled(problem.locations),
                    labour=problem.labour, carts=problem.carts)  # fmt: skip
    one, two = solve(problem), solve(other)
    assert one.waves.equals(two.waves) and one.picks.equals(two.picks) and one.unplanned.equals(two.unplanned)


KEPT = ["wave_id", "cart_no", "slot", "outbound_id"]


def again(problem, plan, **changed):
    """The same problem a while later, with the plan before it."""
    turns = plan.wave_orders.join(plan.waves.select("wave_id", "wave_no"), on="wave_id")
    facts = {name: getattr(problem, name) for name in ("orders", "lines", "locations", "labour", "carts", "now")}
    return Problem(
        **{**facts, **changed}, previous=turns.select("wave_id", "wave_no", "cart_no", "slot", "outbound_id")
    )


@settings(max_examples=12, deadline=None)
@given(ORDERS, STAFF, st.integers(0, 8))
def test_a_plan_differs_from_the_last_only_where_it_gains(rows, staff, known):
    whole = built(rows, staff, slots=2)
    early = [f"O{number}" for number in range(min(known, len(rows)))]
    first = built(rows[: len(early)], staff, slots=2)
    plan = solve(first, Params(max_orders=4))
    later = again(first, plan, orders=whole.orders, lines=whole.lines, now=whole.instant)
    assert set(early) <= set(whole.orders["outbound_id"])
    second = solve(later, Params(max_orders=4))
    assert second.check(later) == []
    fresh = solve(
        Problem(whole.orders, whole.lines, whole.locations, labour=whole.labour, carts=whole.carts),
        Params(max_orders=4),
    )
    for warehouse in "WV":
        held = plan.waves.filter(warehouse_id=warehouse)["wave_id"]
        kept = plan.wave_orders.filter(pl.col("wave_id").is_in(held.to_list())).select(KEPT).sort(KEPT)
        now = second.wave_orders.join(kept.select("outbound_id"), on="outbound_id", how="semi").select(KEPT).sort(KEPT)
        mine = second.unplanned.filter(warehouse_id=warehouse)
        # Either everything planned before stands where it stood, or something gained or could not stand.
        assert now.equals(kept) or second.objective <= fresh.objective + 1e-9 or mine.height
    same = again(whole, second, now=whole.instant)
    third = solve(same, Params(max_orders=4))
    assert third.wave_orders.select(KEPT).sort(KEPT).equals(second.wave_orders.select(KEPT).sort(KEPT))


def test_a_new_order_leaves_a_planned_cart_as_it_is_unless_it_saves_labour():
    queue = orders(*[(f"O{k}", "W", k, 1) for k in range(4)], ("new", "W", 5, 3))
    wanted = lines(*[(f"O{k}", "abca"[k], 1) for k in range(4)], ("new", "b", 1))
    first = Problem(queue.head(4), wanted.head(4), FLOOR)
    plan = solve(first)
    second = solve(again(first, plan, orders=queue, lines=wanted))
    assert second.wave_orders.head(4).select(KEPT).equals(plan.wave_orders.select(KEPT))
    # An order with the same cut-off rides along: a tour less is a gain.
    soon = queue.with_columns(cutoff_at=START + HOUR)
    assert solve(again(first, plan, orders=soon, lines=wanted)).waves.height == 1


def test_a_kept_cart_of_different_baskets_is_not_picked_in_bulk():
    queue = orders(*[(f"{sku}{k}", "W", k, 3 if k < 4 else 9) for sku in "ab" for k in range(8)])
    wanted = lines(*[(order, order[0], 1) for order in queue["outbound_id"]])
    first = Problem(queue, wanted, FLOOR)
    plan = solve(first)  # of each basket eight in all, but four before each cut-off
    assert plan.carts["is_bulk"].to_list() == [False, False]
    second = solve(again(first, plan))
    assert second.carts.equals(plan.carts) and second.objective == plan.objective


def test_what_the_floor_has_begun_is_finished_first():
    begun = pl.DataFrame({"warehouse_id": ["W"], "stage": ["pick"], "minutes": [30.0]})
    facts = (orders(("O", "W", 0, 9)), lines(("O", "a", 1)), FLOOR)
    people = labour(("pick", "*", 0, 5, 1))
    free = solve(Problem(*facts, now=START, labour=people))
    busy = solve(Problem(*facts, now=START, labour=people, begun=begun))
    assert busy.waves["planned_start_at"][0] - free.waves["planned_start_at"][0] == timedelta(minutes=30)


def test_packers_finish_what_was_begun_and_pickers_of_zones_share_it():
    begun = pl.DataFrame({"warehouse_id": ["W"] * 2, "stage": ["pick", "pack"], "minutes": [60.0, 300.0]})
    facts = (orders(("O", "W", 0, 4)), lines(("O", "a", 1)), FLOOR)
    people = labour(("pick", "Z1", 0, 8, 1), ("pick", "Z2", 0, 8, 2), ("pack", "*", 0, 8, 1))
    problem = Problem(*facts, now=START, labour=people, begun=begun)
    plan = solve(problem)
    assert plan.check(problem) == [] and plan.misses_bound <= plan.misses
    assert plan.carts["planned_start_at"].to_list() == [START + timedelta(minutes=30)]
    # The packer is free after five hours, and the cut-off is missed.
    assert plan.carts["ready_at"].to_list() == [START + timedelta(hours=5, seconds=15)]
    assert plan.unplanned["reason"].to_list() == ["late"]
    rooms = plan.labour.select("stage", "zone_id", "available_minutes").rows()
    left = {(stage, zone): room for stage, zone, room in rooms}
    assert left["pick", "Z1"] == 8 * 60 - 30 and left["pack", "*"] == 8 * 60 - 300 and left["check", "*"] is None
    swamped = solve(replace(problem, begun=begun.with_columns(minutes=pl.lit(9999.0))))
    assert swamped.unplanned["reason"].to_list() == ["no_time"]
