"""Dated netting: in time where it can be, in packs, once, and through the whole network."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.orders import Network, days_of_cover, net, pool

TODAY = date(2025, 1, 1)
PLACE = {"sku_id": pl.String, "location_id": pl.String}
LANE = {"kind": pl.String, "source_id": pl.String} | dict.fromkeys(
    ("priority", "lead_time_days", "hard_safety_days", "soft_safety_days", "minimum_qty", "multiple_qty"), pl.Int64
)
SCHEMAS = {
    "demand": PLACE | {"due_date": pl.Date, "quantity": pl.Int64},
    "stock": PLACE | {"quantity": pl.Int64},
    "inbound": PLACE | {"date": pl.Date, "quantity": pl.Int64},
    "lanes": PLACE | LANE,
    "levels": PLACE | {"from_date": pl.Date, "minimum_qty": pl.Int64, "maximum_qty": pl.Int64},
    "closed": {"place_id": pl.String, "date": pl.Date},
}


def day(number):
    return TODAY + timedelta(days=number)


def network(as_of=TODAY, patience_days=90, past_allowed=False, **rows):
    """A network from rows; days are counted from today, items are all "a", suppliers cheap (10 days) by default."""
    rows.setdefault("lanes", [buys("w")])
    frames = {}
    for name, schema in SCHEMAS.items():
        given_rows = [
            ("a", *(day(cell) if kind == pl.Date and isinstance(cell, int) else cell
                    for cell, kind in zip(row, list(schema.values())[1:], strict=True)))
            if name != "closed" else (row[0], day(row[1]))
            for row in rows.get(name, [])
        ]  # fmt: skip
        frames[name] = pl.DataFrame(given_rows, schema=schema, orient="row")
    return Network(**frames, as_of_date=as_of, patience_days=patience_days, past_allowed=past_allowed)


def buys(location, source="cheap", lead=10, priority=1, hard=0, soft=0, minimum=1, multiple=1):
    return (location, "purchase", source, priority, lead, hard, soft, minimum, multiple)


def sends(location, source, lead=2, priority=1):
    return (location, "transfer", source, priority, lead, 0, 0, 1, 1)


def orders(result):
    """Kind, location, source, day ordered, day received, quantity."""
    return [
        (row["kind"], row["location_id"], row["source_id"], (row["order_date"] - TODAY).days,
         (row["receipt_date"] - TODAY).days, row["quantity"])
        for row in result.orders.iter_rows(named=True)
    ]  # fmt: skip


def test_a_need_is_netted_against_stock_and_ordered_a_lead_time_ahead():
    found = net(network(stock=[("w", 30)], demand=[("w", 20, 25), ("w", 40, 25)]))
    assert orders(found) == [("purchase", "w", "cheap", 30, 40, 20)]
    assert found.short.is_empty()


def test_minimum_and_multiple_raise_an_order_and_the_rest_serves_later_needs():
    lanes = [buys("w", minimum=125, multiple=100)]
    found = net(network(lanes=lanes, demand=[("w", 20, 90), ("w", 40, 100)]))
    assert orders(found) == [("purchase", "w", "cheap", 10, 20, 200)]


def test_a_fast_supplier_is_used_only_when_the_cheap_one_is_late():
    lanes = [buys("w"), buys("w", "fast", lead=3, priority=2)]
    found = net(network(lanes=lanes, demand=[("w", 5, 7), ("w", 20, 8)]))
    assert orders(found) == [("purchase", "w", "cheap", 10, 20, 8), ("purchase", "w", "fast", 2, 5, 7)]
    # If nobody is in time, the first to be complete.
    late = net(network(lanes=lanes, demand=[("w", 1, 7)]))
    assert orders(late) == [("purchase", "w", "fast", 0, 3, 7)]


def test_a_plan_without_a_today_tells_when_the_order_should_have_been_placed():
    found = net(network(past_allowed=True, demand=[("w", 1, 7)]))
    assert orders(found) == [("purchase", "w", "cheap", -9, 1, 7)]


def test_stock_below_its_level_is_filled_up_and_levels_change_with_time():
    levels = [("w", 0, 10, 30), ("w", 31, 20, None)]
    found = net(network(levels=levels, stock=[("w", 12)], demand=[("w", 20, 11)]))
    # 12 − 11 = 1 lies below 10 and is filled to 30; from day 31 on 20 are enough.
    assert orders(found) == [("purchase", "w", "cheap", 10, 20, 29)]
    assert orders(net(network(levels=levels, stock=[("w", 12)])))[0][-1] == 8


def test_late_supply_is_waited_for_within_patience_and_only_the_rest_is_bought():
    late = {"inbound": [("w", 30, 100)], "demand": [("w", 0, 120)]}
    assert orders(net(network(**late))) == [("purchase", "w", "cheap", 0, 10, 20)]
    assert orders(net(network(**late, patience_days=20))) == [("purchase", "w", "cheap", 0, 10, 120)]


def test_supply_whose_date_has_passed_still_counts():
    found = net(network(inbound=[("w", -400, 100)], demand=[("w", 5, 100)]))
    assert found.orders.is_empty()


def test_hard_safety_delays_use_and_soft_safety_gives_way():
    lanes = [buys("w", hard=2, soft=5)]
    assert orders(net(network(lanes=lanes, demand=[("w", 30, 1)]))) == [("purchase", "w", "cheap", 13, 23, 1)]
    assert orders(net(network(lanes=lanes, demand=[("w", 14, 1)]))) == [("purchase", "w", "cheap", 0, 10, 1)]


def test_closed_days_move_orders_earlier_and_later_only_when_there_is_no_time():
    closed = [("cheap", 10), ("w", 20)]
    assert orders(net(network(closed=closed, demand=[("w", 20, 1)]))) == [("purchase", "w", "cheap", 9, 19, 1)]
    assert orders(net(network(closed=[("cheap", 0)], demand=[("w", 5, 1)]))) == [("purchase", "w", "cheap", 1, 11, 1)]


CHAIN = [buys("centre"), sends("region", "centre", lead=4), sends("shop", "region", lead=1)]


def test_a_need_asks_through_every_echelon_and_takes_stock_on_the_way():
    found = net(network(lanes=CHAIN, stock=[("centre", 5)], demand=[("shop", 30, 8)]))
    assert orders(found) == [
        ("purchase", "centre", "cheap", 15, 25, 3),
        ("transfer", "region", "centre", 25, 29, 8),
        ("transfer", "shop", "region", 29, 30, 8),
    ]


def test_what_the_sender_has_leaves_at_once_and_the_rest_follows():
    found = net(network(lanes=CHAIN, stock=[("centre", 5)], demand=[("shop", 1, 8)]))
    assert orders(found) == [
        ("purchase", "centre", "cheap", 0, 10, 3),
        ("transfer", "region", "centre", 0, 4, 5),
        ("transfer", "region", "centre", 10, 14, 3),
        ("transfer", "shop", "region", 4, 5, 5),
        ("transfer", "shop", "region", 14, 15, 3),
    ]


def test_a_transfer_never_takes_what_the_sender_has_promised():
    lanes = [buys("centre"), sends("shop", "centre")]
    found = net(network(lanes=lanes, stock=[("centre", 10)], demand=[("centre", 5, 10), ("shop", 6, 4)]))
    assert ("purchase", "centre", "cheap", 0, 10, 4) in orders(found)


def test_what_is_bought_for_a_transfer_does_not_serve_the_sender_too():
    lanes = [buys("centre"), sends("region", "centre", lead=4)]
    found = net(network(lanes=lanes, demand=[("centre", 0, 1), ("region", 0, 1)]))
    assert orders(found)[0] == ("purchase", "centre", "cheap", 0, 10, 2)


def test_transfers_come_before_purchases_where_their_lane_does():
    lanes = [sends("w", "other", priority=1), buys("w", priority=2)]
    found = net(network(lanes=lanes, stock=[("other", 6)], demand=[("w", 20, 6)]))
    assert orders(found) == [("transfer", "w", "other", 18, 20, 6)]
    # A sender without goods and without a supplier sends nothing: it is bought.
    assert orders(net(network(lanes=lanes, demand=[("w", 20, 6)]))) == [("purchase", "w", "cheap", 10, 20, 6)]


def test_a_need_that_no_lane_leads_to_is_told_once():
    found = net(network(lanes=[], stock=[("w", 3)], demand=[("w", 1, 5), ("w", 2, 0), ("w", 9, 4)]))
    assert found.orders.is_empty()
    assert found.short.rows() == [("a", "w", day(1), 2), ("a", "w", day(9), 4)]


def test_circles_and_bad_rows_are_refused():
    with pytest.raises(ValueError, match="lead in a circle"):
        net(network(lanes=[sends("x", "y"), sends("y", "x")], demand=[("x", 1, 1)]))
    with pytest.raises(ValueError, match="multiple_qty must be 1 or more, found 0"):
        network(lanes=[buys("w", multiple=0)])
    with pytest.raises(ValueError, match="kind must be purchase or transfer, found 'gift'"):
        network(lanes=[("w", "gift", "s", 1, 1, 0, 0, 1, 1)])


NEEDS = st.lists(
    st.tuples(st.sampled_from(["centre", "region", "shop"]), st.integers(0, 60), st.integers(0, 50)), max_size=8
)
STOCKS = st.lists(st.tuples(st.sampled_from(["centre", "region", "shop"]), st.integers(0, 60)), max_size=3,
                  unique_by=lambda row: row[0])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(NEEDS, STOCKS, st.integers(1, 40), st.integers(1, 12))
def test_planning_twice_orders_nothing_more(needs, stocks, minimum, multiple):
    lanes = [buys("centre", minimum=minimum, multiple=multiple), *CHAIN[1:]]
    first = net(network(lanes=lanes, stock=stocks, demand=needs))
    under_way = [(row[1], row[4], row[5]) for row in orders(first)]
    leaving = [(row[2], row[3], row[5]) for row in orders(first) if row[0] == "transfer"]
    again = net(network(lanes=lanes, stock=stocks, demand=needs + leaving, inbound=under_way, patience_days=999))
    assert again.orders.is_empty()


@settings(max_examples=60, deadline=None)
@given(NEEDS, STOCKS, st.integers(1, 40), st.integers(1, 12))
def test_everything_asked_for_comes_in_whole_multiples_and_nothing_is_ordered_yesterday(
    needs, stocks, minimum, multiple
):
    lanes = [buys("centre", minimum=minimum, multiple=multiple), *CHAIN[1:]]
    found = net(network(lanes=lanes, stock=stocks, demand=needs))
    bought = [row for row in orders(found) if row[0] == "purchase"]
    assert all(row[3] >= 0 and row[4] == row[3] + 10 and row[5] % multiple == 0 for row in bought)
    for place in ("centre", "region", "shop"):
        came = sum(row[5] for row in orders(found) if row[1] == place)
        went = sum(row[5] for row in orders(found) if row[2] == place)
        asked = sum(quantity for at, _, quantity in needs if at == place)
        assert dict(stocks).get(place, 0) + came - went >= asked


def test_a_pooled_item_is_served_from_elsewhere_before_anything_is_bought():
    lanes = [buys("south", lead=20), buys("centre", lead=30), sends("north", "centre")]
    levels = [("north", 0, 5, None), ("south", 0, 5, None)]
    one = network(lanes=lanes, levels=levels, stock=[("north", 4), ("south", 40)], demand=[("north", 25, 24)])
    served, left = pool(one, ["a"])
    assert served.rows() == [("a", "north", "north", day(25), 4), ("a", "north", "south", day(25), 20)]
    # 20 are left, twice the minimums: nothing is bought although the north has none.
    assert net(left).orders.is_empty()


def test_what_a_pooled_network_lacks_is_bought_where_it_can_leave_soonest():
    lanes = [buys("south", lead=20), buys("centre", lead=30), sends("north", "centre")]
    one = network(lanes=lanes, stock=[("south", 3)], demand=[("north", 25, 24)])
    assert orders(net(pool(one, ["a"])[1])) == [("purchase", "south", "cheap", 5, 25, 21)]


def test_cover_ends_where_stock_no_longer_meets_what_is_asked():
    needs = [(day(10), 4), (day(20), 4), (day(30), 1)]
    assert days_of_cover(8, TODAY, needs) == 30
    assert days_of_cover(0, TODAY, needs) == 10
    assert days_of_cover(9, TODAY, needs) == 999
    assert days_of_cover(50, TODAY, [(day(-3), 60)]) == 0
