"""The page of feeds: whether anything leaves, and how the runs went."""

import sqlite3

import pytest
from desk_people import Browser, Clock, add_person
from desk_workspace import make_workspace

from pipelines.recent_runs import recent_runs
from pipelines.workspace import Workspace
from planner.application import make_application
from planner.web.desk import Desk


@pytest.fixture
def history(tmp_path):
    """A workspace whose job succeeded in 60 s and in 80 s, and is running now."""
    workspace = Workspace(tmp_path)
    folder = workspace.dagster_home / "history"
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "runs.db") as runs:
        runs.execute("create table runs (run_id, pipeline_name, status, start_time, end_time)")
        runs.executemany(
            "insert into runs values (?, 'daily_plan', ?, ?, ?)",
            [("a", "SUCCESS", 1000, 1060), ("b", "SUCCESS", 2000, 2080), ("c", "STARTED", 3000, None)],
        )
    with sqlite3.connect(folder / "event_log.db") as log:
        log.execute("create table event_logs (run_id, step_key, dagster_event_type, timestamp)")
        log.executemany(
            "insert into event_logs values ('b', ?, ?, ?)",
            [
                ("ingest", "STEP_START", "2026-11-01 06:00:00.5"), ("ingest", "STEP_SUCCESS", "2026-11-01 06:00:20.5"),
                ("forecast", "STEP_START", "2026-11-01 06:00:20"), ("forecast", "STEP_FAILURE", "2026-11-01 06:01:10"),
                ("killed", "STEP_START", "2026-11-01 06:01:00"),
            ],
        )  # fmt: skip
    return workspace


def test_runs_are_told_beside_what_is_usual_with_their_longest_steps(history):
    running, last, first = recent_runs(history)
    assert [run["run_status"] for run in (running, last, first)] == ["started", "success", "success"]
    assert (running["run_seconds"], running["usual_seconds"]) == (None, 70)
    assert (last["run_seconds"], last["slowest"]) == (80, "forecast 50 s, ingest 20 s")


def test_a_history_that_is_kept_elsewhere_tells_of_no_runs(tmp_path):
    assert recent_runs(Workspace(tmp_path)) == []


def test_sending_is_stopped_and_resumed_with_a_reason_by_who_may(desk, browser):
    add_person(desk, "boss", {"admin"})

    def board() -> str | None:
        return browser("analyst").ask("boards/feeds").json()["sending_stopped"]

    assert board() is None
    assert browser("planner").change("sending/stop", reason="wrong prices").status_code == 403
    assert browser("approver").change("sending/stop", reason=" ").status_code == 400
    assert browser("approver").change("sending/stop", reason="wrong prices").status_code == 200
    assert board() == "wrong prices"
    assert browser("boss").change("sending/resume", reason="mended").status_code == 200
    assert board() is None
    kinds = [event["kind"] for event in desk.workplaces["shop"].tenant.journal.events(kind="stop_sending")]
    assert len(kinds) == 2


def test_rows_in_quarantine_are_counted_and_carried_away_without_a_formula_that_runs(tmp_path, quick_passwords):
    row = {"quarantine_id": "q1", "file_name": "=1+1.csv", "contract": "order.shop", "reason_code": "bad_type"}
    desk = Desk([make_workspace(tmp_path / "shop", more={"quarantined_row": [row]})], tmp_path / "desk.db", Clock())
    add_person(desk, "ann", {"analyst"})
    ann = Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test").sign_in("ann")
    sections = {each["name"]: each["rows"] for each in ann.ask("boards/feeds").json()["sections"]}
    assert [(each["reason_code"], each["lines"]) for each in sections["quarantined"]] == [("bad_type", 1)]
    [header, line] = ann.ask("quarantined.csv").text.splitlines()
    assert header.lstrip("\ufeff").startswith("quarantine_id,") and line.startswith("q1,") and "'=1+1.csv" in line
    desk.accounts.engine.dispose()
