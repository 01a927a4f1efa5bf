"""Loading again changes nothing: the same files, files under other names, after a crash, after an upgrade."""

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from sample_workspace import exported

from contracts import inbox, table
from pipelines.ingestion import schema
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock
from pipelines.ingestion.schema import create_warehouse

HEADER = "order_id,shop_id,ordered_at,status,goods_amount,updated_at\n"
NAME = "order.sales_order.all.20260901.1.csv"
LATER = Clock(datetime(2026, 12, 1, tzinfo=UTC), "Asia/Shanghai")


def orders(count: int, status: str = "paid", updated_at: str = "2026-09-01 10:00:00") -> str:
    lines = (f"O{n},S{n % 7},2026-09-01 09:00:00,{status},{n}.50,{updated_at}\n" for n in range(count))
    return HEADER + "".join(lines)


def test_running_twice_changes_nothing(desk):
    bad = orders(40).replace("O7,", ",").replace("7.50", "lots")
    paths = [
        desk.file(NAME, bad),
        desk.file("nobody.csv", "x"),
        desk.file("order.shop.all.20260901.1.csv", "shop_id\n"),
    ]
    outcomes = desk.ingest(*paths)
    assert [one.status for one in outcomes] == ["loaded", "refused", "refused"]
    before = desk.everything()
    assert set(before) > {"raw.order__sales_order", "control.quarantine", "control.delivery"}
    assert desk.ingest(*paths, clock=LATER) == []
    assert desk.everything() == before


def test_the_sample_export_loads_without_a_row_in_quarantine_and_a_second_time_not_at_all(desk):
    files = inbox_files(exported().inbox)
    outcomes = desk.ingest(*files)
    assert {one.status for one in outcomes} == {"loaded"}
    assert all(one.accounted == one.rows_in and one.rows_loaded for one in outcomes)
    assert desk.rows("select count(*) from control.quarantine") == [(0,)]
    before = desk.everything()
    assert desk.ingest(*files, clock=LATER) == []
    assert desk.everything() == before


def test_the_same_content_under_another_name_is_recorded_once_as_a_duplicate(desk):
    first, second = desk.file(NAME, orders(5)), desk.file(NAME.replace(".1.", ".2."), orders(5))
    assert [one.status for one in desk.ingest(first, second)] == ["loaded", "duplicate"]
    assert desk.ingest(first, second, clock=LATER) == []
    found = desk.rows("select file_name, status, reason, rows_loaded from control.delivery order by 1")
    assert found == [
        (first.name, "loaded", None, 5),
        (second.name, "duplicate", f"same content as {first.name} (loaded)", 0),
    ]


def test_the_same_content_of_two_tables_loads_into_both(desk):
    assert desk.deliver("order.shop.all.20260901.1.csv", "shop_id,sku_id,spu_id\nA,A,A\n").status == "loaded"
    assert desk.deliver("product.sku.all.20260901.1.csv", "shop_id,sku_id,spu_id\nA,A,A\n").status == "loaded"


def test_a_corrected_file_brings_the_missing_rows_and_loads_no_other_twice(desk):
    desk.deliver(NAME, orders(40).replace("O7,", ","))
    outcome = desk.deliver(NAME, orders(40))
    assert (outcome.rows_loaded, outcome.rows_duplicate, outcome.accounted) == (1, 39, 40)
    assert desk.rows("select count(*), count(distinct order_id) from raw.order__sales_order") == [(40, 40)]


def test_a_mapping_of_a_new_version_reads_the_same_file_again_and_what_it_says_now_stands(desk, map_from):
    text = """
  - pattern: "tills*.csv"
    profile: {{format: csv}}
    extracted_at: "2026-09-01T06:00:00+08:00"
    targets:
      - table: order.shop
        columns: {{shop_id: Shop, shop_name: {name}}}
"""
    path = desk.file("tills.csv", "Shop,Name\nS1,one\n")
    desk.ingest(path, mappings=[map_from(text.format(name="Name"))])
    desk.ingest(path, mappings=[map_from(text.format(name="upper(Name)"), version="1.1")], clock=LATER)
    assert desk.rows("select shop_name from raw.order__shop") == [("ONE",)]
    assert desk.rows("select shop_name from history.order__shop") == [("one",)]


# ------------------------------------------------------------------------ crash

CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import duckdb
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock, ingest_files
connection = duckdb.connect(sys.argv[1], config={"preserve_insertion_order": False, "threads": 2})
connection.execute("set TimeZone = 'Asia/Shanghai'")
print("open", flush=True)
ingest_files(connection, inbox_files(Path(sys.argv[2])), [], Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai"))
connection.close()
"""


def load_in_child(warehouse: Path, folder: Path, seconds: float | None = None) -> float:
    """Load the folder in a process of its own, killed after `seconds`; how long it ran after opening."""
    paths = os.pathsep.join(path for path in sys.path if path)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(warehouse), str(folder)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert child.stdout.readline() == b"open\n"
    began = time.monotonic()
    if seconds is not None:
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
    # One that is quicker than the one before it ends before it is killed.
    assert child.wait(timeout=60) in ((0,) if seconds is None else (0, -signal.SIGKILL))
    return time.monotonic() - began


def fingerprint(warehouse: Path) -> dict[str, str]:
    """A hash of every table that loading writes."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('raw', 'history', 'control') and table_name <> 'settled_file'"
        ).fetchall()
        contents = {name: connection.execute(f"select * from {name} order by all").fetchall() for (name,) in names}
    return {name: hashlib.sha256(repr(rows).encode()).hexdigest() for name, rows in contents.items()}


def test_a_load_that_is_killed_at_any_moment_and_run_again_gives_the_same_tables(tmp_path, template):
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / NAME).write_text(orders(4_000), encoding="utf-8")
    (folder / NAME.replace(".1.", ".2.")).write_text(
        orders(3_000, "shipped", "2026-09-02 10:00:00").replace("O7,", ","), encoding="utf-8"
    )
    (folder / NAME.replace(".1.", ".3.")).write_text(orders(2_000, "audited", "2026-09-01 12:00:00"), encoding="utf-8")
    undisturbed = tmp_path / "undisturbed.duckdb"
    shutil.copyfile(template, undisturbed)
    seconds = load_in_child(undisturbed, folder)
    moments = random.Random(7)
    killed = tmp_path / "killed.duckdb"
    for _ in range(2):
        shutil.copyfile(template, killed)
        (tmp_path / "killed.duckdb.wal").unlink(missing_ok=True)
        load_in_child(killed, folder, moments.uniform(0.05, 0.9) * seconds)
        load_in_child(killed, folder)
        assert fingerprint(killed) == fingerprint(undisturbed)


def test_an_error_in_the_middle_of_a_load_leaves_no_trace_of_it(desk, monkeypatch):
    path = desk.file(NAME, orders(5))

    def fails(*anything: object) -> None:
        raise RuntimeError("the plug was pulled")

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.ingestion.ingest._record_drift", fails)
        with pytest.raises(RuntimeError, match="the plug was pulled"):
            desk.ingest(path)
    assert desk.everything() == {}
    assert desk.ingest(path)[0].rows_loaded == 5


# ---------------------------------------------------------------------- upgrade


def test_rows_are_hashed_anew_when_an_upgrade_changed_the_hash_function(desk):
    desk.deliver(NAME, orders(5))
    before = desk.everything()
    desk.connection.execute("update raw.order__sales_order set _row_hash = 1")
    desk.connection.execute("update control.engine set hash_probe = 1")
    create_warehouse(desk.connection)
    assert desk.everything() == before
    again = desk.deliver(NAME.replace(".1.", ".2."), orders(6))
    assert (again.rows_loaded, again.rows_duplicate) == (1, 5)


def test_a_warehouse_is_widened_by_a_new_column_of_the_contract(desk, monkeypatch):
    desk.deliver(NAME, orders(5))
    desk.connection.execute("alter table raw.order__sales_order drop column pay_method")
    desk.connection.execute("alter table history.order__sales_order drop column pay_method")
    desk.connection.execute("alter table control.delivery drop column complete")
    desk.connection.close()
    desk.open()
    create_warehouse(desk.connection)
    # The column is the last one now: rows are written and moved by name.
    text = (
        orders(7, updated_at="2026-09-02 10:00:00")
        .replace("status,", "status,pay_method,")
        .replace("paid,", "paid,card,")
    )
    assert desk.deliver(NAME, text).rows_loaded == 7
    methods = "select pay_method, count(*) from {}.order__sales_order group by 1"
    card = table("order.sales_order").column("pay_method").values
    assert desk.rows(methods.format("raw")) == [("card" if "card" in card else "__unknown__", 7)]
    assert desk.rows(methods.format("history")) == [(None, 5)]


def test_every_contract_table_has_its_columns_in_the_warehouse(desk):
    for system in inbox().values():
        for contract in system.tables.values():
            for name in ("raw", "history"):
                found = desk.rows(f"describe {name}.{contract.raw_name}")
                assert {(column, kind) for column, kind, *_ in found} == {
                    (column, kind.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"))
                    for column, kind in schema.raw_columns(contract).items()
                }
