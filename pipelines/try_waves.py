"""Tries other rules of waves on what the last plan read: ``python -m pipelines.try_waves WORKSPACE``.

The desk starts it, with the rules as JSON on its input. It holds the warehouse only while it reads, writes nothing, and
tells both plans' totals as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from optimization.waves import Params, solve
from optimization.waves.what_if import changed, totals
from pipelines.cycle import current_as_of
from pipelines.planning.waves import read_waves, wave_problem
from pipelines.settings import Settings, load_settings
from pipelines.warehouse import WarehouseInUseError, open_warehouse
from pipelines.workspace import Workspace

WAIT_SECONDS = 10.0


def main() -> None:
    """Answer on the output; a refusal is an answer with ``error``."""
    workspace = Workspace.at(Path(sys.argv[1]))
    try:
        told: Mapping[str, object] = tried(workspace, load_settings(workspace.settings_file), json.load(sys.stdin))
    except WarehouseInUseError:
        told = {"error": "a run holds the warehouse; ask again when it is over"}
    except ValueError as error:
        told = {"error": str(error)}
    # HiGHS may write to the output before: the answer is its last line.
    sys.stdout.write("\n" + json.dumps(told))


def tried(workspace: Workspace, settings: Settings, levers: Mapping[str, object]) -> dict[str, object]:
    """Totals of the plan by the rules as they are, and by others; both from nothing, so that they compare."""
    params = Params.from_mapping(settings.waves)
    other = changed(params, levers)
    with open_warehouse(workspace, settings, "try_waves", WAIT_SECONDS) as connection:
        as_of, frames = current_as_of(connection), read_waves(connection)
    problem = replace(wave_problem(frames, as_of), previous=None)
    return {"as_of": as_of.isoformat(), "base": totals(solve(problem, params)), "then": totals(solve(problem, other))}


if __name__ == "__main__":
    main()
