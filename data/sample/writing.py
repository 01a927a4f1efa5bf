"""Files: one CSV and its manifest per table, exactly as the contract's delivery rule says."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from world import EXPORTED, OPENED

CONTRACT_VERSION = "1.0"
TOTALS = {  # control totals of the main money and quantity columns
    "order.sales_order": ("goods_amount", "payable_amount", "paid_amount", "refunded_amount"),
    "order.sales_order_line": ("qty", "line_amount", "allocated_discount", "shipped_qty"),
    "payment.payment_txn": ("amount", "fee"),
    "payment.channel_statement_line": ("order_amount", "settle_amount", "refund_amount", "fee_amount"),
    "payment.sales_invoice": ("amount", "tax_amount"),
    "procurement.purchase_order": ("goods_amount", "total_amount"),
    "procurement.purchase_order_line": ("ordered_qty", "received_qty"),
    "procurement.asn_line": ("shipped_qty",),
    "procurement.goods_receipt_line": ("received_qty", "accepted_qty"),
    "procurement.supplier_invoice_line": ("invoiced_qty", "amount"),
    "inventory.stock_snapshot": ("on_hand_qty", "locked_qty"),
    "inventory.bin_stock": ("on_hand_qty",),
    "inventory.stock_ledger": ("qty_delta",),
    "inventory.transfer_line": ("planned_qty", "shipped_qty", "received_qty"),
    "warehouse.outbound_line": ("planned_qty", "shipped_qty"),
    "warehouse.pick_task": ("qty",),
    "logistics.freight_bill_line": ("amount",),
    "aftersales.rma": ("refund_amount",),
    "aftersales.rma_line": ("requested_qty", "received_qty", "refund_amount"),
    "marketing.discount_application": ("discount_amount",),
    "finance.voucher_line": ("debit", "credit"),
    "finance.inventory_valuation": ("closing_qty", "closing_amount"),
    "finance.supplier_settlement": ("settle_qty", "amount", "paid_amount"),
}


def write(table: str, rows: list[dict], folder: Path) -> None:
    path = folder / f"{table}.all.{EXPORTED:%Y%m%d}.1.csv"
    content = to_csv(rows).encode()
    path.write_bytes(content)
    totals = {
        c: str(sum((Decimal(str(row[c])) for row in rows if row[c] is not None), Decimal(0)))
        for c in TOTALS.get(table, ())
    }
    manifest = {
        "contract": table, "contract_version": CONTRACT_VERSION, "scope": {},
        "window": [text(OPENED), text(EXPORTED)],
        "complete": True, "rows": len(rows), "sha256": hashlib.sha256(content).hexdigest(),
        "control_totals": totals,
        "encoding": "utf-8", "tz": "Asia/Shanghai", "currency": "CNY", "tax_included": True,
        "extracted_at": text(EXPORTED),
    }  # fmt: skip
    path.with_name(path.name + ".manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def to_csv(rows: list[dict]) -> str:
    lines = [list(rows[0])] + [[text(value) for value in row.values()] for row in rows]
    return "".join(",".join(quoted(cell) for cell in line) + "\n" for line in lines)


def text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ',"\n') else cell
