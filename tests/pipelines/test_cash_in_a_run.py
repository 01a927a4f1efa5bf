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
    warehouse.execute("update marts.replenishment_input set currency = 'XTS'")
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
