"""Cash of several currencies is one currency's, or is named as left out."""

from datetime import date

import duckdb
import polars as pl
import pytest

from pipelines.planning.cash import look_at_cash, read_cash
from pipelines.workspace import Workspace

TODAY = date(2026, 11, 1)


@pytest.fixture
def warehouse(copied: Workspace):
    with duckdb.connect(str(copied.warehouse)) as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'")
        connection.execute("update plan.replenishment_suggestion set requested_date = date '2026-11-01'")
        yield connection


def suggested(connection: duckdb.DuckDBPyConnection) -> float:
    weeks = look_at_cash(read_cash(connection), TODAY)["cash_week"]
    assert weeks.filter(pl.col("scenario") == "before")["suggested_orders"].to_list() == [0.0] * 26
    return weeks.filter(pl.col("scenario") == "after")["suggested_orders"].sum()


def test_orders_in_another_currency_are_paid_at_its_rate_and_named_where_it_has_none(warehouse):
    at_home = suggested(warehouse)
    assert at_home < 0
    for table in ("marts.replenishment_input", "plan.replenishment_suggestion"):
        warehouse.execute(f"update {table} set currency = 'XTS'")
    assert suggested(warehouse) == 0
    assert look_at_cash(read_cash(warehouse), TODAY)["cash_week"]["left_out_currencies"][0].to_list() == ["XTS"]
    known = warehouse.execute("select * from intermediate.int_exchange_rate").pl()
    assert known["home_currency"].unique().to_list() == ["CNY"]
    warehouse.register("known", known)
    warehouse.execute("create table kept as select * from known")
    warehouse.execute(
        "create or replace view intermediate.int_exchange_rate as from main.kept union all select 'XTS', 'CNY', 3.0"
    )
    assert suggested(warehouse) == pytest.approx(3 * at_home)
    assert look_at_cash(read_cash(warehouse), TODAY)["cash_week"]["left_out_currencies"][0].to_list() == []


def test_an_order_is_paid_by_the_terms_and_in_the_money_of_whom_it_goes_to(warehouse):
    """A suggestion to another supplier than the planned one is his to be paid for."""
    warehouse.execute("create table kept as select * from intermediate.int_supplier")
    warehouse.execute(
        "create or replace view intermediate.int_supplier as select * replace ("
        "case supplier_id when 'OTHER' then 'cash' else 'on_receipt' end as settle_method, "
        "case supplier_id when 'OTHER' then 0 else 70 end as payment_terms_days) from ("
        "from main.kept union all by name (select * replace ('OTHER' as supplier_id) from main.kept limit 1))"
    )
    planned = look_at_cash(read_cash(warehouse), TODAY)["cash_week"].filter(pl.col("scenario") == "after")
    assert planned["suggested_orders"][:10].to_list() == [0.0] * 10 and planned["suggested_orders"][10] < 0
    warehouse.execute("update plan.replenishment_suggestion set supplier_id = 'OTHER'")
    other = look_at_cash(read_cash(warehouse), TODAY)["cash_week"].filter(pl.col("scenario") == "after")
    assert other["suggested_orders"][0] == pytest.approx(planned["suggested_orders"][10])
    assert other["suggested_orders"][1:].to_list() == [0.0] * 25
