"""All marts of a bulk export: built whole, then again after each of the last days. Seconds, memory and spill.

python -m benchmarks twin_bulk --days 42 --daily 3 --folder FOLDER
python -m benchmarks mart_build --folder FOLDER [--workspace DIR] [--days 3] [--memory-limit 2500MB]
    [--day-memory-limit 1000MB] [--slowest 15]
python -m benchmarks mart_build --workspace DIR --again --memory-limit 1GB

The second keeps the workspace if one is named; the third builds all its marts whole once more, under another limit.

Rows go from the export's Parquet straight into `raw`, stamped as ingestion stamps them: to judge and merge 350 million
rows takes an hour and is measured elsewhere (`ingest_speed`). Each of the last `--daily` days is a delivery of its own:
all rows that were written or changed on it, which replace what they tell again. No plan is made: the marts that show
one are built on empty tables. Loading and building each have a process of their own, so that each has its own peak of
memory.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import re
import resource
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from contracts.model import Table
from pipelines.cycle import Cycle, current_as_of
from pipelines.increment import finish_increment, prepare_increment
from pipelines.ingestion.delivery import NAME, inbox_files
from pipelines.ingestion.ingest import ingest_files
from pipelines.ingestion.schema import contract_tables, create_warehouse, literal, quote, raw_columns
from pipelines.initialise import initialise
from pipelines.journal_tables import create_feedback_tables
from pipelines.known import create_known_views
from pipelines.planning.tables import create_plan_tables
from pipelines.settings import load_settings
from pipelines.transformation import AFTER_PLAN, ANALYSIS, PLANNING, manifest, run_pass
from pipelines.warehouse import SPILL
from pipelines.workspace import Workspace
from simulator.choice import choose
from simulator.exports.policy import write_policy
from simulator.world import World

PASSES = (PLANNING, AFTER_PLAN, ANALYSIS)
SAMPLED_EVERY = 0.05  # seconds
FEW = 300_000  # rows
LOADED_AT = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
EVER = datetime(2000, 1, 1, tzinfo=UTC)


def main() -> None:
    """Load, build, load a day more, build again; print the slowest models of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="what `twin_bulk --folder` left")
    parser.add_argument("--world", default="bulk", help="the world that the export is of: whose policy it is")
    parser.add_argument("--workspace", type=Path, help="where to leave the workspace; a temporary folder by default")
    parser.add_argument("--days", type=int, default=1, help="how many last days come one by one")
    parser.add_argument("--again", action="store_true", help="build whole what stands in --workspace, load nothing")
    parser.add_argument("--memory-limit", default="2500MB", help="what the engine may use before it spills")
    parser.add_argument("--day-memory-limit", help="the same for the last days; as for the whole by default")
    parser.add_argument("--slowest", type=int, default=15, help="models to name")
    asked = parser.parse_args()
    if asked.again:
        if asked.workspace is None or not Workspace(asked.workspace).warehouse.exists():
            parser.error("--again needs the --workspace that an earlier call filled")
        workspace = Workspace(asked.workspace)
        _limit(workspace, asked.memory_limit)
        _alone(_build, workspace, "whole", asked.slowest)
        return
    if asked.folder is None:
        parser.error("--folder is missing: the export to build")
    with tempfile.TemporaryDirectory() as folder:
        workspace = _workspace(asked.workspace or Path(folder), asked.world, asked.memory_limit)
        end = _delivered_last(asked.folder)
        instants = [end - timedelta(days=left) for left in range(asked.days, -1, -1)]
        for since, as_of in zip([None, *instants], instants, strict=False):
            _alone(_load, workspace, asked.folder, since, as_of)
            _limit(workspace, asked.day_memory_limit if since and asked.day_memory_limit else asked.memory_limit)
            _alone(_build, workspace, "one more day" if since else "whole", asked.slowest)


def _alone(do: Callable[..., None], *arguments: object) -> None:
    """Call `do` in a process of its own; this one opens no database, so that it can fork."""
    process = multiprocessing.get_context("fork").Process(target=do, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"error: {do.__name__.strip('_')} failed; see above.")


def _workspace(folder: Path, world: str, memory_limit: str) -> Workspace:
    list(initialise(folder, "benchmark", "Asia/Shanghai", (), None, None))
    workspace = Workspace(folder)
    _limit(workspace, memory_limit)
    write_policy(World.of(choose(world)), workspace.policy)
    return workspace


def _limit(workspace: Workspace, memory_limit: str) -> None:
    settings = workspace.settings_file.read_text(encoding="utf-8")
    settings = re.sub(r'memory_limit = "\w+"', f'memory_limit = "{memory_limit}"', settings)
    workspace.settings_file.write_text(settings, encoding="utf-8")


def _delivered_last(folder: Path) -> datetime:
    found = [_delivered_at(path) for path in folder.glob("*.parquet")]
    if not found:
        raise SystemExit(f"error: {folder} holds no export. Make one: python -m benchmarks twin_bulk --folder {folder}")
    return max(found)


def _delivered_at(path: Path) -> datetime:
    return datetime.strptime(f"{NAME.match(path.stem)['date']}+0800", "%Y%m%dT%H%M%S%z")


def _load(workspace: Workspace, folder: Path, since: datetime | None, as_of: datetime) -> None:
    """Put the deliveries from after `since` (None: ever) until `as_of` into the warehouse."""
    settings = load_settings(workspace.settings_file)
    began, rows = time.monotonic(), 0
    cycle = Cycle(workspace, settings, LOADED_AT)
    with cycle.warehouse.opened("benchmark") as connection:
        _create_tables(connection)
        ingest_files(connection, inbox_files(workspace.policy), (), cycle.clock)
        for path in sorted(folder.glob("*.parquet"), key=_delivered_at):
            if (since is None or _delivered_at(path) > since) and _delivered_at(path) <= as_of:
                rows += _copy(connection, path)
        for table in contract_tables().values():
            _retire(connection, table)
        replayed = create_known_views(connection, as_of)
    cycle.warehouse.release()
    if replayed:
        raise SystemExit(f"error: rows from after {as_of} are loaded: {', '.join(replayed)}")
    print(f"loaded {rows:,} rows: {time.monotonic() - began:.0f} s, {_cpu():.0f} CPU-s, {_peak():.2f} GB", flush=True)


def _create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    create_warehouse(connection)
    create_plan_tables(connection)
    create_feedback_tables(connection)


def _copy(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Append a file to its table; what a day's delivery tells again goes to the table's history."""
    system, name, *_ = path.name.split(".")
    table, delivered_at = contract_tables()[f"{system}.{name}"], _delivered_at(path)
    read = f"read_parquet({literal(str(path))}, file_row_number = true)"
    found = {column for column, *_ in connection.execute(f"describe from {read}").fetchall()}
    if "updated_at" in found and _is_of_a_day(path):
        key = " and ".join(f"newer.{quote(column)} = raw.{quote(column)}" for column in table.primary_key)
        again = f"where exists (select 1 from {read} as newer where {key})"
        connection.execute(f"insert into history.{table.raw_name} by name from raw.{table.raw_name} as raw {again}")
        connection.execute(f"delete from raw.{table.raw_name} as raw {again}")
    # Master data that say no instant were known before the first.
    told = [column for column in (table.known_at, table.event_time, "updated_at") if column in found]
    stamps = {
        "is_deleted": "coalesce(is_deleted, false)" if "is_deleted" in found else "false",
        "known_at": f"least({_instant(delivered_at)}, coalesce({', '.join([*told, _instant(EVER)])}))",
        "_line_no": "file_row_number + 2",
        "_load_id": literal(path.stem),
        "_first_loaded_at": _instant(LOADED_AT),
        "_last_changed_at": _instant(LOADED_AT),
    }
    columns = {name: stamps.get(name, quote(name)) for name in raw_columns(table) if name in found | stamps.keys()}
    [(rows,)] = connection.execute(
        f"insert into raw.{table.raw_name} ({', '.join(map(quote, columns))}) select {', '.join(columns.values())} "
        f"from {read}"
    ).fetchall()
    if rows:
        connection.execute(
            "insert into control.delivery by name select ? as load_id, ? as file_name, ? as contract, ? as system, "
            "? as table_name, 'loaded' as status, ? as rows_in, ? as rows_loaded, true as complete, "
            "?::timestamptz as extracted_at, ?::timestamptz as known_to, ?::timestamptz as loaded_at",
            [path.stem, path.name, table.qualified, system, name, rows, rows, *[delivered_at] * 3],
        )
    return rows


def _is_of_a_day(path: Path) -> bool:
    manifest = json.loads(path.with_name(path.name + ".manifest.json").read_text(encoding="utf-8"))
    began, ended = map(datetime.fromisoformat, manifest["window"])
    return ended - began <= timedelta(days=1)


def _retire(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Of a row told more than once the newest stands: of master data, since documents come in their last state."""
    raw = f"raw.{table.raw_name}"
    if connection.execute(f"select count(*) from {raw}").fetchone()[0] > FEW:
        return
    key = ", ".join(quote(name) for name in table.primary_key)
    newest_first = "updated_at desc nulls last, source_seq desc nulls last, _load_id desc, _line_no"
    connection.execute(
        f"create or replace temp table older as select rowid as row_no from {raw} "
        f"qualify row_number() over (partition by {key} order by {newest_first}) > 1"
    )
    connection.execute(f"insert into history.{table.raw_name} by name from {raw} where rowid in (from older)")
    connection.execute(f"delete from {raw} where rowid in (from older)")


def _instant(value: datetime) -> str:
    return f"timestamptz {literal(value.isoformat())}"


@dataclass
class Sampled:
    """Resident memory and spilled bytes of this process over time."""

    spill: Path
    samples: list[tuple[datetime, int, int]] = field(default_factory=list)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Sample until the block ends."""
        over = threading.Event()

        def take() -> None:
            while not over.wait(SAMPLED_EVERY):
                pages = int(Path("/proc/self/statm").read_text().split()[1])
                self.samples.append((datetime.now(UTC), pages * resource.getpagesize(), _bytes_in(self.spill)))

        sampler = threading.Thread(target=take)
        sampler.start()
        try:
            yield
        finally:
            over.set()
            sampler.join()

    def most(self, began: datetime, ended: datetime) -> tuple[float, float]:
        """The most memory and spill in GB between two instants: of all models that ran then together."""
        inside = [(memory, spill) for at, memory, spill in self.samples if began <= at <= ended]
        memory, spill = (max(values) for values in zip(*inside, strict=True)) if inside else (0, 0)
        return memory / 1024**3, spill / 1024**3


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:  # the engine has just taken it away
            continue
    return total


def _build(workspace: Workspace, title: str, slowest: int) -> None:
    settings = load_settings(workspace.settings_file)
    cycle = Cycle(workspace, settings, LOADED_AT, force=title == "whole")
    manifest(workspace, settings)  # parsed once per code, not once per build
    began, spent, sampled, nodes, error = time.monotonic(), _cpu(), Sampled(workspace.root / SPILL), [], None
    with sampled.taken():
        for which in PASSES:
            with cycle.warehouse.opened(which.stage) as connection:
                _create_tables(connection)  # a workspace that is built again may be of older code
                prepare_increment(connection, cycle, which.stage)
                built = run_pass(workspace, settings, which, views_stand=title != "whole")
                error = built.error
                if error is None:
                    finish_increment(connection, cycle, which.stage)
                as_of = current_as_of(connection)
                replaced = connection.execute("from control.replaced order by model").fetchall()
            nodes += [(which.name, node) for node in _run(built.events)]
            if error:
                break  # what was built until then is measured all the same
    seconds = time.monotonic() - began
    cycle.warehouse.release()
    ranked = sorted((_measured(name, node, sampled) for name, node in nodes), reverse=True)
    print(f"\n{title}{' until it failed' if error else ''}, as of {as_of:%Y-%m-%d}: {seconds:.1f} s, "
          f"{_cpu() - spent:.1f} CPU-s, peak {_peak():.2f} GB, "
          f"spill {max(spill for _, _, spill in sampled.samples) / 1024**3:.2f} GB, "
          f"warehouse {workspace.warehouse.stat().st_size / 1024**3:.1f} GB")  # fmt: skip
    for model, _, units in replaced:
        print(f"  {model}: " + ("whole" if units is None else f"{units:,} units replaced"))
    for kind in ("model", "test"):
        of_kind = [row for row in ranked if row[3] == kind]
        print(f"  {len(of_kind)} {kind}s: {sum(row[0] for row in of_kind):.1f} s, two at a time")
    for took, name, which, kind, memory, spill in ranked[:slowest]:
        print(f"  {took:7.2f} s  {memory:5.2f} GB  spill {spill:5.2f} GB  {which} {kind} {name}")
    if error:
        raise SystemExit(f"error: {error}")


def _run(events: Iterable[dict]) -> Iterator[dict]:
    """The nodes that ran; those behind a failed one did not."""
    for event in events:
        node = event["data"]["node_info"]
        if node.get("node_started_at") and node.get("node_finished_at"):
            yield node


def _measured(which: str, node: dict, sampled: Sampled) -> tuple[float, str, str, str, float, float]:
    began, ended = (
        datetime.fromisoformat(node[name]).replace(tzinfo=UTC) for name in ("node_started_at", "node_finished_at")
    )
    took = (ended - began).total_seconds()
    return took, node["node_name"], which, node["resource_type"], *sampled.most(began, ended)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
