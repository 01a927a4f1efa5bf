"""Workspaces on the export of a tiny world, and one turn of the loop in them."""

import hashlib
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from pipelines.cycle import Cycle
from pipelines.initialise import initialise
from pipelines.runner import Run, run_job
from pipelines.settings import load_settings
from pipelines.workspace import Workspace
from simulator.parameters import Parameters

LOADED_AT = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


def on_a_small_scale(parameters: Parameters) -> Parameters:
    """The world with suppliers who take small orders for little."""
    suppliers = tuple(
        replace(one, min_amount=one.min_amount / 40, order_cost=one.order_cost / 40, moq_cases=1)
        for one in parameters.suppliers
    )
    return replace(parameters, suppliers=suppliers)


@cache
def exported() -> Workspace:
    """What a tiny world exports after sixty days and its planners' policy; made once, never changed.

    Its stock is ample: a shortage must cost much before any order is worth its supplier's minimum.
    """
    folder = Path(tempfile.mkdtemp(prefix="supplyloop-tiny-"))
    list(initialise(folder, "tiny", "Asia/Shanghai", (), "tiny", None))
    targets = folder / "policy" / "service_target.csv"
    targets.write_text(targets.read_text(encoding="utf-8").replace(",,plan,", ",2000.0000,plan,"), encoding="utf-8")
    return Workspace.at(folder)


def make_workspace(folder: Path, sample: bool = True) -> Workspace:
    """A workspace in `folder`, with the tiny world's export in its inbox unless told otherwise."""
    list(initialise(folder, "demo", "Asia/Shanghai", (), None, None))
    workspace = Workspace.at(folder)
    if sample:
        for name in ("inbox", "policy"):
            shutil.copytree(exported().root / name, workspace.root / name, dirs_exist_ok=True)
    text = workspace.settings_file.read_text(encoding="utf-8")
    # Tests write their files whole, a moment before the run.
    workspace.settings_file.write_text(text.replace("quiet_seconds = 10", "quiet_seconds = 0"), encoding="utf-8")
    return workspace


def turn(workspace: Workspace, job: str = "daily_plan", **options: object) -> Run:
    """One turn of the loop in this process."""
    cycle = Cycle(workspace, load_settings(workspace.settings_file), LOADED_AT, **options)
    return run_job(cycle, job)


def table_hashes(
    workspace: Workspace, schemas: tuple[str, ...] = ("raw", "history", "marts", "plan")
) -> dict[str, str]:
    """Order-independent hash of every table, without the instants at which rows were loaded."""
    hashes = {}
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where list_contains(?, schema_name)",
            [list(schemas)],
        ).fetchall()
        for schema, table in tables:
            columns = connection.execute(f'describe "{schema}"."{table}"').fetchall()
            kept = [f'"{name}"' for name, *_ in columns if name not in ("_first_loaded_at", "_last_changed_at")]
            rows = connection.execute(f'select {", ".join(kept)} from "{schema}"."{table}" order by all').fetchall()
            hashes[f"{schema}.{table}"] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return hashes
