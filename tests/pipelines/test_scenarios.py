"""Scenarios are solved on what the last plan read, beside it, and leave it as it is."""

from datetime import UTC, datetime

import duckdb

from feedback.scenarios import ask, scenarios
from pipelines.journal import open_journal
from pipelines.settings import Settings, load_settings
from pipelines.solve_scenarios import solve_waiting
from pipelines.warehouse import connect
from pipelines.workspace import Workspace

# In the worker that has the planned sample anyway.
AT = datetime(2026, 11, 2, tzinfo=UTC)
ASKED = {
    "nothing": {}, "more": {"demand": 1.5}, "longer": {"lead_time_days": 14.0}, "safer": {"service_target": 0.99},
    "wrong": {"demand": 99},
}  # fmt: skip


def test_scenarios_are_solved_side_by_side_and_the_plan_stays(copied):
    settings = load_settings(copied.settings_file)
    store = open_journal(copied, settings).store
    before = copied.warehouse.stat().st_mtime_ns
    for title, levers in ASKED.items():
        ask(store, title, levers, "ann", AT)
    assert solve_waiting(copied, settings, lambda: AT) == len(ASKED)
    assert solve_waiting(copied, settings, lambda: AT) == 0
    found = {each["title"]: each for each in scenarios(store)}
    store.dispose()
    assert {title: each["status"] for title, each in found.items()} == {
        "nothing": "done", "more": "done", "longer": "done", "safer": "done", "wrong": "failed",
    }  # fmt: skip
    assert "demand must be between 0 and 10, found 99" in found["wrong"]["error"]
    same = found["nothing"]
    assert same["totals"]["base"] == same["totals"]["then"] and same["moved"] == []
    with duckdb.connect(str(copied.warehouse), read_only=True) as connection:
        [(units,)] = connection.execute("select sum(suggested_qty) from plan.replenishment_suggestion").fetchall()
    assert same["totals"]["base"]["units"] == units
    more = found["more"]
    assert more["totals"]["then"]["units"] > units and more["totals"]["base"] == same["totals"]["base"]
    assert more["moved"] and {row["base_qty"] == row["quantity"] for row in more["moved"]} == {False}
    assert copied.warehouse.stat().st_mtime_ns == before


def test_a_workspace_without_a_plan_says_so(tmp_path):
    workspace, settings = Workspace(tmp_path), Settings(tenant_id="shop")
    workspace.create_folders()
    store = open_journal(workspace, settings).store
    ask(store, "too soon", {}, "ann", AT)
    assert solve_waiting(workspace, settings, lambda: AT) == 1
    connect(workspace, settings).close()
    ask(store, "still too soon", {}, "ann", AT)
    assert solve_waiting(workspace, settings, lambda: AT) == 1
    found = {each["title"]: (each["status"], each["error"]) for each in scenarios(store)}
    store.dispose()
    assert all(status == "failed" and "supplyloop run" in error for status, error in found.values()), found
