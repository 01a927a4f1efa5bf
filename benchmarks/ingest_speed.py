"""Rows per second and memory of a load: ``python -m benchmarks.ingest_speed --folder F --mapping complete_journey``.

Every file of the folder is loaded into an empty warehouse with the engine settings of a workspace.
"""

import argparse
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.scratch import scratch_warehouse
from contracts.mapping import mappings
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock, ingest_files


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
    files = inbox_files(asked.folder)
    with scratch_warehouse(files) as connection:
        for path in files:
            began, spent = time.perf_counter(), cpu_seconds()
            # By itself, so that the process that reads it has ended and its processor time is known.
            outcomes = ingest_files(connection, [path], used, clock)
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
    print(f"peak_rss={resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2:.2f}GB")


if __name__ == "__main__":
    main()
