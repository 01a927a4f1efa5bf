"""`supplyloop quarantine`: what a person does with the rows that broke their contract."""

import csv
from datetime import UTC, datetime

import pytest
from sample_workspace import make_workspace
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.ingestion.ingest import Clock, ingest_files
from pipelines.ingestion.schema import create_warehouse
from pipelines.settings import load_settings
from pipelines.warehouse import open_warehouse

HEADER = "order_id,shop_id,ordered_at,status,goods_amount,updated_at,remark\n"
NAME = "order.sales_order.all.20260901.1.csv"
BAD = "=HYPERLINK(1),S1,yesterday,paid,10.00,,\n"


@pytest.fixture
def workspace(tmp_path):
    """A workspace with eight good orders and a bad one, which names itself as a formula."""
    made = make_workspace(tmp_path / "demo", sample=False)
    good = "".join(f"O{n},S1,2026-09-01 09:00:00,paid,10.00,,\n" for n in range(8))
    (made.inbox / NAME).write_text(HEADER + good + BAD, encoding="utf-8")
    with open_warehouse(made, load_settings(made.settings_file), "test") as connection:
        create_warehouse(connection)
        ingest_files(connection, [made.inbox / NAME], [], Clock(datetime(2026, 9, 2, tzinfo=UTC), "Asia/Shanghai"))
    return made


def quarantine(workspace, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["-w", str(workspace.root), "quarantine", *arguments], env={"COLUMNS": "200"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def the_id(workspace) -> str:
    return (
        quarantine(workspace, "export", str(workspace.root / "ids.csv"), "--overwrite")
        and next(csv.DictReader((workspace.root / "ids.csv").open(encoding="utf-8-sig")))["quarantine_id"]
    )


def test_list_counts_by_file_and_reason_and_show_gives_the_raw_line(workspace):
    assert NAME in (listed := quarantine(workspace, "list")) and "│    1 │" in listed
    row = the_id(workspace)
    assert row[:8] in quarantine(workspace, "list", "--rows")
    shown = quarantine(workspace, "show", row[:8])
    assert BAD.strip() in shown and "file_sha256" in shown and NAME in shown


def test_export_is_a_csv_in_which_nothing_runs_as_a_formula(workspace):
    target = workspace.root / "bad.csv"
    assert "1 rows" in quarantine(workspace, "export", str(target))
    [row] = csv.DictReader(target.open(encoding="utf-8-sig"))
    assert row["raw_line"] == "'" + BAD.strip() and row["line_no"] == "10"
    with pytest.raises(Exception, match="exists"):
        quarantine(workspace, "export", str(target))


def test_waive_closes_a_row_with_its_reason(workspace):
    assert f"waived {NAME} line 10" in quarantine(workspace, "waive", the_id(workspace), "--reason", "a test order")
    assert "nothing waits" in quarantine(workspace, "list")
    assert "waived" in quarantine(workspace, "list", "--all")


def test_replay_says_what_became_of_each_file_and_which_is_gone(workspace):
    assert "1 in quarantine" in (said := quarantine(workspace, "replay")) and "1 rows open" in said
    (workspace.inbox / NAME).unlink()
    assert f"{NAME}: is not in the inbox any more" in quarantine(workspace, "replay")
