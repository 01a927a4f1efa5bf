"""The past in a file of its own: what was known then, whatever came after."""

import shutil
from datetime import datetime, timedelta

import duckdb
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.rebuild import RebuildError, rebuild
from pipelines.settings import load_settings


@pytest.fixture(scope="module")
def day_before(loop) -> datetime:
    with duckdb.connect(str(loop.workspace.root / "day_before.duckdb"), read_only=True) as connection:
        return connection.execute("select as_of from control.latest").fetchone()[0]


@pytest.fixture(scope="module")
def past(loop, day_before, tmp_path_factory):
    file = tmp_path_factory.mktemp("past") / "past.duckdb"
    return file, rebuild(loop.workspace, loop.settings, day_before, file)


def test_the_marts_of_a_day_come_out_as_they_were_although_a_day_has_passed(loop, past, day_before):
    file, rebuilt = past
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"attach '{loop.workspace.root / 'day_before.duckdb'}' as yesterday (read_only)")
        connection.execute(f"attach '{loop.workspace.warehouse}' as today (read_only)")
        marts = [
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'past' "
                "and table_name not in ('as_of', 'not_known')"
            ).fetchall()
        ]
        assert len(marts) == rebuilt.marts > 8
        moved = [name for name in marts if _differ(connection, name, "today")]
        assert {"demand_history", "inventory_position", "replenishment_input"} <= set(moved), "a day changes them"
        assert [name for name in marts if _differ(connection, name, "yesterday")] == []
        assert connection.execute("from past.as_of").fetchall() == [(day_before,)]


def _differ(connection: duckdb.DuckDBPyConnection, mart: str, where: str) -> bool:
    ours, theirs = f'past."{mart}"', f'{where}.marts."{mart}"'
    [(rows,)] = connection.execute(
        f"select count(*) from ((from {ours} except all from {theirs}) "
        f"union all (from {theirs} except all from {ours}))"
    ).fetchall()
    return rows > 0


def test_looking_back_changes_nothing_in_the_workspace(loop, past, day_before, tmp_path):
    before = sorted((path.name, path.stat().st_mtime_ns) for path in loop.workspace.root.glob("*"))
    with pytest.raises(RebuildError, match="Name a later instant"):
        rebuild(loop.workspace, loop.settings, day_before - timedelta(days=900), tmp_path / "none.duckdb")
    file, _ = past
    with pytest.raises(RebuildError, match="--overwrite"):
        rebuild(loop.workspace, loop.settings, day_before, file)
    after = sorted((path.name, path.stat().st_mtime_ns) for path in loop.workspace.root.glob("*"))
    assert [name for name, _ in after] == [name for name, _ in before]
    assert not (tmp_path / "none.duckdb").exists()


def test_what_only_later_versions_tell_is_listed_as_not_known(loop, day_before, tmp_path):
    workspace = type(loop.workspace)(tmp_path / "copied")
    shutil.copytree(loop.workspace.root, workspace.root, ignore=shutil.ignore_patterns("inbox", "published", ".*"))
    with duckdb.connect(str(workspace.warehouse)) as connection:
        # as if the exports had begun today: of yesterday's orders only today's version was ever delivered
        connection.execute("delete from history.order__sales_order")
        [(rows,)] = connection.execute(
            "select count(*) from raw.order__sales_order where known_at <= $1 and updated_at > $1", [day_before]
        ).fetchall()
    file = tmp_path / "past.duckdb"
    arguments = ["-w", str(workspace.root), "as-of", day_before.isoformat(), str(file)]
    shown = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    assert f"not known of {rows} rows of order.sales_order: " in shown.output
    with duckdb.connect(str(file), read_only=True) as connection:
        found = connection.execute("select contract, rows, columns from not_known").fetchall()
    assert [("order.sales_order", rows)] == [line[:2] for line in found]
    assert "status" in found[0][2]


def test_a_workspace_that_loaded_nothing_says_what_to_do(tmp_path, loop, day_before):
    empty = type(loop.workspace)(tmp_path)
    (tmp_path / "supplyloop.toml").write_text('tenant_id = "t"\n')
    with pytest.raises(RebuildError, match="supplyloop run"):
        rebuild(empty, load_settings(empty.settings_file), day_before, tmp_path / "x.duckdb")
