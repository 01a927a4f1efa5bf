"""The journal of decisions, durable on disk: ``python -m benchmarks.journal_speed``.

Batches of 1,000 approvals, single approvals each with its own fsync, and half a million standings in memory in
a process of its own.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from feedback.journal import Journal, open_store
from feedback.states import Event

AT = datetime(2026, 11, 1, tzinfo=UTC)
STANDINGS = """
import sys, time
from pathlib import Path
from feedback.journal import Journal, open_store
journal = Journal(open_store(sys.argv[1]))
wall, cpu = time.perf_counter(), time.process_time()
known = journal.standings()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
# Not getrusage, which remembers the peak of the process that started this one.
[peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(f"standings n={len(known):,} wall={wall:.2f}s cpu={cpu:.2f}s peak={int(peak.split()[1]) / 1024:.0f}MB")
"""


def main() -> None:
    """Print decisions per second in batches, milliseconds of a single one, and what half a million states cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suggestions", type=int, default=500_000)
    parser.add_argument("--url", help="database to use; a fresh SQLite file by default")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.url or f"sqlite:///{Path(folder) / 'decisions.db'}"
        journal = Journal(open_store(url))
        names = [f"BUY-{number:020x}" for number in range(asked.suggestions)]
        _timed(
            "propose", journal, [[_proposed(name) for name in names[i : i + 5000]] for i in range(0, len(names), 5000)]
        )
        _timed(
            "approve in batches of 1,000",
            journal,
            [[_approved(n) for n in names[i : i + 1000]] for i in range(0, 10_000, 1000)],
        )
        singles, cpu = [], time.process_time()
        for name in names[10_000:10_500]:
            start = time.perf_counter()
            journal.record([_approved(name)])
            singles.append((time.perf_counter() - start) * 1e3)
        cpu = (time.process_time() - cpu) / len(singles) * 1e3
        print(f"approve one median={statistics.median(singles):.1f}ms p95={sorted(singles)[474]:.1f}ms cpu={cpu:.1f}ms")
        print(f"one fsync of 4 KB median={_fsync(Path(folder) / 'page'):.1f}ms")
        subprocess.run([sys.executable, "-c", STANDINGS, url], check=True)


def _fsync(path: Path) -> float:
    """Milliseconds that this disk takes for the least a durable decision needs."""
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(200):
            start = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - start) * 1e3)
    return statistics.median(taken)


def _timed(what: str, journal: Journal, batches: list[list[Event]]) -> None:
    wall, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    for batch in batches:
        journal.record(batch)
    wall, used = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime
    count = sum(len(batch) for batch in batches)
    print(f"{what} n={count:,} per_second={count / wall:,.0f} per_cpu_second={count / cpu:,.0f}")


def _proposed(name: str) -> Event:
    key = {"action": "buy", "sku_id": name, "destination_id": "W1", "quantity": "24"}
    return Event("propose", name, "plan", AT, key | {"facts": {"supplier_id": "S1", "requested_date": "2026-11-09"}})


def _approved(name: str) -> Event:
    return Event("approve", name, "ann", AT, {"quantity": "24"}, 1)


if __name__ == "__main__":
    main()
