"""The loop closed against the twin: what the platform suggests is ordered, seen again and never ordered twice."""

from pathlib import Path

import duckdb
import pytest
from sample_workspace import make_workspace

from pipelines.simulate_command import simulate
from pipelines.simulation import Loop, race
from pipelines.workspace import WorkspaceError
from simulator.choice import choose
from simulator.parameters import ParameterError
from simulator.world import World

pytestmark = pytest.mark.xdist_group("simulation")


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
    for file in sorted(loop.workspace.outbox.glob("purchase_suggestions.*.csv"))[:1]:
        found = duckdb.sql(f"select suggestion_id, quantity::bigint from read_csv('{file}')").fetchall()
        for suggestion, quantity in found:
            suggested[suggestion] = suggested.get(suggestion, 0) + quantity
    assert ordered and dict(ordered) == suggested


def test_what_was_ordered_counts_as_supply_and_is_not_suggested_again(loop):
    uncounted = rows(
        loop,
        """select line.sku_id from raw.procurement__purchase_order_line as line
        join raw.procurement__purchase_order as purchase using (po_id)
        left join marts.inventory_position as position
            on position.sku_id = line.sku_id and position.location_id = purchase.ship_to_warehouse_id
        where line.suggestion_id is not null and coalesce(position.on_order_qty, 0) < line.ordered_qty""",
    )
    assert uncounted == []
    first, second = (set(_suggested(file)) for file in sorted(loop.workspace.outbox.glob("purchase_suggestions.*.csv")))
    assert first and len(first & second) < len(first) / 2


def _suggested(file: Path) -> list[str]:
    return [row[0] for row in duckdb.sql(f"select suggestion_id from read_csv('{file}')").fetchall()]


def test_every_row_of_the_decision_files_is_answered(loop):
    [file] = (loop.workspace.outbox / "acknowledged").glob("*.csv")
    answered = duckdb.sql(f"select decision, status, count(*) from read_csv('{file}') group by all").fetchall()
    assert {status for _, status, _ in answered} == {"accepted"}
    assert {decision for decision, *_ in answered} == {"purchase_suggestions", "wave_plan", "carrier_choice"}


def test_policies_meet_the_same_demand_and_knowing_the_future_loses_least():
    parameters = choose("tiny", history=40)
    world = World.of(parameters)
    world.live(40)
    scores = race(world, 25, ("reorder-point", "foresight"), 0.12, loop=None)
    again = race(world, 25, ("reorder-point",), 0.12, loop=None)
    assert scores["reorder-point"] == again["reorder-point"]
    assert scores["foresight"].fill_rate > scores["reorder-point"].fill_rate
    assert scores["foresight"].days == 25


def test_a_world_may_speak_the_formats_of_real_systems_and_is_planned_all_the_same(tmp_path):
    dialects = ("wangdiantong", "wechat_pay")
    simulate(tmp_path / "twin", "tiny", 2, ("platform",), None, 25, dialects)
    with duckdb.connect(str(tmp_path / "twin" / "warehouse.duckdb"), read_only=True) as connection:
        loaded = connection.execute(
            "select mapping, count(*) filter (where status <> 'loaded'), sum(rows_loaded)::bigint > 0 "
            "from control.delivery where mapping <> 'contract' group by 1 order by 1"
        ).fetchall()
        assert loaded == [(name, 0, True) for name in sorted(dialects)]
        assert connection.execute("select count(*) from control.quarantine").fetchall() == [(0,)]
        [(suggestions,)] = connection.execute("select count(*) from marts.replenishment_suggestion").fetchall()
        assert suggestions > 0


def test_a_dialect_that_nobody_speaks_is_named(tmp_path):
    with pytest.raises(ParameterError, match="no dialect is called 'klingon'; there are wangdiantong"):
        simulate(tmp_path / "twin", "tiny", 1, ("platform",), None, 3, ("klingon",))


def test_a_simulation_leaves_a_workspace_of_ones_own_alone(tmp_path):
    workspace = make_workspace(tmp_path / "mine", sample=False)
    (workspace.inbox / "kept.csv").write_text("a\n1\n")
    with pytest.raises(WorkspaceError, match="a workspace of your own"):
        simulate(workspace.root, "tiny", 1, ("platform",), None, 3)
    assert (workspace.inbox / "kept.csv").exists()
