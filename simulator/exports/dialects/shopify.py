"""Products and inventory as Shopify exports them: a row per variant, what belongs to the product in its first row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np
import pyarrow as pa

from simulator.exports.dialects.foreign import ForeignFile, Spoken, rows_of
from simulator.exports.files import Delivery
from simulator.times import CHINA

__all__ = ["CARRIES", "speak"]

SKU, SPU, PRICE, STOCK = "product.sku", "product.spu", "product.price", "inventory.stock_snapshot"
CARRIES = {
    SKU: ("sku_id", "spu_id", "sku_name", "barcode", "weight_g", "status"),
    SPU: ("spu_id", "spu_name", "brand", "category_id", "lifecycle"),
    STOCK: (
        "warehouse_id", "sku_id", "stock_status", "owner_party_id", "as_of", "on_hand_qty", "locked_qty",
        "available_qty", "in_transit_po_qty",
    ),
}  # fmt: skip
# One word for product and variants: the pairs of lifecycle and status that it can say.
STATUS = {("active", "active"): "active", ("ended", "ended"): "archived", ("new", "stopped"): "draft"}
PRODUCT_COLUMNS = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
    "Variant SKU", "Variant Grams", "Variant Price", "Variant Barcode", "Image Src", "Status",
)  # fmt: skip
INVENTORY_COLUMNS = (
    "Handle", "Title", "Option1 Name", "Option1 Value", "SKU", "HS Code", "COO", "Location",
    "Incoming (not editable)", "Unavailable (not editable)", "Committed (not editable)", "Available (not editable)",
    "On hand (current)", "On hand (new)",
)  # fmt: skip


def speak(tables: Mapping[str, pa.Table], delivery: Delivery) -> Spoken:
    """Products delivered with all that a row says of them, and own sellable goods without a batch."""
    products, inventory = _products(tables, delivery), _inventory(tables, delivery)
    return Spoken(products.files + inventory.files, {**products.taken, **inventory.taken})


# ---------- products


def _products(tables: Mapping[str, pa.Table], delivery: Delivery) -> Spoken:
    spus, skus = rows_of(tables, SPU), rows_of(tables, SKU)
    prices = {row["sku_id"]: row["price"] for row in rows_of(tables, PRICE) if row["price_type"] == "list"}
    variants: dict[str, list[dict]] = {}
    for row in skus:
        variants.setdefault(row["spu_id"], []).append(row)
    told = Counter(row["spu_id"] for row in spus)
    said = {
        row["spu_id"]: row for row in spus
        if told[row["spu_id"]] == 1 and _can_say(row, variants.get(row["spu_id"], []), prices)
    }  # fmt: skip
    if not said:
        return Spoken()
    rows = [
        _variant(said[spu], row, prices[row["sku_id"]], first=place == 0)
        for spu in said
        for place, row in enumerate(variants[spu])
    ]
    name = f"shopify_products_{delivery.extracted_at:%Y%m%d}.csv"
    file = ForeignFile(name, _csv(PRODUCT_COLUMNS, rows), len(rows), SKU)
    return Spoken([file], {SPU: _among(spus, said), SKU: _among(skus, said)})


def _can_say(spu: dict, variants: list[dict], prices: Mapping[str, Decimal]) -> bool:
    return (
        bool(variants)
        and len({row["sku_id"] for row in variants}) == len(variants)
        and all(row["sku_id"] in prices for row in variants)
        and all((spu["lifecycle"], row["status"]) in STATUS for row in variants)
        and all(row["sku_name"] == spu["spu_name"] or _option(spu, row) for row in variants)
    )


def _option(spu: dict, sku: dict) -> str:
    """What a variant's name adds to its product's; empty where it is another name."""
    lead = f"{spu['spu_name']} "
    return sku["sku_name"][len(lead) :] if sku["sku_name"].startswith(lead) else ""


def _variant(spu: dict, sku: dict, price: Decimal, *, first: bool) -> dict[str, object]:
    product = {
        "Title": spu["spu_name"], "Vendor": spu["brand"], "Type": spu["category_id"], "Published": "TRUE",
        "Status": STATUS[spu["lifecycle"], sku["status"]],
    }  # fmt: skip
    option = _option(spu, sku)
    return {
        "Handle": spu["spu_id"], **(product if first else {}), "Option1 Name": "规格" if option else "Title",
        "Option1 Value": option or "Default Title", "Variant SKU": sku["sku_id"], "Variant Grams": sku["weight_g"],
        # A leading quote keeps a spreadsheet from reading a number.
        "Variant Price": f"{price:.2f}", "Variant Barcode": f"'{sku['barcode']}" if sku["barcode"] else "",
    }  # fmt: skip


def _among(rows: list[dict], said: Mapping[str, dict]) -> np.ndarray:
    return np.array([row["spu_id"] in said for row in rows], bool)


# ---------- inventory


def _inventory(tables: Mapping[str, pa.Table], delivery: Delivery) -> Spoken:
    stock, midnight = rows_of(tables, STOCK), delivery.extracted_at.astimezone(CHINA)
    taken = np.array([_is_plain(row) and row["as_of"] == midnight for row in stock], bool)
    # The format tells no time of day.
    if not taken.any() or (midnight.hour, midnight.minute, midnight.second) != (0, 0, 0):
        return Spoken()
    rows = [_place(row) for row, mine in zip(stock, taken, strict=True) if mine]
    name = f"shopify_inventory_{midnight:%Y%m%d}.csv"
    return Spoken([ForeignFile(name, _csv(INVENTORY_COLUMNS, rows), len(rows), STOCK)], {STOCK: taken})


def _is_plain(row: dict) -> bool:
    return row["stock_status"] == "sellable" and row["owner_party_id"] in (None, "self") and not row["batch_no"]


def _place(row: dict) -> dict[str, object]:
    return {
        "Handle": row["sku_id"].lower(), "Title": row["sku_id"], "Option1 Name": "Title",
        "Option1 Value": "Default Title", "SKU": row["sku_id"], "Location": row["warehouse_id"],
        "Incoming (not editable)": _units(row["in_transit_po_qty"]), "Unavailable (not editable)": "0",
        "Committed (not editable)": _units(row["locked_qty"]), "Available (not editable)": _units(row["available_qty"]),
        "On hand (current)": _units(row["on_hand_qty"]),
    }  # fmt: skip


def _units(qty: Decimal | None) -> str:
    return "" if qty is None else f"{qty:.0f}"


def _csv(columns: Iterable[str], rows: Iterable[dict[str, object]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
