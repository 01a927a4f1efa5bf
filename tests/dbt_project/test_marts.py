"""What an analyst and a planner may rely on in the marts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hand_made_warehouse import Built

from contracts import inbox

NEVER_EMPTY = {"control_result", "delivery_status", "exceptions", "plan_exception"}
# Views stand since the first run; what is delivered is checked against its contract elsewhere.
STANDING = ("--exclude", "path:models/staging,resource_type:model", "source:*")


@pytest.fixture(scope="module")
def marts(built: Built) -> Built:
    """The small retailer, with every model, data test and unit test of the project passed."""
    outcome = built.dbt("build", *STANDING)
    failed = [
        f"{result.node.name}: {result.message}"
        for result in outcome.result.results
        if result.status not in ("success", "pass", "no-op")
    ]
    assert not failed
    return built


def test_models_over_undelivered_systems_exist_and_are_empty(built):
    rows = built.rows_when_nothing_was_delivered
    assert len(rows) >= 20
    assert {mart for mart, count in rows.items() if count} == NEVER_EMPTY


def test_what_is_not_delivered_says_what_stands_in_for_it_in_both_languages(built):
    of_the_eleven = [row for row in built.status_when_nothing_was_delivered if row[0] not in ("reference", "policy")]
    assert len(of_the_eleven) == sum(
        len(system.tables) for name, system in inbox().items() if name not in ("reference", "policy")
    )
    assert all(status == "not_delivered" and en and zh for _, status, en, zh in of_the_eleven)


def test_demand_falls_on_the_business_day_at_the_warehouse_of_the_region(marts):
    rows = marts.query(
        "select sku_id, location_id, demand_date, fulfil_mode, gross_demand_qty, cancelled_no_stock_qty, "
        "returned_qty from marts.demand_history order by all"
    )
    assert rows == [
        ("D", "*", date(2026, 10, 22), "dropship", 1, 0, 0),
        ("S", "W", date(2026, 10, 20), "own", 3, 0, 0),
        ("S", "W", date(2026, 10, 21), "own", 2, 2, 0),
        ("S", "W", date(2026, 10, 26), "own", 0, 0, 1),
        ("S", "W", date(2026, 10, 31), "own", 1, 0, 0),
    ]


def test_the_waterfall_of_an_order_line_is_the_one_computed_by_hand(marts):
    names = [
        *("list_amount", "item_discount_amount", "shop_discount_amount", "tax_amount", "net_revenue_amount"),
        *("landed_cost_amount", "payment_fee_amount", "commission_amount", "refund_amount"),
        *("return_recovery_amount", "return_freight_amount", "profit_amount", "missing_legs"),
    ]
    [row] = marts.query(f"select {', '.join(names)} from marts.profit_waterfall where order_line_id = 'L1'")
    line = dict(zip(names, row, strict=True))
    assert line.pop("missing_legs") == ["capital_cost", "freight", "marketing", "warehouse_cost"]
    assert line == {
        "list_amount": Decimal("135.6"),  # 3 × 45.20
        "item_discount_amount": Decimal("-33.9"),  # sold at 33.90
        "shop_discount_amount": Decimal("-11.3"),
        "tax_amount": Decimal("-10.4"),  # 13 % in 90.40
        "net_revenue_amount": Decimal("80"),
        "landed_cost_amount": Decimal("-30"),  # 3 × 10
        "payment_fee_amount": Decimal("-0.54"),
        "commission_amount": Decimal("-3.0133"),  # 5 % of 90.40 paid less 30.1333 refunded
        "refund_amount": Decimal("-26.6633"),  # 30.1333 less 3.47 of tax
        "return_recovery_amount": Decimal("10"),
        "return_freight_amount": Decimal("-6"),
        "profit_amount": Decimal("23.7834"),
    }


def test_a_dropship_line_bears_its_suppliers_net_price(marts):
    [(cost, profit)] = marts.query(
        "select landed_cost_amount, profit_amount from marts.profit_waterfall where order_line_id = 'L3'"
    )
    assert (cost, profit) == (Decimal("-20"), Decimal("8.305"))  # 30 net, 5 % of 33.90


def test_a_sku_is_bought_on_its_suppliers_terms_and_never_for_dropship(marts):
    rows = marts.query(
        "select sku_id, location_id, supplier_id, moq_qty, pack_numerator, unit_cost, on_hand_qty, "
        "reserved_qty, on_order_qty, inventory_position_qty, lead_time_source, defaults "
        "from marts.replenishment_input"
    )
    assert rows == [
        ("S", "W", "V", 12, 12, Decimal("10"), 5, 1, 24, 28, "stated", ["service_target"]),
    ]


def test_a_parcel_that_nobody_may_take_is_an_exception(marts):
    rows = marts.query("select subject, detail from marts.exceptions where exception_type = 'parcel_without_carrier'")
    assert rows == [("B4", "no service runs to province 31")]


def test_running_again_changes_no_row(marts):
    def content() -> dict[str, tuple]:
        return {
            mart: marts.query(f"select count(*), sum(hash(row)) from marts.{mart} as row")[0] for mart in marts.marts()
        }

    before = content()
    assert marts.dbt("run", *STANDING).success
    assert content() == before
