"""How the world's integers are written: which serial number carries which prefix, which code stands in which book.

A column that is not listed is written as its contract type says. `SOURCE` names the exporting systems.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "COLUMNS",
    "FACTS",
    "PRIVATE",
    "REFERENCES",
    "REGISTERS",
    "SOURCE",
    "TABLES",
    "VERSIONED",
    "Book",
    "Const",
    "Digits",
    "Serial",
    "written_as",
]

SERIAL_BASE = 1_000_000_000  # so that ids of one kind all have the same length

SOURCE = {
    "product": "pim", "supplier": "srm", "procurement": "erp", "inventory": "inv", "warehouse": "wms",
    "logistics": "tms", "order": "oms", "payment": "pay", "aftersales": "crm", "marketing": "mkt",
    "finance": "fin", "reference": "ref", "policy": "plan",
}  # fmt: skip


@dataclass(frozen=True)
class Serial:
    """A prefix and a serial number; `own` means the row's own number."""

    prefix: str
    own: bool = False


@dataclass(frozen=True)
class Digits:
    """A number written as it stands, after an optional prefix of digits (a platform's long order number)."""

    prefix: str = ""
    own: bool = False
    base: int = 0


@dataclass(frozen=True)
class Book:
    """A place in one of the world's books of strings."""

    name: str


@dataclass(frozen=True)
class Const:
    """The same text in every row."""

    value: str


Writing = Serial | Digits | Book | Const

# Columns that mean the same in every table.
COLUMNS: dict[str, Writing] = {
    "sku_id": Book("sku"), "bundle_sku_id": Book("sku"), "warehouse_id": Book("warehouse"),
    "from_warehouse_id": Book("warehouse"), "to_warehouse_id": Book("warehouse"),
    "ship_to_warehouse_id": Book("warehouse"), "restock_warehouse_id": Book("warehouse"),
    "supplier_id": Book("supplier"), "merchant_id": Book("supplier"), "shop_id": Book("shop"),
    "owner_party_id": Book("owner"), "batch_no": Book("batch"), "bin_id": Book("bin"), "zone_id": Book("zone"),
    "carrier_id": Book("carrier"), "designated_carrier_id": Book("carrier"), "service_code": Book("service"),
    "dest_province": Book("province"), "dest_city": Book("city"), "dest_district": Book("district"),
    "dest_zone": Book("tariff_zone"), "billed_zone": Book("tariff_zone"), "campaign_id": Book("campaign"),
    "member_id": Serial("M"), "buyer": Book("buyer"), "currency": Const("CNY"), "rule": Book("rule"),
    "picker_id": Book("picker"), "check_station": Book("station"), "container_id": Serial("C"),
    "order_id": Serial("O"), "parent_order_id": Serial("O"), "exchange_order_id": Serial("O"),
    "order_line_id": Serial("OL"), "outbound_id": Serial("OB"), "outbound_line_id": Serial("OBL"),
    "wave_id": Serial("WV"), "waybill_no": Serial("Y"), "return_waybill_no": Serial("Y"),
    "po_id": Serial("PO"), "po_line_id": Serial("POL"), "asn_id": Serial("A"), "receipt_id": Serial("RK"),
    "receipt_line_id": Serial("G"), "reverses_line_id": Serial("G"), "restock_receipt_line_id": Serial("G"),
    "invoice_no": Serial("FP"), "invoice_line_id": Serial("FPL"), "rma_id": Serial("R"), "transfer_id": Serial("TF"),
    "settlement_no": Serial("JS"), "suggestion_id": Book("suggestion"), "plan_id": Book("plan"),
    "purchase_uom": Book("uom"), "period": Digits(),
}  # fmt: skip

# Columns of one table; `own` numbers are the rows' keys.
TABLES: dict[str, dict[str, Writing]] = {
    "product.review": {"review_id": Serial("RV", own=True)},
    "procurement.purchase_order": {"po_id": Serial("PO", own=True), "po_no": Serial("CG", own=True)},
    "procurement.purchase_order_line": {"po_line_id": Serial("POL", own=True)},
    "procurement.asn_line": {"asn_line_id": Serial("AL", own=True), "waybill_no": Serial("LTL")},
    "procurement.goods_receipt_line": {"receipt_line_id": Serial("G", own=True)},
    "procurement.supplier_invoice_line": {"invoice_line_id": Serial("FPL", own=True)},
    "inventory.stock_ledger": {
        "ledger_id": Serial("L", own=True), "ref_id": Book("*ref"), "ref_line_id": Book("*ref_line"),
    },
    "inventory.transfer_line": {"transfer_line_id": Serial("TFL", own=True)},
    "warehouse.outbound_order": {"outbound_id": Serial("OB", own=True), "outbound_no": Serial("CK", own=True)},
    "warehouse.outbound_line": {"outbound_line_id": Serial("OBL", own=True)},
    "warehouse.wave": {"wave_id": Serial("WV", own=True)},
    "warehouse.pick_task": {"pick_task_id": Serial("P", own=True)},
    "logistics.shipment": {"waybill_no": Serial("Y", own=True)},
    "logistics.tracking_event": {"raw_status": Book("raw_status"), "location": Book("location")},
    "logistics.freight_bill_line": {"bill_no": Book("bill"), "bill_period": Digits()},
    "order.sales_order": {
        "order_id": Serial("O", own=True), "order_no": Digits("69", own=True, base=10**15),
    },
    "order.sales_order_line": {
        "order_line_id": Serial("OL", own=True), "platform_item_id": Digits("", base=0),
    },
    "order.order_event": {"order_event_id": Serial("E", own=True)},
    "payment.payment_txn": {
        "txn_id": Serial("T", own=True), "channel_txn_no": Digits("42", own=True, base=10**15),
        "merchant_txn_no": Serial("MT", own=True),
    },
    "payment.channel_statement_line": {
        "merchant_account": Book("account"), "statement_id": Book("statement"),
        "channel_txn_no": Digits("42", base=10**15), "merchant_txn_no": Serial("MT"),
        "channel_refund_no": Digits("50", base=10**15), "merchant_refund_no": Serial("MR"),
    },
    "payment.sales_invoice": {
        "invoice_code": Const("031002600111"), "invoice_no": Digits("", own=True, base=10**7),
        "red_of_invoice_no": Digits("", base=10**7),
    },
    "aftersales.rma": {"rma_id": Serial("R", own=True), "rma_no": Serial("SH", own=True)},
    "aftersales.rma_line": {"rma_line_id": Serial("RL", own=True)},
    "marketing.discount_application": {
        "discount_id": Serial("D", own=True), "coupon_code": Serial("CP"),
    },
    "reference.listing": {"platform_item_id": Digits("", base=0)},
    "finance.inventory_valuation": {"cost_center": Const(""), "layer_id": Const(""), "batch_no": Const("")},
}  # fmt: skip

# Append-only tables that the world fills by the day.
FACTS = (
    "product.review", "supplier.supplier_offer", "procurement.goods_receipt_line", "inventory.stock_snapshot",
    "inventory.bin_stock",
    "inventory.stock_ledger", "warehouse.pick_task", "logistics.tracking_event", "logistics.freight_bill_line",
    "order.order_event", "payment.payment_txn", "payment.channel_statement_line", "payment.sales_invoice",
    "marketing.discount_application", "finance.inventory_valuation", "reference.listing",
)  # fmt: skip

# Tables whose rows change, with the columns that the world fills.
REGISTERS: dict[str, tuple[str, ...]] = {
    "procurement.purchase_order": (
        "po_type", "supplier_id", "ship_to_warehouse_id", "status", "ordered_at", "approved_at", "confirmed_at",
        "closed_at", "buyer", "tax_included", "goods_amount", "tax_amount", "freight_amount", "total_amount",
        "settle_status", "origin",
    ),
    "procurement.purchase_order_line": (
        "po_id", "line_no", "sku_id", "ordered_qty", "purchase_uom", "uom_ratio", "confirmed_qty", "unit_price",
        "tax_rate", "discount", "requested_date", "promised_date", "expected_date", "suggestion_id", "received_qty",
        "rejected_qty", "cancelled_qty", "line_status",
    ),
    "procurement.asn_line": (
        "asn_id", "po_line_id", "shipped_at", "eta", "shipped_qty", "waybill_no", "batch_no", "production_date",
        "expiry_date", "appointment_at",
    ),
    "procurement.supplier_invoice_line": (
        "invoice_no", "invoice_kind", "supplier_id", "po_line_id", "receipt_line_id", "invoiced_at", "sku_id",
        "invoiced_qty", "unit_price_ex_tax", "tax_rate", "amount_ex_tax", "tax_amount", "amount", "match_status",
        "due_date", "paid_amount",
    ),
    "inventory.transfer_line": (
        "transfer_id", "from_warehouse_id", "to_warehouse_id", "sku_id", "batch_no", "planned_qty", "shipped_qty",
        "received_qty", "status", "created_at", "shipped_at", "received_at", "reason", "suggestion_id",
    ),
    "warehouse.outbound_order": (
        "warehouse_id", "order_type", "status", "block_reason", "priority", "promised_ship_by", "cutoff_at",
        "released_at", "waved_at", "picked_at", "checked_at", "packed_at", "handed_over_at", "wave_id", "carrier_id",
        "service_code", "waybill_no", "dest_province", "dest_city", "dest_district", "est_weight_g",
        "actual_weight_g", "package_count",
    ),
    "warehouse.outbound_line": (
        "outbound_id", "order_line_id", "sku_id", "batch_no", "bin_id", "planned_qty", "picked_qty", "shipped_qty",
        "short_qty",
    ),
    "warehouse.wave": (
        "warehouse_id", "wave_type", "rule", "created_at", "started_at", "finished_at", "order_count", "line_count",
        "unit_count", "plan_id", "status",
    ),
    "logistics.shipment": (
        "carrier_id", "service_code", "direction", "outbound_id", "warehouse_id", "dest_province", "dest_city",
        "dest_district", "dest_zone", "actual_weight_g", "volume_cm3", "declared_value", "cod_amount", "est_freight",
        "promised_at", "handed_over_at", "picked_up_at", "delivered_at", "returned_at", "final_status", "chosen_by",
        "plan_id",
    ),
    "order.sales_order": (
        "parent_order_id", "shop_id", "order_type", "fulfil_mode", "merchant_id", "supplier_id", "member_id",
        "status", "ordered_at", "paid_at", "audited_at", "shipped_at", "delivered_at", "completed_at", "closed_at",
        "close_reason", "goods_amount", "freight_charged", "discount_platform", "discount_shop", "coupon_amount",
        "points_amount", "tax_amount", "payable_amount", "paid_amount", "refunded_amount", "pay_method", "is_cod",
        "dest_province", "dest_city", "dest_district", "promised_ship_by", "promised_deliver_by", "warehouse_id",
    ),
    "order.sales_order_line": (
        "order_id", "line_no", "sku_id", "platform_item_id", "fulfil_mode", "is_gift", "bundle_sku_id", "qty",
        "list_price", "unit_price", "line_amount", "allocated_discount", "allocated_freight", "tax_rate",
        "tax_amount", "line_status", "refund_status", "cancelled_qty", "shipped_qty", "returned_qty",
        "lost_sale_flag", "warehouse_id", "promised_ship_by",
    ),
    "aftersales.rma": (
        "order_id", "rma_type", "status", "applied_at", "approved_at", "received_at", "refunded_at", "closed_at",
        "reason_code", "liability", "refund_amount", "return_freight", "freight_payer", "return_waybill_no",
        "exchange_order_id",
    ),
    "aftersales.rma_line": (
        "rma_id", "order_line_id", "sku_id", "requested_qty", "received_qty", "inspection", "inspected_at",
        "restock_warehouse_id", "restock_receipt_line_id", "batch_no", "supplier_id", "refund_amount",
    ),
    "finance.supplier_settlement": (
        "settlement_no", "line_no", "supplier_id", "receipt_line_id", "invoice_line_id", "settled_at", "settle_kind",
        "settle_qty", "unit_price", "amount_ex_tax", "tax_amount", "amount", "shared_freight", "shared_other",
        "due_date", "paid_at", "paid_amount", "status",
    ),
}  # fmt: skip

# What the world remembers of a row beside its contract.
PRIVATE: dict[str, tuple[str, ...]] = {
    "order.sales_order": (
        "_first_line", "_lines", "_parcels", "_shipped", "_arrived", "_failed", "_invoice", "_ships_from", "_rma",
        "_u_pay", "_u_cancel", "_u_speed", "_u_trouble", "_u_transit", "_u_invoice",
    ),
    "order.sales_order_line": (
        "_slot", "_cost", "_campaign", "_funded_by", "_u_return", "_u_reason", "_u_lag", "_u_inspect", "_u_review",
    ),
    "warehouse.outbound_order": (
        "_order", "_first_line", "_lines", "_volume_cm3", "_value", "_service", "_plan", "_no_air",
    ),
    "logistics.shipment": ("_order", "_rma", "_service"),
    "procurement.purchase_order": ("_first_line", "_lines", "_finished", "_receipts", "_settled"),
    "procurement.purchase_order_line": (
        "_supplier", "_warehouse", "_promised", "_told", "_arrives", "_ships", "_made", "_drop", "_first_drop",
        "_coming", "_shipping", "_u_drop", "_u_count", "_u_defect",
    ),
    "inventory.transfer_line": ("_slot", "_worth"),
    "aftersales.rma": ("_first_line", "_lines"),
    "aftersales.rma_line": ("_slot",),
}  # fmt: skip

# Ledger references: type of document to the prefixes of its number and of its line's number.
REFERENCES: dict[str, tuple[str, str]] = {
    "purchase_order": ("PO", "POL"), "goods_receipt": ("RK", "G"), "sales_order": ("O", "OL"),
    "outbound_order": ("OB", "OBL"), "transfer": ("TF", "TFL"), "rma": ("R", "RL"), "count": ("CC", ""),
    "assembly": ("AS", ""), "adjustment": ("AD", ""), "other": ("X", ""),
}  # fmt: skip

# A fact that never changes and a state of one instant have no version beside their own time.
VERSIONED = frozenset(REGISTERS)


def written_as(qualified: str, column: str) -> Writing | None:
    """How a column's integers become text; None where the contract's type says it all."""
    return TABLES.get(qualified, {}).get(column) or COLUMNS.get(column)
