"""Rows per second and memory of a load: ``python -m benchmarks.ingest_speed --folder F --mapping complete_journey``.

Every file of the folder is loaded into an empty warehouse with the engine settings of a workspace.
"""

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from contracts.mapping import mappings
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock, ingest_file
from pipelines.ingestion.schema import create_warehouse
from pipelines.settings import Settings
from pipelines.warehouse import connect
from pipelines.workspace import Workspace


def cpu_seconds() -> float:
    """User and system seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print rows, seconds, rows per second and CPU seconds of each file, and the peak resident memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--mapping", choices=sorted(mappings()), action="append", default=[])
    asked = parser.parse_args()
    used = [mappings()[name] for name in asked.mapping]
    clock = Clock(datetime.now(UTC), "Asia/Shanghai")
    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Workspace(Path(folder)), Settings(tenant_id="benchmark"))
        create_warehouse(connection)
        for path in inbox_files(asked.folder):
            began, spent = time.perf_counter(), cpu_seconds()
            outcomes = ingest_file(connection, path, used, clock)
            seconds, spent = time.perf_counter() - began, cpu_seconds() - spent
            first = outcomes[0]
            if first.status != "loaded":
                print(f"{path.name}: {first.status}, {first.reason}")
                continue
            print(
                f"{path.name}: rows={first.rows_in:,} tables={len(outcomes)} wall={seconds:.1f}s cpu={spent:.1f}s "
                f"rows_per_second={first.rows_in / seconds:,.0f}",
                flush=True,
            )
        connection.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"peak_rss={peak:.2f}GB")


if __name__ == "__main__":
    main()
