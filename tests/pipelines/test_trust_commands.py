"""`supplyloop trust`, as the head of purchasing uses it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from feedback.identity import Need
from feedback.journal import Journal, open_store, verify
from feedback.message import freezer
from feedback.scoring import Outcome, score_event
from feedback.states import Event, RefusedError
from pipelines.cli import app
from pipelines.cycle import Cycle
from pipelines.journal_tables import create_feedback_tables
from pipelines.publication import publish
from pipelines.settings import SettingsError, load_settings
from pipelines.trust_assets import auto_approved_asset, scored_asset
from pipelines.workspace import Workspace

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
SETTINGS = """
tenant_id = "demo"

[destinations.erp]
decisions = ["purchase_suggestions"]
folder = "to_erp"

[auto_approval]
value = 1000
lines = 10
scored = 2
"""
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 1, "uom_ratio_denominator": 1,
    "unit_price": "10", "currency": "CNY", "requested_date": "2026-11-09", "as_of": "2026-11-01T06:00:00+08:00",
}  # fmt: skip


LIMITS = """
    create schema marts;
    create table marts.approval_limit as
    select role, '*' as action, 'CNY' as currency, amount::decimal(18, 4) as max_amount,
        date '2026-01-01' as valid_from, null::date as valid_to
    from (values ('planner', 40), ('head', 5000)) as limits (role, amount)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with three scored purchases of one supplier and one that is proposed."""
    (tmp_path / "supplyloop.toml").write_text(SETTINGS)
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    journal = Journal(store, freezer("demo", {"purchase_suggestions": "erp"}))
    needs = [Need("buy", sku, "W1", Decimal(5), facts=FACTS) for sku in "ABCD"]
    *bought, _ = [change.suggestion_id for change in journal.take(needs, {}, "plan", AT).new]
    for number, name in enumerate(bought):
        journal.record([Event("approve", name, "ann", AT, {"quantity": "5"})])
        happened = Outcome(Decimal(0), [Decimal(0)], [Decimal(5 - number % 2)], Decimal("0.1"), Decimal(5))
        journal.record([score_event(journal.state(name), happened, AT)])
    store.dispose()
    place = Workspace(tmp_path)
    place.create_folders()
    with duckdb.connect(str(place.warehouse)) as warehouse:
        warehouse.execute(LIMITS)
        publish(warehouse, place, "demo", AT, AT)
    return tmp_path


def test_a_class_is_shown_granted_used_and_revoked(workspace: Path) -> None:
    def said(*arguments: str) -> str:
        return ran(workspace, "trust", *arguments)

    assert said("show") == "buy S1: 3 scored, system 69.9, edits 0: earned\n"
    assert said("approve") == "0 approved\n"
    said("grant", "buy S1", "--cap", "100", "--role", "head", "--reason", "good record")
    assert "granted up to 100" in said("show")
    assert said("approve") == "1 approved\n"
    assert "approved by people again" in said("revoke", "buy S1", "--reason", "new owner")
    for name, cap, role in (("buy S2", "9", "head"), ("buy S1", "100", "planner"), ("buy S1", "9", "guest")):
        given = ("trust", "grant", name, "--cap", cap, "--role", role, "--reason", "x")
        refused = CliRunner().invoke(app, ["-w", str(workspace), *given])
        assert isinstance(refused.exception, RefusedError)


def ran(workspace: Path, *arguments: str) -> str:
    """What a command says."""
    found = CliRunner().invoke(app, ["-w", str(workspace), *arguments])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_person_signs_up_to_the_limit_of_the_role_and_above_it_two_do(workspace: Path, monkeypatch) -> None:
    journal = Journal(open_store(f"sqlite:///{workspace / 'decisions.db'}"))
    [waiting] = journal.states({"proposed"})
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    assert ran(workspace, "feedback", "approve", waiting.suggestion_id) == (
        f"0 approved\n{waiting.suggestion_id} waits for a second person\n"
    )
    again = CliRunner().invoke(app, ["-w", str(workspace), "feedback", "approve", waiting.suggestion_id])
    assert "a second person must" in str(again.exception)
    monkeypatch.setattr("getpass.getuser", lambda: "bob")
    assert ran(workspace, "feedback", "approve", "--action", "buy") == "1 approved\n"
    assert journal.state(waiting.suggestion_id).approvers == ("ann", "bob")
    assert "nothing of buy waits" in ran(workspace, "feedback", "approve", "--action", "buy")
    journal.store.dispose()


def test_a_run_approves_what_is_trusted_and_scores_what_is_known(workspace: Path) -> None:
    place = Workspace(workspace)
    journal = Journal(open_store(f"sqlite:///{workspace / 'decisions.db'}"))
    [waiting] = journal.states({"proposed"})
    with duckdb.connect(str(place.warehouse)) as warehouse:
        create_feedback_tables(warehouse)
        warehouse.execute("create schema control")
        warehouse.execute("create table control.latest as select timestamptz '2026-11-01 09:00:00+00' as as_of")
        warehouse.execute(OUTCOMES.format(lines=f"('L1', '{waiting.suggestion_id}'), ('L2', 'BUY-nobody')"))
        warehouse.execute("insert into feedback.suggestion (suggestion_id) values (?)", [waiting.suggestion_id])

    def turned() -> dict[str, object]:
        cycle = Cycle(place, load_settings(place.settings_file), AT)
        try:
            done = dg.materialize([auto_approved_asset, scored_asset], resources={"cycle": cycle})
        finally:
            cycle.release()
        events = done.get_asset_materialization_events()
        return {e.asset_key.path[-1]: next(iter(e.materialization.metadata.values())).value for e in events}

    assert turned() == {"auto_approved": 0, "scored": 0}, "nobody granted it, nobody signed it"
    ran(workspace, "trust", "grant", "buy S1", "--cap", "100", "--role", "head", "--reason", "good record")
    assert turned() == {"auto_approved": 1, "scored": 1}
    head = journal.head()
    assert turned() == {"auto_approved": 0, "scored": 0} and journal.head() == head
    approval = next(row for row in journal.events(waiting.suggestion_id) if row["kind"] == "approve")
    assert (approval["actor"], json.loads(approval["payload"])["role"]) == ("auto-approval", "head")
    # Off again: a class stays granted, and nothing is approved by it.
    place.settings_file.write_text(SETTINGS.partition("[auto_approval]")[0])
    journal.take([Need("buy", "E", "W1", Decimal(5), facts=FACTS)], {}, "plan", AT)
    assert turned()["auto_approved"] == 0 and journal.states({"proposed"})
    assert verify(journal) == []
    journal.store.dispose()


OUTCOMES = """
    create or replace table marts.purchase_outcome as
    select 'x' as source_system, po_line_id, suggestion_id, date '2026-11-10' as arrived_date,
        date '2026-11-10' + day::int as outcome_date, 1::decimal(18, 4) as opening_qty,
        0::decimal(18, 4) as arrival_qty, 3::decimal(18, 4) as demand_qty, 0.1::decimal(18, 8) as holding_rate,
        5::decimal(18, 4) as shortage_rate
    from range(2) as days (day), (values {lines}) as lines (po_line_id, suggestion_id)
"""


def test_what_the_publication_knows_the_outcome_of_is_scored_once(workspace: Path) -> None:
    store = open_store(f"sqlite:///{workspace / 'decisions.db'}")
    journal = Journal(store, freezer("demo", {"purchase_suggestions": "erp"}))
    [open_one] = journal.states({"proposed"})
    journal.record([Event("edit", open_one.suggestion_id, "ann", AT, {"quantity": "3", "reason": "fair"})])
    journal.record([Event("approve", open_one.suggestion_id, "ann", AT, {"quantity": "3"})])
    # An export that drops ids: its line was recognised, the other is nobody's.
    journal.record([Event("see", open_one.suggestion_id, "exports", AT, {"seen": "3", "lines": {"x:L1": "3"}})])
    place = Workspace(workspace)
    with duckdb.connect(str(place.warehouse)) as warehouse:
        warehouse.execute(OUTCOMES.format(lines="('L1', null::varchar), ('L2', null::varchar)"))
        publish(warehouse, place, "demo", AT, AT)
    for told in ("1 scored\n", "0 scored\n"):
        assert CliRunner().invoke(app, ["-w", str(workspace), "trust", "score"]).output == told
    [event] = [row for row in journal.events(open_one.suggestion_id) if row["kind"] == "score"]
    # Six were wanted and one was there: three more earned 15 less a night of one, the plan's five 25 less one of three.
    found = json.loads(event["payload"])
    assert (found["earned"], found["system_earned"], found["edit_earned"]) == ("14.9", "24.7", "-9.8")
    assert verify(journal) == []
    store.dispose()


def test_without_a_section_of_its_own_every_decision_waits_for_a_person(workspace: Path) -> None:
    (workspace / "supplyloop.toml").write_text('tenant_id = "demo"\n')
    ran = CliRunner().invoke(app, ["-w", str(workspace), "trust", "approve"])
    assert isinstance(ran.exception, SettingsError) and "waits for a person" in str(ran.exception)
