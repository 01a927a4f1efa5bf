"""Goods that are paid in other money: planned in ours, line by line, and never at a rate that nobody told."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from replenishment_items import items, quantiles

from optimization.replenishment import Params, Problem, solve
from optimization.replenishment.economic_problem import economic_problem
from optimization.replenishment.problem import OFFER

AS_OF = date(2025, 6, 2)
PRICE = pl.Decimal(18, 4)
RATES = pl.DataFrame({"currency": ["CNY", "USD"], "rate": [1.0, 7.0]})
NO_RATE = "nobody told what EUR is worth in our money"


def problem(*changes: dict, rival: dict | None = None, **more: object) -> Problem:
    rows = items(*changes)
    if rival:
        offer = rows.select("sku_id", "location_id", *OFFER)
        named = offer.with_columns(**{name: pl.lit(value) for name, value in rival.items()})
        more["others"] = named.cast({"unit_cost": PRICE, "currency": pl.String})
    return Problem(rows, quantiles(rows), AS_OF, **({"rates": RATES} | more))


def terms(currency: str | None, minimum: int | Decimal) -> pl.DataFrame:
    row = {"supplier_id": "S1", "location_id": "W1", "currency": currency, "minimum_value": Decimal(minimum),
           "order_cost": Decimal(0), "capacity_value": None, "closed_reason": None}  # fmt: skip
    money = dict.fromkeys(("minimum_value", "order_cost", "capacity_value"), PRICE)
    return pl.DataFrame([row], schema_overrides=money | {"currency": pl.String, "closed_reason": pl.String})


def quantities(plan) -> dict[str, int]:
    return dict(plan.lines.select("sku_id", "suggested_qty").iter_rows())


def test_goods_bought_abroad_are_planned_in_our_money_and_paid_in_theirs():
    here = problem({"unit_cost": Decimal(14), "unit_margin": Decimal(6)}, terms=terms(None, 140))
    abroad = problem({"unit_cost": Decimal(2), "unit_margin": Decimal(6), "currency": "USD"}, terms=terms("USD", 20))
    ours, paid = solve(here), solve(abroad)
    assert quantities(ours) == quantities(paid) and quantities(paid)["A"] > 0
    assert paid.objective == pytest.approx(ours.objective) and paid.check(abroad) == []
    line = paid.lines.row(0, named=True)
    assert (line["currency"], line["amount"]) == ("USD", 2 * line["suggested_qty"])
    assert line["unit_margin"] == Decimal(6)


def test_what_comes_on_top_of_a_price_is_paid_once():
    """A margin is what is left of a sale after it, so the sale is worth as much as without."""
    plain = problem({"unit_cost": Decimal(14), "unit_margin": Decimal(6)})
    duty = problem({"unit_cost": Decimal(1), "unit_extra": 1.0, "unit_margin": Decimal(6), "currency": "USD"})
    [one], [other] = (economic_problem(each, Params()).items["unit_price"].to_list() for each in (plain, duty))
    assert one == other == 20
    # Another supplier with less of it leaves more.
    rival = {"supplier_id": "S2", "unit_cost": Decimal(1), "unit_extra": 0.25, "currency": "USD"}
    closed = terms("USD", 0).with_columns(closed_reason=pl.lit("shut"))
    [line] = solve(problem({"unit_cost": Decimal(1), "unit_extra": 1.0, "unit_margin": Decimal(6), "currency": "USD"},
                           rival=rival, terms=closed)).lines.iter_rows(named=True)  # fmt: skip
    assert (line["supplier_id"], line["unit_margin"]) == ("S2", Decimal("11.25"))


def test_a_supplier_may_sell_in_two_currencies_and_his_minimum_counts_both():
    asked = problem(
        {"sku_id": "A", "unit_cost": Decimal(2), "unit_margin": Decimal(6), "currency": "USD"},
        {"sku_id": "B", "unit_cost": Decimal(14), "unit_margin": Decimal(6), "currency": "CNY"},
        terms=terms("USD", 140),
    )
    plan = solve(asked)
    # The same goods at the same worth are ordered alike; together they are above his minimum, each alone is not.
    assert len(set(quantities(plan).values())) == 1 and quantities(plan)["A"] > 0 and plan.check(asked) == []
    assert plan.lines["currency"].to_list() == ["USD", "CNY"]
    assert all(7 * 2 * quantity < 7 * 140 < 2 * 14 * quantity for quantity in quantities(plan).values())


def test_the_cheaper_of_two_currencies_is_found_and_the_line_says_which():
    rival = {"supplier_id": "S2", "unit_cost": Decimal(1), "currency": "USD"}
    line = solve(problem({"unit_cost": Decimal(10)}, rival=rival)).lines.row(0, named=True)
    assert (line["supplier_id"], line["currency"], line["unit_margin"]) == ("S2", "USD", Decimal(13))
    dearer = rival | {"unit_cost": Decimal(2)}
    assert solve(problem({"unit_cost": Decimal(10)}, rival=dearer)).lines["supplier_id"].to_list() == ["S1"]


def test_nothing_is_ordered_in_money_of_unknown_worth_and_the_line_says_so():
    asked = problem({"currency": "EUR"})
    plan = solve(asked)
    assert quantities(plan) == {"A": 0} and plan.check(asked) == []
    assert plan.lines["reason"][0].endswith(f"nothing is ordered: {NO_RATE}.")
    assert plan.lines["reason_zh"][0].endswith("不下单：EUR 无汇率，无法折算。")
    rival = {"supplier_id": "S2", "currency": "USD", "unit_cost": Decimal(1)}
    assert solve(problem({"currency": "EUR"}, rival=rival)).lines["supplier_id"].to_list() == ["S2"]


def test_who_asks_for_a_minimum_in_money_of_unknown_worth_is_closed():
    plan = solve(problem(terms=terms("EUR", 10)))
    assert quantities(plan) == {"A": 0} and NO_RATE in plan.lines["reason"][0]
    assert quantities(solve(problem(terms=terms("EUR", 0))))["A"] > 0


def test_an_order_in_money_of_unknown_worth_is_found_out():
    asked = problem({"currency": "USD", "unit_cost": Decimal(1)})
    plan = solve(asked)
    assert plan.check(asked) == []
    unknown = problem({"currency": "USD", "unit_cost": Decimal(1)}, rates=RATES.head(1))
    assert any("of which nobody told" in fault for fault in plan.check(unknown))
