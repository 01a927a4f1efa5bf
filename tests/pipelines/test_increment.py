"""Large facts replace what changed, and end as a whole build would have them."""

import shutil
from dataclasses import replace
from datetime import timedelta

import duckdb
from marts_alone import load_and_build
from sample_workspace import LOADED_AT, make_workspace, table_hashes

from pipelines.settings import load_settings
from pipelines.simulation import Loop
from pipelines.workspace import Workspace
from simulator.choice import choose
from simulator.parameters import Dirt
from simulator.world import World

TO_PLAN_ON = ("int_order_line", "int_promoted_day", "int_return_line", "int_stock_day_end", "demand_history")
OF_PROFIT = ("int_order_line_cost", "profit_waterfall")
OF_STOCK = ("int_first_count", "int_stock_move", "int_stock_cost", "cost_of_goods")
OF_CONTROLS = (
    "int_count_difference", "int_order_difference", "int_order_line_movement", "int_order_step_day",
    "int_stated_payment", "int_billed_parcel",
)  # fmt: skip
ALL = (
    *TO_PLAN_ON, *OF_STOCK, *OF_PROFIT, *OF_CONTROLS,
    "int_order_line_freight", "excluded_demand", "payment_reconciliation", "fulfilment_day", "int_parcel",
    "int_profit_month", "int_hold_exception",
)  # fmt: skip


def hashes_of(workspace: Workspace, facts: tuple[str, ...]) -> dict[str, str]:
    hashes = table_hashes(workspace, ("intermediate", "marts"))
    found = {name: hashes[name] for name in hashes if name.split(".")[1] in facts}
    assert len(found) == len(facts)
    return found


def replaced_units(workspace: Workspace) -> dict[str, int | None]:
    """How many units each fact replaced when it was built last; None if it was built whole."""
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        units = dict(connection.execute("select model, units from control.replaced").fetchall())
    return units


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
    before = hashes_of(workspace, TO_PLAN_ON)
    load_and_build(workspace, *TO_PLAN_ON, force=True)
    assert hashes_of(workspace, TO_PLAN_ON) == before


def test_days_of_late_corrected_and_deleted_rows_end_as_a_whole_build_would(tmp_path):
    dirt = Dirt(late_row_share=0.1, corrected_row_share=0.1, older_row_share=0.05, ghost_row_share=0.05)
    world = World.of(replace(choose("tiny", seed=7, history=30), dirt=dirt))
    world.live(28)
    workspace = make_workspace(tmp_path / "demo", sample=False)
    dirty = Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day)
    for day in range(3):
        dirty.deliver()
        could_replace = load_and_build(workspace, *ALL, loaded_at=LOADED_AT + timedelta(days=day))
        assert could_replace == (day > 0)
        replaced = replaced_units(workspace)
        # The month's end comes second: with the first valuation no line's capital cost is missing any more.
        assert {name for name in ALL if replaced[name] is None} == set((ALL, ("profit_waterfall",), ())[day])
        world.live()
    before = hashes_of(workspace, ALL)
    load_and_build(workspace, *ALL, force=True)
    assert hashes_of(workspace, ALL) == before
