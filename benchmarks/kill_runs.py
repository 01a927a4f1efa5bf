"""Kill runs of the whole loop at random moments and see that nothing is lost: ``python -m benchmarks.kill_runs``.

A workspace gets the files of the sample in five batches. Again and again a run is started and killed with
SIGKILL after uniform(0.02 s, 1.2 x the median run). After each kill the published marts are opened as a
reader would. In the end one run is left alone, and every table must equal, row for row, that of a workspace
that got the same batches and was never killed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.initialise import initialise
from pipelines.publication import current_publication, object_path
from pipelines.workspace import Workspace

BATCHES = 5
# When a row was loaded differs between any two workspaces.
INSTANTS_OF_LOADING = ("_first_loaded_at", "_last_changed_at", "loaded_at", "last_loaded_at", "first_seen")


def main() -> None:
    """Print, per kill, when it struck and what a reader saw; end with status 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    # Members are hashed by one key in both workspaces.
    os.environ["SUPPLYLOOP_PERSONAL_KEY"] = "00" * 32
    with tempfile.TemporaryDirectory() as folder:
        unharmed, killed = (_workspace(Path(folder) / name) for name in ("unharmed", "killed"))
        median = statistics.median(_run_all(unharmed))
        print(f"median run {median:.1f} s")
        faults = _kill_again_and_again(killed, asked.kills, median, random.Random(asked.seed))
        _run(killed)
        faults += [f"{name} differs" for name in _differing(unharmed, killed)]
        print(f"{asked.kills} kills, {len(faults)} faults, {len(_hashes(killed))} tables compared")
        for fault in faults:
            print(f"  {fault}")
    sys.exit(1 if faults else 0)


def _workspace(root: Path) -> Workspace:
    for _ in initialise(root, "demo", "Asia/Shanghai", (), "tiny", None):
        pass
    workspace = Workspace.at(root)
    workspace.inbox.rename(root / "to_come")
    workspace.inbox.mkdir()
    return workspace


def _deliver(workspace: Workspace, batch: int) -> None:
    """Bring the files of one batch, each with the marker or manifest that belongs to it."""
    to_come = sorted((workspace.root / "to_come").iterdir())
    stems = sorted({_table(path) for path in to_come})
    for path in to_come:
        if stems.index(_table(path)) % BATCHES == batch:
            shutil.copy2(path, workspace.inbox / path.name)


def _table(path: Path) -> str:
    return ".".join(path.name.split(".")[:2])


def _command(workspace: Workspace) -> list[str]:
    return [sys.executable, "-m", "pipelines.cli", "-w", str(workspace.root), "run", "--force"]


def _run(workspace: Workspace) -> float:
    began = time.monotonic()
    subprocess.run(_command(workspace), check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def _run_all(workspace: Workspace) -> Iterator[float]:
    for batch in range(BATCHES):
        _deliver(workspace, batch)
        yield _run(workspace)


def _kill_again_and_again(workspace: Workspace, kills: int, median: float, chance: random.Random) -> list[str]:
    faults, last = [], 0
    for kill in range(kills):
        if kill * BATCHES // kills != (kill - 1) * BATCHES // kills:
            _deliver(workspace, kill * BATCHES // kills)
        seconds = chance.uniform(0.02, 1.2 * median)
        process = subprocess.Popen(_command(workspace), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        ended = process.wait()
        number, unreadable = _read(workspace)
        print(f"kill {kill + 1}: after {seconds:.1f} s, exit {ended}, publication {number}", flush=True)
        faults += [f"kill {kill + 1}: {what}" for what in unreadable]
        if number < last:
            faults.append(f"kill {kill + 1}: publication {number} after {last}")
        last = max(last, number)
    return faults


def _read(workspace: Workspace) -> tuple[int, list[str]]:
    """Number of the publication a reader finds (0 before the first), and what of it cannot be read."""
    publication = current_publication(workspace)
    if publication is None:
        return 0, []
    unreadable = []
    for name, mart in publication.marts.items():
        try:
            [(rows,)] = duckdb.sql(f"select count(*) from read_parquet('{object_path(workspace, mart)}')").fetchall()
        except duckdb.Error as error:
            unreadable.append(f"{name}: {error}")
            continue
        if rows != mart.rows:
            unreadable.append(f"{name}: {rows} rows, its manifest says {mart.rows}")
    return int(publication.publication_id.split("-")[0]), unreadable


def _differing(one: Workspace, other: Workspace) -> Iterable[str]:
    first, second = _hashes(one), _hashes(other)
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def _hashes(workspace: Workspace) -> dict[str, str]:
    """Hash of the ordered rows of every table of the warehouse, by name."""
    hashes = {}
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            "where schema_name in ('raw', 'history', 'marts', 'plan')"
        ).fetchall()
        for schema, table in tables:
            found = connection.execute(f'describe "{schema}"."{table}"').fetchall()
            columns = ", ".join(f'"{name}"' for name, *_ in found if name not in INSTANTS_OF_LOADING)
            rows = connection.execute(f'select {columns} from "{schema}"."{table}" order by all').fetchall()
            said = [tuple(value.timestamp() if isinstance(value, datetime) else value for value in row) for row in rows]
            hashes[f"{schema}.{table}"] = hashlib.sha256(repr(said).encode()).hexdigest()
    return hashes


if __name__ == "__main__":
    main()
