"""Which open purchase lines a plan may change."""

from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from pipelines.journal_tables import create_feedback_tables
from pipelines.planning.moves import read_moves
from pipelines.planning.replenishment_frames import INBOUND


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """An open line of each of three SKUs, one of which is not launched yet."""
    with duckdb.connect() as connection:
        connection.execute("create schema control; create schema intermediate; create schema marts")
        connection.execute("create table control.latest as select timestamptz '2024-12-30 00:00:00+08' as as_of")
        create_feedback_tables(connection)
        connection.execute(
            "create table intermediate.int_sku as from (values ('old', null::date), ('coming', date '2025-01-14'), "
            "('launched', date '2024-12-01')) as sku (sku_id, launch_date)"
        )
        connection.execute(
            """create table intermediate.int_purchase_line as
            select 'line of ' || sku_id as po_line_id, 'PO' as po_id, 'S' as supplier_id, sku_id, 'W' as location_id,
                'CNY' as currency, 20.0 as open_qty, date '2025-01-07' as expected_date, 59.5 as net_unit_price,
                0 as in_transit_qty, true as is_acknowledged, true as is_own_supply
            from intermediate.int_sku"""
        )
        connection.execute(
            """create table intermediate.int_exchange_rate as
            select * from (values ('CNY', 'CNY', 1.0), ('USD', 'CNY', 7.0)) as r (currency, home_currency, rate)"""
        )
        connection.execute(
            "create table marts.transfer_lane (from_warehouse_id text, to_warehouse_id text, days int, "
            "home_cost_per_unit decimal(9, 2), home_cost_per_trip decimal(9, 2), weekdays text)"
        )
        yield connection


def test_the_first_stock_of_a_launch_is_not_changed_before_the_launch(warehouse):
    lines = read_moves(warehouse)["open_lines"]
    assert lines["sku_id"].to_list() == ["launched", "old"]
    assert lines.row(0, named=True) | {"unit_cost": 59.5, "expected_date": date(2025, 1, 7)} == lines.row(0, named=True)


def test_each_part_of_a_line_reaches_the_plan_on_its_own_day_the_late_ones_too(warehouse):
    warehouse.execute("set TimeZone = 'Asia/Shanghai'")
    warehouse.execute(
        """create table intermediate.int_purchase_arrival as
        select 'old' as sku_id, 'W' as location_id, quantity as arriving_qty, is_own_supply, day::date as arrival_date
        from (values (40, true, '2025-01-06'), (60, true, '2025-01-09'), (5, true, '2024-12-20'), (2.5, true, null),
            (9, false, '2025-01-06')) as part (quantity, is_own_supply, day)"""
    )
    found = warehouse.execute(INBOUND).fetchall()
    assert found == [("old", "W", -10, 5), ("old", "W", 7, 40), ("old", "W", 10, 60), ("old", "W", None, 2)]


def test_what_is_at_stake_is_in_our_money_and_nothing_is_said_of_money_of_unknown_worth(warehouse):
    warehouse.execute(
        """update intermediate.int_purchase_line
        set currency = case sku_id when 'old' then 'USD' when 'launched' then 'XAF' else currency end"""
    )
    [line] = read_moves(warehouse)["open_lines"].to_dicts()
    assert (line["sku_id"], line["unit_cost"], line["currency"]) == ("old", 7 * 59.5, "CNY")


@pytest.mark.parametrize(
    ("status", "changed_on", "is_asked_again"),
    [
        ("proposed", "2024-12-29", True), ("exported", "2024-12-01", False), ("received", "2024-12-29", False),
        ("refused", "2024-12-24", False), ("refused", "2024-12-20", True), ("expired", "2024-12-29", True),
    ],
)  # fmt: skip
def test_suppliers_are_asked_about_a_line_once_a_week_at_most(warehouse, status, changed_on, is_asked_again):
    warehouse.execute(
        "insert into feedback.suggestion by name select 'EXP-1' as suggestion_id, 'expedite' as action, "
        "'line of old' as target, ? as status, ?::date::timestamptz as changed_at",
        [status, changed_on],
    )
    assert ("old" in read_moves(warehouse)["open_lines"]["sku_id"].to_list()) == is_asked_again
