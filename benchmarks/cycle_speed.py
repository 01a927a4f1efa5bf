"""What one turn of the loop costs on the sample: cold, again with nothing new, and warm with a new file.

usage: python -m benchmarks.cycle_speed
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

BEGAN = time.monotonic()


def main() -> None:
    """Print wall and CPU seconds of each turn, imports included in the first."""
    from pipelines.cycle import Cycle
    from pipelines.initialise import initialise
    from pipelines.runner import run_job
    from pipelines.settings import load_settings
    from pipelines.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        list(initialise(Path(folder) / "demo", "demo", "Asia/Shanghai", (), "tiny", None))
        workspace = Workspace.at(Path(folder) / "demo")
        settings = load_settings(workspace.settings_file)
        for title in ("cold, imports included", "warm, nothing new", "warm, one new file"):
            if title == "warm, one new file":
                _add_an_order(workspace)
            wall = time.monotonic() if title.startswith("warm") else BEGAN
            cpu = _cpu() if title.startswith("warm") else 0.0
            run_job(Cycle(workspace, settings, datetime(2026, 11, 1, 8, tzinfo=UTC)))
            print(f"{title:<24} {time.monotonic() - wall:6.2f} s wall {_cpu() - cpu:6.2f} s CPU")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def _add_an_order(workspace) -> None:
    """Deliver the first order of the sample once more, under a new id and date."""
    [orders] = workspace.inbox.glob("order.sales_order.all.*.csv")
    [lines] = workspace.inbox.glob("order.sales_order_line.all.*.csv")
    for path, columns in ((orders, ("order_id",)), (lines, ("order_line_id", "order_id"))):
        header, first = path.read_text(encoding="utf-8").splitlines()[:2]
        cells = dict(zip(header.split(","), first.split(","), strict=True))
        cells |= {name: f"{cells[name]}-again" for name in columns}
        name = ".".join(path.name.split(".")[:3])
        (workspace.inbox / f"{name}.20261102.1.csv").write_text(
            f"{header}\n{','.join(cells.values())}\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
