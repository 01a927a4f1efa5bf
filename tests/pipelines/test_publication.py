"""A publication is whole or it is not there: with real files, real processes, and a kill at every step."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.publication import (
    PublicationError,
    current_publication,
    export,
    leased_publication,
    object_path,
    prune,
    publish,
)
from pipelines.settings import Settings
from pipelines.workspace import Workspace

ROOT = Path(__file__).parents[2]
AS_OF = datetime(2026, 11, 1, 6, tzinfo=UTC)
PUBLISHED_AT = datetime(2026, 11, 1, 7, tzinfo=UTC)
SETTINGS = Settings(tenant_id="tenant")


@pytest.fixture
def workspace(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.create_folders()
    return workspace


@pytest.fixture
def warehouse(workspace):
    with duckdb.connect(str(workspace.warehouse)) as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'")
        connection.execute("create schema marts")
        _fill(connection, 1)
        yield connection


def _fill(connection, cycle):
    """Two marts that name their cycle, and a third that never changes."""
    connection.execute(
        "create or replace table marts.position as "
        f"select 'SKU' || i as sku, ({cycle} + i / 4)::decimal(18,4) as quantity, {cycle} as cycle "
        "from range(50) r(i)"
    )
    connection.execute(f"create or replace table marts.health as select {cycle} as cycle")
    connection.execute("create or replace table marts.calendar as select date '2026-11-01' as ds")


def _publish(warehouse, workspace, as_of=AS_OF, published_at=PUBLISHED_AT):
    return publish(warehouse, workspace, "tenant", as_of, published_at)


def _files(workspace):
    """Every file of `published/` with what a rewrite would change."""
    return {
        str(path.relative_to(workspace.published)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in workspace.published.rglob("*")
        if path.is_file()
    }


def _read(workspace, mart):
    return duckdb.read_parquet(str(object_path(workspace, mart))).fetchall()


class TestWhatIsPublished:
    def test_every_mart_is_there_with_its_rows_in_total_order(self, warehouse, workspace):
        warehouse.execute(
            "create or replace table marts.position as from (values ('b', 2), ('a', 9), ('a', 1)) t(sku, quantity)"
        )

        publication = _publish(warehouse, workspace)

        assert list(publication.marts) == ["calendar", "health", "position"]
        assert publication.marts["position"].rows == 3
        assert publication.marts["position"].columns == {"sku": "VARCHAR", "quantity": "INTEGER"}
        assert _read(workspace, publication.marts["position"]) == [("a", 1), ("a", 9), ("b", 2)]

    def test_the_manifest_on_disk_is_the_publication(self, warehouse, workspace):
        publication = _publish(warehouse, workspace)

        assert current_publication(workspace) == publication
        manifest = json.loads((workspace.published / f"{publication.publication_id}.json").read_text())
        assert manifest["publication_id"] == publication.publication_id
        assert manifest["as_of"] == "2026-11-01T06:00:00+00:00"
        assert manifest["engine"] == f"duckdb {duckdb.__version__}"
        assert manifest["contracts"]["order"] == "1.0"

    def test_wide_integers_reach_readers_as_integers(self, warehouse, workspace):
        warehouse.execute(
            "create table marts.wide as "
            "select sum(i) as total, (sum(i) * 1000000000000000000000)::hugeint as huge, "
            "null::hugeint as unknown from range(10) r(i)"
        )

        mart = _publish(warehouse, workspace).marts["wide"]

        assert mart.columns == {"total": "BIGINT", "huge": "DECIMAL(38,0)", "unknown": "BIGINT"}
        assert _read(workspace, mart) == [(45, 45 * 10**21, None)]

    def test_types_that_readers_could_not_tell_become_text(self, warehouse, workspace):
        warehouse.execute(
            "create table marts.texts as select "
            "'6b1c5b5e-0000-4000-8000-000000000000'::uuid as id, '{\"a\":1}'::json as extra, "
            "'x'::enum('x') as kind"
        )

        mart = _publish(warehouse, workspace).marts["texts"]

        assert set(mart.columns.values()) == {"VARCHAR"}
        assert _read(workspace, mart) == [("6b1c5b5e-0000-4000-8000-000000000000", '{"a":1}', "x")]

    @pytest.mark.parametrize("value", ["interval 1 day", "[1::hugeint]", "{'a': uuid()}"])
    def test_a_type_that_readers_would_see_otherwise_is_refused(self, warehouse, workspace, value):
        first = _publish(warehouse, workspace)
        warehouse.execute(f"create table marts.odd as select {value} as strange")

        with pytest.raises(PublicationError, match=r"mart 'odd', column 'strange'.*Cast it in the model"):
            _publish(warehouse, workspace)

        assert current_publication(workspace) == first
        assert not list(workspace.published.rglob("*.part"))

    def test_an_empty_mart_is_published_empty(self, warehouse, workspace):
        warehouse.execute("create table marts.nothing (sku varchar, quantity decimal(18,4))")

        mart = _publish(warehouse, workspace).marts["nothing"]

        assert (mart.rows, _read(workspace, mart)) == (0, [])

    def test_a_schema_without_tables_is_refused(self, warehouse, workspace):
        with pytest.raises(PublicationError, match="schema 'plan' has no tables"):
            publish(warehouse, workspace, "tenant", AS_OF, PUBLISHED_AT, schema="plan")

    def test_an_instant_without_a_zone_is_refused(self, warehouse, workspace):
        with pytest.raises(ValueError, match="as_of must have a time zone"):
            _publish(warehouse, workspace, as_of=datetime(2026, 11, 1))


class TestPublishingAgain:
    def test_publishing_the_same_content_twice_touches_no_file(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        files = _files(workspace)

        again = _publish(warehouse, workspace, published_at=PUBLISHED_AT + timedelta(hours=5))

        assert again == first
        assert _files(workspace) == files

    def test_the_order_in_which_rows_were_inserted_does_not_matter(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        warehouse.execute("create or replace table marts.position as from marts.position order by sku desc")

        assert _publish(warehouse, workspace) == first

    def test_an_unchanged_mart_is_not_written_again(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        before = object_path(workspace, first.marts["calendar"]).stat()
        _fill(warehouse, 2)

        second = _publish(warehouse, workspace)

        after = object_path(workspace, second.marts["calendar"]).stat()
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
        assert second.marts["calendar"] == first.marts["calendar"]
        assert second.marts["health"] != first.marts["health"]

    def test_the_same_marts_at_another_as_of_are_another_publication(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        second = _publish(warehouse, workspace, as_of=AS_OF + timedelta(days=1))

        assert second.publication_id > first.publication_id
        assert second.marts == first.marts

    def test_ids_rise_also_when_old_content_comes_back(self, warehouse, workspace):
        ids = []
        for cycle in (1, 2, 1, 3, 1):
            _fill(warehouse, cycle)
            ids.append(_publish(warehouse, workspace).publication_id)

        assert ids == sorted(set(ids))

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            # Pairs that DuckDB's hash() takes for equal.
            ("null::varchar[]", "[]::varchar[]"),
            ("[]::varchar[]", "[null]::varchar[]"),
            ("0::hugeint", "(-1)::hugeint"),
            ("0::decimal(38,4)", "(-0.0001)::decimal(38,4)"),
            ("{'a': null::int}", "null::struct(a int)"),
            # Pairs that text could take for equal.
            ("null::varchar", "''"),
            ("['a, b']", "['a', 'b']"),
            ("['NULL']", "[null]::varchar[]"),
            ("1::decimal(18,4)", "1::decimal(18,2)"),
            ("1::integer", "1::bigint"),
        ],
    )
    def test_a_changed_value_is_always_noticed(self, warehouse, workspace, before, after):
        warehouse.execute(f"create or replace table marts.one as select {before} as value")
        first = _publish(warehouse, workspace)
        warehouse.execute(f"create or replace table marts.one as select {after} as value")

        assert _publish(warehouse, workspace).marts["one"] != first.marts["one"]

    def test_two_rows_that_swap_a_column_are_noticed(self, warehouse, workspace):
        """Over many pairs: an XOR of linear hashes would miss every one of them."""
        warehouse.execute("create table marts.pair as select i as sku, i % 2 = 0 as held from range(2000) r(i)")
        first = _publish(warehouse, workspace)
        warehouse.execute("update marts.pair set held = not held")

        assert _publish(warehouse, workspace).marts["pair"] != first.marts["pair"]

    def test_a_row_that_comes_twice_is_noticed(self, warehouse, workspace):
        warehouse.execute("create table marts.twice as from (values (1), (1), (2), (3)) t(sku)")
        first = _publish(warehouse, workspace)
        warehouse.execute("create or replace table marts.twice as from (values (2), (2), (2), (3)) t(sku)")

        assert _publish(warehouse, workspace).marts["twice"] != first.marts["twice"]

    def test_a_lost_object_is_written_again(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        object_path(workspace, first.marts["health"]).unlink()

        assert _publish(warehouse, workspace) == first
        assert object_path(workspace, first.marts["health"]).exists()

    def test_a_damaged_pointer_is_named_to_readers_and_mended_by_publishing(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        (workspace.published / "current.json").write_text("{")

        with pytest.raises(PublicationError, match=r"current.json is damaged"):
            current_publication(workspace)
        assert _publish(warehouse, workspace).publication_id > first.publication_id


class TestReading:
    def test_before_the_first_publication_the_reader_is_told_what_to_do(self, workspace):
        assert current_publication(workspace) is None
        with (
            pytest.raises(PublicationError, match=r"nothing is published .* `supplyloop run`"),
            leased_publication(workspace),
        ):
            pass

    def test_a_publication_that_lost_an_object_is_not_opened(self, warehouse, workspace):
        publication = _publish(warehouse, workspace)
        object_path(workspace, publication.marts["health"]).unlink()

        with pytest.raises(PublicationError, match="is missing"), leased_publication(workspace):
            pass
        assert not list((workspace.published / "leases").iterdir())

    def test_readers_see_one_publication_whole_while_others_are_published(self, warehouse, workspace):
        _publish(warehouse, workspace)
        readers = [_python(_POLL, workspace) for _ in range(4)]
        try:
            for reader in readers:
                assert reader.stdout.readline() == "reading\n"
            started = time.monotonic()
            for cycle in range(2, 32):
                if time.monotonic() - started > 10:  # a busy machine: fewer will do
                    break
                _fill(warehouse, cycle)
                _publish(warehouse, workspace, published_at=PUBLISHED_AT + timedelta(minutes=3 * cycle))
                prune(workspace, PUBLISHED_AT + timedelta(minutes=3 * cycle))
                time.sleep(max(0.0, started + 0.15 * (cycle - 1) - time.monotonic()))
        finally:
            (workspace.root / "stop").touch()
            reports = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]

        opened = [seconds for report in reports for seconds in report["seconds"]]
        seen = [id_ for report in reports for id_ in report["ids"]]
        p95 = sorted(opened)[int(0.95 * len(opened))]
        print(f"{cycle} publications, {len(opened)} opens, p95 {p95 * 1000:.0f} ms")
        assert sum(report["failed"] for report in reports) == 0
        assert sum(report["mixed"] for report in reports) == 0
        assert all(report["ids"] == sorted(report["ids"]) for report in reports)
        assert len(set(seen)) > 2
        assert sorted(opened)[len(opened) // 2] < 1.0


# Polls until told to stop: each time one open, and whether all marts tell the same cycle.
_POLL = """
import json, pathlib, sys, time
from pipelines.publication import PublicationError
from pipelines.query import QueryError, open_publication
from pipelines.settings import Settings
from pipelines.workspace import Workspace

workspace = Workspace(pathlib.Path(sys.argv[1]))
settings = Settings(tenant_id="tenant")
seconds, ids, failed, mixed = [], [], 0, 0
print("reading", flush=True)
while not (workspace.root / "stop").exists():
    try:
        started = time.perf_counter()
        with open_publication(workspace, settings) as reader:
            seconds.append(time.perf_counter() - started)
            _, rows = reader.rows("select cycle from position union select cycle from health", 10)
            ids.append(reader.publication.publication_id)
            mixed += len(rows) != 1
    except (PublicationError, QueryError, OSError) as error:
        print(error, file=sys.stderr)
        failed += 1
    time.sleep(0.02)
print(json.dumps({"seconds": seconds, "ids": ids, "failed": failed, "mixed": mixed}))
"""


def _python(program, workspace, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", program, str(workspace.root), *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )


# For every number read from its input, a child publishes and dies at that step; a step makes something
# durable or visible. Prints how each ended. Forked, because importing anew takes seconds each.
_DIE = """
import os, pathlib, signal, sys
from datetime import datetime
import duckdb
import pyarrow.dataset
from contracts import inbox
from pipelines.publication import publish
from pipelines.workspace import Workspace

workspace = Workspace(pathlib.Path(sys.argv[1]))
as_of, published_at = map(datetime.fromisoformat, ("2026-11-01T06:00:00Z", "2026-11-01T08:00:00Z"))
inbox()
steps = 0

def dying(call, fatal):
    def step(*arguments, **named):
        global steps
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)
    return step

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        os.fsync, os.replace = dying(os.fsync, int(line)), dying(os.replace, int(line))
        with duckdb.connect(str(workspace.warehouse)) as connection:
            publish(connection, workspace, "tenant", as_of, published_at)
        os._exit(steps)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


class TestKilled:
    def test_killed_at_any_step_the_last_publication_stands_and_a_rerun_publishes(self, workspace):
        def build(cycle):
            with duckdb.connect(str(workspace.warehouse)) as connection:
                connection.execute("create schema if not exists marts")
                _fill(connection, cycle)

        def rerun():
            with duckdb.connect(str(workspace.warehouse)) as connection:
                return _publish(connection, workspace)

        def contents():
            with leased_publication(workspace) as publication:
                return {name: _read(workspace, mart) for name, mart in publication.marts.items()}

        build(1)
        ids = [rerun().publication_id]
        last = contents()
        publisher = _python(_DIE, workspace)
        step, ended = 0, -signal.SIGKILL
        while ended == -signal.SIGKILL:
            step += 1
            build(step + 1)
            print(step, file=publisher.stdin, flush=True)
            ended = int(publisher.stdout.readline())

            seen = contents()
            assert seen == last or {seen["health"][0][0], *(row[2] for row in seen["position"])} == {step + 1}
            published = rerun()
            assert current_publication(workspace) == published
            last = contents()
            assert last["health"] == [(step + 1,)]
            ids.append(published.publication_id)
        publisher.communicate()

        assert ended == step - 1 > 10  # every step had its kill
        assert ids == sorted(set(ids))
        prune(workspace, PUBLISHED_AT + timedelta(days=1))
        assert set(_files(workspace)) == {
            "current.json",
            f"{ids[-1]}.json",
            *(f"objects/{mart.object}" for mart in published.marts.values()),
        }

    def test_a_failed_write_leaves_the_last_publication_and_no_scraps(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        _fill(warehouse, 2)
        warehouse.execute("create table marts.zz_too_wide as select 170141183460469231731687303715884105727 as n")

        with pytest.raises(PublicationError, match=r"mart 'zz_too_wide'.*The last publication stands"):
            _publish(warehouse, workspace)

        assert current_publication(workspace) == first
        assert not list(workspace.published.rglob("*.part"))


class TestPruning:
    HOUR = timedelta(hours=1)

    def _three(self, warehouse, workspace):
        """Published at 7, 8 and 9 o'clock."""
        publications = []
        for cycle in (1, 2, 3):
            _fill(warehouse, cycle)
            at = PUBLISHED_AT + (cycle - 1) * self.HOUR
            publications.append(_publish(warehouse, workspace, published_at=at))
        return publications

    def test_a_replaced_publication_stays_for_an_hour(self, warehouse, workspace):
        first, second, third = self._three(warehouse, workspace)

        assert prune(workspace, PUBLISHED_AT + timedelta(minutes=119)) == []
        assert prune(workspace, PUBLISHED_AT + timedelta(minutes=120)) == [first.publication_id]
        assert prune(workspace, PUBLISHED_AT + timedelta(minutes=179)) == []
        assert prune(workspace, PUBLISHED_AT + timedelta(minutes=180)) == [second.publication_id]
        assert prune(workspace, PUBLISHED_AT + timedelta(days=365)) == []
        assert current_publication(workspace) == third
        assert {p.name for p in (workspace.published / "objects").iterdir()} == {
            mart.object for mart in third.marts.values()
        }

    def test_a_leased_publication_stays_until_the_reader_is_done(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        with leased_publication(workspace) as leased:
            self._three(warehouse, workspace)
            assert first.publication_id not in prune(workspace, PUBLISHED_AT + timedelta(days=1))
            assert _read(workspace, leased.marts["health"]) == [(1,)]

        assert prune(workspace, PUBLISHED_AT + timedelta(days=1)) == [first.publication_id]
        assert not list((workspace.published / "leases").iterdir())

    def test_the_lease_of_a_killed_reader_keeps_nothing(self, warehouse, workspace):
        first = _publish(warehouse, workspace)
        reader = _python(_LEASE, workspace)
        assert reader.stdout.readline() == f"{first.publication_id}\n"
        self._three(warehouse, workspace)
        removed_before = prune(workspace, PUBLISHED_AT + timedelta(days=1))
        os.kill(reader.pid, signal.SIGKILL)
        reader.communicate()

        assert first.publication_id not in removed_before
        assert prune(workspace, PUBLISHED_AT + timedelta(days=1)) == [first.publication_id]
        assert not list((workspace.published / "leases").iterdir())


_LEASE = """
import pathlib, sys, time
from pipelines.publication import leased_publication
from pipelines.workspace import Workspace

with leased_publication(Workspace(pathlib.Path(sys.argv[1]))) as publication:
    print(publication.publication_id, flush=True)
    time.sleep(60)
"""


class TestExport:
    def test_an_export_holds_every_mart_and_says_what_it_is(self, warehouse, workspace, tmp_path):
        warehouse.execute("comment on table marts.health is 'Each row is a cycle''s health.'")
        publication = _publish(warehouse, workspace)

        assert export(workspace, SETTINGS, tmp_path / "out.duckdb") == publication

        with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as exported:
            for name in publication.marts:
                expected = warehouse.execute(f"from marts.{name} order by all").fetchall()
                assert exported.execute(f"from {name}").fetchall() == expected
            assert exported.execute(
                "select publication_id, tenant_id, as_of = timestamptz '2026-11-01 06:00:00+00' from publication"
            ).fetchall() == [(publication.publication_id, "tenant", True)]
            comments = dict(
                exported.execute("select table_name, comment from duckdb_tables() where comment is not null").fetchall()
            )
            assert comments["health"] == "Each row is a cycle's health."
            assert "publication" in comments
        assert [path.name for path in tmp_path.glob("*out.duckdb*")] == ["out.duckdb"]

    def test_an_existing_file_is_overwritten_only_when_told(self, warehouse, workspace, tmp_path):
        publication = _publish(warehouse, workspace)
        file = tmp_path / "out.duckdb"
        file.write_text("precious")

        with pytest.raises(PublicationError, match="exists already"):
            export(workspace, SETTINGS, file)
        assert file.read_text() == "precious"

        assert export(workspace, SETTINGS, file, overwrite=True) == publication
        with duckdb.connect(str(file), read_only=True) as exported:
            assert exported.execute("select cycle from health").fetchall() == [(1,)]

    def test_a_missing_folder_is_named(self, warehouse, workspace, tmp_path):
        _publish(warehouse, workspace)
        with pytest.raises(PublicationError, match="is no folder"):
            export(workspace, SETTINGS, tmp_path / "nowhere" / "out.duckdb")
