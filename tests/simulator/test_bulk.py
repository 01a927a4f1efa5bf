"""The bulk generator writes what the daily exports say in the end, once, in Parquet that the platform reads."""

import duckdb
import pytest

from contracts import inbox
from simulator.choice import choose
from simulator.exports.bulk import LIVE_DAYS, generate
from simulator.exports.daily import collect
from simulator.times import month_of
from simulator.world import World

DAYS = max(LIVE_DAYS.values()) + 15  # so that rows are written while the world runs


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bulk")
    rows = generate(World.of(choose("tiny")), folder, DAYS)
    world = World.of(choose("tiny"))
    world.live(DAYS)
    return folder, rows, collect(world)


@pytest.mark.parametrize(
    "qualified",
    ["order.sales_order", "order.sales_order_line", "logistics.shipment", "aftersales.rma", "inventory.stock_ledger",
     "procurement.purchase_order_line", "payment.payment_txn"],
)  # fmt: skip
def test_a_year_in_one_go_says_what_the_daily_exports_say_in_the_end(written, qualified):
    folder, rows, daily = written
    system, name = qualified.split(".")
    columns = [column.name for column in inbox()[system].tables[name].columns]
    theirs = duckdb.from_arrow(daily[qualified]).project(*columns)
    ours = duckdb.read_parquet(f"{folder}/{qualified}.all.*.parquet").project(*columns)

    assert rows[qualified] == daily[qualified].num_rows
    assert ours.except_(theirs).fetchall() == []


def test_every_file_has_its_manifest_and_a_file_a_month(written):
    folder, _, _ = written
    orders = sorted(folder.glob("order.sales_order.all.*.parquet"))

    assert len(orders) == 2
    assert all(path.with_name(path.name + ".manifest.json").is_file() for path in folder.glob("*.parquet"))
    assert not list(folder.glob("*.part"))


def test_the_last_days_come_as_the_systems_export_them(tmp_path):
    generate(World.of(choose("tiny")), tmp_path, days=12, daily=3)
    world = World.of(choose("tiny"))
    world.live(12)
    theirs = duckdb.from_arrow(collect(world)["order.sales_order"])

    told = duckdb.sql(f"from read_parquet('{tmp_path}/order.sales_order.all.*.parquet', filename = true)")
    newest = duckdb.sql("from told qualify row_number() over (partition by order_id order by filename desc) = 1")
    assert 0 < newest.count("*").fetchone()[0] < told.count("*").fetchone()[0]
    assert newest.project(*theirs.columns).except_(theirs).fetchall() == []
    assert len(list(tmp_path.glob("order.sales_order.all.*.parquet"))) == 4


def test_what_lives_on_at_a_months_end_does_not_replace_the_months_file(tmp_path):
    world = World.of(choose("tiny"))
    retiring = range(max(LIVE_DAYS.values()) + 1, 90)
    days = next(n for n in retiring if month_of(world.day + n) != month_of(world.day + n - 1))

    rows = generate(world, tmp_path, days)

    written = duckdb.sql(f"from read_parquet('{tmp_path}/order.sales_order_line.all.*.parquet')")
    assert written.count("*").fetchone()[0] == rows["order.sales_order_line"]
