"""Clearance: what is left is counted once, the best way out is taken, and prices keep the margin."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.clearance import (
    choice,
    choose_clearance,
    fit_elasticity,
    guardrails,
    price_guardrails,
    promotion_break_even,
    push_or_hold_back,
    push_pull,
    unsold_stock,
)

TODAY = date(2025, 1, 1)
KINDS = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "date": pl.Date, "bool": pl.Boolean}


def frame(columns, defaults, *rows):
    """Rows of defaults with changes, in the types that a door's table of columns asks for."""
    schema = {name: KINDS[kind.rstrip("?")] for name, kind in columns.items()}
    return pl.DataFrame([defaults | row for row in rows], schema=schema)


def unsold(demand, *batches):
    """Units left of batches (number, units, last period or None) of one item."""
    names = {"batch_no": pl.String, "quantity": pl.Int64, "last_sellable_period": pl.Int64}
    place = {"sku_id": pl.lit("a"), "location_id": pl.lit("w")}
    rows = pl.DataFrame(batches, schema=names, orient="row").with_columns(**place)
    return unsold_stock(pl.DataFrame({"sku_id": ["a"], "location_id": ["w"]}), np.array([demand], dtype=float), rows)


def test_what_expires_first_is_sold_first_and_waste_makes_room_for_nothing():
    found = unsold([[2.0] * 10], ("late", 10, 9), ("soon", 10, 2), ("ever", 10, None))
    assert found["batch_no"].to_list() == ["soon", "late", "ever"]
    # Six of ten sell in three periods, the next ten in the rest but four, and nothing of what could wait.
    assert found["unsold_qty"].to_list() == [4, 0, 6]
    assert found["expires"].to_list() == [True, True, False]


def test_expired_goods_are_all_left_and_sell_nothing():
    assert unsold([[2.0] * 5], ("gone", 7, -1), ("good", 4, 4))["unsold_qty"].to_list() == [7, 0]


def test_what_is_left_is_a_mean_over_paths_and_likely_where_nine_of_ten_leave_it():
    found = unsold([[0.0]] * 5 + [[4.0]] * 5, ("one", 4, 0))
    assert found.select("unsold_qty", "unsold_likely_qty").rows() == [(2, 0)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=4, max_size=4),
    st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 3)), min_size=1, max_size=4),
)
def test_day_by_day_the_same_is_left(demand, batches):
    found = unsold([demand], *[(f"b{number}", *batch) for number, batch in enumerate(batches)])
    left = sorted(((last, f"b{number}", units) for number, (units, last) in enumerate(batches)))
    stock = {name: units for _, name, units in left}
    for day, wanted in enumerate(demand):
        for last, name, _ in left:
            sold = min(stock[name], wanted) if last >= day else 0
            stock[name] -= sold
            wanted -= sold
    assert dict(found.select("batch_no", "unsold_qty").iter_rows()) == stock


def history(sku, elasticity, prices, category="c", level=100.0, seed=1):
    draw = np.random.default_rng(seed)
    price = np.array(prices, dtype=float)
    units = draw.poisson(level * (price / price.mean()) ** elasticity)
    return pl.DataFrame(
        {"sku_id": sku, "category_id": category, "price": price, "units": units.astype(float), "baseline": level}
    )


def test_an_elasticity_is_found_where_prices_moved():
    prices = [10, 10, 8, 10, 7, 10, 9, 10, 8, 10] * 6
    found = fit_elasticity(history("a", -2.0, prices))
    assert found["elasticity"][0] == pytest.approx(-2.0, abs=3 * found["standard_error"][0])
    assert found["standard_error"][0] < 0.2
    assert found["rests_on"].to_list() == ["own prices"]


def test_a_sku_whose_price_never_moved_has_its_categorys_elasticity_and_a_lone_one_has_none():
    moving = [history(f"m{seed}", -2.0, [10, 8, 10, 9] * 10, seed=seed) for seed in range(4)]
    found = fit_elasticity(pl.concat([*moving, history("still", 0, [10] * 20), history("lone", 0, [10] * 20, "d")]))
    rows = {row["sku_id"]: row for row in found.iter_rows(named=True)}
    assert rows["still"]["rests_on"] == "category"
    assert rows["still"]["elasticity"] == pytest.approx(-2.0, abs=0.3)
    assert (rows["lone"]["elasticity"], rows["lone"]["rests_on"]) == (None, "nothing")


def test_goods_that_sell_more_when_dearer_are_said_to_show_no_effect():
    found = fit_elasticity(history("a", 1.5, [10, 8, 10, 9] * 10))
    assert found.select("elasticity", "rests_on").rows() == [(None, "no effect seen")]


def test_few_sales_are_drawn_towards_the_category_more_than_many():
    prices = [10, 8, 10, 9] * 10
    many = [history(f"m{seed}", -2.0, prices, seed=seed) for seed in range(5)]
    rows = fit_elasticity(pl.concat([*many, history("few", 4.0, prices, level=1.0, seed=9)]))
    few = rows.filter(sku_id="few")["elasticity"][0]
    assert few == pytest.approx(-2.0, abs=0.5)


BATCH = {
    "sku_id": "a", "location_id": "w", "batch_no": "b", "stock_qty": 100, "unsold_qty": 40, "elsewhere_qty": 0.0,
    "days_left": 10, "unit_cost": 6.0, "unit_price": 10.0, "fee_share": 0.1, "selling_cost": 0.0, "holding_cost": 0.01,
    "salvage_value": 0.0, "scrap_value": 0.0, "elasticity": None, "deepest_markdown": None, "bundle_sku_id": None,
    "bundle_markdown": None,
    "bundle_qty": None, "bundle_value": None, "to_warehouse_id": None, "transfer_qty": None, "transfer_value": None,
    "supplier_id": None, "return_qty": None, "return_value": None,
}  # fmt: skip


def chosen(**change):
    [row] = choose_clearance(frame(choice.STOCK, BATCH, change)).iter_rows(named=True)
    return row


def test_elastic_goods_are_marked_down_as_deep_as_pays_and_no_deeper():
    row = chosen(elasticity=-3.0)
    assert row["action"] == "markdown"
    # 60 sell anyway; at −15 % 98 sell, beyond that price is given away without more to sell.
    assert row["markdown_rate"] == pytest.approx(0.15)
    sold = 60 * 0.85**-3
    assert row["money_at_stake"] == pytest.approx(sold * 9 * 0.85 - 60 * 9 + (sold - 60) * 0.1 / 2)


def test_a_markdown_pays_for_what_sells_elsewhere_at_the_same_price():
    alone = chosen(elasticity=-3.0)["money_at_stake"]
    assert chosen(elasticity=-3.0, elsewhere_qty=10.0)["money_at_stake"] == pytest.approx(alone - 10 * 9 * 0.15)
    assert chosen(elasticity=-3.0, elsewhere_qty=500.0)["action"] == "scrap"


def test_a_markdown_goes_no_deeper_than_prices_were_seen_and_what_sells_is_handled():
    assert chosen(elasticity=-3.0, deepest_markdown=0.1)["markdown_rate"] == pytest.approx(0.1)
    sold = 60 * 0.85**-3
    handled = chosen(elasticity=-3.0, selling_cost=1.0)["money_at_stake"]
    assert handled == pytest.approx(chosen(elasticity=-3.0)["money_at_stake"] - (sold - 60))


def test_what_can_still_be_sold_is_not_thrown_away():
    assert choose_clearance(frame(choice.STOCK, BATCH, {"scrap_value": None})).is_empty()


def test_inelastic_goods_are_not_marked_down():
    assert chosen(elasticity=-0.5)["action"] == "scrap"


def test_the_way_out_that_brings_most_is_taken_and_the_next_is_named():
    row = chosen(supplier_id="s", return_qty=30, return_value=5.0, to_warehouse_id="x", transfer_qty=40,
                 transfer_value=4.5, bundle_sku_id="c", bundle_qty=5, bundle_value=8.0)  # fmt: skip
    assert (row["action"], row["to_warehouse_id"], row["supplier_id"]) == ("transfer", "x", None)
    assert row["expected_recovery"] == pytest.approx(40 * 4.5)
    assert row["runner_up"] == "return_to_vendor"
    assert row["value_at_cost"] == 240
    assert row["reason"] == "40 will not sell in 10 days; transfer brings 184.0 more than leaving them"
    assert row["reason_zh"] == "10 天内有 40 件卖不掉；调拨比搁置多得 184.0"


def test_goods_that_cost_nothing_to_leave_are_left():
    assert choose_clearance(frame(choice.STOCK, BATCH, {"holding_cost": 0.0})).is_empty()
    assert choose_clearance(frame(choice.STOCK, BATCH, {"unsold_qty": 0})).is_empty()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 50), st.floats(0, 1), st.floats(-4, -0.1), st.floats(0, 12), st.floats(-3, 5), st.integers(0, 60))
def test_no_action_brings_less_than_leaving_and_none_moves_more_than_is_unsold(
    unsold_units, holding, elasticity, value, salvage, units
):
    found = choose_clearance(frame(choice.STOCK, BATCH, {
        "unsold_qty": unsold_units, "holding_cost": holding, "elasticity": elasticity, "supplier_id": "s",
        "return_qty": units, "return_value": value, "salvage_value": salvage,
    }))  # fmt: skip
    for row in found.iter_rows(named=True):
        assert row["money_at_stake"] > 0
        assert 0 < row["quantity"] <= unsold_units
        assert row["runner_up_gain"] is None or row["runner_up_gain"] <= row["money_at_stake"]


def promotion(**change):
    row = {"baseline_qty": 100.0, "unit_cost": 6.0, "selling_cost": 0.0, "usual_price": 10.0, "promo_price": 8.0,
           "fee_share": 0.0, "funded_per_unit": 0.0, "fixed_cost": 0.0, "margin_floor": 0.1, "expected_qty": None,
           "planned_qty": None} | change  # fmt: skip
    types = {"expected_qty": pl.Float64, "planned_qty": pl.Float64}
    return promotion_break_even(pl.DataFrame([row], schema_overrides=types)).row(0, named=True)


def test_a_fifth_off_needs_twice_the_units_where_the_margin_halves():
    row = promotion()
    assert (row["units_needed"], row["uplift_needed"], row["keeps_floor"]) == (200, 1, True)
    assert promotion(fixed_cost=100.0)["units_needed"] == 250
    assert promotion(funded_per_unit=2.0)["units_needed"] == 100
    # What a sale costs whatever its price weighs more on the lower one.
    assert promotion(selling_cost=1.0)["units_needed"] == 300


def test_whether_a_promotion_pays_is_judged_by_the_forecast_and_else_by_what_is_planned():
    told = [
        promotion(**change)
        for change in (
            {"expected_qty": 260.0},
            {"expected_qty": 150.0, "planned_qty": 900.0},
            {"planned_qty": 200.0},
            {},
        )
    ]
    assert [(row["verdict"], row["expected_gain"]) for row in told] == [
        ("pays", 120), ("short", -100), ("pays", 0), (None, None),
    ]  # fmt: skip
    assert promotion(promo_price=5.0, expected_qty=900.0)["verdict"] == "loses"


def test_a_promotion_below_cost_never_breaks_even_and_the_lowest_price_keeps_the_floor():
    row = promotion(promo_price=5.0)
    assert (row["units_needed"], row["keeps_floor"]) == (None, False)
    at_floor = promotion(promo_price=row["lowest_price"], fee_share=0.0)
    assert at_floor["promo_margin"] == pytest.approx(0.1 * row["lowest_price"])


PRICED = {
    "sku_id": "a", "shop_id": "*", "price": 11.3, "tax_rate": 0.13, "fee_share": 0.1, "selling_cost": 1.0,
    "replacement_value": 5.3, "salvage_value": 0.8, "units_to_clear": 0, "days_to_clear": 0, "daily_demand_qty": 2.0,
    "elasticity": -2.0,
}  # fmt: skip


def guarded(**change):
    return price_guardrails(frame(guardrails.ROWS, PRICED, change)).row(0, named=True)


def test_a_price_at_its_floor_leaves_what_the_unit_is_worth():
    row = guarded()
    assert row["min_price"] / 1.13 * 0.9 - 1.0 == pytest.approx(5.3)
    assert row["max_price"] is None


def test_goods_to_clear_may_go_down_to_salvage_and_no_higher_than_clears_them():
    row = guarded(units_to_clear=80, days_to_clear=10)
    assert row["min_price"] == pytest.approx(2 * 1.13)
    # 80 in ten days are four times the demand, so half the price at an elasticity of −2.
    assert row["max_price"] == pytest.approx(11.3 / 2)
    assert row["clears"]
    assert not guarded(units_to_clear=8000, days_to_clear=10)["clears"]


SHELF = {"sku_id": "a", "available_qty": 100, "unsold_qty": 0, "expiring_qty": 0, "daily_demand_qty": 2.0,
         "stock_out_chance": 0.0, "next_arrival_date": TODAY + timedelta(days=10), "arrival_is_late": False,
         "unit_margin": 3.0}  # fmt: skip


def pushed(**change):
    found = push_or_hold_back(frame(push_pull.ROWS, SHELF, change), TODAY, good_margin=5.0)
    return [(row["action"], row["driver"], row["units_to_move"]) for row in found.iter_rows(named=True)]


def test_what_lies_too_long_is_pushed_and_what_may_run_out_never_is():
    assert pushed() == []
    assert pushed(unsold_qty=30) == [("push", "excess", 30)]
    assert pushed(unsold_qty=30, expiring_qty=12) == [("push", "near_expiry", 12)]
    assert pushed(unit_margin=6.0) == [("push", "margin", 60)]
    assert pushed(stock_out_chance=0.4, unsold_qty=5) == [("hold_back", "stock_out_risk", None)]
    assert pushed(stock_out_chance=0.4, arrival_is_late=True) == [("hold_back", "supply_delay", None)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chosen(unsold_qty=101), "unsold_qty must not exceed the stock, found 101"),
        (lambda: chosen(elasticity=0.5), "elasticity must be below zero, found 0.5"),
        (lambda: guarded(price=0.0), "price must be above zero"),
        (lambda: pushed(stock_out_chance=1.5), r"stock_out_chance must lie in \[0, 1\], found 1.5"),
        (lambda: promotion(fee_share=1.0), r"fee_share must lie in \[0, 1\), found 1.0"),
    ],
)
def test_bad_rows_are_refused_with_what_was_found(call, message):
    with pytest.raises(ValueError, match=message):
        call()
