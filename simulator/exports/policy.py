"""The planners' own policy, as the workspace's `policy/` keeps it: one CSV per table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulator.exports.arrow import rows_table
from simulator.exports.files import as_csv
from simulator.times import as_datetime, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["write_policy"]


def write_policy(world: World, folder: Path) -> list[Path]:
    """Write every policy version published by now; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    now, written = as_datetime(moment(world.day)), []
    for qualified, rows in sorted(world.master_rows.items()):
        known = [row for row in rows if row["updated_at"] <= now]
        if qualified.startswith("policy.") and known:
            path = folder / f"{qualified.removeprefix('policy.')}.csv"
            path.write_bytes(as_csv(rows_table(qualified, known)))
            written.append(path)
    return written
