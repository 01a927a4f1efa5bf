"""Where the keys of things stand in a contract table: what `reference.key_map` translates.

Customers are left out: their ids are hashed at the door, so no map can name them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.model import Table

__all__ = ["KEYS", "KeyPlace", "key_places"]

# Kind of thing (as `key_map.entity` names it) to the column that holds its key, alone or at the end of a longer name.
KEYS = {
    "spu": "spu_id",
    "sku": "sku_id",
    "supplier": "supplier_id",
    "warehouse": "warehouse_id",
    "shop": "shop_id",
    "carrier": "carrier_id",
    "batch": "batch_no",
    "order": "order_id",
    "purchase_order": "po_id",
}
# Columns whose kind of thing another column tells, by its value.
TOLD = {
    ("inventory.stock_ledger", "ref_id"): ("ref_type", {"sales_order": "order", "purchase_order": "purchase_order"})
}
# JSON columns, with the kinds of things whose keys stand in them under the names above.
INSIDE = {("finance.voucher_line", "dims"): ("sku", "supplier", "warehouse", "shop", "order")}


@dataclass(frozen=True)
class KeyPlace:
    """A key of an `entity` in `column`: whole, under `path` of its JSON, or where column `when[0]` says `when[1]`."""

    column: str
    entity: str
    path: str | None = None
    when: tuple[str, str] | None = None


def key_places(table: Table) -> Iterator[KeyPlace]:
    """Every place of a table that holds the key of a thing which several systems may name differently."""
    for column in table.columns:
        at = (table.qualified, column.name)
        if at in TOLD:
            teller, kinds = TOLD[at]
            yield from (KeyPlace(column.name, entity, when=(teller, said)) for said, entity in kinds.items())
        elif at in INSIDE:
            yield from (KeyPlace(column.name, entity, path=f"$.{KEYS[entity]}") for entity in INSIDE[at])
        elif column.type == "id":
            for entity, key in KEYS.items():
                if column.name == key or column.name.endswith(f"_{key}"):
                    yield KeyPlace(column.name, entity)
