"""Six dirty exports against what is known of them: ``python -m benchmarks.dirty_exports --folder F``.

The folder holds the exports and `truth.json` with their rows and control totals. Every figure is computed from what
was loaded, quarantined or set aside; the exit status is 1 if one differs.
"""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from contracts.mapping import mappings
from pipelines.ingestion.ingest import Clock, Outcome, ingest_files
from pipelines.ingestion.schema import create_warehouse
from pipelines.settings import Settings
from pipelines.warehouse import connect
from pipelines.workspace import Workspace

LINES = "raw.payment__channel_statement_line as r join control.delivery as d on d.load_id = r._load_id"
CENTS = "cast(coalesce(sum({}), 0) * 100 as bigint)"
# What truth.json says of a file: name of the figure to SQL for what became of it (`$file` is the file's name).
FIGURES = {
    "wechat": {
        "order": f"select {CENTS.format('settle_amount')} from {LINES} where d.file_name = $file",
        "refund": f"select {CENTS.format('refund_amount')} from {LINES} where d.file_name = $file",
        "fee": f"select {CENTS.format('fee_amount')} from {LINES} where d.file_name = $file",
    },
    "alipay": {
        "income_cents": f"select {CENTS.format('settle_amount')} from {LINES} "
        "where d.file_name = $file and direction = 'in'",
        "expense_cents": f"select -{CENTS.format('settle_amount')} from {LINES} "
        "where d.file_name = $file and direction = 'out'",
    },
    "sf_freight": {
        # Of a damaged row the charge is known, its parcel is not: loaded and quarantined make the bill.
        "freight_cents": f"""select {CENTS.format("amount")} from (
            select amount from raw.logistics__freight_bill_line as r
            join (select distinct load_id from control.delivery where file_name = $file) as d on d.load_id = r._load_id
            where charge_type = 'freight'
            union all
            select distinct on (line_no) cast(raw_line->>'$.cells."费用(元)/运费"' as decimal(18, 4))
            from control.quarantine where file_name = $file and status = 'open')""",
        "lossy_ids": "select count(distinct line_no) from control.quarantine "
        "where file_name = $file and reason_code = 'excel_truncated_id'",
    },
    "shopify": {
        "orders": "select count(*) from raw.order__sales_order as r join control.delivery as d "
        "on d.load_id = r._load_id and d.contract = 'order.sales_order' where d.file_name = $file",
        "lines": "select count(*) from raw.order__sales_order_line as r join control.delivery as d "
        "on d.load_id = r._load_id and d.contract = 'order.sales_order_line' where d.file_name = $file",
    },
    "wdt_orders": {
        "merged": "select count(*) from raw.order__sales_order as r join control.delivery as d "
        "on d.load_id = r._load_id where d.file_name = $file and order_no like '%,%'",
    },
    "amazon": {
        "total_cents": f"select {CENTS.format('settle_amount')} from {LINES} "
        "where d.file_name = $file and line_kind <> 'payout'",
    },
}
# Rows that a file holds beside those that truth.json counts: a row of totals.
TOTAL_ROWS = {"sf_freight": 1, "amazon": 1}


def main() -> None:
    """Load every export of the folder and compare each figure of its truth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    folder = parser.parse_args().folder
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        connection = connect(Workspace(Path(place)), Settings(tenant_id="benchmark"))
        create_warehouse(connection)
        for name, expected in truth.items():
            clock = Clock(datetime.now(UTC), "Asia/Shanghai")
            outcomes = ingest_files(connection, [folder / name], list(mappings().values()), clock)
            wrong += report(connection, name, expected, outcomes)
        connection.close()
    print("all figures tie out" if not wrong else f"{wrong} figures differ")
    sys.exit(min(wrong, 1))


def report(connection: duckdb.DuckDBPyConnection, name: str, expected: dict, outcomes: list[Outcome]) -> int:
    """Print what became of a file and its figures; how many of them differ."""
    for one in outcomes:
        print(
            f"{name}: {one.contract}: {one.status}, {one.rows_in} rows = {one.rows_loaded} loaded + "
            f"{one.rows_quarantined} quarantined + {one.rows_set_aside} set aside + {one.rows_combined} combined + "
            f"{one.rows_duplicate + one.rows_superseded + one.rows_elsewhere} others {one.reason or ''}"
        )
    kind = next((kind for kind in FIGURES if name.startswith(kind)), "")
    found = {figure: connection.execute(sql, {"file": name}).fetchone()[0] for figure, sql in FIGURES[kind].items()}
    found["status"], expected = outcomes[0].status, {**expected, "status": "loaded"}
    rows = expected.get("rows", expected.get("lines", 0)) + TOTAL_ROWS.get(kind, 0)
    found["rows in the file"], expected["rows in the file"] = outcomes[0].rows_in, rows
    found["rows accounted"], expected["rows accounted"] = min(one.accounted for one in outcomes), rows
    differing = {figure: value for figure, value in found.items() if figure in expected and value != expected[figure]}
    for figure, value in differing.items():
        print(f"    DIFFERS {figure}: {value}, truth {expected[figure]}")
    print(f"    {len(found) - len(differing)} of {len(found)} figures tie out: {', '.join(found)}")
    return len(differing)


if __name__ == "__main__":
    main()
