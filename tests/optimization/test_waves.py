"""Waves of one plan: who is picked with whom, from which bins, on which cart, by when."""

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wave_problems import (
    FLOOR,
    HOUR,
    NOTHING,
    PLACE,
    START,
    labour,
    lines,
    locations,
    orders,
    shelves,
)

from optimization.waves import Params, Problem, solve
from optimization.waves.layout import Layout
from optimization.waves.routing.s_shape import s_shape


def test_where_staff_is_not_known_orders_of_a_cut_off_share_waves_by_urgency():
    queue = orders(("late", "W", 0, 9), ("none", "W", 0, None), ("second", "W", 5, 3), ("first", "W", 1, 3))
    problem = Problem(queue, lines(*[(order, "a", 1) for order in queue["outbound_id"]]), FLOOR)
    plan = solve(problem)
    assert plan.waves["cutoff_at"].to_list() == [START + 3 * HOUR, START + 9 * HOUR, None]
    assert plan.wave_orders["outbound_id"].to_list() == ["first", "second", "late", "none"]
    assert plan.wave_orders["slot"].to_list() == [1, 2, 1, 1] and plan.check(problem) == []


def test_a_wave_is_walked_by_its_shortest_tour_from_the_left():
    problem = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1), ("O", "b", 1), ("O", "c", 1)), FLOOR)
    plan = solve(problem)
    # Across 6 and back 6; aisles 1 and 2 whole, 10 each; 3 m into aisle 3 and back.
    assert plan.waves["distance_m"].to_list() == [6 + 6 + 10 + 10 + 3 + 3]
    assert plan.picks["sku_id"].to_list() == ["a", "b", "c"]
    two = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1), ("O", "b", 1)), FLOOR)
    assert solve(two).distance_m == 3 + 3 + 10 + 10


def test_minutes_are_those_of_the_labour_standard_and_never_below_their_bound():
    problem = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1), ("O", "b", 2)), FLOOR)
    plan = solve(problem)
    # A tour 180 s, a metre 1 s, a pick 8 s, a unit 2 s; 15 s to pack.
    assert plan.objective == pytest.approx((180 + 26 + 2 * 8 + 3 * 2 + 15) / 60)
    # At least the way to the farther of both and back: b, 3 across and 4 up.
    assert plan.bound == pytest.approx((180 + 2 * (3 + 4) + 2 * 8 + 3 * 2 + 15) / 60)
    own = pl.DataFrame(
        [("W", "pick", 60.0, 0.0, 0.0, 0.0, 0.0), ("*", "pick", 1.0, 1.0, 1.0, 1.0, 1.0)],
        schema=[
            "warehouse_id",
            "stage",
            *(f"seconds_per_{what}" for what in ("tour", "metre", "pick", "unit", "order")),
        ],
        orient="row",
    )
    assert solve(Problem(problem.orders, problem.lines, FLOOR, standards=own)).objective == 1.0


def test_picking_in_waves_walks_less_than_order_by_order():
    queue = orders(*[(f"O{k}", "W", k, 1) for k in range(4)])
    problem = Problem(queue, lines(*[(order, "b", 1) for order in queue["outbound_id"]]), FLOOR)
    plan = solve(problem)
    assert plan.distance_m == 14 and plan.baseline_distance_m == 4 * 14


def test_a_dock_lengthens_the_way_to_the_first_aisle():
    docks = pl.DataFrame({"warehouse_id": ["W"], "x_m": [-2.0], "y_m": [-1.0]})
    problem = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1)), FLOOR, docks)
    plan = solve(problem)
    assert plan.waves["distance_m"].to_list() == [2 * (2 + 1 + 6)] and plan.check(problem) == []


def test_blocks_behind_one_another_have_a_cross_aisle_between_them():
    rows = [("W", f"{x}-{y}", f"{x}{y}", x, 5.0 * x, float(y), 9, 1 + (y > 5)) for x in (1, 2) for y in (0, 4, 8, 20)]
    two = pl.DataFrame(rows, schema=PLACE | {"block": pl.Int64}, orient="row")
    wanted = lines(("O", "14", 1), ("O", "24", 1))
    plan = solve(Problem(orders(("O", "W", 0, 1)), wanted, two))
    # Up aisle 1 to the cross aisle at 6, over it, down aisle 2.
    assert plan.distance_m == 6 + 5 + 6 + 5 and plan.check(Problem(orders(("O", "W", 0, 1)), wanted, two)) == []
    assert solve(Problem(orders(("O", "W", 0, 1)), wanted, two.drop("block"))).distance_m == 8 + 10 + 8


def test_bad_input_is_named_and_the_rest_is_planned():
    scarce = pl.concat([locations(
        ("W", "1", "a", 1, 0.0, 1.0, 5), ("W", "2", "b", 1, 0.0, 2.0, 9), ("W", "floor", "d", None, None, None, 3),
    ), locations(("W", "4", "e", 1, 0.0, 3.0, 50))])  # fmt: skip
    names = ["big", "small", "empty", "lost", "none", "minus", "held"]
    queue = orders(
        *[(name, "W", minute, 2) for minute, name in enumerate(names)],
        ("past", "W", 9, -1), ("fine", "W", 9, 2), hold=[None] * 6 + ["fraud check", None, None],
    )  # fmt: skip
    wanted = lines(
        ("big", "a", 6), ("big", "b", 9), ("small", "a", 5), ("small", "b", 9), ("lost", "d", 1), ("none", "x", 2),
        ("minus", "e", -1), ("held", "e", 1), ("past", "e", 1), ("fine", "e", 1),
    )  # fmt: skip
    problem = Problem(queue, wanted, scarce, now=START)
    plan = solve(problem)
    assert set(plan.wave_orders["outbound_id"]) == {"small", "past", "fine"}
    wave = plan.wave_orders.filter(outbound_id="past")["wave_id"].item()
    assert sorted(plan.unplanned.drop("warehouse_id").rows()) == [
        ("big", "short_stock", "a: 6 wanted, 5 left", None),
        ("empty", "no_lines", "the order has no lines", None),
        ("held", "on_hold", "fraud check", None),
        ("lost", "no_place", "d: bin floor has no aisle or no coordinates", None),
        ("minus", "bad_quantity", "e: -1", None),
        ("none", "no_stock", "x: 2 wanted, no bin holds it", None),
        ("past", "cutoff_past", "its cut-off was 2025-06-02T07:00+00:00", wave),
    ]
    assert plan.misses == 1 and plan.check(problem) == []


def test_a_warehouse_that_names_no_bins_has_waves_without_a_walk():
    nowhere = locations(("V", "floor", "d", None, None, None, 3))
    queue = orders(("bare", "W", 0, 1), ("bin", "V", 0, 1))
    problem = Problem(queue, lines(("bare", "a", 2), ("bin", "d", 1)), nowhere)
    plan = solve(problem)
    assert plan.wave_orders["flag"].to_list() == ["no_pick_location", "no_pick_location"]
    assert plan.picks["bin_id"].to_list() == ["floor", None] and plan.distance_m == 0.0
    assert plan.check(problem) == []


def test_what_expires_first_is_picked_first_and_else_the_aisle_already_walked():
    soon, later = date(2025, 7, 1), date(2025, 9, 1)
    stock = shelves(
        ("W", "near", "a", 1, 0.0, 1.0, 9, "pick", "B2", later, "Z1"),
        ("W", "far", "a", 3, 6.0, 1.0, 2, "pick", "B1", soon, "Z2"),
        ("W", "1", "b", 1, 0.0, 4.0, 9, "pick", None, None, "Z1"),
        ("W", "2", "b", 2, 3.0, 4.0, 9, "pick", None, None, "Z1"),
        ("W", "3", "c", 2, 3.0, 6.0, 9, "pick", None, None, "Z1"),
    )
    problem = Problem(
        orders(("O", "W", 0, 1), ("P", "W", 1, 1)), lines(("O", "a", 3), ("P", "b", 1), ("P", "c", 1)), stock
    )
    plan = solve(problem)
    taken = plan.picks.sort("outbound_id", "bin_id").select("outbound_id", "bin_id", "batch_no", "qty").rows()
    assert taken == [("O", "far", "B1", 2), ("O", "near", "B2", 1), ("P", "2", None, 1), ("P", "3", None, 1)]
    assert plan.check(problem) == []


def test_a_pick_bin_is_refilled_from_the_reserve_before_the_wave_begins():
    stock = shelves(
        ("W", "face", "a", 1, 0.0, 1.0, 2, "pick", None, None, "Z1"),
        ("W", "high", "a", 9, 30.0, 1.0, 20, "reserve", None, None, "R"),
    )
    problem = Problem(orders(("O", "W", 0, 1), ("P", "W", 1, 1)), lines(("O", "a", 5), ("P", "a", 4)), stock)
    plan = solve(problem)
    assert plan.replenishments.select("from_bin_id", "to_bin_id", "qty").rows() == [("high", "face", 7)]
    assert plan.replenishments["needed_by"].to_list() == plan.waves["planned_start_at"].to_list()
    assert set(plan.picks["bin_id"]) == {"face"} and plan.check(problem) == []


def test_merchants_goods_that_we_fulfil_are_waved_like_ours_and_never_mixed_with_them():
    stock = pl.concat(
        [FLOOR.filter(sku_id="a").with_columns(owner_id=pl.lit(owner, pl.String)) for owner in (None, "M")]
    )
    stock = stock.with_columns(bin_id=pl.col("owner_id").fill_null("ours"))
    wanted = lines(("O", "a", 1), ("P", "a", 1)).with_columns(owner_id=pl.Series([None, "M"]))
    problem = Problem(orders(("O", "W", 0, 1), ("P", "W", 0, 1)), wanted, stock)
    plan = solve(problem)
    assert dict(plan.picks.select("outbound_id", "bin_id").rows()) == {"O": "ours", "P": "M"}
    assert plan.waves.height == 1 and plan.check(problem) == []


def test_identical_baskets_are_picked_in_bulk_in_closed_form():
    queue = orders(*[(f"O{k:02d}", "W", k, 1) for k in range(50)], ("other", "W", 0, 1))
    problem = Problem(queue, lines(*[(f"O{k:02d}", "b", 1) for k in range(50)], ("other", "a", 1)), FLOOR)
    plan = solve(problem, Params(identical_units=20))
    bulk = plan.carts.filter("is_bulk")
    assert bulk["order_count"].to_list() == [20, 20, 10]
    # One stop of 8 s for all orders of the cart.
    assert bulk["pick_minutes"][0] == pytest.approx((180 + 14 + 8 + 20 * 2) / 60)
    assert sorted(plan.waves["wave_type"]) == ["batch", "batch", "batch", "single_item"]
    assert plan.check(problem) == []


def test_carts_keep_their_slots_and_litres_and_an_order_larger_than_one_has_its_own():
    queue = orders(*[(f"O{k}", "W", k, 1) for k in range(7)], volume_l=[1.0, 1.0, 1.0, 6.0, 6.0, 1.0, 99.0])
    wanted = lines(*[(f"O{k}", "abc"[k % 3], 1 + k) for k in range(7)])
    trolley = pl.DataFrame({"warehouse_id": ["W"], "slots": [3], "volume_l": [10.0]})
    problem = Problem(queue, wanted, FLOOR, carts=trolley)
    plan = solve(problem)
    assert plan.carts["order_count"].max() <= 3 and plan.carts.filter(pl.col("order_count") > 1)["volume_l"].max() <= 10
    assert plan.wave_orders.filter(flag="larger_than_a_cart")["outbound_id"].to_list() == ["O6"]
    assert plan.carts.height == 3 and plan.check(problem) == []


def split_problem(**more) -> Problem:
    """An order of 24 l, of eight units in two aisles, for carts of 10 l; and a small one."""
    queue = orders(("large", "W", 0, 1), ("small", "W", 0, 1), volume_l=[24.0, 1.0])
    wanted = lines(("large", "a", 5), ("large", "c", 3), ("small", "b", 1))
    trolley = pl.DataFrame({"warehouse_id": ["W"], "slots": [3], "volume_l": [10.0]})
    return Problem(queue, wanted, FLOOR, carts=trolley, **more)


def test_an_order_larger_than_a_cart_rides_on_several_of_one_wave_and_is_ready_when_the_last_of_them_is():
    problem = split_problem()
    plan = solve(problem)
    assert plan.check(problem) == []
    large = plan.wave_orders.row(by_predicate=pl.col("outbound_id") == "large", named=True)
    assert (large["cart_count"], large["flag"]) == (3, "on_several_carts")
    picks = plan.picks.filter(outbound_id="large", wave_id=large["wave_id"])
    # Three units of 3 l to a cart, aisle by aisle; only one pick is made on two carts.
    carts = [large["cart_no"] + number for number in range(3)]
    assert picks.group_by("cart_no").agg(pl.col("qty").sum()).sort("cart_no").rows() == list(
        zip(carts, (3, 3, 2), strict=True)
    )
    assert picks.height == 4
    ready = plan.carts.filter(wave_id=large["wave_id"]).filter(pl.col("cart_no").is_in(carts))["ready_at"]
    assert set(ready) == {large["ready_at"]}
    assert plan.waves["order_count"].sum() == 2


def test_an_order_on_several_carts_is_kept_so_and_packed_once():
    first = solve(split_problem())
    previous = first.wave_orders.join(first.waves, on="wave_id").select(
        "wave_id", "wave_no", "cart_no", "slot", "outbound_id"
    )
    problem = split_problem(previous=previous)
    again = solve(problem)
    assert again.check(problem) == []
    assert again.picks.sort(pl.all()).equals(first.picks.sort(pl.all()))
    pack = first.labour.filter(stage="pack")["needed_minutes"].item()
    assert pack == pytest.approx(2 * 15 / 60)


def test_the_check_finds_an_order_spread_over_carts_without_need():
    problem = split_problem()
    plan = solve(problem)
    roomy = replace(problem, carts=problem.carts.with_columns(volume_l=pl.lit(50.0)))
    assert any("is on 3 carts of 50.0 l" in fault for fault in plan.check(roomy))


def test_where_hands_are_few_the_lighter_orders_miss_their_cut_off():
    queue = orders(*[(f"O{k}", "W", 0, 0.25) for k in range(6)], priority=[0, 0, 0, 9, 9, 9])
    wanted = lines(*[(f"O{k}", "abc"[k % 3], 1) for k in range(6)])
    trolley = pl.DataFrame(
        {"warehouse_id": ["W"], "slots": [1], "volume_l": [None]}, schema_overrides={"volume_l": float}
    )
    problem = Problem(queue, wanted, FLOOR, now=START, labour=labour(("pick", "*", 0, 5, 1)), carts=trolley)
    plan = solve(problem)
    late = set(plan.unplanned.filter(reason="late")["outbound_id"])
    # A cart of one order takes three and a half minutes: four are ready in a quarter of an hour.
    assert len(late) == 2 and late <= {"O0", "O1", "O2"}
    assert plan.misses_bound <= plan.misses == 2 and plan.check(problem) == []
    nobody = Problem(queue, wanted, FLOOR, now=START, labour=labour(("pick", "*", -5, -1, 1)))
    assert set(solve(nobody).unplanned["reason"]) == {"no_time"}


def test_orders_of_a_zone_fill_carts_of_their_own_and_the_rest_rides_together():
    rows = [("W", f"{z}{n}", f"{z}{n}", 1 + 2 * (z == "Z2"), 3.0 * (z == "Z2"), float(n), 99, "pick", None, None, z)
            for z in ("Z1", "Z2") for n in range(5)]  # fmt: skip
    queue = orders(*[(f"O{k}", "W", k, 1) for k in range(9)])
    wanted = lines(*[(f"O{k}", f"Z{1 + k % 2}{k % 5}", 1) for k in range(9)])
    trolley = pl.DataFrame(
        {"warehouse_id": ["W"], "slots": [2], "volume_l": [None]}, schema_overrides={"volume_l": float}
    )
    problem = Problem(queue, wanted, shelves(*rows), carts=trolley)
    plan = solve(problem, Params(**NOTHING))
    assert sorted(plan.carts["zone_id"]) == ["Z1", "Z1", "Z1", "Z2", "Z2"] and plan.check(problem) == []
    assert solve(problem, Params(zones_apart=False, **NOTHING)).check(problem) == []


def test_kinds_that_each_leave_a_cart_half_empty_ride_together():
    queue = orders(*[(f"O{k}", "W", k, 1) for k in range(9)])
    wanted = lines(*[(f"O{k}", "ab"[k % 2], 1) for k in range(9)], *[(f"O{k}", "ba"[k % 2], 1) for k in range(4, 9)])
    trolley = pl.DataFrame(
        {"warehouse_id": ["W"], "slots": [3], "volume_l": [None]}, schema_overrides={"volume_l": float}
    )
    problem = Problem(queue, wanted, FLOOR, carts=trolley)
    plan = solve(problem)
    assert plan.carts["order_count"].to_list() == [3, 3, 3] and plan.check(problem) == []


def test_pickers_of_a_zone_pick_its_carts_and_their_minutes_are_told_apart():
    rows = [("W", f"{z}{n}", f"{z}{n}", 1 + 2 * (z == "Z2"), 3.0 * (z == "Z2"), float(n), 99, "pick", None, None, z)
            for z in ("Z1", "Z2") for n in range(2)]  # fmt: skip
    queue = orders(*[(f"O{k}", "W", 0, 3) for k in range(4)])
    wanted = lines(*[(f"O{k}", f"Z{1 + k // 3}{k % 2}", 1) for k in range(4)])
    people = labour(("pick", "Z1", 0, 5, 1), ("pick", "Z2", 1, 5, 2))
    trolley = pl.DataFrame(
        {"warehouse_id": ["W"], "slots": [1], "volume_l": [None]}, schema_overrides={"volume_l": float}
    )
    problem = Problem(queue, wanted, shelves(*rows), now=START, labour=people, carts=trolley)
    plan = solve(problem, Params(**NOTHING))
    starts = dict(plan.carts.group_by("zone_id").agg(pl.col("planned_start_at").min()).rows())
    assert starts == {"Z1": START, "Z2": START + HOUR} and plan.check(problem) == []
    minutes = {zone: needed for stage, zone, needed in plan.labour.select("stage", "zone_id", "needed_minutes").rows()
               if stage == "pick"}  # fmt: skip
    assert minutes.keys() == {"Z1", "Z2"} and sum(minutes.values()) == pytest.approx(plan.carts["pick_minutes"].sum())
    assert plan.evenness == pytest.approx(minutes["Z1"] / 300)


def test_waveless_carts_are_released_one_by_one():
    queue = orders(*[(f"O{k}", "W", k, 1) for k in range(8)])
    trolley = pl.DataFrame(
        {"warehouse_id": ["W"], "slots": [2], "volume_l": [None]}, schema_overrides={"volume_l": float}
    )
    problem = Problem(queue, lines(*[(f"O{k}", "abc"[k % 3], 1) for k in range(8)]), FLOOR, carts=trolley)
    plan = solve(problem, Params(release="waveless", lookahead_orders=4))
    assert plan.waves["cart_count"].to_list() == [1, 1, 1, 1] and plan.check(problem) == []
    assert solve(problem, Params(max_orders=4)).waves["cart_count"].max() == 2


PICKS = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 20).map(float)), min_size=1, max_size=12)


@settings(deadline=None)
@given(PICKS)
def test_s_shape_walks_visit_every_pick_and_each_aisle_once(picks):
    layout = Layout({aisle: aisle * 3.0 for aisle in range(1, 7)}, 0.0, 20.0, 3.0, 0.0)
    order, distance = s_shape(picks, layout)
    assert sorted(order) == list(range(len(picks)))
    walked = [picks[index][0] for index in order]
    changes = [aisle for place, aisle in enumerate(walked) if place == 0 or aisle != walked[place - 1]]
    assert changes == sorted({aisle for aisle, _ in picks})
    assert distance >= 2 * max(y for _, y in picks)


def test_a_tampered_plan_is_found_out():
    problem = Problem(orders(("O", "W", 0, 1), ("P", "W", 0, 1)), lines(("O", "a", 1), ("P", "b", 1)), FLOOR,
                      labour=labour(("pick", "*", 0, 5, 1)), now=START)  # fmt: skip
    plan = solve(problem)

    def faults(**changed):
        return " ".join(type(plan)(**{**vars(plan), **changed}).check(problem))

    assert plan.check(problem) == []
    wrong = faults(picks=plan.picks.with_columns(pl.col("qty") + 200))
    assert "lacks -200 of a" in wrong and "holds 100 of a, 201 are picked" in wrong
    assert "says 1.0 m" in faults(carts=plan.carts.with_columns(distance_m=1.0))
    assert "in less time than it takes" in faults(carts=plan.carts.with_columns(picked_at=pl.col("planned_start_at")))
    assert "by 0 pickers" in faults(carts=plan.carts.with_columns(
        pl.col("planned_start_at", "picked_at", "ready_at") + 9 * HOUR))  # fmt: skip
    assert "is_late is True" in faults(wave_orders=plan.wave_orders.with_columns(is_late=True))
    assert "order O is planned 0 times" in faults(wave_orders=plan.wave_orders.filter(outbound_id="P"))
    assert "runs backwards" in faults(carts=plan.carts.with_columns(planned_start_at=START - HOUR))


def test_what_cannot_be_planned_at_all_is_refused_with_its_row():
    queue = orders(("O", "W", 0, 1))
    with pytest.raises(ValueError, match="outbound_id must be an order of the problem, found 'P'"):
        Problem(queue, lines(("P", "a", 1)), FLOOR)
    with pytest.raises(ValueError, match="pickable_qty must be zero or more, found -4"):
        Problem(queue, lines(("O", "a", 1)), locations(("W", "1", "a", 1, 0.0, 1.0, -4)))
    with pytest.raises(ValueError, match="ends_at must be after starts_at"):
        Problem(queue, lines(("O", "a", 1)), FLOOR, labour=labour(("pick", "*", 3, 3, 1)))
    with pytest.raises(ValueError, match="max_orders must be at least 1, found 0"):
        Params.from_mapping({"max_orders": 0})
    with pytest.raises(ValueError, match="release must be one of"):
        Params.from_mapping({"release": "sometimes"})


def aisle_problem(**more) -> Problem:
    """Twelve orders of two units alike in urgency: six of SKUs that all lie in aisle 1, six of one aisle each."""
    queue = orders(*[(f"O{k:02d}", "W", k, 4) for k in range(12)])
    wanted = lines(*[(f"O{k:02d}", f"{'far' if k % 2 else 'near'}{k}", 2) for k in range(12)])
    floor = locations(
        *[
            ("W", f"B{k}", f"{'far' if k % 2 else 'near'}{k}", 1 + k * (k % 2), 3.0 * k * (k % 2), 1.0 + k, 5)
            for k in range(12)
        ]
    )
    return Problem(queue, wanted, floor, **more)


def test_where_twelve_units_are_released_they_are_those_of_the_fewest_aisles():
    problem = aisle_problem()
    plan = solve(problem, Params(most_units=12))
    assert plan.check(problem) == []
    assert sorted(plan.wave_orders["outbound_id"]) == [f"O{k:02d}" for k in range(0, 12, 2)]
    assert plan.picks["aisle"].unique().to_list() == [1]
    waiting = plan.unplanned.filter(reason="next_wave")
    assert waiting.height == 6 and waiting["detail"].unique().to_list() == ["12 units are released at a time"]


def test_more_urgent_orders_are_released_before_those_of_fewer_aisles():
    problem = aisle_problem()
    soon = problem.orders.with_columns(
        cutoff_at=pl.when(pl.col("outbound_id").is_in(["O01", "O11"])).then(START + 2 * HOUR).otherwise("cutoff_at")
    )
    plan = solve(replace(problem, orders=soon), Params(most_units=8))
    released = set(plan.wave_orders["outbound_id"])
    assert {"O01", "O11"} < released and len(released) == 4
    assert {int(order[1:]) % 2 for order in released - {"O01", "O11"}} == {0}


def test_what_was_planned_before_is_released_again():
    first = solve(aisle_problem(), Params(most_units=12))
    previous = first.wave_orders.join(first.waves, on="wave_id").select(
        "wave_id", "wave_no", "cart_no", "slot", "outbound_id"
    )
    again = solve(aisle_problem(previous=previous), Params(most_units=12))
    assert again.wave_orders.sort(pl.all()).equals(first.wave_orders.sort(pl.all()))
