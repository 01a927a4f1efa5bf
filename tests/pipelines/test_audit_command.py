"""`supplyloop audit verify`: a whole journal passes, a changed one fails and says where."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from feedback.journal import Journal, open_store
from feedback.states import Event
from pipelines.cli import app
from pipelines.publication import publish
from pipelines.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "supplyloop.toml").write_text('tenant_id = "demo"\n')
    return tmp_path


def verified(workspace: Path, *options: str):
    return CliRunner().invoke(app, ["-w", str(workspace), "audit", "verify", *options])


def test_a_changed_event_is_named_and_the_status_is_one(workspace: Path) -> None:
    journal = Journal(open_store(f"sqlite:///{workspace / 'decisions.db'}"))
    change = {"value": "0.97", "reason": "shortages"}
    head = journal.record([Event("policy_change", "policy:x", "ann", datetime(2026, 11, 1, tzinfo=UTC), change, 0)])
    whole = verified(workspace, "--anchor", f"1:{head.hash}")
    assert (whole.exit_code, whole.output) == (0, f"1 events, 0 not as they were written; head 1:{head.hash}\n")
    assert "cut off" in verified(workspace, "--anchor", f"2:{head.hash}").output
    with journal.store.begin() as connection:
        connection.execute(text("drop trigger event_no_update"))
        connection.execute(text("update event set actor = 'bob'"))
    changed = verified(workspace)
    assert changed.exit_code == 1
    assert changed.output.startswith("event 1: policy_change of policy:x does not fit its hash: it was changed\n")


def test_a_journal_that_is_not_the_one_a_publication_was_made_with_is_found_out(workspace: Path) -> None:
    """Its own chain cannot tell that it was cut off or written anew as a whole."""
    at = datetime(2026, 11, 1, tzinfo=UTC)
    journal = Journal(open_store(f"sqlite:///{workspace / 'decisions.db'}"))
    for version, value in enumerate(("0.97", "0.98")):
        change = {"value": value, "reason": "shortages"}
        head = journal.record([Event("policy_change", "policy:x", "ann", at, change, version)])
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create table marts.one as select 1 as number")
        publish(connection, Workspace.at(workspace), "demo", at, at, journal=f"{head.sequence}:{head.hash}")
    assert verified(workspace).exit_code == 0
    journal.store.dispose()
    for path in workspace.glob("decisions.db*"):
        path.unlink()
    assert "event 2: was anchored in a publication and is missing: cut off" in verified(workspace).output
    again = Journal(open_store(f"sqlite:///{workspace / 'decisions.db'}"))
    for version, value in enumerate(("0.97", "0.50")):
        change = {"value": value, "reason": "shortages"}
        again.record([Event("policy_change", "policy:x", "ann", at, change, version)])
    assert "another hash was anchored in a publication" in verified(workspace).output
