"""What suppliers pay back at the end of a year to who bought enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.masters import rebate_terms
from simulator.tables import code
from simulator.times import as_date, moment

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["settle"]

TABLE = "finance.supplier_settlement"


def settle(world: World, day: int) -> None:
    """On 31 December at 16:00: a share of all that the year's receipts cost, settled and paid at once."""
    date = as_date(day)
    if (date.month, date.day) != (12, 31):
        return
    bought, at = world.purchasing.bought, moment(day, 16)
    from_fen, share = rebate_terms(world.masters)
    supplier = np.flatnonzero((share > 0) & (bought >= from_fen))
    fen = np.rint(bought[supplier] * share[supplier]).astype(np.int64)
    bought[:] = 0
    if not len(supplier):
        return
    n = len(supplier)
    world.tables[TABLE].add(
        n, at, settlement_no=world.tables[TABLE].count + np.arange(n), line_no=1, supplier_id=supplier, settled_at=at,
        settle_kind=code(TABLE, "settle_kind", "rebate"), amount_ex_tax=-fen, tax_amount=0, amount=-fen,
        shared_freight=0, shared_other=0, due_date=day, paid_at=at, paid_amount=-fen,
        status=code(TABLE, "status", "paid"),
    )  # fmt: skip
    world.postings.post(day, "supplier_payment", "6301", -fen, supplier_id=supplier)
    world.postings.post(day, "supplier_payment", "1002", fen)
