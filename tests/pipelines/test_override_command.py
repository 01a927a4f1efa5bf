"""`supplyloop override`: what a planner types stands in the journal; what does not fit is refused."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feedback.journal import open_store, overrides_known
from feedback.states import RefusedError
from pipelines.cli import app


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "supplyloop.toml").write_text('tenant_id = "demo"\n')
    return tmp_path


def typed(workspace: Path, **changes: str):
    said = {
        "level": "sku",
        "member": "S1",
        "first-week": "2026-11-09",
        "last-week": "2026-11-15",
        "kind": "factor",
        "quantity": "1.5",
        "reason": "live show",
    } | changes
    options = [word for name, value in said.items() for word in (f"--{name}", value)]
    return CliRunner().invoke(app, ["-w", str(workspace), "override", "show", *options])


def test_the_same_name_again_is_the_next_version(workspace):
    assert typed(workspace).output.startswith("show: version 1;")
    assert typed(workspace, quantity="1.2").output.startswith("show: version 2;")
    [known] = overrides_known(open_store(f"sqlite:///{workspace / 'decisions.db'}"), datetime.now(UTC))
    assert (known.override_id, known.quantity, known.reason) == ("show", Decimal("1.2"), "live show")


def test_what_no_forecast_could_apply_is_refused_in_words(workspace):
    refused = typed(workspace, level="colour")
    assert isinstance(refused.exception, RefusedError) and "'level' must be one of total, category" in str(
        refused.exception
    )
