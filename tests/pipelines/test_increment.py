"""Large facts replace what changed, and end as a whole build would have them."""

import shutil
from dataclasses import replace

import duckdb
import pytest
from sample_workspace import make_workspace, table_hashes, turn

from pipelines.settings import load_settings
from pipelines.simulation import Loop
from pipelines.workspace import Workspace
from simulator.choice import choose
from simulator.parameters import Dirt
from simulator.world import World

pytestmark = pytest.mark.xdist_group("simulation")

FACTS = ("intermediate.int_order_line", "intermediate.int_stock_day_end", "marts.demand_history")


def test_a_day_of_late_and_changed_rows_replaces_little_and_ends_as_a_whole_build_would(loop, tmp_path):
    workspace = Workspace(tmp_path / "copied")
    shutil.copytree(loop.workspace.root, workspace.root, ignore=shutil.ignore_patterns("published", "leases"))
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        lines, changed = (
            connection.execute(f"select count(*) from {name}").fetchone()[0]
            for name in ("intermediate.int_order_line", "control.change_of_int_order_line")
        )
        days, replaced = connection.execute(
            "select count(distinct stock_date), (select count(*) from control.change_of_int_stock_day_end) "
            "from intermediate.int_stock_day_end"
        ).fetchone()
    assert 0 < changed < lines / 4 and 0 < replaced < days / 4
    before = table_hashes(workspace, ("intermediate", "marts"))
    turn(workspace, "daily_decisions", force=True)
    after = table_hashes(workspace, ("intermediate", "marts"))
    assert {name: before[name] for name in FACTS} == {name: after[name] for name in FACTS}


def test_days_of_late_corrected_and_deleted_rows_end_as_a_whole_build_would(tmp_path):
    dirt = Dirt(late_row_share=0.1, corrected_row_share=0.1, older_row_share=0.05, ghost_row_share=0.05)
    parameters = replace(choose("tiny", seed=7, history=30), dirt=dirt)
    world = World.of(parameters)
    world.live(30)
    workspace = make_workspace(tmp_path / "demo", sample=False)
    dirty = Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day)
    for _ in range(4):
        dirty.deliver()
        dirty.plan()
        world.live()
    before = table_hashes(workspace, ("intermediate", "marts"))
    turn(workspace, "daily_decisions", force=True)
    after = table_hashes(workspace, ("intermediate", "marts"))
    assert {name: before[name] for name in FACTS} == {name: after[name] for name in FACTS}
