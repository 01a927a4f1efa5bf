"""Changes of open orders and transfers that stand beside a purchase plan, on its own futures."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replenishment_items import items, quantiles

from optimization.replenishment import ActionParams, Params, Problem, solve
from optimization.replenishment.allocation import next_trips, plan_transfers, spare_and_short, worth_the_trip
from optimization.replenishment.orders import propose_actions
from optimization.replenishment.orders.changeable import OPEN_LINES, under_way
from optimization.replenishment.orders.growing import growing
from optimization.replenishment.problem import TERMS

TODAY = date(2026, 11, 2)  # a Monday
KINDS = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "date": pl.Date, "bool": pl.Boolean}
LINE = {
    "po_line_id": "P1", "sku_id": "A", "location_id": "W1", "open_qty": 100, "expected_date": TODAY + timedelta(10),
    "unit_cost": None, "is_shipped": False, "is_acknowledged": True, "supplier_id": "S1", "may_grow": False,
}  # fmt: skip


def planned(*changes: dict):
    """A plan for goods of which two a day are sold, at a price of 20 and a cost of 10; lead time 14, review 7."""
    rows = items(*changes)
    return solve(Problem(rows, quantiles(rows), TODAY), Params(paths=16))


def changeable(plan, line: dict, params: ActionParams, rests: Sequence[int] = ()):
    """The line, whose supplier rests on some days from today."""
    schema = {name: KINDS[kind.rstrip("?")] for name, kind in OPEN_LINES.items()}
    days = {"supplier_id": ["S1"] * len(rests), "day": rests}
    resting = pl.DataFrame(days, schema={"supplier_id": pl.String, "day": pl.Int64})
    return under_way(plan.priced, pl.DataFrame([LINE | line], schema=schema), resting, params)


def proposed(plan, line: dict, **chosen: float) -> list[tuple]:
    params = ActionParams(**chosen)
    found = propose_actions(changeable(plan, line, params), params)
    return found.select("po_line_id", "action", "new_quantity").rows()


def test_an_order_that_comes_after_the_shelf_is_empty_is_hastened():
    plan = planned({"on_hand_qty": 4, "on_order_qty": 100})
    # Eight units more are sold, and earn ten each.
    assert proposed(plan, {}, expedite_cost_share=0.01) == [("P1", "expedite", 100)]
    assert proposed(plan, {}, expedite_cost_share=1.0) == []


def test_a_transfer_spares_hastening_only_if_it_comes_first():
    columns = ("sku_id", "location_id", "bucket", "due_in_days", "quantity")
    for due, hastened in ((1, False), (12, True)):
        rows = items({"on_hand_qty": 4, "in_transit_qty": 40, "on_order_qty": 100})
        moves = pl.DataFrame([("A", "W1", "in_transit", due, 40)], schema=columns, orient="row")
        plan = solve(Problem(rows, quantiles(rows), TODAY, moves=moves), Params(paths=16))
        found = proposed(plan, {}, expedite_cost_share=0.01)
        assert [row[1] == "expedite" for row in found] == [True] * hastened, due


def test_what_is_shipped_or_late_cannot_be_changed():
    plan = planned({"on_hand_qty": 4, "on_order_qty": 100})
    assert proposed(plan, {"is_shipped": True}) == []
    assert proposed(plan, {"expected_date": TODAY - timedelta(5)}) == []


def test_an_order_on_top_of_a_year_of_stock_is_cancelled_unless_the_fee_is_high():
    plan = planned({"on_hand_qty": 700, "on_order_qty": 100})
    assert proposed(plan, {}) == [("P1", "cancel", 0)]
    assert proposed(plan, {}, cancel_fee_share=1.0, least_gain=1, least_gain_share=0) == [("P1", "defer", 100)]


def test_what_comes_after_later_orders_could_is_neither_put_off_nor_cancelled_for_its_holding():
    # An order of today comes on day 14 and the next a week later. By day 40 one of them would bring these units.
    plan = planned({"on_hand_qty": 40, "on_order_qty": 12})
    late = {"expected_date": TODAY + timedelta(40), "open_qty": 12, "is_acknowledged": False}
    assert proposed(plan, late, least_gain=0.01, least_gain_share=0) == []


def test_nothing_is_hastened_for_sales_that_an_order_of_today_can_serve():
    # Stock lasts until day 14, when an order of today comes, and not until day 21, when the next one does.
    plan = planned({"on_hand_qty": 38, "on_order_qty": 100})
    cheap = {"expedite_days_share": 0.9, "expedite_cost_share": 0.001, "least_gain": 1, "least_gain_share": 0}
    assert proposed(plan, {"expected_date": TODAY + timedelta(40)}, **cheap) == []
    short = planned({"on_hand_qty": 20, "on_order_qty": 100})
    assert proposed(short, {"expected_date": TODAY + timedelta(40)}, **cheap) == [("P1", "expedite", 100)]


def short_of(order_cost: int, line: dict, taken_in: int = 0, spared: float = 0.4, **more: object) -> list[tuple]:
    """Changes of an order of twelve units where thirty are short, and a new order costs so much beside its goods.

    Its supplier takes the order of today after ``taken_in`` days, and can spare a share of them.
    """
    rows = items({"on_hand_qty": 20, "on_order_qty": 12} | more)
    kinds = {name: KINDS.get(kind.rstrip("?"), pl.Decimal(18, 4)) for name, kind in TERMS.items()}
    of_order = dict.fromkeys(TERMS) | {"supplier_id": "S1", "location_id": "W1", "minimum_value": 0}
    terms = pl.DataFrame([of_order | {"order_cost": order_cost}], schema=kinds)
    inbound = rows.select("sku_id", "location_id", due_in_days=pl.lit(10, pl.Int64), quantity=pl.lit(12, pl.Int64))
    waits = pl.DataFrame(
        {"supplier_id": ["S1"] * taken_in, "day": list(range(1, taken_in + 1))},
        schema={"supplier_id": pl.String, "day": pl.Int64},
    )
    plan = solve(
        Problem(rows, quantiles(rows), TODAY, terms=terms, inbound=inbound, waits=waits),
        Params(paths=16, next_plan_days=1),
    )
    schema = {name: KINDS[kind.rstrip("?")] for name, kind in OPEN_LINES.items()}
    lines = growing(pl.DataFrame([LINE | {"open_qty": 12} | line], schema=schema).drop("may_grow"), plan)
    none = pl.DataFrame(schema={"supplier_id": pl.String, "day": pl.Int64})
    params = ActionParams(expedite_cost_share=1.0, expedite_days_share=spared)
    found = propose_actions(under_way(plan.as_planned(), lines, none, params), params)
    return found.select("action", "new_quantity").rows()


def test_an_order_under_way_is_raised_where_one_more_would_cost_more_than_it_earns():
    assert short_of(2_000, {}) == [("increase", 24)]
    assert short_of(0, {}) == [], "what an order of its own can bring is bought"


def test_on_a_day_without_orders_one_under_way_is_raised_for_what_the_next_day_s_order_cannot_serve():
    # Of 1.5 a day what is due on day 3 is sold on day 11, and an order of his next day comes on day 21.
    due, few = {"expected_date": TODAY + timedelta(3)}, {"on_hand_qty": 4, "spared": 0.9}
    assert short_of(0, due, taken_in=2, lead_time_days=21, **few) == [("increase", 24)]
    assert short_of(0, due, taken_in=2, lead_time_days=5, **few) == [], "the next day's order brings it"
    assert short_of(0, due, lead_time_days=21, **few) == [], "what today's order can bring is bought"


@pytest.mark.parametrize(
    ("line", "item"),
    [
        ({"is_shipped": True}, {}),
        ({"supplier_id": "S2"}, {}),
        ({}, {"capacity_qty": 8}),
        ({}, {"on_hand_qty": 90}),
        ({"expected_date": TODAY + timedelta(2)}, {}),
    ],
    ids=[
        "it has left",
        "another supplier has it",
        "he cannot deliver so many",
        "there is enough",
        "it is packed by now",
    ],
)
def test_an_order_is_not_raised_where(line, item):
    assert [change for change in short_of(2_000, line, **item) if change[0] == "increase"] == []


def test_a_day_that_the_supplier_has_not_told_is_not_moved():
    plan = planned({"on_hand_qty": 4, "on_order_qty": 100})
    assert proposed(plan, {"is_acknowledged": False}, expedite_cost_share=0.01) == []


def test_hastening_spares_days_of_work_and_no_days_of_rest():
    plan = planned({"on_hand_qty": 4, "on_order_qty": 100})
    params = ActionParams(least_gain=1, expedite_cost_share=0.01)

    def soonest(*rests: int) -> list[int]:
        found = propose_actions(changeable(plan, {}, params, rests), params)
        return [(day - TODAY).days for day in found["new_arrival_date"]]

    # Six of ten days of work are left; three of five, after a rest that begins tomorrow; three that end before one.
    assert [soonest(), soonest(1, 2, 3, 4, 5), soonest(4, 5, 6, 7, 8), soonest(*range(1, 11))] == [[6], [8], [3], []]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 120), st.integers(1, 60), st.integers(1, 80))
def test_nothing_is_cancelled_or_reduced_of_goods_that_are_bought(stock, due, coming):
    plan = planned({"on_hand_qty": stock, "on_order_qty": coming})
    line = {"expected_date": TODAY + timedelta(due), "open_qty": coming, "is_acknowledged": False}
    # Units that come behind today's order may cost a little until they sell: less than a change must earn.
    changed = proposed(plan, line, least_gain=0.01)
    bought = plan.lines["suggested_qty"].item() > 0
    assert not (bought and [row for row in changed if row[1] in ("cancel", "reduce")])


def test_orders_of_goods_that_are_not_planned_are_left_alone():
    assert proposed(planned(), {"sku_id": "strange"}) == []


def test_a_setting_outside_its_domain_is_refused_by_name():
    with pytest.raises(ValueError, match="cancel_fee_share must be at most 1, found 2"):
        ActionParams(cancel_fee_share=2)
    with pytest.raises(ValueError, match=r"unknown setting\(s\) \['defer'\]"):
        ActionParams.from_mapping({"defer": 3})


LANES = pl.DataFrame(
    {"from_location_id": ["W2", "W1"], "to_location_id": ["W1", "W2"], "days": [3.0, 3.0], "unit_cost": [1.0, 1.0],
     "trip_cost": [20.0, 20.0], "weekdays": ["2,4", None]}
)  # fmt: skip


def moves(plan, lanes: pl.DataFrame = LANES) -> pl.DataFrame:
    trips = next_trips(lanes, TODAY)
    soonest = pl.DataFrame({"location_id": ["W1", "W2"], "days": [4, 4]})
    surplus, needs = spare_and_short(plan.priced, soonest)
    best = plan_transfers(surplus, needs, trips.select("from_location_id", "to_location_id", "unit_cost"))
    return worth_the_trip(best, trips)


def test_spare_goods_move_to_where_sales_would_be_lost_before_an_order_could_come():
    plan = planned({"on_hand_qty": 8}, {"location_id": "W2", "on_hand_qty": 300})
    [move] = moves(plan).iter_rows(named=True)
    # The shelf is empty after four days; until the fourteenth two a day are lost.
    assert (move["from_location_id"], move["to_location_id"]) == ("W2", "W1") and 15 <= move["quantity"] <= 21
    assert (move["ship_date"], move["arrival_date"]) == (TODAY + timedelta(1), TODAY + timedelta(4))
    assert move["est_cost"] == pytest.approx(move["quantity"] + 20.0)
    # Not every one of them is missed in every future.
    assert 12 * (20 - 10 - 1) - 20 < move["saving"] < move["quantity"] * (20 - 10 - 1) - 20


def test_a_unit_that_is_hardly_ever_missed_is_not_worth_its_way():
    plan = planned({"on_hand_qty": 8}, {"location_id": "W2", "on_hand_qty": 300})
    sent = [moves(plan, LANES.with_columns(unit_cost=pl.lit(cost)))["quantity"].sum() for cost in (0.1, 3.0, 7.0, 9.5)]
    assert sent == sorted(sent, reverse=True) and sent[0] > sent[2] > 0


def test_a_transfer_takes_nothing_away_from_what_is_bought():
    short, enough = ({"on_hand_qty": stock} for stock in (8, 28))
    needed = [planned(stock).lines["need_qty"].item() for stock in (short, enough)]
    assert abs(needed[0] - needed[1]) <= 3, "both shelves are empty when an order of today comes"


def test_nothing_moves_where_the_trip_costs_more_or_nothing_is_spare():
    plan = planned({"on_hand_qty": 8}, {"location_id": "W2", "on_hand_qty": 300})
    assert moves(plan, LANES.with_columns(trip_cost=pl.lit(1000.0))).is_empty()
    assert moves(planned({"on_hand_qty": 8}, {"location_id": "W2", "on_hand_qty": 30})).is_empty()


def test_a_lane_of_no_weekday_is_refused():
    with pytest.raises(ValueError, match="weekdays must hold digits 1 to 7, found 'never'"):
        next_trips(LANES.with_columns(weekdays=pl.lit("never")), TODAY)
