"""Rows a second of every file in a folder, staged, typed, merged and recorded in a new warehouse.

usage: python -m benchmarks.ingest_speed --folder FOLDER [--mapping complete_journey]
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path


def main() -> None:
    """Print wall and CPU seconds, rows and rows a second of each file."""
    from contracts.mapping import mappings
    from pipelines.ingestion.delivery import inbox_files
    from pipelines.ingestion.ingest import Clock, ingest_files
    from pipelines.ingestion.schema import create_warehouse
    from pipelines.settings import Settings
    from pipelines.warehouse import connect
    from pipelines.workspace import Workspace

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--mapping", default="complete_journey")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Workspace(Path(folder)), Settings(tenant_id="bench"))
        create_warehouse(connection)
        clock = Clock(datetime.now(UTC), "Asia/Shanghai")
        for path in inbox_files(given.folder):
            wall, cpu = time.monotonic(), _cpu()
            outcomes = ingest_files(connection, [path], [mappings()[given.mapping]], clock)
            seconds, rows = time.monotonic() - wall, max(outcome.rows_in for outcome in outcomes)
            speed = f"{seconds:7.1f} s wall {_cpu() - cpu:7.1f} s CPU {rows / seconds:>10,.0f} rows/s"
            print(f"{path.name:<28} {rows:>11,} rows {speed}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main()
