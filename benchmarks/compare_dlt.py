"""The same dirty CSV merged by dlt and by us into DuckDB: ``python -m benchmarks.compare_dlt --python PYTHON``.

PYTHON is an interpreter of an environment of its own, made by ``python -m venv dlt-env`` and
``dlt-env/bin/pip install "dlt[duckdb,parquet]"``: dlt is no dependency of ours. Each merges the file of
`benchmarks/cases.py` into an empty table in a process of its own, dlt by its documented way for a CSV file
(pyarrow tables read in blocks, `write_disposition="merge"` on the primary key, the newest `updated_at` winning);
then each is given small files that tell what becomes of late, repeated, broken and drifted rows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.cases import FILE_NAME, write_cases

HEADER = "rma_id,rma_no,status,applied_at,refund_amount,updated_at,source_seq"
SECOND_HEADER = HEADER + ",new_column"
STEPS = {
    "one row": f"{HEADER}\n007,A,refunded,2026-01-02 10:00:00,5.00,2026-01-05 10:00:00,2\n",
    "late (older) version": f"{HEADER}\n007,A,applied,2026-01-02 10:00:00,5.00,2026-01-03 10:00:00,1\n",
    "two versions in one file": f"{HEADER}\n011,E,refunded,2026-01-02 10:00:00,5.00,2026-01-05 10:00:00,2\n"
    "011,E,applied,2026-01-02 10:00:00,5.00,2026-01-03 10:00:00,1\n",
    "same row twice": f"{HEADER}\n" + "008,B,applied,2026-01-02 10:00:00,5.00,2026-01-05 10:00:00,1\n" * 2,
    "broken amount": f"{HEADER}\n" + "".join(
        f"1{n:02},C,applied,2026-01-02 10:00:00,{'n/a' if n == 3 else '5.00'},2026-01-05 10:00:00,1\n" for n in range(9)
    ),
    "new column": f"{SECOND_HEADER}\n009,D,applied,2026-01-02 10:00:00,5.00,2026-01-05 10:00:00,1,extra\n",
}  # fmt: skip
STATE = "select rma_id, status, cast(refund_amount as varchar) from {} order by all"


def main() -> None:
    """Print rows per second, CPU seconds and memory of both, and what each does with every kind of row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="interpreter that has dlt")
    parser.add_argument("--millions", type=float, default=1.0, help="rows in the file")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / FILE_NAME
        write_cases(file, int(asked.millions * 1e6), asked.seed)
        steps = Path(scratch) / "steps"
        steps.mkdir()
        for place, text in enumerate(STEPS.values(), start=1):
            (steps / f"aftersales.rma.all.20260901.{place}.csv").write_text(text, encoding="utf-8")
        script = Path(__file__).with_name("dlt_merge.py")
        dlt = _run([str(asked.python), str(script), str(file), str(steps)], scratch)
        ours = _run([sys.executable, "-m", "benchmarks.csv_load", "--part", "load", "--file", str(file)], None)
        ours["steps"] = _ours(steps)
        dlt["rows"] = ours["rows"]
        dlt["became"] = f"{dlt['became']}, rows stored: {dlt['stored']}"
    for name, part in ((f"dlt {dlt['version']}", dlt), ("ours", ours)):
        print(
            f"{name}: rows_per_second={part['rows'] / part['wall']:,.0f} wall={part['wall']:.1f}s "
            f"cpu={part['cpu']:.1f}s peak_rss={part['peak']:.2f}GB {part['became']}"
        )
    for step, of_dlt, of_ours in zip(STEPS, dlt["steps"], ours["steps"], strict=True):
        print(f"{step}\n    dlt:  {of_dlt}\n    ours: {of_ours}")


def _run(command: list[str], folder: str | None) -> dict:
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        sys.exit(f"error: {' '.join(command)}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _ours(steps: Path) -> list[str]:
    from benchmarks.scratch import scratch_warehouse
    from pipelines.ingestion.ingest import Clock, ingest_files

    found = []
    with scratch_warehouse(steps.iterdir()) as connection:
        for path in sorted(steps.iterdir()):
            [outcome] = ingest_files(connection, [path], [], Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai"))
            counts = {n: c for n, c in vars(outcome).items() if n.startswith("rows_") and c}
            found.append(f"{outcome.status} {outcome.reason or ''} {counts}")
        rows = connection.execute(STATE.format("raw.aftersales__rma")).fetchall()
        found[-1] += f"; table: {rows}"
    return found


if __name__ == "__main__":
    main()
