"""Who gets how much: nothing is lost or invented, the poorest first, moved only where that is cheaper."""

from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.allocation import assortment_of, fair_share, plan_transfers, regional_assortment


def needs(*rows):
    """Rows of (location, need, position, units a day, step), all of SKU "a" from "centre"."""
    names = ["location_id", "need_qty", "position_qty", "demand_rate", "step"]
    frame = pl.DataFrame(rows, schema=names, orient="row", schema_overrides={"demand_rate": pl.Float64})
    return frame.with_columns(sku_id=pl.lit("a"), from_location_id=pl.lit("centre"))


def supply(units):
    return pl.DataFrame({"sku_id": ["a"], "from_location_id": ["centre"], "available_qty": [units]})


def shared(units, *rows):
    return fair_share(supply(units), needs(*rows))["allocated_qty"].to_list()


def test_enough_for_all_gives_everybody_the_need():
    assert shared(100, ("north", 30, 0, 1.0, 1), ("south", 20, 5, 9.0, 1)) == [30, 20]


def test_what_is_short_lasts_equally_long_everywhere():
    # 30 units: north has 10 and sells 1 a day, south nothing and sells 3: 10 days of cover for both.
    assert shared(30, ("north", 50, 10, 1.0, 1), ("south", 50, 0, 3.0, 1)) == [0, 30]
    assert shared(50, ("north", 50, 10, 1.0, 1), ("south", 50, 0, 3.0, 1)) == [5, 45]


def test_a_step_that_does_not_come_out_even_goes_to_the_one_with_fewest_days():
    assert shared(10, ("north", 20, 1, 1.0, 6), ("south", 20, 0, 1.0, 6)) == [0, 6]


def test_who_sells_nothing_is_served_last():
    assert shared(10, ("still", 10, 0, 0.0, 1), ("north", 10, 0, 1.0, 1)) == [0, 10]


ROWS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(-10, 50), st.floats(0, 9), st.integers(1, 7)), min_size=1, max_size=6
)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 200), ROWS)
def test_nothing_is_shared_that_is_not_there_or_not_needed_and_no_whole_step_is_left_for_anybody(units, rows):
    asked = needs(*[(f"l{number}", *row) for number, row in enumerate(rows)])
    found = fair_share(supply(units), asked)
    left = units - found["allocated_qty"].sum()
    assert left >= 0
    for row in found.iter_rows(named=True):
        assert 0 <= row["allocated_qty"] <= row["need_qty"]
        assert row["allocated_qty"] % row["step"] == 0
        # A step that still fits in the need is missing from what is left, or another's step was in its way.
        if row["allocated_qty"] + row["step"] <= row["need_qty"]:
            assert left < row["step"]


def test_a_sku_that_nobody_has_gives_nothing():
    assert fair_share(supply(0).clear(), needs(("north", 5, 0, 1.0, 1)))["allocated_qty"].to_list() == [0]


def frame(names, rows):
    kinds = {name: pl.Int64 if name.endswith("_qty") else pl.String if name.endswith("_id") else pl.Float64
             for name in names}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds, orient="row")


def moved(surplus, wanted, lanes):
    found = plan_transfers(
        frame(["sku_id", "location_id", "surplus_qty", "value_here"], [("a", *row) for row in surplus]),
        frame(["sku_id", "location_id", "need_qty", "value_there"], [("a", *row) for row in wanted]),
        frame(["from_location_id", "to_location_id", "unit_cost"], lanes),
    )
    return {(source, to): (units, saving) for _, source, to, units, _, saving in found.iter_rows()}


def test_goods_move_only_where_that_is_cheaper_than_buying():
    lanes = [("x", "y", 2.0), ("x", "z", 9.0)]
    found = moved([("x", 10, 1.0)], [("y", 6, 5.0), ("z", 6, 5.0)], lanes)
    assert found == {("x", "y"): (6, 12.0)}


def test_what_one_place_has_too_little_of_is_shared_alike_where_a_unit_saves_the_same():
    surplus = pl.DataFrame({"sku_id": ["a"], "location_id": ["centre"], "surplus_qty": [12], "value_here": [5.0]})
    wanted = pl.DataFrame(
        {"sku_id": ["a"] * 3, "location_id": ["east", "north", "west"], "need_qty": [12, 6, 9],
         "value_there": [9.0, 9.0, 12.0]}
    )  # fmt: skip
    lanes = pl.DataFrame(
        {"from_location_id": ["centre"] * 3, "to_location_id": ["east", "north", "west"], "unit_cost": [1.0, 1.0, 2.0]}
    )
    found = plan_transfers(surplus, wanted, lanes)
    # The west saves more by a unit and comes first; the other two have a sixth of what they lack each.
    assert dict(found.select("to_location_id", "quantity").iter_rows()) == {"west": 9, "east": 2, "north": 1}
    assert found["saving"].sum() == 9 * 5 + 3 * 3


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), min_size=2, max_size=2),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=2, max_size=2),
    st.lists(st.integers(0, 6), min_size=4, max_size=4),
)
def test_no_other_moves_save_more(surplus, wanted, costs):
    lanes = [(f"g{one}", f"t{other}", float(costs[2 * one + other])) for one in range(2) for other in range(2)]
    found = moved(
        [(f"g{row}", units, float(value)) for row, (units, value) in enumerate(surplus)],
        [(f"t{row}", units, float(value)) for row, (units, value) in enumerate(wanted)],
        lanes,
    )
    worth = [wanted[other][1] - surplus[one][1] - costs[2 * one + other] for one in range(2) for other in range(2)]
    best = max(
        sum(units * value for units, value in zip(move, worth, strict=True))
        for move in product(range(5), repeat=4)
        if move[0] + move[1] <= surplus[0][0] and move[2] + move[3] <= surplus[1][0]
        and move[0] + move[2] <= wanted[0][0] and move[1] + move[3] <= wanted[1][0]
    )  # fmt: skip
    assert sum(saving for _, saving in found.values()) == pytest.approx(best)


REGION = {"weekly_demand_qty": 20.0, "weekly_sd": 6.0, "unit_gain": 1.0, "lot_qty": 40.0, "lead_time_weeks": 1.0,
          "central_lead_time_weeks": 6.0, "holding_cost": 2.5, "central_holding_cost": 2.5}  # fmt: skip


def assorted(*changes):
    return regional_assortment(pl.DataFrame([
        {"sku_id": "a", "central_id": "c", "location_id": f"r{number}"} | REGION | change
        for number, change in enumerate(changes)
    ]))  # fmt: skip


def test_a_region_stocks_what_it_sells_much_of_and_leaves_the_rest_to_the_centre():
    found = assorted({}, {"weekly_demand_qty": 0.5, "weekly_sd": 0.3})
    assert found["stocked"].to_list() == [True, False]
    assert found["yearly_gain"][0] > 0 > found["yearly_gain"][1]


def test_a_region_that_earns_nothing_by_itself_may_pay_by_what_the_centre_then_need_not_hold():
    # Freight saves 10 a year less than the place costs, but the centre is freed of six weeks' uncertainty.
    held = 2.5 * (20 + 1.6448536 * 6)
    found = assorted({"unit_gain": (held - 10) / (52 * 20)})
    assert found["stocked"].to_list() == [True]
    assert found["yearly_gain"][0] == pytest.approx(2.5 * 1.6448536 * 6 * 6**0.5 - 10)


def test_an_assortment_is_judged_by_freight_and_only_where_all_of_it_is_known():
    echelon = {"sku_id": "a", "central_id": "c", "central_days": 42.0, "regional_days": 7.0, "trip_days": 14.0,
               "central_holding_cost": 2.5 / 365, "regional_holding_cost": 2.5 / 365, "daily_mean": 20 / 7,
               "daily_spread": 6 * 1.6448536 / 7**0.5, "unit_gain": 1.0}  # fmt: skip
    rows = [echelon | {"location_id": "r0"}, echelon | {"location_id": "r1", "daily_mean": 1 / 7, "unit_gain": -2.0}]
    found = assortment_of(pl.DataFrame(rows))
    same = assorted({}, {"weekly_demand_qty": 1.0, "lot_qty": 2.0, "unit_gain": -2.0})
    assert found["stocked"].to_list() == same["stocked"].to_list() == [True, False]
    assert found["yearly_gain"].to_list() == pytest.approx(same["yearly_gain"].to_list())
    assert assortment_of(pl.DataFrame([rows[0], rows[1] | {"unit_gain": None}])).is_empty()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 20), st.floats(-2, 2)), min_size=1, max_size=5))
def test_no_region_would_better_be_in_or_out(regions):
    names = ("weekly_demand_qty", "weekly_sd", "unit_gain")
    found = assorted(*[dict(zip(names, region, strict=True)) for region in regions])
    for row in found.iter_rows(named=True):
        assert row["yearly_gain"] >= -1e-5 if row["stocked"] else row["yearly_gain"] <= 1e-5


def test_bad_rows_are_refused():
    with pytest.raises(ValueError, match="must not have more than 10 regions"):
        assorted(*[{}] * 11)
    with pytest.raises(ValueError, match="step must be 1 or more, found 0"):
        shared(1, ("north", 5, 0, 1.0, 0))
