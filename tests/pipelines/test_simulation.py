"""The loop closed against the twin: what the platform suggests is ordered, seen again and never ordered twice."""

import copy
import json
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from sample_workspace import make_workspace, on_a_small_scale

from feedback.journal import message_counts, verify
from feedback.states import FROZEN
from pipelines.journal import open_journal
from pipelines.settings import load_settings
from pipelines.simulate_command import simulate
from pipelines.simulation import CONNECTED, SYSTEMS, Loop, connect_receivers, race
from pipelines.warehouse import is_locked
from pipelines.workspace import WorkspaceError
from simulator.choice import choose
from simulator.parameters import Acting, ParameterError
from simulator.policies import Platform
from simulator.tables import code
from simulator.world import World

LINES, ORDERS = "procurement.purchase_order_line", "procurement.purchase_order"


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
    files = [str(file) for file in (loop.workspace.root / SYSTEMS).glob("*/answers/*.csv")]
    answered = duckdb.sql(f"select decision, status, count(*) from read_csv({files}) group by all").fetchall()
    assert {status for _, status, _ in answered} == {"accepted"}
    decisions = {decision for decision, *_ in answered}
    assert {"purchase_suggestions", "wave_plan", "carrier_choice"} <= decisions <= set().union(*CONNECTED.values())


def test_waves_and_carriers_leave_once_are_answered_and_seen_in_the_warehouse(loop):
    of_them = "from feedback.suggestion where action in ('pick', 'ship')"
    stands = rows(loop, f"select action, status, count(*)::int {of_them} group by all")
    reached = {(action, status): count for action, status, count in stands}
    assert reached.keys() <= {(a, s) for a in ("pick", "ship") for s in ("acknowledged", "seen", "received")}
    assert sum(n for (action, status), n in reached.items() if action == "pick" and status != "acknowledged") > 0
    assert reached["ship", "received"] > 0
    # What is approved is in no plan again: nothing was sent twice.
    sent = list((loop.workspace.root / SYSTEMS).glob("*/taken/*.manifest.json"))
    told = [key for file in sent for key in json.loads(file.read_bytes())["idempotency_keys"]]
    assert len(told) == len(set(told)) == rows(loop, "select count(*) from feedback.event where kind = 'export'")[0][0]
    twice = "select sku_id from feedback.suggestion where action = 'pick' group by sku_id having count(*) > 1"
    assert rows(loop, twice) == []


def test_from_day_to_day_the_warehouse_stays_open_and_afterwards_it_is_free(loop):
    with loop.staying_open():
        assert is_locked(loop.workspace)
        loop.plan()
        assert is_locked(loop.workspace)
    assert not is_locked(loop.workspace)


def own_lines(world: World, first: int) -> np.ndarray:
    """Order lines since `first` that replenish our own stock: dropship orders are the shop's."""
    lines, orders = world.tables[LINES], world.tables[ORDERS]
    since = np.arange(first, lines.count)
    return since[orders.get("po_type", lines.get("po_id", since)) == code(ORDERS, "po_type", "replenish")]


def test_of_a_receiver_that_delays_refuses_cuts_and_drops_ids_all_that_it_took_is_ordered_once(tmp_path):
    parameters = on_a_small_scale(choose("tiny", history=40))
    acting = Acting(reject_share=0.2, partial_share=1.0, dropped_id_share=1.0, delay_days_mean=0.7)
    world = World.of(replace(parameters, acting=acting))
    world.live(40)
    world.policy = Platform()
    workspace = make_workspace(tmp_path / "demo", sample=False)
    connect_receivers(workspace)
    # Hardly any order of so small a world reaches its supplier's minimum.
    world.masters.min_amount[:] = 0
    closed = Loop(world, workspace, load_settings(workspace.settings_file), world.masters.first_day)
    first = world.tables[LINES].count
    for _ in range(2):
        closed.day()
    closed.deliver()
    closed.plan()
    journal = open_journal(workspace, closed.settings)
    sent = [state for state in journal.states() if state.status in FROZEN and state.action == "buy"]
    taken = sum(state.approved if state.accepted is None else state.accepted for state in sent)
    lines = own_lines(world, first)
    ordered = int(world.tables[LINES].get("ordered_qty", lines).sum())
    on_desk = world.agenda.total("late decision", "qty")
    assert 0 < taken < sum(state.approved for state in sent), "every order was cut"
    assert ordered + on_desk == taken, "nothing is lost, nothing doubled"
    assert sum(state.seen for state in sent) == ordered, "every order was recognised, though none has its id"
    assert sum(state.in_flight for state in sent) == on_desk, "what lies on a desk still counts as supply"
    assert (world.tables[LINES].get("suggestion_id", lines) < 0).all()
    assert set(message_counts(journal)) == {"sent"} and verify(journal) == []
    journal.store.dispose()


def test_policies_meet_the_same_demand_and_knowing_the_future_loses_least():
    parameters = choose("tiny", history=40)
    world = World.of(parameters)
    world.live(40)
    scores = race(copy.deepcopy(world), 25, ("reorder-point", "foresight"), 0.12, loop=None)
    again = race(world, 25, ("reorder-point",), 0.12, loop=None)
    assert scores["reorder-point"] == again["reorder-point"]
    assert scores["foresight"].fill_rate > scores["reorder-point"].fill_rate
    assert scores["foresight"].days == 25


def test_a_world_may_speak_the_formats_of_real_systems_and_is_planned_all_the_same(tmp_path):
    dialects = ("wangdiantong", "wechat_pay")
    simulate(tmp_path / "twin", "tiny", 1, ("platform",), None, 25, dialects)
    with duckdb.connect(str(tmp_path / "twin" / "warehouse.duckdb"), read_only=True) as connection:
        loaded = connection.execute(
            "select mapping, count(*) filter (where status <> 'loaded'), sum(rows_loaded)::bigint > 0 "
            "from control.delivery where mapping <> 'contract' group by 1 order by 1"
        ).fetchall()
        assert loaded == [(name, 0, True) for name in sorted(dialects)]
        assert connection.execute("select count(*) from control.quarantine").fetchall() == [(0,)]
        [(levels,)] = connection.execute("select count(order_up_to_qty) from marts.replenishment_level").fetchall()
        assert levels > 0


def test_a_dialect_that_nobody_speaks_is_named(tmp_path):
    with pytest.raises(ParameterError, match="no dialect is called 'klingon'; there are wangdiantong"):
        simulate(tmp_path / "twin", "tiny", 1, ("platform",), None, 3, ("klingon",))


def test_a_simulation_leaves_a_workspace_of_ones_own_alone(tmp_path):
    workspace = make_workspace(tmp_path / "mine", sample=False)
    (workspace.inbox / "kept.csv").write_text("a\n1\n")
    with pytest.raises(WorkspaceError, match="a workspace of your own"):
        simulate(workspace.root, "tiny", 1, ("platform",), None, 3)
    assert (workspace.inbox / "kept.csv").exists()
