"""Generated files are current, and the generated dbt test finds the rows that break a contract."""

import json
import shutil

import duckdb
import pytest

from contracts import render, table
from contracts.render import REPOSITORY, SOURCES

PROJECT = """
name: honours
version: "1.0"
profile: honours
"""

PROFILES = """
honours:
  target: dev
  outputs: {dev: {type: duckdb, path: warehouse.duckdb, threads: 1}}
"""


def test_generated_files_are_current(capsys):
    assert render.main(["--check"]) == 0, capsys.readouterr().out


def test_check_finds_a_file_that_was_edited_by_hand(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(render, "REPOSITORY", tmp_path)
    assert render.main([]) == 0
    (tmp_path / "docs/contracts.md").write_text("edited")
    (tmp_path / SOURCES / "gone.yml").write_text("# Generated from contracts/inbox/gone.yaml")
    (tmp_path / SOURCES / "plan.yml").write_text("written by hand")
    capsys.readouterr()
    assert render.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "docs/contracts.md: differs from contracts/",
        "dbt_project/models/sources/gone.yml: has no source in contracts/",
        "run `python -m contracts.render` and commit what it writes",
    ]


@pytest.fixture
def dbt_project(tmp_path, monkeypatch):
    """A dbt project of nothing but the generated sources and their test, on a warehouse with two tables."""
    (tmp_path / "dbt_project.yml").write_text(PROJECT)
    (tmp_path / "profiles.yml").write_text(PROFILES)
    (tmp_path / "models").mkdir()
    for system in ("product", "order"):
        shutil.copy(REPOSITORY / SOURCES / f"{system}.yml", tmp_path / "models")
    shutil.copytree(REPOSITORY / "dbt_project/tests/generic", tmp_path / "tests/generic")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("create schema known")
        connection.execute("create schema control")
        connection.execute("create table control.tested as select 'passed' as load_id, 'order.order_event' as contract")
        for qualified in ("product.spu", "order.order_event"):
            described = table(qualified)
            columns = ", ".join(f"{c.name} {c.duckdb_type}" for c in described.all_columns)
            connection.execute(f"create table known.{described.raw_name} ({columns}, _load_id varchar default 'new')")
        connection.execute("""
            insert into known.product__spu (source_system, spu_id, lifecycle)
            values
                ('erp', 'honest', 'active'),
                ('erp', 'unknown to us', '__unknown__'),
                ('mall', 'honest', null)
        """)
        connection.execute("""
            insert into known.order__order_event
                (source_system, order_event_id, order_id, event_at, to_status)
            values
                ('erp', 'honest', 'o1', '2025-01-01 08:00:00+08', 'paid'),
                ('erp', 'twice', 'o1', '2025-01-01 08:00:00+08', 'paid'),
                ('erp', 'twice', 'o2', '2025-01-01 08:00:00+08', 'paid'),
                ('erp', 'broken', null, '2025-01-01 08:00:00+08', 'lost')
        """)
        # its delivery passed before: it is not looked at again
        connection.execute("""
            insert into known.order__order_event (source_system, order_event_id, to_status, _load_id)
            values ('erp', 'passed', 'lost', 'passed')
        """)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_dbt_finds_the_rows_that_break_a_contract_and_no_others(dbt_project):
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    test = [
        "--quiet",
        "test",
        "--store-failures",
        "--select",
        "source:product.spu",
        "source:order.order_event",
    ]
    folders = ["--project-dir", str(dbt_project), "--profiles-dir", str(dbt_project)]
    try:
        dbtRunner().invoke([*test, *folders])
    finally:
        DuckDBConnectionManager.close_all_connections()

    results = json.loads((dbt_project / "target/run_results.json").read_text())["results"]
    assert {r["unique_id"].split(".")[2]: r["status"] for r in results} == {
        "product__spu_honours_contract": "pass",
        "order__order_event_honours_contract": "fail",
    }
    with duckdb.connect(str(dbt_project / "warehouse.duckdb")) as connection:
        failures = connection.execute("""
            select order_event_id, reason
            from main_dbt_test__audit.order__order_event_honours_contract
            order by all
        """).fetchall()
    assert failures == [
        ("broken", "order_id is empty; to_status is lost"),
        ("twice", "key names 2 rows"),
    ]
    sources = json.loads((dbt_project / "target/manifest.json").read_text())["sources"]
    assert sources["source.honours.product.spu"]["config"]["meta"]["dagster"]["asset_key"] == [
        "raw",
        "product",
        "spu",
    ]
