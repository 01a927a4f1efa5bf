"""Solves the scenarios that wait in a workspace and ends: ``python -m pipelines.solve_scenarios WORKSPACE``.

The desk starts it beside itself. It holds the warehouse only while it reads, and writes nothing to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipelines.cycle import current_as_of
from pipelines.journal import open_journal
from pipelines.settings import Settings, load_settings
from pipelines.warehouse import WarehouseInUseError, open_warehouse
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from feedback.scenarios import Asked
    from optimization.replenishment import Params, Plan, Problem

# A run may hold the warehouse for as long.
WAIT_SECONDS = 600.0
RUN_ONCE = "Run the loop once: supplyloop run"


def main() -> None:
    """Solve all that waits."""
    workspace = Workspace.at(Path(sys.argv[1]))
    solve_waiting(workspace, load_settings(workspace.settings_file), lambda: datetime.now(UTC))


def solve_waiting(
    workspace: Workspace, settings: Settings, now: Callable[[], datetime], wait_seconds: float = WAIT_SECONDS
) -> int:
    """Solve scenario after scenario until none waits; returns how many."""
    from feedback.adopted_policy import adopted
    from feedback.scenarios import fail, take_next

    journal = open_journal(workspace, settings)
    store = journal.store
    base: _Base | None = None
    solved = 0
    try:
        while asked := take_next(store, now()):
            try:
                base = base or _Base.read(workspace, settings, wait_seconds, adopted(journal))
                _solve(store, asked, base)
            except WarehouseInUseError as error:
                fail(store, asked.scenario_id, f"a run held the warehouse all the while ({error}); ask again")
            except duckdb.Error as error:
                fail(store, asked.scenario_id, f"the warehouse holds no whole plan ({error}). {RUN_ONCE}")
            # Whatever it was: a scenario that nobody ends would stay "solving", and be tried again and again.
            except Exception as error:
                fail(store, asked.scenario_id, str(error) or type(error).__name__)
            solved += 1
    finally:
        store.dispose()
    return solved


@dataclass(frozen=True)
class _Base:
    """The plan as it is, solved once for all scenarios of this process."""

    problem: Problem
    params: Params
    plan: Plan
    as_of: datetime

    @classmethod
    def read(
        cls, workspace: Workspace, settings: Settings, wait_seconds: float, held: Mapping[str, object] | None
    ) -> _Base:
        from optimization.replenishment import Params
        from pipelines.planning.purchase_problem import checked_plan, planned_by, problem_of, with_weights
        from pipelines.planning.replenishment_frames import read_replenishment

        if not workspace.warehouse.exists():
            raise ValueError(f"nothing is planned in this workspace yet. {RUN_ONCE}")
        with open_warehouse(workspace, settings, "scenarios", wait_seconds) as connection:
            as_of = current_as_of(connection)
            frames = read_replenishment(connection)
        weighed = with_weights(settings.replenishment, frames["weights"])
        problem = problem_of(frames, as_of.astimezone(settings.zone).date(), Params.from_mapping(weighed))
        problem, params = planned_by(problem, weighed, held)
        return cls(problem, params, checked_plan(problem, params), as_of)


def _solve(store: Engine, asked: Asked, base: _Base) -> None:
    from feedback.scenarios import keep
    from optimization.replenishment.what_if import Levers, changed, differences, totals
    from pipelines.planning.purchase_problem import checked_plan

    levers = Levers(**asked.levers)
    then = checked_plan(changed(base.problem, levers), levers.params(base.params))
    told = {"base": asdict(totals(base.plan)), "then": asdict(totals(then))}
    keep(store, asked.scenario_id, base.as_of, told, differences(base.plan, then).to_dicts())


if __name__ == "__main__":
    main()
