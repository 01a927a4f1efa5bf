"""What suppliers, budgets, shelf life and the end of sales do to a purchase."""

from decimal import Decimal

import polars as pl
import pytest
from planners_example import by_service, line, problem, terms

from optimization.replenishment import Params, solve


def test_an_order_reaches_its_suppliers_minimum_or_waits_and_says_so():
    worth_it = problem(terms=terms(minimum_value=Decimal(600)))
    raised = solve(worth_it)
    assert line(raised, "amount") >= 600 and raised.check(worth_it) == []
    too_much = problem(terms=terms(minimum_value=Decimal(50_000)))
    waiting = solve(too_much)
    assert (line(waiting, "status"), line(waiting, "suggested_qty")) == ("waits", 0)
    assert "supplier's order as a whole" in line(waiting, "reason") and waiting.check(too_much) == []


def test_nothing_is_ordered_from_a_supplier_who_is_closed_or_beyond_the_budget():
    closed = solve(problem(terms=terms(closed_reason="shut down")))
    assert line(closed, "status") == "waits" and line(closed, "reason").endswith("nothing is ordered: shut down.")
    poor = solve(problem(budget=100.0))
    assert line(poor, "suggested_qty") == 0 and poor.shadow_prices["price"][0] >= 0


def test_the_price_step_that_is_reached_is_what_is_paid():
    breaks = pl.DataFrame(
        {
            "sku_id": ["A"],
            "location_id": ["W1"],
            "supplier_id": ["S1"],
            "currency": [None],
            "from_quantity": [150],
            "unit_cost": [Decimal("2.0000")],
        },
        schema_overrides={"currency": pl.String, "unit_cost": pl.Decimal(18, 4)},
    )
    for kind, paid in (("all_unit", 204 * Decimal(2)), ("incremental", 150 * Decimal("2.5") + 54 * Decimal(2))):
        given_problem = problem(price_breaks=breaks.with_columns(kind=pl.lit(kind)))
        plan = by_service(given_problem)
        assert line(plan, "suggested_qty") == 204 and plan.check(given_problem) == []
        assert float(line(plan, "amount")) == pytest.approx(float(paid), abs=0.02)


def test_a_price_step_must_earn_what_its_goods_cost_until_they_sell():
    breaks = pl.DataFrame(
        {
            "sku_id": ["A"],
            "location_id": ["W1"],
            "supplier_id": ["S1"],
            "currency": [None],
            "from_quantity": [1200],
            "unit_cost": [Decimal("2.4750")],
        },
        schema_overrides={"currency": pl.String, "unit_cost": pl.Decimal(18, 4)},
    )
    # 1 % less for goods that last 100 days more: at 7 % a year alone that pays, with write-downs it does not.
    cheap = problem({"holding_cost": 0.0005}, price_breaks=breaks.with_columns(kind=pl.lit("all_unit")))
    assert line(solve(cheap, Params(writedown_per_year=0.0)), "suggested_qty") >= 1200
    assert line(solve(cheap), "suggested_qty") == 204


def goods(**known: object) -> pl.DataFrame:
    columns = {"sku_id": pl.String, "sellable_days": pl.Int64, "hold_reason": pl.String, "storage_class": pl.String}
    columns |= {"days_on_sale": pl.Int64, "unit_volume": pl.Float64, "unit_weight": pl.Float64}
    return pl.DataFrame([dict.fromkeys(columns) | {"sku_id": "A"} | known], schema=columns)


def test_nothing_is_bought_that_would_expire_or_came_back_too_often():
    # About ten a day sell; 120 are here or on their way, and another order comes in two weeks.
    short_lived = problem({"moq": 0}, goods=goods(sellable_days=4))
    few = by_service(short_lived)
    assert 0 < line(few, "suggested_qty") < line(by_service(problem({"moq": 0})), "suggested_qty")
    assert few.check(short_lived) == []
    expiring = problem(goods=goods(sellable_days=4))  # its minimum is 200
    assert line(by_service(expiring), "suggested_qty") == 0
    assert "its smallest order would not sell before it expires" in line(by_service(expiring), "reason")
    held = by_service(problem(goods=goods(hold_reason="half came back")))
    assert (line(held, "status"), line(held, "suggested_qty")) == ("waits", 0)
    assert line(held, "reason").endswith("nothing is ordered: half came back.")
    assert line(by_service(problem(goods=goods(sellable_days=300))), "suggested_qty") == 204


def test_the_last_order_covers_what_sells_until_the_end_and_nothing_after_it():
    economic = {"moq": 0, "pack_numerator": 1}
    usual = solve(problem(economic))
    # Ten a day; the next order would come on day 21, when sales have ended.
    ending = problem(economic, goods=goods(days_on_sale=20))
    last = solve(ending)
    assert line(last, "policy_reason") == "the last order that comes before sales end"
    assert 0 < line(last, "suggested_qty") < line(usual, "suggested_qty")
    assert last.priced.demand[0, :, 20:].max() == 0 and last.check(ending) == []
    assert line(solve(problem(economic, goods=goods(days_on_sale=12))), "suggested_qty") == 0
    far = solve(problem(economic, goods=goods(days_on_sale=300)))
    assert line(far, "suggested_qty") == line(usual, "suggested_qty")
