"""`supplyloop feedback`, `backup` and `restore`, as an operator uses them."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from feedback.identity import Need
from feedback.journal import Journal, open_store
from feedback.message import freezer
from feedback.states import Event
from pipelines.cli import app
from pipelines.destinations import receivers
from pipelines.settings import SettingsError, load_settings

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
SETTINGS = """
tenant_id = "demo"

[destinations.erp]
decisions = ["purchase_suggestions"]
folder = "to_erp"
"""
RECEIVERS = {"purchase_suggestions": "erp"}
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 12, "uom_ratio_denominator": 1,
    "quantity_uom": "2", "requested_date": "2026-11-09", "as_of": "2026-11-01T06:00:00+08:00",
}  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with one approved purchase."""
    (tmp_path / "supplyloop.toml").write_text(SETTINGS)
    settings = load_settings(tmp_path / "supplyloop.toml")
    journal = Journal(open_store(settings.journal_url(tmp_path / "decisions.db")), freezer("demo", receivers(settings)))
    [change] = journal.take([Need("buy", "A", "W1", Decimal(24), facts=FACTS)], {}, "plan", AT).new
    journal.record([Event("approve", change.suggestion_id, "ann", AT, {"quantity": "24"}, 1)])
    journal.store.dispose()
    return tmp_path


def said(workspace: Path, *arguments: str, status: int = 0) -> str:
    ran = CliRunner().invoke(app, ["-w", str(workspace), *arguments])
    assert ran.exit_code == status, ran.output
    return ran.output


def test_what_is_approved_is_shown_sent_and_answered(workspace: Path) -> None:
    said(workspace, "feedback", "send", "--dry-run", "--into", str(workspace / "dry"))
    [file] = (workspace / "dry" / "erp").iterdir()
    body = json.loads(file.read_text())
    assert not (workspace / "to_erp").exists()
    assert said(workspace, "feedback", "send") == "1 sent, 0 to be tried again, 0 dead letters\n"
    assert len(list((workspace / "to_erp").iterdir())) == 2
    assert said(workspace, "feedback", "send") == "0 sent, 0 to be tried again, 0 dead letters\n"
    columns = "acknowledged_at,schema_version,tenant_id,decision,receiver,status"
    answer = (
        f"{body['suggestion_id']},{body['idempotency_key']},2026-11-02T09:00:00+08:00,1.0,demo,{body['decision']},erp"
    )
    file = workspace / "ack.csv"
    file.write_text(f"suggestion_id,idempotency_key,{columns}\n{answer},accepted\n")
    assert said(workspace, "feedback", "ack", str(file)) == "ack.csv: 1 taken, 0 known, 0 strange\n"
    assert said(workspace, "feedback", "status").split() == ["acknowledged", "1", "message", "sent", "1"]


def test_a_dry_run_tells_a_planners_change_and_shows_the_very_file(workspace: Path) -> None:
    layout = 'folder = "to_erp"\nlayout = "supplier_order"'
    (workspace / "supplyloop.toml").write_text(SETTINGS.replace('folder = "to_erp"', layout))
    journal = Journal(open_store(f"sqlite:///{workspace / 'decisions.db'}"), freezer("demo", RECEIVERS))
    [change] = journal.take([Need("buy", "B", "W1", Decimal(24), facts=FACTS)], {}, "plan", AT).new
    name = change.suggestion_id
    journal.record([Event("edit", name, "ann", AT, {"quantity": "36", "reason": "fair"}, 1)])
    journal.record([Event("approve", name, "ann", AT, {"quantity": "36"}, 2)])
    journal.store.dispose()
    shown = said(workspace, "feedback", "send", "--dry-run", "--into", str(workspace / "dry")).splitlines()
    assert f"erp {name} B to W1: 36 (plan 24, +12)" in shown and "2 rows" in shown[-1]
    said(workspace, "feedback", "send")
    [file] = (workspace / "to_erp").glob("supplier_order.S1.*.xlsx")
    assert file.read_bytes() == (workspace / "dry" / "erp" / file.name).read_bytes()


def test_answers_are_fetched_kept_and_taken_up_once_whole(workspace: Path) -> None:
    place = 'folder = "to_erp"\nanswers = "from_erp"\nlayout = "supplier_order"'
    (workspace / "supplyloop.toml").write_text(SETTINGS.replace('folder = "to_erp"', place))
    said(workspace, "feedback", "send")
    [order] = (workspace / "to_erp").glob("*.xlsx")
    book = openpyxl.load_workbook(order)
    book.active["M2"] = "confirmed"
    (workspace / "from_erp").mkdir()
    (workspace / "from_erp" / "acknowledgement.csv").write_text("suggestion_id,idempotency_key,acknow")
    book.save(workspace / "from_erp" / "order.xlsx")
    assert said(workspace, "feedback", "fetch") == "order.xlsx: 1 taken, 0 known, 0 strange\n"
    assert said(workspace, "feedback", "fetch") == ""
    (workspace / "from_erp" / "a picture.xlsx").write_text("no workbook")
    assert "a picture.xlsx cannot be read as a workbook" in said(workspace, "feedback", "fetch", status=1)
    (workspace / "answers" / "erp" / "a picture.xlsx").unlink()
    (workspace / "from_erp" / "a picture.xlsx").unlink()
    assert [path.name for path in (workspace / "answers" / "erp").iterdir()] == ["order.xlsx"]


def test_a_layout_of_the_workspace_itself_is_as_the_page_shows_it(workspace: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "contracts-howto.md").read_text()
    shown = page.split("## Layouts")[1].split("```yaml\n")[1].split("```")[0]
    (workspace / "layouts").mkdir()
    (workspace / "layouts" / "our_erp.yaml").write_text(shown)
    entry = 'folder = "to_erp"\nlayout = "our_erp"\ntranslate.SITE = { W1 = "0001" }'
    (workspace / "supplyloop.toml").write_text(SETTINGS.replace('folder = "to_erp"', entry))
    said(workspace, "feedback", "send")
    [file] = (workspace / "to_erp").glob("our_erp.S1.*.csv")
    [row] = csv.DictReader(file.open(encoding="utf-8", newline=""))
    assert row.pop("ORDER").startswith("SL")
    assert row == {"ITEM": "A", "PACKS": "2", "UNIT": "EA", "SITE": "0001", "TYPE": "NB"}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ('folder = "x"\nlayout = "sap"', "layout 'sap' is none of"),
        ('folder = "x"\nlayout = "wms_wave"', "is of wave_plan, not purchase_suggestions"),
        (
            'folder = "x"\nlayout = "odoo_purchase_order"',
            "needs the receiver's names of our values: translate.'picking",
        ),
        ('folder = "x"\nlayout = "supplier_order"\nformat = "json"', "is xlsx or csv, not json"),
        (
            'sftp_url = "sftp://me@here/in"\nhost_key = "ssh-ed25519 AAAA"\npassword_variable = "NOT_THERE"',
            "set NOT_THERE to the password",
        ),
    ],
)
def test_a_layout_or_a_server_that_does_not_fit_is_told(workspace: Path, entry: str, why: str) -> None:
    (workspace / "supplyloop.toml").write_text(SETTINGS.replace('folder = "to_erp"', entry))
    ran = CliRunner().invoke(app, ["-w", str(workspace), "feedback", "send"])
    assert isinstance(ran.exception, SettingsError) and why in str(ran.exception)


def test_in_shadow_mode_nothing_leaves(workspace: Path) -> None:
    """Not even what was approved before the workspace went into it."""
    with (workspace / "supplyloop.toml").open("a") as settings:
        settings.write("\n[decisions]\nshadow = true\n")
    assert "shadow mode" in said(workspace, "feedback", "send", status=1)
    assert not (workspace / "to_erp").exists()


def test_nothing_leaves_while_sending_is_stopped(workspace: Path) -> None:
    said(workspace, "feedback", "stop", "--reason", "prices are wrong")
    assert "sending is stopped: prices are wrong" in said(workspace, "feedback", "status")
    assert "0 sent" in said(workspace, "feedback", "send", status=1)
    said(workspace, "feedback", "go", "--reason", "mended")
    assert "1 sent" in said(workspace, "feedback", "send")


def test_a_restored_journal_sends_nothing_by_itself(workspace: Path) -> None:
    copy = workspace / "copy.db"
    said(workspace, "backup", str(copy))
    said(workspace, "feedback", "send")
    sent = {path.name: path.read_bytes() for path in (workspace / "to_erp").iterdir()}
    for path in workspace.glob("decisions.db*"):
        path.unlink()
    assert "sending is stopped" in said(workspace, "restore", str(copy))
    assert "0 sent" in said(workspace, "feedback", "send", status=1)
    said(workspace, "feedback", "go", "--reason", "receiver asked")
    said(workspace, "feedback", "send")
    # Sent again, it is the same file: the receiver sees nothing new.
    assert {path.name: path.read_bytes() for path in (workspace / "to_erp").iterdir()} == sent


@pytest.mark.parametrize(
    "entry",
    [
        'decisions = ["purchases"]\nfolder = "x"',
        'decisions = ["transfers"]',
        'decisions = ["transfers"]\nwebhook_url = "https://x"',
        'decisions = ["transfers", "transfers"]\nfolder = "x"',
        'decisions = ["transfers"]\nsftp_url = "sftp://me@here/in"\npassword_variable = "P"',
        'decisions = ["transfers"]\ntable_url = "sqlite:///x"\nformat = "csv"',
    ],
)
def test_a_destination_that_makes_no_sense_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / "supplyloop.toml").write_text(f'tenant_id = "demo"\n[destinations.erp]\n{entry}\n')
    with pytest.raises(SettingsError, match="destination"):
        load_settings(tmp_path / "supplyloop.toml")
