"""A dirty CSV of N million rows against a bare copy of it into text columns: ``python -m benchmarks.csv_load``.

The file (`benchmarks/cases.py`) is typed, judged and merged by `ingest_files` in a process of its own, and
copied by DuckDB's own reader with `all_varchar` in another, both into files with the engine settings of a
workspace; then the same content is delivered again, under its name and under another.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cases import FILE_NAME, write_cases
from benchmarks.ingest_speed import cpu_seconds


def main() -> None:
    """Print rows per second, CPU seconds and peak memory of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=1.0, help="rows in the file")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="folder to write the file to, and to leave it in")
    parser.add_argument("--part", choices=("load", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps((_load if asked.part == "load" else _copy_bare)(asked.file)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        file = (asked.keep or Path(scratch)) / FILE_NAME
        if not file.exists():
            write_cases(file, int(asked.millions * 1e6), asked.seed)
        print(f"file rows={int(asked.millions * 1e6):,} bytes={file.stat().st_size:,}")
        bare, load = _in_a_process("bare", file), _in_a_process("load", file)
    for name, part in (("bare copy", bare), ("load", load)):
        print(
            f"{name} rows_per_second={part['rows'] / part['wall']:,.0f} wall={part['wall']:.2f}s "
            f"cpu={part['cpu']:.2f}s peak_rss={part['peak']:.2f}GB"
        )
    print(f"load over bare: wall={load['wall'] / bare['wall']:.2f} cpu={load['cpu'] / bare['cpu']:.2f}")
    print(f"delivered again wall={load['again']:.2f}s, under another name wall={load['renamed']:.2f}s")
    print(load["became"])


def _in_a_process(part: str, file: Path) -> dict:
    command = [sys.executable, "-m", "benchmarks.csv_load", "--part", part, "--file", str(file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def _load(file: Path) -> dict:
    from benchmarks.scratch import scratch_warehouse
    from pipelines.ingestion.ingest import Clock, ingest_files

    clock = Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai")
    with scratch_warehouse([file], beside=file.parent) as connection:
        outcome, wall, cpu = _timed(lambda: ingest_files(connection, [file], [], clock)[0])
        _, again, _ = _timed(lambda: ingest_files(connection, [file], [], clock))
        other = file.with_name(file.name.replace(".1.csv", ".2.csv"))
        other.hardlink_to(file)
        repeated, renamed, _ = _timed(lambda: ingest_files(connection, [other], [], clock)[0])
        other.unlink()
    if (outcome.status, repeated.status) != ("loaded", "duplicate"):
        sys.exit(f"error: {outcome.status}: {outcome.reason}, then {repeated.status}")
    counts = {name: count for name, count in vars(outcome).items() if name.startswith("rows_") and count}
    return _measured(outcome.rows_in, wall, cpu) | {"again": again, "renamed": renamed, "became": counts}


def _copy_bare(file: Path) -> dict:
    from benchmarks.scratch import scratch_warehouse

    with scratch_warehouse([file], beside=file.parent) as connection:
        read = "read_csv($file, all_varchar = true, header = true, null_padding = false)"
        _, wall, cpu = _timed(lambda: connection.execute(f"create table copied as from {read}", {"file": str(file)}))
        (rows,) = connection.execute("select count(*) from copied").fetchone()
    return _measured(rows, wall, cpu)


def _timed(work) -> tuple:
    began, spent = time.perf_counter(), cpu_seconds()
    result = work()
    return result, time.perf_counter() - began, cpu_seconds() - spent


def _measured(rows: int, wall: float, cpu: float) -> dict:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"rows": rows, "wall": wall, "cpu": cpu, "peak": peak}


if __name__ == "__main__":
    main()
