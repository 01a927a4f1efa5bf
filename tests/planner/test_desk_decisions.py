"""What is decided on the desk is in the journal: once, by whom, on what they saw (fault D10)."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest
from desk_workspace import AS_OF, insert, name_of, need

from feedback.journal.on_the_way import waiting_messages
from pipelines.publication import publish
from pipelines.workspace import Workspace

ONE, TWO, THREE = name_of(1), name_of(2), name_of(3)


@pytest.fixture
def journal(desk):
    return desk.workplaces["shop"].tenant.journal


def test_an_approval_freezes_the_message_that_is_sent(desk, browser, journal) -> None:
    someone = browser("planner")
    answer = someone.change("approve", **someone.seen(ONE))
    assert answer.status_code == 200 and answer.json()["lines"][0]["status"] == "approved"
    [message] = waiting_messages(journal)
    assert json.loads(message["body"])["quantity"] == "12"
    assert [event["actor"] for event in journal.events(ONE)] == ["plan", "planner"]


def test_an_edit_needs_a_reason_and_outlives_the_next_plan(browser, journal) -> None:
    someone = browser("planner")
    seen = someone.seen(ONE)
    assert someone.change("edit", **seen, new_quantity="24").status_code == 400
    assert someone.change("edit", **seen, new_quantity="24", reason="other").status_code == 400
    assert someone.change("edit", **seen, new_quantity="-1", reason="budget").status_code == 400
    assert someone.change("edit", **seen, new_quantity="24", reason="budget", note="half now").status_code == 200
    [told] = [json.loads(event["payload"]) for event in journal.events(ONE, kind="edit")]
    assert told == {"quantity": "24", "reason": "budget: half now", "reason_code": "budget"}
    journal.take([need(1), need(2), need(3)], {}, "plan", AS_OF)
    assert someone.line(ONE)["quantity"] == 24


def test_rejected_and_snoozed_lines_leave_the_list_and_can_come_back(browser, journal) -> None:
    someone = browser("planner")
    assert someone.change("reject", **someone.seen(ONE), reason="end_of_life").status_code == 200
    assert someone.change("snooze", **someone.seen(TWO), until="2026-11-01").status_code == 400
    assert someone.change("snooze", **someone.seen(TWO), until="2026-11-09").status_code == 200
    assert someone.change("snooze", **someone.seen(THREE), until="price list of S1").status_code == 200
    assert someone.lines() == [] and len(someone.lines(view="snoozed")) == 2
    assert someone.change("reopen", **someone.seen(ONE)).status_code == 200
    assert [line["suggestion_id"] for line in someone.lines()] == [ONE]


def test_who_decides_on_what_is_no_longer_so_gets_both_values(desk, browser, journal) -> None:
    ann, bob = browser("planner"), browser("approver")
    seen = bob.seen(THREE)
    ann.change("edit", **ann.seen(THREE), new_quantity="120", reason="promotion_known")
    late = bob.change("approve", **seen)
    assert late.status_code == 409
    assert late.json()["now"] == {"version": 2, "status": "edited", "quantity": "120"}
    assert late.json()["yours"] == {"version": 1, "quantity": "36"}
    kinds = [event["kind"] for event in journal.events(THREE)]
    assert kinds == ["propose", "edit", "refused"]
    assert bob.line(THREE)["quantity"] == 120


def test_all_that_is_listed_is_approved_at_the_total_that_was_shown_and_taken_back(browser, journal) -> None:
    boss = browser("approver")
    query = {"filters": json.dumps({"supplier_id": {"filterType": "set", "values": ["S2"]}})}
    total = boss.change("total", query=query).json()
    assert (total["lines"], total["amounts"], total["second_signature"]) == (2, {"CNY": "480"}, 0)
    approved = boss.change("approve_many", query=query, seal=total["seal"]).json()["approved"]
    assert sorted(approved) == sorted([ONE, THREE])
    assert [line["suggestion_id"] for line in boss.lines()] == [TWO]
    told = boss.change("undo", suggestion_ids=approved, reason="too fast").json()["told"]
    assert set(told.values()) == {"withdrawn"}
    assert len(boss.lines()) == 3 and waiting_messages(journal) == []


def test_a_bulk_approval_is_refused_if_a_line_of_it_changed_since(browser) -> None:
    boss, ann = browser("approver"), browser("planner")
    total = boss.change("total", query={}).json()
    ann.change("edit", **ann.seen(TWO), new_quantity="36", reason="budget")
    assert boss.change("approve_many", query={}, seal=total["seal"]).status_code == 409
    assert {line["status"] for line in boss.lines()} == {"proposed", "edited"}


def test_the_same_approval_sent_twice_is_one_decision(browser, journal) -> None:
    someone = browser("planner")
    seen = someone.seen(ONE)
    assert [someone.change("approve", **seen).status_code for _ in range(2)] == [200, 409]
    assert len(waiting_messages(journal)) == 1


@pytest.mark.parametrize("wrong", [{}, {"suggestion_id": ONE}, {"suggestion_id": ONE, "version": 1, "quantity": "x"}])
def test_a_decision_names_what_was_seen(browser, wrong) -> None:
    assert browser("planner").change("approve", **wrong).status_code == 400


def test_what_the_journal_does_not_know_cannot_be_decided(browser) -> None:
    answer = browser("planner").change("approve", suggestion_id="BUY-0", version=1, quantity="1")
    assert answer.status_code == 422 and "unknown" in answer.json()["error"]


def limit(amounts: dict[str, int], tenant_folder: Path) -> None:
    """Publish another policy: what each of its roles signs alone."""
    workspace = Workspace.at(tenant_folder)
    with duckdb.connect(str(workspace.warehouse)) as warehouse:
        rows = [
            {"role": role, "action": "*", "valid_from": date(2026, 1, 1), "max_amount": amount, "currency": "CNY"}
            for role, amount in amounts.items()
        ]
        insert(warehouse, "approval_limit", rows)
        publish(warehouse, workspace, "shop", AS_OF, AS_OF)


def test_above_the_limit_of_policy_two_different_people_sign(browser, tmp_path) -> None:
    limit({"planner": 200, "manager": 300}, tmp_path / "shop")
    ann, boss = browser("planner"), browser("approver")
    assert ann.change("approve", **ann.seen(ONE)).json()["lines"][0]["status"] == "approved"
    assert ann.change("approve", **ann.seen(THREE)).json()["lines"][0]["status"] == "countersign"
    assert ann.change("approve", **ann.seen(THREE)).status_code == 422
    assert [line["suggestion_id"] for line in boss.lines(view="countersign")] == [THREE]
    assert boss.change("total", query={}).json()["second_signature"] == 1
    assert boss.change("approve", **boss.seen(THREE)).json()["lines"][0]["status"] == "approved"


def test_nobody_signs_on_a_publication_that_has_no_limits(browser, tmp_path) -> None:
    workspace = Workspace.at(tmp_path / "shop")
    with duckdb.connect(str(workspace.warehouse)) as warehouse:
        warehouse.execute("drop table marts.approval_limit")
        publish(warehouse, workspace, "shop", AS_OF, AS_OF)
    ann = browser("planner")
    answer = ann.change("approve", **ann.seen(ONE))
    assert answer.status_code == 422 and "run the loop once" in answer.json()["error"]


def test_whom_policy_does_not_name_signs_nothing(desk, browser, tmp_path) -> None:
    limit({"manager": 300}, tmp_path / "shop")
    ann = browser("planner")
    answer = ann.change("approve", **ann.seen(ONE))
    assert answer.status_code == 422 and "['manager'] do" in answer.json()["error"]
    assert desk.refusals.last()[0]["why"] == answer.json()["error"]
