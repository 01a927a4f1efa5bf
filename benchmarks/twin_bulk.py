"""The twin's open loop at full size: time, memory and rows of a year of twenty million order lines.

python -m benchmarks twin_bulk [--world bulk] [--days 365] [--folder FOLDER]
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from simulator.choice import choose
from simulator.exports.bulk import generate
from simulator.world import World


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="bulk")
    parser.add_argument("--days", type=int)
    parser.add_argument("--daily", type=int, default=0, help="how many of the last days are deliveries of their own")
    parser.add_argument("--folder", type=Path, help="where to leave the export; a temporary folder by default")
    asked = parser.parse_args()
    parameters = choose(asked.world)
    days = asked.days or parameters.world.history_days
    with tempfile.TemporaryDirectory() as folder:
        began, cpu = time.monotonic(), time.process_time()
        world = World.of(parameters)
        first = world.day

        def report(day: int) -> None:
            if (day - first) % 30 == 0:
                spent = time.process_time() - cpu
                print(f"day {day - first}: {spent:.0f} CPU-s, at most {_peak():.2f} GB so far", flush=True)

        rows = generate(world, asked.folder or Path(folder), days, report, asked.daily)
        print(f"{days} days {time.monotonic() - began:.0f} s wall {time.process_time() - cpu:.0f} s CPU")
    lines = rows["order.sales_order_line"]
    print(f"{lines:,} order lines, {sum(rows.values()):,} rows of {len(rows)} tables, peak memory {_peak():.2f} GB")


def _peak() -> float:
    """The most memory this process had so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
