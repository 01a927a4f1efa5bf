"""What other rules of waves would do, from the command line."""

from datetime import UTC, datetime

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.settings import load_settings
from pipelines.try_waves import tried
from pipelines.wave_commands import table_of


def test_both_plans_stand_side_by_side_with_their_difference(planned):
    before = planned.warehouse.stat().st_mtime_ns
    done = CliRunner().invoke(app, ["-w", str(planned.root), "waves", "what-if", "--max-orders", "1"])
    assert done.exit_code == 0, done.output
    answer = tried(planned, load_settings(planned.settings_file), {"max_orders": 1})
    assert answer["then"]["waves"] == answer["then"]["orders"] == answer["base"]["orders"] > answer["base"]["waves"]
    rows = {line.split()[1]: line.split() for line in done.output.splitlines() if "波次数" in line}
    assert list(rows) == ["Waves"] and str(answer["then"]["waves"]) in rows["Waves"]
    assert planned.warehouse.stat().st_mtime_ns == before


def test_a_rule_must_be_named_and_be_one_that_waves_have(planned):
    asked = CliRunner().invoke(app, ["-w", str(planned.root), "waves", "what-if"])
    assert asked.exit_code == 2 and "--max-orders" in asked.output
    with pytest.raises(ValueError, match="staff is a number from 0 to 10, found 20"):
        tried(planned, load_settings(planned.settings_file), {"staff": 20.0})


def test_what_is_not_known_of_a_plan_is_a_dash():
    answer = {
        "as_of": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
        "base": {"fullest": None},
        "then": {"fullest": 0.5},
    }
    console = Console(width=120, record=True, file=None)
    console.print(table_of(answer, {"staff": 0.5}))
    line = next(line for line in console.export_text().splitlines() if "Fullest" in line)
    assert "–" in line and "0.50" in line
