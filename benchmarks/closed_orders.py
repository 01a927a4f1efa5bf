"""The closed loop against a receiver that refuses, cuts, delays and drops ids: ``python -m benchmarks.closed_orders``.

Every purchase is approved in the journal and sent by the outbox. At the end the world's own order lines, which no part
of the platform writes, are added up against what was approved and what the receiver said it took.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from feedback.journal import message_counts, verify
from feedback.states import FROZEN
from pipelines.initialise import initialise
from pipelines.journal import open_journal
from pipelines.settings import load_settings
from pipelines.simulation import Loop, begin, connect_receivers
from pipelines.workspace import Workspace
from simulator.choice import choose
from simulator.exports.policy import write_policy
from simulator.parameters import Acting
from simulator.policies import Platform
from simulator.tables import code

DIALS = Acting(reject_share=0.1, partial_share=0.2, dropped_id_share=0.3, delay_days_mean=1.5)
LINES, ORDERS = "procurement.purchase_order_line", "procurement.purchase_order"


def main() -> None:
    """Live the days and print what was approved, taken, ordered, recognised, and what lies on a desk."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="tiny")
    parser.add_argument("--history", type=int, default=60)
    parser.add_argument("--days", type=int, default=30)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        loop = _loop(Path(folder), asked.world, asked.history)
        first = loop.world.tables[LINES].count
        for day in range(asked.days):
            cpu = time.process_time()
            loop.day()
            print(f"day {day + 1} {time.process_time() - cpu:.1f} CPU-s", flush=True)
        loop.deliver()
        loop.plan()
        _report(loop, first)


def _loop(folder: Path, world_name: str, history: int) -> Loop:
    """A world after its history, its receivers' dials up, and an empty workspace that they are connected to."""
    world = begin(replace(choose(world_name, history=history), acting=DIALS), history)
    world.policy = Platform()
    list(initialise(folder, world_name, "Asia/Shanghai", (), None, None))
    workspace = Workspace.at(folder)
    write_policy(world, workspace.policy)
    connect_receivers(workspace)
    text = workspace.settings_file.read_text(encoding="utf-8")
    workspace.settings_file.write_text(text.replace("quiet_seconds = 10", "quiet_seconds = 0"), encoding="utf-8")
    return Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day)


def _report(loop: Loop, first: int) -> None:
    journal = open_journal(loop.workspace, loop.settings)
    sent = [state for state in journal.states() if state.status in FROZEN and state.action == "buy"]
    lines, orders = loop.world.tables[LINES], loop.world.tables[ORDERS]
    since = np.arange(first, lines.count)
    # Dropship orders are the shop's.
    ours = since[orders.get("po_type", lines.get("po_id", since)) == code(ORDERS, "po_type", "replenish")]
    figures = {
        "suggestions approved": len(sent),
        "units approved": sum(state.approved for state in sent),
        "units taken": sum(state.approved if state.accepted is None else state.accepted for state in sent),
        "units ordered": int(lines.get("ordered_qty", ours).sum()),
        "units on a buyer's desk": loop.world.agenda.total("late decision", "qty"),
        "units recognised": sum(state.seen for state in sent),
        "units still in flight": sum(state.in_flight for state in sent),
        "order lines without an id": int((lines.get("suggestion_id", ours) < 0).sum()),
        "order lines": len(ours),
        "broken places in the journal": len(verify(journal)),
    }
    for name, value in figures.items():
        print(f"{name:<30}{value:>10,}")
    print(dict(Counter(state.status for state in sent)), message_counts(journal))
    journal.store.dispose()


if __name__ == "__main__":
    main()
