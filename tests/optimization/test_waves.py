from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.waves import Params, Problem, solve
from optimization.waves.layout import Layout
from optimization.waves.routing.s_shape import s_shape

START = datetime(2025, 6, 2, 8, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")


def orders(*rows):
    """Rows of (order, warehouse, minutes to release, hours to cut-off or None)."""
    return pl.DataFrame(
        [
            (
                order,
                warehouse,
                START + timedelta(minutes=release),
                None if cutoff is None else START + timedelta(hours=cutoff),
            )
            for order, warehouse, release, cutoff in rows
        ],
        schema={
            "outbound_id": pl.String,
            "warehouse_id": pl.String,
            "released_at": INSTANT,
            "cutoff_at": INSTANT,
        },
        orient="row",
    )


def lines(*rows):
    return pl.DataFrame(rows, schema={"outbound_id": pl.String, "sku_id": pl.String, "qty": pl.Int64}, orient="row")


def locations(*rows):
    """Rows of (warehouse, bin, sku, aisle, x, y, pickable)."""
    schema = {"warehouse_id": pl.String, "bin_id": pl.String, "sku_id": pl.String, "aisle": pl.Int64}
    schema |= {"x_m": pl.Float64, "y_m": pl.Float64, "pickable_qty": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


FLOOR = locations(
    ("W", "1-0", "front", 1, 0.0, 0.0, None),
    ("W", "1-9", "a", 1, 0.0, 6.0, 100),
    ("W", "2-5", "b", 2, 3.0, 4.0, 100),
    ("W", "3-3", "c", 3, 6.0, 3.0, 100),
    ("W", "3-9", "back", 3, 6.0, 10.0, None),
)


def test_orders_go_into_waves_by_cut_off_then_arrival():
    queue = orders(("late", "W", 0, 9), ("none", "W", 0, None), ("second", "W", 5, 3), ("first", "W", 1, 3))
    problem = Problem(queue, lines(*[(order, "a", 1) for order in queue["outbound_id"]]), FLOOR)
    plan = solve(problem, Params(max_orders=3))
    assert plan.wave_orders["outbound_id"].to_list() == ["first", "second", "late", "none"]
    assert plan.wave_orders["slot"].to_list() == [1, 2, 3, 1]
    assert plan.waves["cutoff_at"].to_list() == [START + timedelta(hours=3), None]
    assert plan.check(problem) == []


def test_a_wave_is_walked_by_its_shortest_tour_from_the_left():
    problem = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1), ("O", "b", 1), ("O", "c", 1)), FLOOR)
    plan = solve(problem)
    # Across 6 and back 6; aisles 1 and 2 whole, 10 each; 3 m into aisle 3 and back.
    assert plan.waves["distance_m"].to_list() == [6 + 6 + 10 + 10 + 3 + 3]
    assert plan.picks["sku_id"].to_list() == ["a", "b", "c"] and plan.objective == 38
    two = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1), ("O", "b", 1)), FLOOR)
    assert solve(two).waves["distance_m"].to_list() == [3 + 3 + 10 + 10]
    assert plan.bound is None and plan.gap is None


def test_picking_in_waves_walks_less_than_order_by_order():
    queue = orders(*[(f"O{k}", "W", k, 1) for k in range(4)])
    problem = Problem(queue, lines(*[(order, "b", 1) for order in queue["outbound_id"]]), FLOOR)
    plan = solve(problem)
    assert plan.objective == 14 and plan.baseline_distance_m == 4 * 14


def test_a_dock_lengthens_the_way_to_the_first_aisle():
    docks = pl.DataFrame({"warehouse_id": ["W"], "x_m": [-2.0], "y_m": [-1.0]})
    problem = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1)), FLOOR, docks)
    plan = solve(problem)
    assert plan.waves["distance_m"].to_list() == [2 * (2 + 1 + 6)] and plan.check(problem) == []


def test_an_order_without_stock_is_held_out_and_takes_nothing():
    scarce = locations(("W", "1", "a", 1, 0.0, 1.0, 5), ("W", "2", "b", 1, 0.0, 2.0, 9))
    queue = orders(("big", "W", 0, 1), ("small", "W", 1, 1), ("empty", "W", 2, 1))
    problem = Problem(queue, lines(("big", "a", 6), ("big", "b", 9), ("small", "a", 5), ("small", "b", 9)), scarce)
    plan = solve(problem)
    assert plan.wave_orders["outbound_id"].to_list() == ["small"]
    assert plan.unplanned.rows() == [
        ("big", "W", "short_stock", "a: 6 wanted, 5 left"),
        ("empty", "W", "no_lines", "the order has no lines"),
    ]
    assert plan.check(problem) == []


def test_an_order_whose_goods_have_no_place_is_planned_and_flagged():
    placeless = pl.concat([FLOOR, locations(("W", "floor", "d", None, None, None, 3))])
    queue = orders(("bin", "W", 0, 1), ("lost", "W", 1, 1), ("fine", "W", 2, 1))
    problem = Problem(
        queue, lines(("bin", "d", 1), ("lost", "nowhere", 2), ("lost", "a", 1), ("fine", "a", 1)), placeless
    )
    plan = solve(problem)
    assert plan.wave_orders["flag"].to_list() == ["no_pick_location", "no_pick_location", None]
    assert plan.picks["bin_id"].to_list() == ["1-9", "1-9", "floor", None]
    assert plan.check(problem) == []


def test_one_line_is_served_from_several_bins_in_walking_order():
    split = locations(("W", "far", "a", 2, 3.0, 1.0, 9), ("W", "near", "a", 1, 0.0, 1.0, 2))
    problem = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 3), ("O", "a", 1)), split)
    plan = solve(problem)
    assert plan.picks.select("bin_id", "qty").rows() == [("near", 2), ("far", 2)]
    assert plan.waves["line_count"].to_list() == [2] and plan.check(problem) == []


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


ORDERS = st.lists(
    st.tuples(
        st.sampled_from("WV"),
        st.integers(0, 99),
        st.one_of(st.none(), st.integers(0, 5)),
        st.lists(st.tuples(st.sampled_from(["a", "b", "c", "x"]), st.integers(1, 60)), max_size=3),
    ),
    max_size=12,
)


def built(rows):
    queue = orders(
        *[(f"O{number}", warehouse, release, cutoff) for number, (warehouse, release, cutoff, _) in enumerate(rows)]
    )
    wanted = lines(*[(f"O{number}", sku, qty) for number, row in enumerate(rows) for sku, qty in row[3]])
    return Problem(queue, wanted, pl.concat([FLOOR, FLOOR.with_columns(warehouse_id=pl.lit("V"))]))


@settings(max_examples=60, deadline=None)
@given(ORDERS, st.integers(1, 4))
def test_every_order_is_in_exactly_one_wave_or_left_out_with_a_reason(rows, size):
    problem = built(rows)
    plan = solve(problem, Params(max_orders=size))
    assert plan.check(problem) == []
    placed = plan.wave_orders["outbound_id"].to_list() + plan.unplanned["outbound_id"].to_list()
    assert sorted(placed) == sorted(problem.orders["outbound_id"])
    assert plan.waves["order_count"].max() is None or plan.waves["order_count"].max() <= size
    # S-shape goes through every aisle it enters: of many orders it may be longer than order by order.
    assert size > 1 or plan.objective == pytest.approx(plan.baseline_distance_m)


@settings(max_examples=30, deadline=None)
@given(ORDERS, st.randoms())
def test_the_order_of_rows_changes_nothing(rows, random):
    problem = built(rows)

    def shuffled(frame):
        return frame[random.sample(range(frame.height), frame.height)] if frame.height else frame

    other = Problem(shuffled(problem.orders), shuffled(problem.lines), shuffled(problem.locations))
    one, two = solve(problem), solve(other)
    assert one.waves.equals(two.waves) and one.picks.equals(two.picks) and one.unplanned.equals(two.unplanned)


def test_a_tampered_plan_is_found_out():
    problem = Problem(orders(("O", "W", 0, 1)), lines(("O", "a", 1)), FLOOR)
    plan = solve(problem)
    wrong = plan.picks.with_columns(pl.col("qty") + 200)
    tampered = type(plan)(
        1.0,
        None,
        "",
        plan.waves.with_columns(distance_m=1.0),
        plan.wave_orders,
        wrong,
        plan.unplanned,
        plan.params,
    )
    faults = " ".join(tampered.check(problem))
    assert "lacks -200 of a" in faults and "holds 100 of a, 201 are picked" in faults and "says 1.0 m" in faults


def test_lines_that_cannot_be_picked_are_refused_with_their_row():
    queue = orders(("O", "W", 0, 1))
    with pytest.raises(ValueError, match="qty must be at least 1, found -2"):
        Problem(queue, lines(("O", "a", -2)), FLOOR)
    with pytest.raises(ValueError, match="outbound_id must be an order of the problem, found 'P'"):
        Problem(queue, lines(("P", "a", 1)), FLOOR)
    with pytest.raises(ValueError, match="max_orders must be at least 1, found 0"):
        Params.from_mapping({"max_orders": 0})
