"""Goods that lie idle elsewhere are moved instead of being bought, where the plan earns more by it."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replenishment_items import items, quantiles

from optimization.replenishment import Params, Plan, Problem, solve
from optimization.replenishment.economics import EconomicParams
from optimization.replenishment.economics import solve as solve_economics
from optimization.replenishment.problem import TERMS
from pipelines.planning.moves import best_moves

TODAY = date(2026, 11, 2)
LANES = pl.DataFrame(
    {"from_location_id": ["W2", "W1"], "to_location_id": ["W1", "W2"], "days": [2.0, 2.0], "unit_cost": [0.1, 0.1],
     "trip_cost": [1.0, 1.0], "weekdays": pl.Series([None, None], dtype=pl.String), "currency": ["CNY", "CNY"]}
)  # fmt: skip
TRIPS = LANES.select(
    "from_location_id", "to_location_id", "unit_cost", "trip_cost",
    ship_date=pl.lit(TODAY + timedelta(1)), arrival_date=pl.lit(TODAY + timedelta(3)),
)  # fmt: skip
SHORT, IDLE = {"on_hand_qty": 30}, {"location_id": "W2", "on_hand_qty": 600}


def problem(*changes: dict, trips: pl.DataFrame = TRIPS, **more: object) -> Problem:
    """Goods of which two a day are sold; an order takes two weeks, the next one comes a week later."""
    rows = items(*(changes or (SHORT, IDLE)))
    return Problem(rows, quantiles(rows), TODAY, trips=trips, **more)


def planned(*changes: dict, trips: pl.DataFrame = TRIPS, **more: object) -> Plan:
    asked = problem(*changes, trips=trips, **more)
    plan = solve(asked, Params(paths=16))
    assert plan.check(asked) == []
    return plan


def bought(plan: Plan, place: str = "W1") -> int:
    return plan.lines.filter(location_id=place)["suggested_qty"].item()


def frames(lanes: pl.DataFrame, clearing: pl.DataFrame | None = None) -> dict[str, pl.DataFrame]:
    return {"lanes": lanes, "clearing": problem().clearing if clearing is None else clearing}


def moves(plan: Plan) -> list[tuple]:
    return plan.moved.select("from_location_id", "to_location_id", "quantity").rows()


def test_what_a_year_of_stock_elsewhere_can_send_is_not_bought():
    needed = bought(planned(trips=TRIPS.clear()))
    plan = planned()
    assert needed > 0 and bought(plan) == 0 and moves(plan) == [("W2", "W1", needed)]
    steps = dict(plan.bridge.filter(location_id="W1").select("step", "quantity").iter_rows())
    assert steps["moved"] == -needed and sum(steps.values()) == 0
    line = plan.lines.filter(location_id="W1").row(0, named=True)
    assert f"{needed} moved here" in line["reason"] and f"调入 {needed}" in line["reason_zh"]
    assert line["cover_days_after"] == pytest.approx((30 + needed) / 2)
    assert plan.lines.filter(location_id="W2")["cover_days_after"].item() == pytest.approx((600 - needed) / 2)


def test_the_transfer_says_what_it_spares_and_goes_on_the_lanes_next_trip():
    plan = planned()
    [move] = best_moves(plan, frames(LANES), TODAY).iter_rows(named=True)
    assert (move["ship_date"], move["arrival_date"]) == (TODAY + timedelta(1), TODAY + timedelta(3))
    assert move["est_cost"] == Decimal(str(round(0.1 * move["quantity"] + 1.0, 4)))
    assert move["money_at_stake"] > 0 and "spare an order for W1" in move["reason"] and "免采购" in move["reason_zh"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"on_hand_qty": 60}, "it needs them itself before long"),
        ({"on_order_qty": 0, "on_hand_qty": 600, "reserved_qty": 580}, "they are promised to customers"),
    ],
    ids=["soon needed there", "reserved there"],
)
def test_goods_stay_where(changes, why):
    plan = planned(SHORT, IDLE | changes)
    assert moves(plan) == [], why
    assert bought(plan) > 0


def test_nothing_moves_where_the_way_costs_more_than_lying_idle():
    assert moves(planned(trips=TRIPS.with_columns(unit_cost=pl.lit(9.0)))) == []
    assert moves(planned(trips=TRIPS.with_columns(trip_cost=pl.lit(5_000.0)))) == []


def test_one_place_sends_to_several_what_it_can_spare():
    lanes = pl.concat([TRIPS, TRIPS.head(1).with_columns(to_location_id=pl.lit("W3"))])
    plan = planned(SHORT, IDLE, {"location_id": "W3", "on_hand_qty": 35}, trips=lanes)
    assert {to for _, to, _ in moves(plan)} == {"W1", "W3"} and bought(plan) == bought(plan, "W3") == 0
    together = plan.moved["saving"].sum()
    alone = planned(SHORT, IDLE, {"location_id": "W3", "on_hand_qty": 35}).moved["saving"].sum()
    assert 0 < alone < together


def test_what_did_not_change_need_not_be_priced_again():
    other = {"sku_id": "B", "on_hand_qty": 5}
    plan = planned(SHORT, IDLE, other, other | {"location_id": "W2"})
    assert moves(plan)
    params = Params()
    anew = solve_economics(
        plan.priced, EconomicParams(candidates=params.candidates, change_cost_share=params.change_cost_share)
    )
    assert anew.objective == plan.economics.objective and anew.lines.equals(plan.economics.lines)


def test_goods_that_expire_are_left_to_those_who_know_their_batches():
    batches = pl.DataFrame({"sku_id": ["A"], "location_id": ["W2"], "days_left": [90], "quantity": [600]})
    assert moves(planned(batches=batches)) == []


def test_the_last_goods_save_sales_before_they_spare_an_order():
    # W3 is empty until an order of today comes; W1 only saves what lying idle costs.
    lanes = pl.concat([TRIPS, TRIPS.head(1).with_columns(to_location_id=pl.lit("W3"))])
    empty = {"location_id": "W3", "on_hand_qty": 0}
    plan = planned(SHORT, IDLE | {"on_hand_qty": 90}, empty, trips=lanes)
    told = pl.concat([LANES, LANES.head(1).with_columns(to_location_id=pl.lit("W3"))])
    found = best_moves(plan, frames(told), TODAY)
    assert found.filter(to_location_id="W3")["quantity"].item() >= 20
    sent = found.filter(from_location_id="W2")["quantity"].sum()
    assert sent <= 90 - 2 * 21, "W2 keeps what it sells until its own next order"


def test_a_supplier_whose_order_would_fall_below_its_minimum_keeps_it_or_loses_it_whole():
    kinds = {"text": pl.String, "number": pl.Float64, "money": pl.Decimal(18, 4)}
    terms = pl.DataFrame(
        [dict.fromkeys(TERMS) | {"supplier_id": "S1", "location_id": "W1", "minimum_value": 300, "order_cost": 20}],
        schema={name: kinds[kind.rstrip("?")] for name, kind in TERMS.items()},
    )
    plan = planned({"on_hand_qty": 0}, IDLE | {"on_hand_qty": 75}, terms=terms)
    assert bought(plan) == 0 or bought(plan) * 10 >= 300


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 60), st.integers(0, 400), st.sampled_from([0, 20, 100]), st.sampled_from([1, 12]),
    st.floats(0, 3), st.sampled_from([0.8, 1.0]),
)  # fmt: skip
def test_moving_never_buys_more_nor_takes_more_than_is_there(here, there, moq, step, freight, good):
    terms = {"moq": moq, "order_multiple": step, "yield_share": good}
    goods = ({"on_hand_qty": here} | terms, {"location_id": "W2", "on_hand_qty": there} | terms)
    without = planned(*goods, trips=TRIPS.clear())
    plan = planned(*goods, trips=TRIPS.with_columns(unit_cost=pl.lit(freight)))
    assert sum(bought(plan, place) for place in ("W1", "W2")) <= sum(bought(without, place) for place in ("W1", "W2"))
    for giver, _, units in moves(plan):
        stock = here if giver == "W1" else there
        assert 0 < units <= stock and bought(without, giver) == 0
    assert (plan.moved["saving"] > 0).all() and plan.objective <= without.objective + 1e-6


def test_goods_that_earn_nothing_stop_no_plan():
    free = {"unit_margin": Decimal(0)}
    assert planned({"on_hand_qty": 10} | free, IDLE | free).moved.height <= 1


def test_who_saves_the_sales_of_a_place_spares_its_order_too():
    lanes = pl.concat([LANES, LANES.head(1).with_columns(from_location_id=pl.lit("W3"))])
    trips = pl.concat([TRIPS, TRIPS.head(1).with_columns(from_location_id=pl.lit("W3"))])
    both = {"location_id": "W2", "on_hand_qty": 90}, {"location_id": "W3", "on_hand_qty": 90}
    plan = planned({"on_hand_qty": 5}, *both, trips=trips)
    [move] = best_moves(plan, frames(lanes), TODAY).iter_rows(named=True)
    assert move["money_at_stake"] > 100, "sales come before an order that is spared"


def test_a_transfer_that_a_planner_rejected_spares_no_order_and_an_edited_one_spares_what_is_left():
    needed = bought(planned(trips=TRIPS.clear()))

    def said(units: int) -> pl.DataFrame:
        return pl.DataFrame({"sku_id": ["A"], "location_id": ["W1"], "quantity": [units]})

    rejected, edited = planned(unwelcome=said(0)), planned(unwelcome=said(8))
    assert (moves(rejected), bought(rejected)) == ([], needed)
    assert moves(edited) == [("W2", "W1", 8)] and needed - 10 <= bought(edited) < needed


def test_goods_that_are_to_be_cleared_are_promised_to_nobody_else():
    clearing = pl.DataFrame({"sku_id": ["A"], "location_id": ["W2"], "quantity": [600]})
    assert moves(planned(clearing=clearing)) == []
    empty = planned({"on_hand_qty": 0}, IDLE, clearing=clearing)
    assert best_moves(empty, frames(LANES, clearing), TODAY).is_empty()
    assert best_moves(empty, frames(LANES), TODAY).height == 1


@pytest.mark.parametrize("bonus", [80.0, 1000.0])
def test_no_move_costs_a_bonus_that_is_worth_more(bonus):
    agreement = pl.DataFrame({"agreement": ["year"], "supplier_id": ["S1"], "missing_value": [150.0], "bonus": [bonus]})
    without, plan = planned(trips=TRIPS.clear(), agreements=agreement), planned(agreements=agreement)
    assert plan.objective <= without.objective + 1e-6


def test_the_trip_is_paid_by_those_who_go():
    dear = TRIPS.with_columns(trip_cost=pl.lit(40.0))
    goods = [SHORT, IDLE, SHORT | {"sku_id": "B"}, {"sku_id": "B", "location_id": "W2", "on_hand_qty": 95}]
    plan = planned(*goods, trips=dear)
    freight = (plan.moved["quantity"] * 0.1).sum()
    assert plan.moved["est_cost"].sum() == pytest.approx(freight + 40.0 * (plan.moved.height > 0))
