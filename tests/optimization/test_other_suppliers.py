"""A retailer's items with several suppliers, rooms, containers and agreements: what the plan and its lines promise."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from replenishment_items import items, quantiles

from optimization.replenishment import Params, Problem, solve
from optimization.replenishment.problem import OFFER
from optimization.replenishment.supplier_agreements import supplier_agreements

AS_OF = date(2025, 6, 2)


def problem(change: dict | None = None, rivals: tuple[dict, ...] = (), **more: pl.DataFrame) -> Problem:
    """One item of which two are sold a day, and who else would deliver it."""
    rows = items(change or {})
    offer = rows.select("sku_id", "location_id", *OFFER)
    others = [offer.with_columns(**{name: pl.lit(value) for name, value in rival.items()}) for rival in rivals]
    cast = {"unit_cost": pl.Decimal(18, 4), "lead_time_days": pl.Float64, "capacity_qty": pl.Int64}
    more |= {"others": pl.concat(others).cast(cast)} if others else {}
    return Problem(rows, quantiles(rows), AS_OF, **more)


def test_a_line_bought_from_another_has_his_price_packs_and_days():
    rival = {"supplier_id": "S2", "unit_cost": Decimal("8.5"), "order_multiple": 12, "lead_time_days": 10.0}
    asked = problem(rivals=(rival,))
    plan = solve(asked)
    line = plan.lines.row(0, named=True)
    assert (line["supplier_id"], line["runner_up_supplier_id"], line["order_lead_days"]) == ("S2", "S1", 10.0)
    assert line["suggested_qty"] % 12 == 0 and line["unit_cost"] == Decimal("8.5000") and plan.check(asked) == []
    # What is earned on a unit grows by what it costs less.
    assert line["unit_margin"] == Decimal("11.5000")


def test_who_is_closed_is_replaced_and_named_when_he_is_open_again():
    closed = pl.DataFrame(
        [("S1", "W1", None, Decimal(0), Decimal(0), None, "shut down")],
        schema={"supplier_id": pl.String, "location_id": pl.String, "currency": pl.String,
                "minimum_value": pl.Decimal(18, 4), "order_cost": pl.Decimal(18, 4),
                "capacity_value": pl.Decimal(18, 4), "closed_reason": pl.String},
        orient="row",
    )  # fmt: skip
    rival = {"supplier_id": "S2", "unit_cost": Decimal(11)}
    assert solve(problem(rivals=(rival,), terms=closed)).lines["supplier_id"].to_list() == ["S2"]
    assert solve(problem(rivals=(rival,))).lines["supplier_id"].to_list() == ["S1"]


def test_two_suppliers_share_an_order_that_the_first_cannot_deliver():
    rival = {"supplier_id": "S2", "unit_cost": Decimal("10.5"), "capacity_qty": 30}
    asked = problem({"capacity_qty": 10}, (rival,))
    plan = solve(asked)
    first, further = plan.lines.row(0, named=True), plan.further.row(0, named=True)
    assert [(row["supplier_id"], row["suggested_qty"] > 0) for row in (first, further)] == [("S1", True), ("S2", True)]
    assert first["suggested_qty"] <= 10 and plan.check(asked) == []
    bridge = plan.further_bridge.filter(supplier_id="S2")
    assert bridge["quantity"].sum() == further["suggested_qty"]
    assert bridge.filter(step="elsewhere")["quantity"].to_list() == [-first["suggested_qty"]]


@pytest.mark.parametrize(("on_hand", "cost", "lead", "spread"), [
    (0, "8.0", 30, 0.0), (0, "9.0", 20, 2.0), (30, "8.5", 5, 3.0), (10, "9.9", 2, 0.0), (50, "8.2", 28, 4.0),
    (0, "10.5", 3, 1.0),
])  # fmt: skip
def test_running_the_plan_twice_orders_nothing_more_from_anybody(on_hand, cost, lead, spread):
    rival = {"supplier_id": "S2", "unit_cost": Decimal(cost), "lead_time_days": float(lead),
             "lead_time_std_days": spread}  # fmt: skip
    once = solve(problem({"on_hand_qty": on_hand}, (rival,)))
    quantity, due = int(once.lines["suggested_qty"][0]), int(once.lines["order_lead_days"][0] + 0.999)
    inbound = pl.DataFrame({"sku_id": ["A"], "location_id": ["W1"], "due_in_days": [due], "quantity": [quantity]})
    again = solve(problem({"on_hand_qty": on_hand, "on_order_qty": quantity}, (rival,), inbound=inbound))
    assert again.lines["suggested_qty"][0] + again.further["suggested_qty"].sum() <= 2


def test_goods_fill_no_more_room_than_there_is():
    goods = pl.DataFrame(
        {"sku_id": ["A"], "sellable_days": [None], "days_on_sale": [None], "hold_reason": [None],
         "storage_class": ["ambient"],
         "unit_volume": [2.0], "unit_weight": [1.0]},
        schema_overrides={"sellable_days": pl.Int64, "days_on_sale": pl.Int64, "hold_reason": pl.String},
    )  # fmt: skip
    storage = pl.DataFrame({"location_id": ["W1"], "storage_class": ["ambient"], "free_volume": [20.0]})
    asked = problem(goods=goods, storage=storage)
    plan = solve(asked)
    # Nothing is here that could be sold before the order comes, so what is free is what there is.
    assert 0 < plan.lines["suggested_qty"][0] <= 10 and plan.check(asked) == []
    assert plan.shadow_prices.select("limit", "name", "location_id").row(0) == ("storage", "W1", "ambient")
    wide = replace(asked, storage=storage.with_columns(free_volume=pl.lit(1e6)))
    assert solve(wide).lines["suggested_qty"][0] > 10


TERM = {
    "supplier_id": "S1", "term_kind": "rebate", "scope": "*", "measure": "amount", "term_value": 0.02,
    "target_volume": 1000.0, "attained_volume": 800.0, "open_volume": 0.0, "amount": 800.0, "elapsed_share": 0.9,
    "days_left": 30,
}  # fmt: skip
OFFERED = pl.DataFrame(
    {"sku_id": ["A"], "location_id": ["W1"], "supplier_id": ["S1"], "category_id": ["C"], "lead_time_days": [14.0],
     "review_days": [7.0]}
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "share", "bonus"),
    [
        ({"attained_volume": 950.0}, 0.02, None),  # the pace reaches it
        ({"attained_volume": 950.0, "days_left": 10}, None, None),  # nothing ordered now arrives in time
        ({}, None, None),  # behind, but a later order can still decide
        ({"days_left": 18}, None, (1000.0 - 800.0 / 0.9, 20.0)),  # the last order in time
        ({"scope": "C", "attained_volume": 950.0}, 0.02, None),
        ({"scope": "other", "attained_volume": 950.0}, None, None),
        ({"term_kind": "commitment", "days_left": 18}, 0.05, None),  # the shortfall that its units spare
        ({"elapsed_share": 0.05, "attained_volume": 900.0}, None, None),  # too early for a pace
    ],
)
def test_an_agreement_is_worth_what_an_order_of_today_does_for_it(change, share, bonus):
    found = supplier_agreements(pl.DataFrame([TERM | change]), OFFERED, 0.05)
    assert found.shares["share"].to_list() == ([] if share is None else [share])
    rows = found.bonuses.select("missing_value", "bonus").rows()
    assert rows == ([] if bonus is None else [pytest.approx(bonus)])


def test_settings_of_containers_and_commitments_are_shares():
    for name in ("container_fill", "commitment_shortfall_share"):
        with pytest.raises(ValueError, match=f"{name} must lie between 0 and 1, found 1.5"):
            Params(**{name: 1.5})
