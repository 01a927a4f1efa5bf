"""dbt in process: one parsed project per workspace, its events handed on as they come."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.kept_offset import kept_offset
from pipelines.lineage import Lineage
from pipelines.part_rows import part_rows
from pipelines.rehearsal import Rehearsal, UnrehearsedError, noting
from pipelines.settings import Settings
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
RESULTS = {"LogModelResult", "LogTestResult", "LogSeedResult", "LogSnapshotResult"}


class TransformationError(Exception):
    """dbt failed; the message names the models and tests and what they said."""


@dataclass(frozen=True)
class Pass:
    """One of the dbt passes of a cycle, in dbt's selection syntax.

    `tables` is the pass with its views as they stand: every table, the tests of tables, and those of views alone.
    """

    name: str
    select: str
    exclude: str | None
    tables: str

    @property
    def stage(self) -> str:
        """The stage of the cycle that the pass is."""
        return f"dbt_{self.name}"


@dataclass(frozen=True)
class Built:
    """dbt's result events in order, what failed, in words (None when nothing did), whether views were left, and names
    that dbt was asked for.
    """

    events: list[dict[str, Any]]
    error: str | None
    left_views: bool = False
    listed: Sequence[str] = ()


def _ancestors(of: str, kinds: str) -> str:
    return " ".join(f"+{tag},{kind}" for tag in of.split() for kind in kinds.split())


# What a decision reads, with all that it stands on; then what shows the decisions; then what only people read.
_DECIDING = "tag:planning tag:after_plan"
PLANNING = Pass(
    "planning",
    select=_ancestors(_DECIDING, "resource_type:model"),
    exclude="tag:after_plan",
    tables=_ancestors(_DECIDING, "config.materialized:table tag:of_views"),
)
AFTER_PLAN = Pass("after_plan", select="tag:after_plan", exclude=None, tables="tag:after_plan")
ANALYSIS = Pass(
    "analysis",
    select="resource_type:model",
    exclude="+tag:planning +tag:after_plan",
    tables="config.materialized:table tag:of_views",
)


def project_fingerprint() -> str:
    """A hash of every file of the dbt project and of the versions that read it."""
    digest = hashlib.sha256()
    for name in ("dbt-core", "dbt-duckdb", "duckdb"):
        digest.update(f"{name}={version(name)}".encode())
    for path in sorted(PROJECT.rglob("*")):
        if path.is_file() and path.suffix in {".sql", ".yml", ".yaml", ".md"} and "target" not in path.parts:
            digest.update(str(path.relative_to(PROJECT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def manifest(workspace: Workspace, settings: Settings) -> dict[str, Any]:
    """The parsed project as Dagster reads it; parsed anew only when a file of it changed."""
    return _read_manifest(_parsed_folder(workspace, settings) / "manifest.json")


@lru_cache(maxsize=4)
def _read_manifest(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _parsed_folder(workspace: Workspace, settings: Settings) -> Path:
    """Where the parsed project of this code lies. It names no workspace, so all workspaces share it."""
    folder = PROJECT / "target" / f"parsed-{project_fingerprint()[:16]}"
    if folder.exists():
        return folder
    aside = workspace.dbt_target / "parsing"
    shutil.rmtree(aside, ignore_errors=True)
    parsed = _invoke(workspace, settings, ["parse", "--target-path", str(aside)])
    if parsed.error:
        raise TransformationError(parsed.error)
    folder.parent.mkdir(exist_ok=True)
    staged = folder.with_name(f".{folder.name}-{os.getpid()}")
    shutil.copytree(aside, staged)
    with suppress(OSError):  # another process was first: its copy is the same
        staged.rename(folder)
    shutil.rmtree(staged, ignore_errors=True)
    return folder


def run_pass(
    workspace: Workspace,
    settings: Settings,
    which: Pass,
    sources: Sequence[str] = (),
    views_stand: bool = False,
    on_result: Callable[[dict[str, Any]], None] = lambda event: None,
    kept: Rehearsal | None = None,
) -> Built:
    """Build the models of a pass and run their tests; the caller holds the warehouse lock.

    Parameters
    ----------
    sources
        Contract tables (`order.sales_order`) whose source tests run as well: those that changed.
    views_stand
        Whether to leave the views as they are.
    kept
        What is to learn the pass, if later ones will go the same way.
    """
    # Nobody reads the artefacts of a pass, and writing the manifest costs a second.
    arguments = ["--no-write-json", "build", "--exclude-resource-type", "unit_test", *selection(which, views_stand)]
    arguments += [f"source:{name}" for name in sources]
    with noting() as asked:
        built = _invoke(workspace, settings, arguments, on_result)
    if kept is not None and not built.error:
        kept.learn(asked, built.events, sources)
    return replace(built, left_views=views_stand)


def repeat_pass(
    connections: Sequence[duckdb.DuckDBPyConnection],
    kept: Rehearsal,
    sources: Sequence[str] = (),
    read: Collection[str] | None = None,
    on_result: Callable[[dict[str, Any]], None] = lambda event: None,
) -> Built:
    """As `run_pass` with its views as they stand, by what dbt did before in this process: `kept` knows the sources.

    Where `read` names marts, those behind which none of them stands are left as they are, and so are their tests.

    Raises
    ------
    UnrehearsedError
        If dbt must do it. The pass is begun: its tables are to be built whole.
    """
    # As dbt's connections have it (`profiles.yml`).
    connection = connections[0]
    connection.execute("set preserve_insertion_order = true")
    try:
        return Built(repeat_nodes(connections, kept, kept.nodes(sources, read), on_result), None, left_views=True)
    finally:
        connection.execute("set preserve_insertion_order = false")


def repeat_nodes(
    connections: Sequence[duckdb.DuckDBPyConnection],
    kept: Rehearsal,
    nodes: Sequence[str],
    on_result: Callable[[dict[str, Any]], None] = lambda event: None,
) -> list[dict[str, Any]]:
    """As `repeat_pass`, of some nodes; tables are to keep the order of their rows meanwhile."""
    try:
        return kept.perform(connections, nodes, on_result)
    except UnrehearsedError:
        kept.forget()
        raise


def rehearsal(workspace: Workspace, settings: Settings, which: Pass) -> Rehearsal:
    """What this process keeps of the pass: its statements name no workspace, so all workspaces share it."""
    return _rehearsal(settings.model_dump_json(), _parsed_folder(workspace, settings), which)


@lru_cache(maxsize=8)
def _rehearsal(settings: str, parsed: Path, which: Pass) -> Rehearsal:
    return Rehearsal(Lineage.of(_read_manifest(parsed / "manifest.json")))


def selection(which: Pass, views_stand: bool = False) -> list[str]:
    """dbt's arguments for a pass; names that may follow are selected as well.

    A test belongs to the pass that builds the last of what it reads ("cautious").
    """
    excluded = ["--exclude", *which.exclude.split()] if which.exclude else []
    chosen = which.tables if views_stand else which.select
    return ["--indirect-selection", "cautious", *excluded, "--select", *chosen.split()]


def selected(workspace: Workspace, settings: Settings, which: Pass, views_stand: bool = False) -> list[str]:
    """Names of the models and tests that a pass builds and runs."""
    kinds = ["--resource-type", "model", "--resource-type", "test"]
    return _invoke(workspace, settings, ["ls", "--output", "name", *kinds, *selection(which, views_stand)]).listed


@lru_cache(maxsize=1)
def _parsed_project(folder: Path) -> Any:
    """dbt's own form of the parsed project: with it a pass need not parse again (4 s of a cold start)."""
    from dbt.contracts.graph.manifest import Manifest

    return Manifest.from_msgpack((folder / "partial_parse.msgpack").read_bytes())


def _invoke(
    workspace: Workspace,
    settings: Settings,
    arguments: list[str],
    on_result: Callable[[dict[str, Any]], None] = lambda event: None,
) -> Built:
    from dbt.cli.main import dbtRunner
    from google.protobuf.json_format import MessageToDict

    results: list[dict[str, Any]] = []

    def note(event: Any) -> None:
        if event.info.name in RESULTS:
            results.append(MessageToDict(event, preserving_proto_field_name=True))
            on_result(results[-1])

    parsed = None if "parse" in arguments else _parsed_project(_parsed_folder(workspace, settings))
    with _environment(workspace, settings):
        try:
            runner = dbtRunner(manifest=parsed, callbacks=[note])
            outcome = runner.invoke(_global_flags(workspace) + arguments)
        finally:
            _close_connections()
    listed = outcome.result if arguments[0] == "ls" and outcome.success else []
    return Built(results, None if outcome.success else _failures(outcome), listed=listed)


def _global_flags(workspace: Workspace) -> list[str]:
    return [
        "--quiet", "--no-use-colors", "--no-version-check", "--no-send-anonymous-usage-stats", "--no-print",
        # Its log file costs a fifth of a pass; failures are raised, results become Dagster's events.
        "--log-level", "none", "--log-level-file", "none", "--log-path", str(workspace.dbt_target / "logs"),
    ]  # fmt: skip


@contextmanager
def _environment(workspace: Workspace, settings: Settings) -> Iterator[None]:
    """What `dbt_project/profiles.yml` reads; put back afterwards, since a process may serve two workspaces."""
    offset = kept_offset(settings.business_timezone)
    wanted = {
        "DBT_PROJECT_DIR": str(PROJECT),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(workspace.dbt_target),
        "DO_NOT_TRACK": "1",
        "SUPPLYLOOP_WAREHOUSE": str(workspace.warehouse),
        "SUPPLYLOOP_MEMORY_LIMIT": settings.engine.memory_limit,
        "SUPPLYLOOP_THREADS": str(settings.engine.threads),
        "SUPPLYLOOP_PART_ROWS": str(part_rows(settings.engine)),
        "SUPPLYLOOP_SPILL": str(workspace.root / ".spill"),
        "SUPPLYLOOP_TIMEZONE": settings.business_timezone,
        "SUPPLYLOOP_KEPT_OFFSET": "" if offset is None else str(offset),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _close_connections() -> None:
    """dbt-duckdb keeps the file open after a run, which would shut everybody else out."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def _failures(outcome: Any) -> str:
    if outcome.exception is not None:
        return f"dbt stopped: {outcome.exception}"
    failed = [r for r in outcome.result.results if r.status in ("error", "fail", "runtime error")]
    lines = [f"{r.node.name}: {_reason(r.message) or r.status}" for r in failed]
    return f"dbt: {len(failed)} models or tests failed\n  " + "\n  ".join(lines[:20])


def _reason(message: str | None) -> str:
    """The first line of what was said; before it dbt says only in which file."""
    said = [line.strip() for line in (message or "").splitlines() if line.strip()]
    return next((line for line in said if " Error in " not in line), said[0] if said else "")


def write_docs(workspace: Workspace, settings: Settings, folder: Path) -> str:
    """Write the static documentation of the dbt project into `folder`; returns its first page."""
    from pipelines.warehouse import warehouse_lock

    with warehouse_lock(workspace, "docs"):
        built = _invoke(workspace, settings, ["docs", "generate", "--static"])
    if built.error:
        raise TransformationError(built.error)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "index.html"
    shutil.copyfile(workspace.dbt_target / "static_index.html", page)
    return str(page)
