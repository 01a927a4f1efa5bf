"""`supplyloop audit verify`: a whole journal passes, a changed one fails and says where."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from feedback.journal import Journal, open_store
from feedback.states import Event
from pipelines.cli import app


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
