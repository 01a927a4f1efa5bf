"""Systems that name one thing differently meet in our keys; what the key map cannot turn into ours is listed."""

import json
import shutil
from datetime import datetime

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marts_alone import load_and_build
from sample_workspace import LOADED_AT, make_workspace

from contracts.keys import KEYS, key_places
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock, ingest_files
from pipelines.ingestion.references import check_references
from pipelines.ingestion.schema import contract_tables, create_warehouse, literal
from pipelines.known import create_known_views, latest_known
from pipelines.settings import load_settings
from pipelines.warehouse import open_warehouse

CLOCK = Clock(LOADED_AT, "Asia/Shanghai")
LATER = datetime.fromisoformat("2027-01-01T00:00:00+08:00")
SYSTEMS = ("oms", "wms", "inv", "erp", "tms", "crm", "fin", "mkt", "pay", "srm", "pim")
MAP = "entity,source_id,id,source_system,updated_at\n"


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """The warehouse file of a tiny world's exports, all in one language."""
    workspace = make_workspace(tmp_path_factory.mktemp("spoken") / "demo")
    files = [*inbox_files(workspace.policy), *inbox_files(workspace.inbox)]
    with open_warehouse(workspace, load_settings(workspace.settings_file), "test") as connection:
        create_warehouse(connection)
        ingest_files(connection, files, (), CLOCK)
        connection.execute("delete from raw.reference__key_map")
    return workspace.warehouse


def known(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple]:
    """Every row that models can see, hashed, and what masters are missing."""
    create_known_views(connection, LATER)
    rows = {}
    for table in contract_tables().values():
        if table.qualified != "reference.key_map":
            read = f"select * replace ({_read('dims')})" if table.name == "voucher_line" else "select *"
            hashed = f"select count(*), bit_xor(hash(t)) from ({read} from known.{table.raw_name}) as t"
            rows[table.qualified] = connection.execute(hashed).fetchone()
    missing = connection.execute("select contract, columns, rows, keys from control.missing_master order by all")
    return rows | {"missing": tuple(missing.fetchall())}


def _read(column: str) -> str:
    """JSON as a model reads it: values by name, whatever the spelling."""
    values = (f"json_extract_string({column}, '$.{key}')" for key in KEYS.values())
    return f"[{', '.join(values)}] as {column}"


def rename(connection: duckdb.DuckDBPyConnection, entity: str, system: str) -> None:
    """Let a system call every thing of a kind by a key of its own, and the map say so."""
    for table in contract_tables().values():
        if table.qualified == "reference.key_map":
            continue
        for place in (place for place in key_places(table) if place.entity == entity):
            said = f"source_system = {literal(system)}"
            if place.when:
                said += f" and {place.when[0]} = {literal(place.when[1])}"
            value = f'"{place.column}"'
            if place.path:
                name, value = place.path[2:], f"json_extract_string({place.column}, '{place.path}')"
                new = f"json_merge_patch({place.column}, json_object('{name}', 'own ' || {value}))"
            else:
                new = f"'own ' || {value}"
            rows = f"{said} and {value} not in ('', '*')"
            connection.execute(
                "insert into raw.reference__key_map (source_system, entity, source_id, id, updated_at, is_deleted, "
                f"known_at) select distinct {literal(system)}, {literal(entity)}, 'own ' || {value}, {value}, "
                f"timestamptz '2026-01-01', false, timestamptz '2026-01-01' from raw.{table.raw_name} "
                f"where {rows}"
            )
            connection.execute(f'update raw.{table.raw_name} set "{place.column}" = {new} where {rows}')
    connection.execute(
        "delete from raw.reference__key_map where rowid not in "
        "(select min(rowid) from raw.reference__key_map group by source_system, entity, source_id)"
    )


@settings(max_examples=4, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(KEYS)), st.sampled_from(SYSTEMS)), min_size=1, max_size=6, unique=True))
def test_whatever_systems_call_things_models_see_the_same_rows(exports, renamed):
    copied = exports.with_name("copied.duckdb")
    shutil.copyfile(exports, copied)
    with duckdb.connect(str(copied)) as connection:
        before = known(connection)
        for entity, system in renamed:
            rename(connection, entity, system)
        assert known(connection) == before
    assert sum(rows for rows, _ in list(before.values())[:-1]) > 10_000


def map_of(*rows: tuple[str, str, str, str], at="2026-09-01") -> str:
    return MAP + "".join(f"{entity},{source},{ours},{system},{at}\n" for entity, system, source, ours in rows)


SKUS = "sku_id,sku_name,source_system,updated_at\nA,A,pim,2026-09-01\nB,B,pim,2026-09-01\n"
LINES = "outbound_line_id,outbound_id,sku_id,planned_qty,source_system,updated_at\n"
FILES = {
    "product.sku.all.20260901.1.csv": SKUS,
    "warehouse.outbound_line.all.20260901.1.csv": LINES
    + "".join(f"L{n},O,{sku},1,wms,2026-09-01\n" for n, sku in enumerate(("1001", "1002", "1003", "1003", "B"))),
    "reference.key_map.all.20260901.1.csv": map_of(("sku", "wms", "1001", "A"), ("sku", "wms", "1004", "Z")),
}


@pytest.fixture
def workspace(tmp_path):
    made = make_workspace(tmp_path / "demo", sample=False)
    for name, content in FILES.items():
        (made.inbox / name).write_text(content, encoding="utf-8")
    return made


def ask(workspace, sql: str) -> list[tuple]:
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_keys_that_no_map_knows_are_listed_with_the_rows_that_use_them(workspace):
    load_and_build(workspace, "key_exception")
    asked = "select source_id, problem, row_count, contracts from marts.key_exception order by all"
    assert ask(workspace, asked) == [
        ("1002", "unmatched", 1, "warehouse.outbound_line"),
        ("1003", "unmatched", 2, "warehouse.outbound_line"),
        ("1004", "unknown_target", 0, None),
    ]
    late = workspace.inbox / "reference.key_map.all.20260902.1.csv"
    late.write_text(map_of(("sku", "wms", "1003", "B"), ("sku", "wms", "1002", "A"), at="2026-09-02"), encoding="utf-8")
    # Another key for a thing changes rows of any age, so nothing may be left as it stands.
    assert not load_and_build(workspace, "key_exception")
    assert ask(workspace, asked) == [
        ("1002", "conflict", 1, "warehouse.outbound_line"),
        ("1004", "unknown_target", 0, None),
    ]
    assert ask(workspace, "select sku_id from known.warehouse__outbound_line order by 1") == [
        ("1002",), ("A",), ("B",), ("B",), ("B",),
    ]  # fmt: skip


def test_a_replay_uses_the_map_of_its_day_and_masters_are_looked_for_in_our_keys(workspace):
    with open_warehouse(workspace, load_settings(workspace.settings_file), "test") as connection:
        create_warehouse(connection)
        ingest_files(connection, inbox_files(workspace.inbox), (), CLOCK)
        missing = "select columns, rows, keys from control.missing_master where contract = 'warehouse.outbound_line'"
        assert connection.execute(missing).fetchall() == [("sku_id", 3, 2)]
        late = workspace.inbox / "reference.key_map.all.20260910.1.csv"
        late.write_text(map_of(("sku", "wms", "1003", "B"), at="2026-09-10"), encoding="utf-8")
        ingest_files(connection, [late], (), CLOCK)
        check_references(connection)
        assert connection.execute(missing).fetchall() == [("sku_id", 1, 1)]
        seen = "select list(distinct sku_id order by sku_id) from known.warehouse__outbound_line"
        create_known_views(connection, datetime.fromisoformat("2026-09-05T00:00:00+08:00"))
        assert connection.execute(seen).fetchall() == [(["1002", "1003", "A", "B"],)]
        create_known_views(connection, latest_known(connection))
        assert connection.execute(seen).fetchall() == [(["1002", "A", "B"],)]


def test_a_quantity_in_packs_finds_the_packs_of_a_sku_by_the_key_of_its_system(workspace):
    packs = "sku_id,uom,ratio_numerator,ratio_denominator,updated_at\nA,case,12,1,2026-09-01\n"
    order = "po_line_id,po_id,line_no,sku_id,ordered_qty,ordered_qty_unit,source_system,updated_at\n"
    with open_warehouse(workspace, load_settings(workspace.settings_file), "test") as connection:
        create_warehouse(connection)
        for name, content in (
            ("product.sku_uom.all.20260901.1.csv", packs),
            ("reference.key_map.all.20260901.1.csv", FILES["reference.key_map.all.20260901.1.csv"]),
            ("procurement.purchase_order_line.all.20260901.1.csv", order + "L,P,1,1001,2,case,wms,2026-09-01\n"),
        ):
            path = workspace.inbox / name
            path.write_text(content, encoding="utf-8")
            [outcome] = ingest_files(connection, [path], (), CLOCK)
            assert outcome.status == "loaded" and not outcome.rows_quarantined, json.dumps(outcome.reason)
        assert connection.execute("select ordered_qty from raw.procurement__purchase_order_line").fetchall() == [(24,)]
