"""A fact of more rows than memory bears is built whole in parts, and ends as one built at once would."""

from dataclasses import replace

import pytest
from marts_alone import load_and_build
from sample_workspace import make_workspace, table_hashes

from pipelines.part_rows import part_rows
from pipelines.settings import Engine, load_settings
from pipelines.simulation import Loop
from pipelines.workspace import Workspace
from simulator.choice import choose
from simulator.parameters import Dirt
from simulator.world import World

IN_PARTS = (
    "int_order_line", "int_order_line_freight", "profit_waterfall", "payment_reconciliation", "int_stated_payment",
    "int_billed_parcel", "demand_history", "int_order_difference",
    "int_order_line_movement", "int_stock_move", "int_stock_cost",
)  # fmt: skip
FEW = 40  # rows


@pytest.fixture(scope="module")
def dirty_month(tmp_path_factory) -> Workspace:
    """A month with late, corrected and deleted rows, loaded."""
    dirt = Dirt(late_row_share=0.1, corrected_row_share=0.1, older_row_share=0.05, ghost_row_share=0.05)
    world = World.of(replace(choose("tiny", seed=7, history=30), dirt=dirt))
    world.live(30)
    workspace = make_workspace(tmp_path_factory.mktemp("month") / "demo", sample=False)
    Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day).deliver()
    return workspace


def is_built_in_parts(workspace: Workspace, model: str) -> bool:
    [compiled] = (workspace.dbt_target / "compiled").rglob(f"models/**/{model}.sql")
    return f"changed_units_of_{model}" in compiled.read_text(encoding="utf-8")


def test_a_fact_built_in_parts_ends_as_one_built_at_once(dirty_month, monkeypatch):
    load_and_build(dirty_month, *IN_PARTS, "int_control")
    assert not any(is_built_in_parts(dirty_month, model) for model in IN_PARTS)
    at_once = table_hashes(dirty_month, ("intermediate", "marts"))
    monkeypatch.setattr("pipelines.transformation.part_rows", lambda engine: FEW)
    load_and_build(dirty_month, *IN_PARTS, "int_control", force=True)
    assert all(is_built_in_parts(dirty_month, model) for model in IN_PARTS)
    assert table_hashes(dirty_month, ("intermediate", "marts")) == at_once


def test_more_memory_makes_fewer_parts():
    assert part_rows(Engine(memory_limit="5000MB")) == 2 * part_rows(Engine(memory_limit="2500MB"))
