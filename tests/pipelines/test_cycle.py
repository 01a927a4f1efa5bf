"""The loop end to end on the sample export of a small retailer."""

import csv
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from sample_workspace import LOADED_AT, exported, make_workspace, table_hashes, turn

from feedback.journal import Head
from pipelines.journal import open_journal
from pipelines.publication import current_publication
from pipelines.query import run_query
from pipelines.runner import RunFailedError, fail_dead_runs, instance_of
from pipelines.settings import load_settings
from pipelines.summary import summarise
from pipelines.warehouse import open_warehouse
from pipelines.workspace import Workspace

DECISIONS = ("purchase_suggestions", "wave_plan", "carrier_choice")


def ask(workspace: Workspace, sql: str) -> list[tuple]:
    return run_query(workspace, load_settings(workspace.settings_file), sql, 100_000)[1]


def decision_files(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(workspace.outbox.iterdir())}


def journal_head(workspace: Workspace) -> Head:
    journal = open_journal(workspace, load_settings(workspace.settings_file))
    try:
        return journal.head()
    finally:
        journal.store.dispose()


def published_hashes(workspace: Workspace) -> dict[str, str]:
    return {name: mart.object for name, mart in current_publication(workspace).marts.items()}


def test_one_run_publishes_every_mart_and_writes_the_decision_files(planned):
    published = current_publication(planned).marts
    assert {"demand_history", "inventory_position", "inventory_health", "supplier_scorecard"} <= set(published)
    assert {"profit_waterfall", "delivery_status", "replenishment_suggestion"} <= set(published)
    for decision in DECISIONS:
        [file] = planned.outbox.glob(f"{decision}.*.dry-run.csv")
        rows = list(csv.DictReader(file.open(encoding="utf-8")))
        document = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        assert len(rows) == len(document["decisions"]) > 0
        assert len({row["idempotency_key"] for row in rows}) == len(rows)


# Goods that left, at what the plan says a sale of each costs, and what the waterfall found of the same lines. What was
# sent for an exchange is a cost of returns.
SOLD_AND_PLANNED = """
    with
    economics as (
        select sku_id, avg(commission_cost) as commission, avg(payment_cost) as payment, avg(freight_cost) as freight,
            avg(return_cost) as returned, avg(handling_cost) as handling, avg(unit_margin) as margin
        from marts.unit_economics group by sku_id
    ),
    lines as (
        select *, order_type in ('exchange', 'resend', 'sample') as is_sent_again
        from marts.profit_waterfall
        where fulfil_mode = 'own' and recognised_date is not null
    )
    select
        sum(commission * sold_qty) filter (not is_sent_again) / -sum(commission_amount),
        sum(payment * sold_qty) filter (not is_sent_again) / -sum(payment_fee_amount),
        sum(freight * sold_qty) filter (not is_sent_again)
        / -sum(freight_amount + freight_income_amount) filter (not is_sent_again),
        sum(returned * sold_qty) filter (not is_sent_again)
        / -sum(
            refund_amount + return_recovery_amount + return_loss_amount + return_freight_amount
            + case when is_sent_again then landed_cost_amount else 0 end
        ),
        -- handling is what policy says it costs, the waterfall's what was booked
        sum((margin + handling) * sold_qty) filter (not is_sent_again)
        / sum(
            profit_amount - capital_cost_amount - marketing_amount - platform_funding_amount
            - supplier_funding_amount - warehouse_cost_amount
        )
    from lines
    join economics using (sku_id)
"""


def test_the_margin_that_plans_decide_by_is_what_the_waterfall_leaves_of_the_same_sales(planned):
    with duckdb.connect(str(planned.warehouse), read_only=True) as connection:
        [[commission, payment, freight, returned, margin]] = connection.execute(SOLD_AND_PLANNED).fetchall()
    assert [commission, payment, freight] == pytest.approx([1, 1, 1], abs=0.05)
    # What left lately comes back later; prices and costs of goods are today's.
    assert [returned, margin] == pytest.approx([1, 1], abs=0.1)


def test_on_the_clean_world_the_waterfall_ties_to_the_ledger_and_to_payments(planned):
    with duckdb.connect(str(planned.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select step, basis, status, difference_amount from marts.ledger_tie_out where period != 'unposted'"
        ).fetchall()
    compared = [row for row in rows if not row[1].endswith("_only")]
    wanted = {"revenue", "output_tax", "landed_cost_own", "payment_fee", "refund", "cash_paid"}
    assert wanted <= {step for step, *_ in compared}
    assert {status for _, _, status, _ in compared} == {"ties"}
    recomputed = [difference for _, basis, _, difference in compared if basis == "recomputed"]
    assert max(map(abs, recomputed)) < Decimal("0.005")


def test_on_the_clean_world_payments_match_and_what_we_owe_is_what_the_ledger_says(planned):
    with duckdb.connect(str(planned.warehouse), read_only=True) as connection:
        statuses = connection.execute(
            "select distinct status, order_status from marts.payment_reconciliation"
        ).fetchall()
        owed = connection.execute(
            "select item_kind, sum(open_amount) from marts.open_item where side = 'payable' group by item_kind"
        ).fetchall()
        [[posted]] = connection.execute(
            "select -sum(amount) from intermediate.int_ledger_posting where role = 'payable'"
        ).fetchall()
    assert {status for status, _ in statuses} == {"matched", "timing"}
    assert {order_status for _, order_status in statuses} <= {"ties", None}
    # The tiny world ends with a month, so everything is posted.
    assert sum(amount for _, amount in owed) == posted


def test_every_source_row_of_the_sample_is_loaded_and_none_is_quarantined(planned):
    with open_warehouse(planned, load_settings(planned.settings_file), "test") as connection:
        rows = summarise(connection, planned, LOADED_AT).rows
    assert rows["source"] == rows["loaded"] + rows["older"] and rows["loaded"] > 10_000
    assert rows["quarantined"] == 0


def test_running_twice_changes_nothing(copied):
    tables, files = table_hashes(copied), decision_files(copied)
    publication = current_publication(copied).publication_id
    objects = {p.name: p.stat().st_mtime_ns for p in (copied.published / "objects").iterdir()}
    decided = journal_head(copied)
    turn(copied)
    assert table_hashes(copied) == tables and decision_files(copied) == files
    assert journal_head(copied) == decided and decided.sequence > 1
    assert current_publication(copied).publication_id == publication
    assert {p.name: p.stat().st_mtime_ns for p in (copied.published / "objects").iterdir()} == objects


def test_a_new_file_changes_the_marts_as_a_forced_run_would(copied):
    [orders] = copied.inbox.glob("order.sales_order.all.*.csv")
    header, first, *_ = orders.read_text(encoding="utf-8").splitlines()
    row = dict(zip(header.split(","), first.split(","), strict=True)) | {"order_id": "once-more"}
    (copied.inbox / "order.sales_order.all.20261102.1.csv").write_text(f"{header}\n{','.join(row.values())}\n")
    before, found = table_hashes(copied), turn(copied)
    after = table_hashes(copied)
    assert after["raw.order__sales_order"] != before["raw.order__sales_order"]
    forced = turn(copied, force=True)
    assert table_hashes(copied) == after
    assert forced.checks_failed == found.checks_failed
    assert forced.checks_passed > found.checks_passed, "sources whose tests had passed are tested again"


def test_a_daily_plan_after_an_intraday_turn_is_a_whole_one(tmp_path, planned):
    """What the intraday job leaves out must not count as done."""
    workspace = make_workspace(tmp_path / "demo")
    turn(workspace, "intraday_fulfilment")
    assert ask(workspace, "select count(*) from demand_forecast") == [(0,)]
    turn(workspace)
    assert decision_files(workspace) == decision_files(planned)
    results = ("marts", "plan")  # members are hashed by another key
    assert table_hashes(workspace, results) == table_hashes(planned, results)


def test_every_bridge_adds_up_to_its_suggestion(planned):
    rows = ask(
        planned,
        """select s.suggestion_id, s.suggested_qty, sum(b.quantity)
        from replenishment_suggestion as s join replenishment_bridge as b using (suggestion_id)
        group by all""",
    )
    assert rows and all(quantity == total for _, quantity, total in rows)


def test_decisions_do_not_move_when_data_after_as_of_change(tmp_path):
    as_of = datetime.fromisoformat("2026-10-18T06:00:00+08:00")
    as_it_was = make_workspace(tmp_path / "as_it_was")
    changed = make_workspace(tmp_path / "changed")
    touched = sum(_change_the_future(path, as_of) for path in sorted(changed.inbox.glob("*.csv")))
    assert touched > 500
    for workspace in (as_it_was, changed):
        for manifest in workspace.inbox.glob("*.manifest.json"):
            manifest.unlink()
        turn(workspace, "daily_decisions", as_of=as_of)
    before, after = (table_hashes(w, ("plan",)) for w in (as_it_was, changed))
    assert before == after
    assert before["plan.demand_forecast"] != hashlib.sha256(b"[]").hexdigest()
    assert decision_files(as_it_was) == decision_files(changed)


def _change_the_future(path: Path, as_of: datetime) -> int:
    """Double every quantity in the rows whose event lies after `as_of`; returns how many were touched."""
    contract = ".".join(path.name.split(".")[:2])
    event = {
        "order.sales_order_line": "updated_at",
        "inventory.stock_snapshot": "as_of",
        "inventory.stock_ledger": "occurred_at",
        "procurement.goods_receipt_line": "received_at",
        "procurement.purchase_order_line": "updated_at",
    }.get(contract)
    if event is None:
        return 0
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    touched = 0
    for row in rows:
        if row.get(event) and datetime.fromisoformat(row[event]) > as_of:
            touched += 1
            for column in (
                "received_qty",
                "on_hand_qty",
                "available_qty",
                "cancelled_qty",
                "shipped_qty",
                "qty_delta",
            ):
                if row.get(column):
                    row[column] = str(int(float(row[column])) * 2)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return touched


def test_without_stock_levels_are_published_and_no_purchase_file_is_written(tmp_path):
    workspace = make_workspace(tmp_path / "orders_only", sample=False)
    for path in exported().inbox.iterdir():
        if path.name.startswith(("order.", "product.")):
            shutil.copy(path, workspace.inbox / path.name)
    turn(workspace)
    levels = ask(workspace, "select count(*), count(stock_known) filter (where stock_known) from replenishment_input")
    assert levels[0][0] > 5 and levels[0][1] == 0
    with duckdb.connect(str(workspace.warehouse), read_only=True) as connection:
        known = connection.execute("select count(order_up_to_qty) from plan.replenishment_level").fetchone()
    assert known[0] > 5
    assert ask(workspace, "select count(*) from replenishment_suggestion where suggested_qty is not null") == [(0,)]
    assert not list(workspace.outbox.glob("purchase_suggestions*"))
    missing = ask(workspace, "select contract, stands_in from delivery_status where system = 'inventory'")
    assert missing and all(stands_in for _, stands_in in missing)


def test_a_bad_file_is_named_and_the_others_load(copied):
    (copied.inbox / "notes.csv").write_text("a,b\n1,2\n")
    (copied.inbox / "order.shop.all.20261102.1.csv").write_text("shop_name\nno key\n")
    run = turn(copied)
    assert "inbox: nothing_refused" in run.checks_failed
    with open_warehouse(copied, load_settings(copied.settings_file), "test") as connection:
        refused = summarise(connection, copied, LOADED_AT).files_not_loaded
    assert "unknown_file" in refused["notes.csv"] and "missing_column" in refused["order.shop.all.20261102.1.csv"]


def run_cli(*arguments: str, **options: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "pipelines.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


NO_WAY_OUT = """
import sys
def hook(event, arguments):
    if event == "socket.connect" and not str(arguments[1][0]).startswith(("127.", "::1", "/")):
        sys.stderr.write(f"WENT OUT {arguments[1]!r}\\n")
    if event == "socket.getaddrinfo" and arguments[0] not in (None, "", "localhost", "127.0.0.1", "::1"):
        sys.stderr.write(f"WENT OUT {arguments[0]!r}\\n")
sys.addaudithook(hook)
"""


def test_a_run_opens_no_connection_to_the_outside_and_ends_with_a_summary(tmp_path):
    workspace = make_workspace(tmp_path / "demo")
    (tmp_path / "sitecustomize.py").write_text(NO_WAY_OUT)
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = run_cli("-w", str(workspace.root), "run", env=environment)
    assert done.returncode == 0, done.stderr
    assert "WENT OUT" not in done.stderr
    stages = ("✓ ingest", "✓ forecast", "✓ waves", "✓ publish")
    for line in (*stages, "rows in", "checks", "suggestions", "waves", "carriers", "publication"):
        assert line in done.stdout


def test_a_killed_run_leaves_the_last_publication_whole_and_its_rerun_is_equal(copied, planned):
    wanted, before = published_hashes(planned), current_publication(copied).publication_id
    randomness = random.Random(7)
    for _ in range(3):
        # New code is what makes everything be computed again; --force does the same.
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "-w", str(copied.root), "run", "--force"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(randomness.uniform(2.0, 16.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert current_publication(copied).publication_id == before
        assert len(ask(copied, "select count(*) from demand_history")) == 1
    turn(copied)
    assert published_hashes(copied) == wanted
    assert table_hashes(copied) == table_hashes(planned)


def test_a_run_whose_process_died_is_reported_failed_at_the_next_start(copied):
    import dagster as dg

    with instance_of(copied) as instance:
        gone = subprocess.Popen([sys.executable, "-c", ""])
        gone.wait()
        run = dg.DagsterRun(
            job_name="daily_plan", status=dg.DagsterRunStatus.STARTED, tags={"supplyloop/pid": str(gone.pid)}
        )
        instance.add_run(run)
        assert fail_dead_runs(instance) == [run.run_id]
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE


def test_a_failing_model_fails_the_run_and_keeps_the_publication(copied):
    before = current_publication(copied).publication_id
    with open_warehouse(copied, load_settings(copied.settings_file), "test") as connection:
        connection.execute("insert into raw.order__shop by name select * from raw.order__shop")
        connection.execute("delete from control.tested")
    with pytest.raises(RunFailedError, match="honours_contract"):
        turn(copied, force=True)
    assert current_publication(copied).publication_id == before
