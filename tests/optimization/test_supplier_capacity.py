"""What a supplier has left of a SKU is shared: together no place orders more, and nobody is left out."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from planners_example import line, problem

from optimization.replenishment import solve
from optimization.replenishment.supplier_capacity import shared_capacity

PLACES = ("W1", "W2", "W3")


def steps_of(place: str, *quantities: int) -> pl.DataFrame:
    """Price steps of SKU A at a place."""
    return pl.DataFrame({"sku_id": "A", "location_id": place, "supplier_id": "S1", "from_quantity": quantities})


NO_STEPS = steps_of("W1", 1).clear()


def left(units: int) -> pl.DataFrame:
    return pl.DataFrame({"supplier_id": ["S1"], "sku_id": ["A"], "location_id": ["*"], "left_qty": [units]})


def three(here: tuple[int, ...], capacities: pl.DataFrame | None = None):
    """SKU A at three places with so much stock each."""
    places = ({"location_id": place, "on_hand_qty": held, "moq": 0, "pack_numerator": 1}
              for place, held in zip(PLACES, here, strict=True))  # fmt: skip
    return problem(*places, **({} if capacities is None else {"capacities": capacities}))


def ordered(plan) -> list[int]:
    return plan.lines.sort("location_id")["suggested_qty"].to_list()


def test_what_is_not_enough_for_all_brings_all_to_the_same_cover():
    assert sum(ordered(solve(three((0, 0, 60))))) > 300
    assert ordered(solve(three((0, 0, 60), left(240)))) == [100, 100, 40]


def test_what_is_enough_for_all_limits_nobody():
    assert ordered(solve(three((0, 0, 60), left(10_000)))) == ordered(solve(three((0, 0, 60))))


def test_a_share_is_an_order_or_nothing_and_who_has_most_steps_back():
    for here, expected in (((0, 0, 0), 2), ((0, 0, 90), 2)):
        places = ({"location_id": place, "on_hand_qty": held, "moq": 50, "pack_numerator": 1}
                  for place, held in zip(PLACES, here, strict=True))  # fmt: skip
        found = ordered(solve(problem(*places, capacities=left(120))))
        assert sum(quantity >= 50 for quantity in found) == expected and sum(found) <= 120
        assert here == (0, 0, 0) or found[2] == 0


def test_who_buys_from_somebody_else_takes_no_share():
    offered = pl.DataFrame({
        "sku_id": "A", "location_id": ["W1", "W2"], "supplier_id": "S1", "item": [0, 1], "daily": 10.0, "moq": 1,
        "order_step": 1, "capacity_qty": pl.Series([None, None], dtype=pl.Int64), "buys": [True, False],
    })  # fmt: skip
    several = three((0, 0, 0))
    assert shared_capacity(offered, several.items, several.demand, left(150), NO_STEPS).to_list() == [150, 0]


def test_what_is_beyond_the_needs_is_for_who_needs_something_and_the_others_keep_a_week():
    """An order could not reach a price step: its place had a third of a week's supply while others needed nothing."""
    offered = pl.DataFrame({
        "sku_id": "A", "location_id": PLACES, "supplier_id": "S1", "item": [0, 1, 2], "daily": 10.0, "moq": 1,
        "order_step": 1, "capacity_qty": pl.Series([None] * 3, dtype=pl.Int64), "buys": True,
    })  # fmt: skip

    def shares(here: tuple[int, ...], units: int, steps: pl.DataFrame = NO_STEPS, buy: int = 3) -> list[int]:
        several, buying = three(here), offered.with_columns(buys=pl.col("item") < buy)
        return shared_capacity(buying, several.items, several.demand, left(units), steps).to_list()

    assert shares((0, 900, 900), 600) == [460, 70, 70]
    assert shares((900, 900, 900), 600) == [200, 200, 200], "nobody needs anything: all may order ahead"
    assert shares((900, 900, 0), 600, buy=2) == [300, 300, 0], "and who buys elsewhere takes no share of it"
    assert shares((0, 0, 900), 300)[2] < 70, "needs come first"
    # 420 of 530 are needed or kept by those who lack nothing; 200 takes 60 more at W1, 50 are left for both.
    free, stepped = shares((0, 60, 900), 700), shares((0, 60, 900), 700, steps_of("W1", 400))
    assert stepped[0] >= 400 > free[0] and sum(stepped) <= 700


def test_nothing_left_is_nothing_ordered():
    plan = solve(three((0, 0, 60), left(0)))
    assert ordered(plan) == [0, 0, 0] and set(plan.lines["status"]) == {"waits"}
    assert all("its supplier has no more for all places this week" in reason for reason in plan.lines["reason"])
    assert all("供应商本周可供各仓的余量已用完" in reason for reason in plan.lines["reason_zh"])


@settings(deadline=None, max_examples=15)
@given(st.tuples(*[st.integers(0, 300)] * 3), st.integers(0, 1200))
def test_together_no_more_is_ordered_than_there_is(here, units):
    limited = three(here, left(units))
    plan = solve(limited)
    assert sum(ordered(plan)) <= units and plan.check(limited) == []


def test_a_place_with_terms_of_its_own_takes_nothing_from_the_others():
    own = pl.DataFrame({"supplier_id": ["S1"], "sku_id": ["A"], "location_id": ["W3"], "left_qty": [50]})
    assert ordered(solve(three((0, 0, 0), pl.concat([left(200), own])))) == [100, 100, 50]


def test_places_with_terms_of_their_own_keep_their_own_limit():
    alone = problem({"moq": 0, "pack_numerator": 1, "capacity_qty": 30})
    assert line(solve(alone), "suggested_qty") == 30
