"""The loop closed against the twin: what the platform suggests is ordered, seen again and never ordered twice."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipelines.simulation import Loop, race
from pipelines.settings import load_settings
from pipelines.simulate_command import simulate
from pipelines.workspace import WorkspaceError
from sample_workspace import make_workspace
from simulator.choice import choose
from simulator.policies import Platform
from simulator.world import World

pytestmark = pytest.mark.xdist_group("simulation")


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Loop:
    """A tiny world after its history, and two days of it under the platform."""
    parameters = choose("tiny", history=40)
    world = World.of(parameters)
    world.live(40)
    world.policy = Platform()
    workspace = make_workspace(tmp_path_factory.mktemp("twin") / "demo", sample=False)
    closed = Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day)
    for _ in range(2):
        closed.day()
    closed.deliver()
    closed.plan()
    return closed


def rows(loop: Loop, sql: str) -> list[tuple]:
    with duckdb.connect(str(loop.workspace.warehouse), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_what_was_suggested_comes_back_as_purchase_orders_that_name_the_suggestion(loop):
    ordered = rows(
        loop,
        """select suggestion_id, sum(ordered_qty)::bigint from raw.procurement__purchase_order_line
        where suggestion_id is not null group by 1""",
    )
    suggested = {}
    for file in sorted(loop.workspace.outbox.glob("purchase_suggestions.*.csv"))[:2]:
        found = duckdb.sql(f"select suggestion_id, quantity::bigint from read_csv('{file}')").fetchall()
        for suggestion, quantity in found:
            suggested[suggestion] = suggested.get(suggestion, 0) + quantity
    assert ordered and dict(ordered) == suggested


def test_what_is_on_order_is_not_suggested_again(loop):
    position = rows(
        loop,
        """select count(*) from marts.inventory_position as position
        join raw.procurement__purchase_order_line as line using (sku_id)
        where line.suggestion_id is not null and position.on_order_qty < 1""",
    )
    assert position[0][0] >= 0
    days = [set(_suggested(file)) for file in sorted(loop.workspace.outbox.glob("purchase_suggestions.*.csv"))]
    assert len(days) >= 2 and not days[0] <= set().union(*days[1:])


def _suggested(file: Path) -> list[str]:
    return [row[0] for row in duckdb.sql(f"select suggestion_id from read_csv('{file}')").fetchall()]


def test_every_row_of_the_decision_files_is_answered(loop):
    files = sorted((loop.workspace.outbox / "acknowledged").glob("*.csv"))
    answered = duckdb.sql(f"select status, count(*) from read_csv({[str(file) for file in files]}) group by 1").fetchall()
    # A carrier chosen for a parcel that still waits is the same decision on the next day.
    assert set(dict(answered)) <= {"accepted", "duplicate"} and len(files) == 2


def test_policies_meet_the_same_demand_and_knowing_the_future_loses_least():
    parameters = choose("tiny", history=40)
    world = World.of(parameters)
    world.live(40)
    scores = race(world, 30, ("reorder-point", "foresight"), 0.12, loop=None)
    again = race(world, 30, ("reorder-point", "foresight"), 0.12, loop=None)
    assert scores == again
    assert scores["foresight"].fill_rate > scores["reorder-point"].fill_rate
    assert scores["foresight"].days == 30


def test_a_simulation_leaves_a_workspace_of_ones_own_alone(tmp_path):
    workspace = make_workspace(tmp_path / "mine", sample=False)
    (workspace.inbox / "kept.csv").write_text("a\n1\n")
    with pytest.raises(WorkspaceError, match="a workspace of your own"):
        simulate(workspace.root, "tiny", 1, ("platform",), None, 3)
    assert (workspace.inbox / "kept.csv").exists()
