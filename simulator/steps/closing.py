"""Days, half months and months are closed: the worth of moves, vouchers, inventory valuation at moving average."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from simulator.layout import Book, written_as
from simulator.postings import ACCOUNTS, SOURCE_TYPE, posting_day
from simulator.tables import NULL, code
from simulator.times import as_date, month_of

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["valuation", "vouchers", "worth"]

VOUCHER, VALUATION = "finance.voucher_line", "finance.inventory_valuation"


def worth(world: World, day: int) -> None:
    """When all that moved stock has happened: what each move of `day` was worth, posted with it."""
    world.stock.worth.close_day()


def vouchers(world: World, day: int) -> None:
    """On the 15th and the month's last day, after everything else: one voucher per kind of posting."""
    if posting_day(day) != day:
        return
    rows = world.rows.setdefault(VOUCHER, [])
    date, zero = as_date(day), Decimal(0)
    for number, (kind, lines) in enumerate(world.postings.close(day), 1):
        for line_no, (account, dims, fen) in enumerate(lines, 1):
            amount = Decimal(fen) / 100
            rows.append({
                "ledger_id": "MAIN", "voucher_id": f"JZ{date:%Y%m%d}{number:02d}", "line_no": line_no,
                "period": f"{date:%Y%m}", "posted_at": date, "account_code": account,
                "account_name": ACCOUNTS[account][0], "debit": max(amount, zero), "credit": max(-amount, zero),
                "currency": "CNY", "fx_rate": Decimal(1), "dims": _ids(world, dims), "source_type": SOURCE_TYPE[kind],
                "is_reversal": False,
            })  # fmt: skip


def _ids(world: World, dims: tuple[tuple[str, int], ...]) -> str:
    """The dimensions of a posting as JSON of ids."""
    named = {}
    for name, place in dims:
        writing = written_as(VOUCHER, name)
        if not isinstance(writing, Book):
            raise KeyError(f"posting dimension {name!r} has no book in simulator/layout.py")
        named[name] = world.books[writing.name][place]
    return json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def valuation(world: World, day: int) -> None:
    """On the month's last day: quantity and worth of own stock by warehouse and SKU; the next month starts at nil."""
    if month_of(day + 1) == month_of(day):
        return
    stock = world.stock.worth
    month = stock.month
    moved = (month["in_qty"] != 0) | (month["out_qty"] != 0) | (month["in_fen"] != 0) | (month["out_fen"] != 0)
    where = warehouse, sku = np.nonzero(moved | (stock.units != 0))
    in_qty, in_fen, out_qty, out_fen = (month[name][where] for name in ("in_qty", "in_fen", "out_qty", "out_fen"))
    held, worth = stock.units[where], stock.fen[where]
    world.tables[VALUATION].add(
        len(sku), period=int(month_of(day)), warehouse_id=warehouse, sku_id=sku, as_of=day,
        method=code(VALUATION, "method", "moving_avg"), opening_qty=held - in_qty + out_qty, in_qty=in_qty,
        out_qty=out_qty, closing_qty=held, opening_amount=worth - in_fen + out_fen, in_amount=in_fen,
        out_amount=out_fen, closing_amount=worth, unit_cost=_unit_cost(held, worth), writedown_amount=0, is_closed=1,
    )  # fmt: skip
    for values in month.values():
        values[:] = 0


def _unit_cost(held: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Fen per unit, NULL where nothing is held."""
    units = np.maximum(held, 1)
    return np.where(held > 0, (2 * worth + units) // (2 * units), NULL)
