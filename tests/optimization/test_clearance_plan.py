"""A clearance plan as a whole: what is found, what it is worth kept, and which way out is taken."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment import ClearanceParams
from optimization.replenishment.clearance import (
    deepest_markdown,
    guard_prices,
    kept_value,
    no_bundles,
    plan_clearance,
    push_and_hold_back,
    room_elsewhere,
)

TODAY = date(2026, 11, 1)
ITEM = {
    "sku_id": "a", "location_id": "w", "lead_time_days": 14.0, "review_days": 7.0, "demand_mean": None,
    "daily_demand_qty": 1.0, "days_without_sale": 1, "position_qty": 300.0, "worth_here": 10.0,
}  # fmt: skip
STOCK = {
    "sku_id": "a", "location_id": "w", "batch_no": None, "supplier_id": "s", "category_id": "c", "currency": "CNY",
    "stock_qty": 300, "excess_days": 90.0, "fee_share": 0.0, "unit_price": 20.0, "unit_cost": 10.0,
    "selling_cost": 0.0, "holding_cost_day": 0.01, "disposal_cost": 2.0, "is_replaced": True, "is_new": False,
    "is_listed": True, "is_returnable": False, "expiry_date": None, "last_sale_date": None,
}  # fmt: skip
DATES = {"expiry_date": pl.Date, "last_sale_date": pl.Date, "batch_no": pl.String, "demand_mean": pl.Float64}
KEYS = {"sku_id": pl.String, "location_id": pl.String}
CURVE = KEYS | {"interval": pl.String, "level": pl.Float64, "quantity": pl.Float64}
WEEKS = KEYS | {"week_start": pl.Date, "y_hat": pl.Float64}
PRICES = {"sku_id": pl.String, "category_id": pl.String, "price": pl.Float64, "units": pl.Float64,
          "baseline": pl.Float64}  # fmt: skip
LANES = {"from_location_id": pl.String, "to_location_id": pl.String, "unit_cost": pl.Float64, "trip_cost": pl.Float64}


def rows(defaults: dict, changes: list[dict]) -> pl.DataFrame:
    named = [defaults | change for change in changes]
    return pl.DataFrame(named, schema_overrides={name: kind for name, kind in DATES.items() if name in defaults})


def planned(
    *batches: dict,
    items: list[dict] | None = None,
    prices: pl.DataFrame | None = None,
    lanes=(),
    bundles=None,
    **setting,
):
    return plan_clearance(
        rows(STOCK, list(batches) or [{}]),
        rows(ITEM, items or [{}]),
        pl.DataFrame(schema=CURVE),
        pl.DataFrame(schema=WEEKS),
        pl.DataFrame(schema=PRICES) if prices is None else prices,
        pl.DataFrame(list(lanes), schema=LANES, orient="row"),
        bundles or no_bundles(),
        TODAY,
        ClearanceParams(**setting),
    )


def moving_prices(elasticity: float = -3.0) -> pl.DataFrame:
    """Half a year in which every fourth week sold at three quarters of the price."""
    price = np.tile([20.0, 20.0, 20.0, 15.0], 7)
    units = np.round(100 * (price / 20) ** elasticity)
    return pl.DataFrame({"sku_id": "a", "category_id": "c", "price": price, "units": units, "baseline": 100.0})


def test_what_three_months_of_demand_do_not_reach_is_excess():
    [found] = planned().unsold.iter_rows(named=True)
    assert (found["unsold_qty"], found["days_left"], found["expiring"]) == (210, 90, False)


def test_excess_that_sells_on_soon_is_kept_when_no_way_out_brings_more():
    assert planned().suggestions.is_empty()


def test_goods_nobody_would_buy_again_are_marked_down_as_far_as_prices_were_ever_seen():
    plan = planned({"is_replaced": False, "stock_qty": 900}, prices=moving_prices())
    [row] = plan.suggestions.iter_rows(named=True)
    assert row["action"] == "markdown" and 0 < row["markdown_rate"] <= 0.25
    assert row["clear_by"] == date(2027, 1, 31)


def test_what_would_expire_goes_back_to_its_supplier_where_he_takes_it():
    soon = {"batch_no": "b", "last_sale_date": TODAY + timedelta(days=20), "expiry_date": TODAY + timedelta(days=30)}
    [row] = planned(soon | {"is_returnable": True}).suggestions.iter_rows(named=True)
    assert (row["action"], row["quantity"], row["supplier_id"]) == ("return_to_vendor", 280, "s")
    assert row["clear_by"] == TODAY + timedelta(days=20)
    # 280 at 85 % of their cost, against disposal and what holding them costs.
    held = 280 * 20 * (0.01 + 10 * 0.1 / 365)
    assert row["money_at_stake"] == pytest.approx(280 * (8.5 + 2) + held)


def test_only_what_can_be_sold_no_more_is_thrown_away():
    gone = {"batch_no": "b", "last_sale_date": TODAY - timedelta(days=1), "expiry_date": TODAY}
    assert planned(gone, least_gain=0.0).suggestions.is_empty()  # thrown away today or tomorrow costs the same
    soon = gone | {"last_sale_date": TODAY + timedelta(days=5), "expiry_date": TODAY + timedelta(days=6)}
    assert "scrap" not in planned(soon, least_gain=0.0).suggestions["action"].to_list()


def test_goods_go_where_they_sell_when_that_saves_a_purchase_there():
    items = [{}, {"location_id": "x", "daily_demand_qty": 5.0, "position_qty": 50.0}]
    plan = planned({"is_replaced": False, "unit_price": 6.0}, items=items, lanes=[("w", "x", 1.0, 100.0)])
    [row] = plan.suggestions.iter_rows(named=True)
    assert (row["action"], row["to_warehouse_id"], row["quantity"]) == ("transfer", "x", 210)


def test_goods_listed_no_more_are_no_bargain_but_may_go_back():
    ended = {"is_replaced": False, "is_listed": False, "stock_qty": 900}
    assert planned(ended, prices=moving_prices()).suggestions.is_empty()
    [row] = planned(ended | {"is_returnable": True}, prices=moving_prices()).suggestions.iter_rows(named=True)
    assert row["action"] == "return_to_vendor"


def test_goods_on_launch_are_no_excess_until_they_expire():
    assert planned({"is_new": True}).unsold["unsold_qty"].to_list() == [0]
    soon = {"batch_no": "b", "last_sale_date": TODAY + timedelta(days=20), "expiry_date": TODAY + timedelta(days=30)}
    assert planned(soon | {"is_new": True}).unsold["unsold_qty"].to_list() == [280]


def test_goods_without_a_sale_for_long_are_not_taken_to_be_unsaleable():
    plan = planned(items=[{"daily_demand_qty": 0.0, "days_without_sale": 100}])
    assert plan.demand["expected_daily_qty"].to_list() == pytest.approx([0.005])


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 2000), st.floats(0, 20), st.booleans(), st.booleans(), st.integers(0, 200))
def test_no_more_is_cleared_than_is_there_and_nothing_that_gains_nothing(stock, daily, replaced, returnable, days):
    expiring = {"batch_no": "b", "last_sale_date": TODAY + timedelta(days=days),
                "expiry_date": TODAY + timedelta(days=days)}  # fmt: skip
    change = {"stock_qty": stock, "is_replaced": replaced, "is_returnable": returnable}
    plan = planned(change | expiring, change, items=[{"daily_demand_qty": daily}], prices=moving_prices())
    assert plan.unsold["unsold_qty"].sum() <= 2 * stock
    for row in plan.suggestions.iter_rows(named=True):
        assert 0 < row["quantity"] <= stock and row["money_at_stake"] >= 50


def test_kept_goods_are_worth_less_the_longer_they_wait_and_disposal_at_worst():
    ahead, units = np.array([0.0, 100.0, 1000.0, 100.0]), np.full(4, 20.0)
    last = np.array([np.inf, np.inf, np.inf, 50.0])
    value = kept_value(ahead, units, np.ones(4), np.full(4, 10.0), np.full(4, 8.0), np.full(4, 0.02),
                       np.full(4, -1.0), last)  # fmt: skip
    # The middle ones of 20 sell on days 10, 110, never worth it, and after they expire.
    assert value == pytest.approx([8.0, 6.0, -1.0, -1.0])


def test_room_goes_to_who_gains_most_by_it_and_a_trip_must_pay():
    unsold = pl.DataFrame({"sku_id": ["a", "a"], "location_id": ["w", "v"], "unsold_qty": [50, 10]})
    places = pl.DataFrame({"sku_id": ["a"], "location_id": ["x"], "demand_qty": [60.0], "position_qty": [20.0],
                           "worth": [5.0]})  # fmt: skip
    lanes = pl.DataFrame([("w", "x", 1.0, 20.0), ("v", "x", 1.0, 20.0)], schema=LANES, orient="row")
    [row] = room_elsewhere(unsold, places, lanes).iter_rows(named=True)
    assert (row["location_id"], row["transfer_qty"], row["transfer_value"]) == ("w", 40, 3.5)
    dear = lanes.with_columns(trip_cost=pl.lit(1000.0))
    assert room_elsewhere(unsold, places, dear).is_empty()


def test_the_deepest_markdown_is_the_categorys():
    steady = moving_prices().with_columns(sku_id=pl.lit("b"), price=pl.lit(30.0))
    assert deepest_markdown(pl.concat([moving_prices(), steady])).rows() == [("c", 0.25)]


SKU = {
    "sku_id": "a", "currency": "CNY", "unit_price": 20.0, "unit_cost": 10.0, "selling_cost": 1.0, "tax_rate": 0.13,
    "fee_share": 0.0, "available_qty": 300.0, "late_qty": 0.0, "next_arrival_date": None, "order_days": 21.0,
}  # fmt: skip


def skus(**change):
    return pl.DataFrame([SKU | change], schema_overrides={"next_arrival_date": pl.Date})


def test_what_will_not_sell_in_time_is_pushed_and_what_may_run_out_is_held_back():
    [row] = push_and_hold_back(planned(), skus(), TODAY, 0.2).iter_rows(named=True)
    assert (row["action"], row["driver"], row["units_to_move"]) == ("push", "excess", 210)
    assert row["reason"] == "210 are more than will sell in time"
    few = planned({"stock_qty": 5})
    [row] = push_and_hold_back(few, skus(available_qty=5.0), TODAY, 0.2).iter_rows(named=True)
    assert (row["action"], row["driver"], row["days_of_cover"]) == ("hold_back", "stock_out_risk", 5.0)
    [row] = push_and_hold_back(few, skus(available_qty=5.0, late_qty=9.0), TODAY, 0.2).iter_rows(named=True)
    assert row["driver"] == "supply_delay"


def test_a_price_must_earn_what_another_unit_costs_until_the_goods_must_go():
    [row] = guard_prices(planned(), skus()).iter_rows(named=True)
    assert row["min_price"] == pytest.approx(11 * 1.13) and row["max_price"] is None
    marked = planned({"is_replaced": False, "stock_qty": 900}, prices=moving_prices())
    [row] = guard_prices(marked, skus()).iter_rows(named=True)
    [markdown] = marked.suggestions.iter_rows(named=True)
    assert row["units_to_clear"] == markdown["quantity"] + 90
    assert row["min_price"] == pytest.approx(markdown["floor_price"] * 1.13)
    assert row["min_price"] <= row["max_price"] <= 20 * 1.13
