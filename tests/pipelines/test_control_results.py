"""The twelve controls after a run: silent on a clean world, exact on faults put into it."""

import csv
from collections.abc import Callable
from decimal import Decimal

from sample_workspace import turn

from pipelines.query import run_query
from pipelines.settings import load_settings

Row = dict[str, str]
LATER = "2026-10-31 22:00:00+08:00"


def ask(workspace, sql: str) -> list[tuple]:
    return run_query(workspace, load_settings(workspace.settings_file), sql, 1000)[1]


def told_again(workspace, contract: str, change: Callable[[list[Row]], list[Row]]) -> None:
    """Another file of a contract table, made of the first rows of the one that is there."""
    [path] = workspace.inbox.glob(f"{contract}.all.20261101T*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(12), strict=False)]
    changed = change(rows)
    with (workspace.inbox / f"{contract}.all.20261101T010000.2.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(changed[0]))
        writer.writeheader()
        writer.writerows(changed)


def test_all_twelve_controls_are_zero_on_a_clean_world(planned):
    measured = ask(
        planned,
        "select control_no, sum(rows_checked) > 0, sum(rows_off), sum(difference), sum(money_at_stake) "
        "from control_result group by 1 order by 1",
    )
    assert measured == [(number, True, 0, 0, 0) for number in range(1, 13)]
    assert ask(planned, "select * from control_example") == []


def test_each_control_measures_the_fault_that_was_put_in_and_names_its_line(copied):
    def dearer(rows: list[Row]) -> list[Row]:
        rows[0]["payable_amount"] = str(Decimal(rows[0]["payable_amount"]) + 5)
        return [rows[0] | {"updated_at": LATER}]

    def overpriced(rows: list[Row]) -> list[Row]:
        rows[0]["unit_price_ex_tax"] = str(Decimal(rows[0]["unit_price_ex_tax"]) + 2)
        stray = rows[1] | {
            "invoice_line_id": "STRAY",
            "po_line_id": "",
            "receipt_line_id": "",
            "amount_ex_tax": "40.0000",
        }
        return [rows[0] | {"updated_at": LATER}, stray]

    def rewritten(rows: list[Row]) -> list[Row]:
        lonely = rows[1] | {"voucher_id": "LONELY", "account_code": "1012", "debit": "7.0000", "credit": "0.0000"}
        rows[0] |= {"debit": "100.0000", "credit": "0.0000"}
        return [*rows, lonely]

    told_again(copied, "order.sales_order", dearer)
    told_again(copied, "procurement.supplier_invoice_line", overpriced)
    told_again(copied, "finance.voucher_line", rewritten)
    told_again(
        copied,
        "order.order_event",
        lambda rows: [rows[0] | {"order_event_id": "JUMP", "from_status": "pending_pay", "to_status": "shipped"}],
    )
    told_again(
        copied,
        "logistics.freight_bill_line",
        lambda rows: [rows[0] | {"line_no": "9"}, rows[0] | {"waybill_no": "NOT-OURS", "amount": "8.0000"}],
    )
    told_again(
        copied,
        "payment.channel_statement_line",
        lambda rows: [rows[0] | {"channel_txn_no": "UNKNOWN", "order_amount": "30.0000"}],
    )
    told_again(
        copied,
        "inventory.stock_ledger",
        lambda rows: [rows[0] | {"ledger_id": "EXTRA", "occurred_at": "2026-10-20 10:00:00+08:00", "qty_delta": "3"}],
    )
    run = turn(copied)

    off = ask(
        copied,
        "select check_name, rows_off::int, difference::int from control_result where status = 'failed' order by 1",
    )
    assert off == [
        ("billed_parcel_is_ours", 1, 1),
        ("invoice_names_an_order", 1, 40),
        ("invoiced_at_agreed_price", 1, 2),
        ("ledger_explains_counts", 1, 3),
        ("payable_adds_up", 1, 5),
        ("posted_lines_stand", 1, 1),
        ("statement_is_booked", 1, 30),
        ("steps_are_allowed", 1, 1),
        ("voucher_balances", 1, 7),
        ("waybill_billed_once", 1, 1),
    ]
    ranked = ask(copied, "select doubt_rank, money_at_stake from control_result where doubt_rank > 0 order by 1")
    assert [rank for rank, _ in ranked] == list(range(1, 11))
    assert [stake for _, stake in ranked] == sorted((stake for _, stake in ranked), reverse=True)
    assert ask(
        copied,
        "select record_key, file_name, line_no, difference::int from control_example "
        "where check_name in ('statement_is_booked', 'billed_parcel_is_ours', 'invoice_names_an_order') order by 1",
    ) == [
        ("NOT-OURS", "logistics.freight_bill_line.all.20261101T010000.2.csv", 3, 1),
        ("STRAY", "procurement.supplier_invoice_line.all.20261101T010000.2.csv", 3, 40),
        ("UNKNOWN", "payment.channel_statement_line.all.20261101T010000.2.csv", 2, 30),
    ]
    controls = {name for key, name in (check.split(": ") for check in run.checks_failed) if "control_result" in key}
    assert controls == {
        *("freight_bills", "three_way_match", "ledger_against_counts", "order_identity"),
        *("vouchers", "payments_against_statements", "order_steps"),
    }
