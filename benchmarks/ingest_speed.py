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
from pipelines.ingestion.reading.reader import Reader
from pipelines.ingestion.schema import create_warehouse
from pipelines.settings import Settings
from pipelines.warehouse import connect, reading_limits
from pipelines.workspace import Workspace


def cpu_seconds() -> float:
    """User and system seconds of this process and its ended children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Print rows, seconds, rows per second and CPU seconds of each file, and the peak resident memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--mapping", choices=sorted(mappings()), action="append", default=[])
    asked = parser.parse_args()
    used = [mappings()[name] for name in asked.mapping]
    clock = Clock(datetime.now(UTC), "Asia/Shanghai")
    with tempfile.TemporaryDirectory() as folder:
        workspace, settings = Workspace(Path(folder)), Settings(tenant_id="benchmark")
        connection = connect(workspace, settings)
        connection.execute("set threads = 2")  # the files are not in its inbox, so that it seems to hold little
        create_warehouse(connection)
        reader = Reader(reading_limits(workspace, settings))
        for path in inbox_files(asked.folder):
            began, spent = time.perf_counter(), cpu_seconds()
            outcomes = ingest_file(connection, path, used, clock, reader)
            reader.close()  # a child's processor time is known when it has ended
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
    own, reading = (
        resource.getrusage(who).ru_maxrss / 1024**2 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"peak_rss={own:.2f}GB reading_process={reading:.2f}GB")


if __name__ == "__main__":
    main()
