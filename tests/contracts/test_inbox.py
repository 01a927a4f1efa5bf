"""What comes in: the fifty tables of the eleven systems, written out here by hand as an independent check."""

import duckdb
import pytest

from contracts import ContractError, inbox, table
from contracts.types import CONTRACT_TYPES, DUCKDB_TYPES

# Table: (semantics, key without source_system), as the specification has them.
FIFTY = {
    "product.spu": ("upsert", "spu_id"),
    "product.sku": ("upsert", "sku_id"),
    "product.sku_uom": ("upsert", "sku_id uom"),
    "product.bundle_component": ("scd2", "bundle_sku_id component_sku_id valid_from"),
    "product.review": ("append", "review_id"),
    "product.price": ("scd2", "sku_id price_type shop_id min_qty valid_from"),
    "supplier.supplier": ("upsert", "supplier_id"),
    "supplier.supplier_sku": ("scd2", "supplier_id sku_id ship_to_warehouse_id min_qty valid_from"),
    "supplier.supplier_offer": ("snapshot", "supplier_id sku_id as_of"),
    "procurement.purchase_order": ("upsert", "po_id"),
    "procurement.purchase_order_line": ("upsert", "po_line_id"),
    "procurement.asn_line": ("upsert", "asn_line_id"),
    "procurement.goods_receipt_line": ("append", "receipt_line_id"),
    "procurement.supplier_invoice_line": ("upsert", "invoice_line_id"),
    "inventory.stock_snapshot": (
        "snapshot",
        "warehouse_id sku_id batch_no stock_status owner_party_id as_of",
    ),
    "inventory.bin_stock": (
        "snapshot",
        "warehouse_id bin_id sku_id batch_no stock_status owner_party_id as_of",
    ),
    "inventory.stock_ledger": ("append", "ledger_id"),
    "inventory.batch": ("upsert", "sku_id batch_no"),
    "inventory.transfer_line": ("upsert", "transfer_line_id"),
    "warehouse.warehouse": ("upsert", "warehouse_id"),
    "warehouse.bin": ("upsert", "warehouse_id bin_id"),
    "warehouse.shift_capacity": ("upsert", "warehouse_id shift_date shift stage zone_id"),
    "warehouse.outbound_order": ("upsert", "outbound_id"),
    "warehouse.outbound_line": ("upsert", "outbound_line_id"),
    "warehouse.wave": ("upsert", "wave_id"),
    "warehouse.pick_task": ("append", "pick_task_id"),
    "logistics.carrier_service": ("upsert", "carrier_id service_code"),
    "logistics.carrier_rate": (
        "scd2",
        "carrier_id service_code origin_zone dest_zone weight_from_g valid_from",
    ),
    "logistics.carrier_zone": ("scd2", "carrier_id service_code origin_region dest_region valid_from"),
    "logistics.carrier_contract": ("scd2", "carrier_id service_code term_kind scope from_volume valid_from"),
    "logistics.shipment": ("upsert", "carrier_id waybill_no"),
    "logistics.tracking_event": ("append", "carrier_id waybill_no event_at event_code event_seq"),
    "logistics.freight_bill_line": ("append", "carrier_id bill_no waybill_no charge_type line_no"),
    "order.shop": ("upsert", "shop_id"),
    "order.sales_order": ("upsert", "order_id"),
    "order.sales_order_line": ("upsert", "order_line_id"),
    "order.subscription": ("upsert", "subscription_id sku_id"),
    "order.order_event": ("append", "order_event_id"),
    "payment.payment_txn": ("append", "txn_id"),
    "payment.channel_statement_line": (
        "append",
        "channel merchant_account statement_id channel_txn_no line_kind line_no",
    ),
    "payment.sales_invoice": ("append", "invoice_code invoice_no"),
    "aftersales.rma": ("upsert", "rma_id"),
    "aftersales.rma_line": ("upsert", "rma_line_id"),
    "marketing.campaign": ("upsert", "campaign_id"),
    "marketing.campaign_sku": ("upsert", "campaign_id sku_id shop_id"),
    "marketing.promotion_exposure": ("upsert", "sku_id shop_id week_start"),
    "marketing.discount_application": ("append", "discount_id"),
    "finance.voucher_line": ("append", "ledger_id voucher_id line_no"),
    "finance.inventory_valuation": (
        "snapshot",
        "period warehouse_id cost_center sku_id batch_no layer_id",
    ),
    "finance.supplier_settlement": ("upsert", "settlement_no line_no"),
}

SECOND_TIER = {
    "product.review",
    "supplier.supplier_offer",
    "procurement.asn_line",
    "inventory.bin_stock",
    "warehouse.bin",
    "warehouse.shift_capacity",
    "logistics.carrier_contract",
    "order.subscription",
    "marketing.promotion_exposure",
}

EVENT_TIMES = {
    "product.review": "reviewed_at",
    "procurement.purchase_order": "ordered_at",
    "procurement.asn_line": "shipped_at",
    "procurement.goods_receipt_line": "received_at",
    "procurement.supplier_invoice_line": "invoiced_at",
    "inventory.stock_ledger": "occurred_at",
    "inventory.transfer_line": "created_at",
    "warehouse.outbound_order": "released_at",
    "warehouse.wave": "created_at",
    "warehouse.pick_task": "picked_at",
    "logistics.shipment": "handed_over_at",
    "logistics.tracking_event": "event_at",
    "logistics.freight_bill_line": "billed_at",
    "order.sales_order": "ordered_at",
    "order.order_event": "event_at",
    "payment.payment_txn": "paid_at",
    "payment.channel_statement_line": "settled_at",
    "payment.sales_invoice": "invoiced_at",
    "aftersales.rma": "applied_at",
    "marketing.discount_application": "applied_at",
    "finance.voucher_line": "posted_at",
    "finance.supplier_settlement": "settled_at",
}

REFERENCE = {"key_map", "fx_rate", "region", "calendar", "uom", "account", "listing"}
POLICY = {
    "service_target", "cost_rate", "budget", "supplier_term", "transfer_lane", "storage_capacity",
    "labour_standard", "wave_rule", "carrier_pickup", "coverage", "item_link", "health_threshold",
    "approval_limit",
}  # fmt: skip

ALL = [t for system in inbox().values() for t in system.tables.values()]
EVERY_TABLE = pytest.mark.parametrize("any_table", ALL, ids=lambda t: t.qualified)


def test_the_eleven_systems_export_exactly_fifty_tables():
    found = {t.qualified for t in ALL if t.system not in ("reference", "policy")}
    assert len(FIFTY) == 50
    assert found == set(FIFTY)


def test_systems_come_in_the_order_of_the_loop():
    assert list(inbox()) == [
        "product", "supplier", "procurement", "inventory", "warehouse", "logistics",
        "order", "payment", "aftersales", "marketing", "finance", "reference", "policy",
    ]  # fmt: skip


@pytest.mark.parametrize("qualified", FIFTY)
def test_each_table_has_its_key_and_semantics(qualified):
    semantics, key = FIFTY[qualified]
    assert table(qualified).semantics == semantics
    assert table(qualified).primary_key == ("source_system", *key.split())
    assert table(qualified).tier == (2 if qualified in SECOND_TIER else 1)
    assert table(qualified).event_time == EVENT_TIMES.get(qualified) or semantics == "snapshot"


def test_reference_and_policy_stand_beside_the_systems():
    assert set(inbox()["reference"].tables) == REFERENCE
    assert set(inbox()["policy"].tables) == POLICY


@pytest.mark.parametrize("policy", sorted(POLICY))
def test_policy_is_dated_and_published_so_that_a_replay_uses_the_policy_of_its_day(policy):
    policy_table = table(f"policy.{policy}")
    assert policy_table.semantics == "scd2"
    assert policy_table.known_at == "published_at"
    assert {"valid_from", "valid_to"} <= {c.name for c in policy_table.columns}


@EVERY_TABLE
def test_every_table_can_be_created_in_duckdb_without_quoting_a_column(any_table):
    columns = ", ".join(f"{c.name} {c.duckdb_type}" for c in any_table.all_columns)
    key = ", ".join(any_table.primary_key)
    duckdb.execute(f"create or replace temp table {any_table.raw_name} ({columns}, primary key ({key}))")


@EVERY_TABLE
def test_every_foreign_key_points_to_a_column_of_the_same_type(any_table):
    for key in any_table.foreign_keys:
        target = table(key.table)
        near = [any_table.column(name).type for name in key.columns]
        assert near == [target.column(name).type for name in key.to_columns]


@EVERY_TABLE
def test_every_key_part_is_filled_or_has_a_default_of_its_type(any_table):
    for column in any_table.columns:
        if not column.primary_key:
            continue
        assert (column.required and column.hard) != (column.key_default is not None)
        if column.key_default is not None:
            duckdb.execute(f"select cast(? as {column.duckdb_type})", [column.key_default]).fetchall()


@EVERY_TABLE
def test_every_enum_lists_its_values_and_nothing_else_does(any_table):
    for column in any_table.columns:
        assert (column.type == "enum") == bool(column.values)


@EVERY_TABLE
def test_what_was_known_at_the_event_is_not_marked_as_state(any_table):
    fixed = {*any_table.primary_key, any_table.event_time, "ordered_qty", "unit_price", "qty"}
    assert not [c.name for c in any_table.columns if c.state and c.name in fixed]


@EVERY_TABLE
def test_every_table_says_what_stands_in_for_it_in_both_languages(any_table):
    assert any_table.absent_default.endswith(".")
    assert any_table.absent_default_zh.endswith("。")
    assert all(c.title_zh and c.description for c in any_table.all_columns)


def test_quarantine_limits_are_those_of_the_specification():
    assert {(t.max_bad_rows, t.max_bad_ratio) for t in ALL} == {(100, 0.005)}


def test_every_contract_type_has_a_storage_type():
    assert set(DUCKDB_TYPES) == set(CONTRACT_TYPES)


def test_free_text_of_customers_is_dropped_and_people_are_hashed():
    assert table("product.review").column("text").personal == "drop"
    assert table("aftersales.rma").column("reason_text").personal == "drop"
    assert table("order.sales_order").column("member_id").personal == "hash"
    assert table("warehouse.pick_task").column("picker_id").personal == "hash"


def test_an_unknown_table_is_refused_with_the_nearest_name():
    with pytest.raises(ContractError, match=r"'order\.sales_ordr'; did you mean 'order\.sales_order'"):
        table("order.sales_ordr")


def test_an_unknown_column_is_refused_with_the_columns_there_are():
    with pytest.raises(ContractError, match=r"product\.spu has no column 'colour'; it has spu_id, "):
        table("product.spu").column("colour")
