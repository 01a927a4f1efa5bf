"""The general ledger: postings summed into one balanced voucher per kind and half month."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from simulator.times import as_date, month_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ACCOUNTS", "SOURCE_TYPE", "Postings"]

# Account code to name and role (contract table reference.account).
ACCOUNTS = {
    "1002": ("银行存款", "cash"), "1012": ("渠道资金", "cash"), "1402": ("在途物资", "other"),
    "1405": ("库存商品", "inventory"), "2202": ("应付账款", "payable"), "220201": ("暂估应付", "payable"),
    "2203": ("预收账款", "other"), "222101": ("进项税额", "tax"), "222102": ("销项税额", "tax"),
    "2241": ("其他应付款", "other"), "6001": ("主营业务收入", "revenue"), "6051": ("平台佣金收入", "revenue"),
    "6401": ("主营业务成本", "cogs"), "6601": ("支付手续费", "payment_fee"), "6602": ("运费", "freight_out"),
    "6603": ("平台佣金", "platform_fee"), "6604": ("仓储费", "warehouse_cost"), "6605": ("市场推广费", "marketing"),
    "6711": ("盘盈盘亏", "other"), "6712": ("存货报废", "writedown"), "6301": ("供应商返利", "rebate"),
}  # fmt: skip

# Kind of posting: what finance calls its source.
SOURCE_TYPE = {
    "receipt": "payment", "channel_fee": "payment", "commission": "payment", "refund_presale": "refund",
    "refund": "refund", "sale": "sales_order", "commission_income": "sales_order", "cost_of_sale": "sales_order",
    "dropship_cost": "sales_order", "return_cost": "refund", "goods_receipt": "goods_receipt",
    "return_to_vendor": "goods_receipt", "supplier_invoice": "supplier_invoice", "supplier_payment": "settlement",
    "transfer_out": "transfer", "transfer_in": "transfer", "count": "count", "scrap": "other",
    "freight": "freight_bill", "warehouse": "other", "marketing": "other", "freight_claim": "freight_bill",
}  # fmt: skip

Dims = tuple[tuple[str, int], ...]


class Postings:
    """Signed fen (debit > 0) by half month, kind, account and one dimension."""

    def __init__(self) -> None:
        # Half month and kind; account and dimension ("" none); fen by place in the dimension's book.
        self._sums: dict[tuple[int, str], dict[tuple[str, str], np.ndarray]] = defaultdict(dict)
        self.by_account: dict[str, int] = defaultdict(int)

    def post(self, day: int, kind: str, account: str, fen: np.ndarray | int, **dims: np.ndarray | int) -> None:
        """Add amounts; a dimension is an array as long as `fen` (places in the book of its name) or one place.

        Raises
        ------
        KeyError
            If kind or account is unknown.
        ValueError
            If there are two dimensions, or a place is below zero.
        """
        if kind not in SOURCE_TYPE or account not in ACCOUNTS:
            raise KeyError(f"posting kind {kind!r} or account {account!r} is not in simulator/postings.py")
        if len(dims) > 1:
            raise ValueError(f"{kind} on account {account} has the dimensions {', '.join(dims)}; post it by one")
        fen = np.atleast_1d(np.asarray(fen, np.int64))
        if not len(fen):
            return
        self.by_account[account] += int(fen.sum())
        name, places = next(iter(dims.items()), ("", 0))
        places = np.broadcast_to(np.asarray(places, np.int64), len(fen))
        if places.min() < 0:
            raise ValueError(f"{kind} on account {account} has no {name} for {(places < 0).sum()} of its amounts")
        # Whole fen stay exact in floats up to 2**53, 90 trillion yuan.
        added = np.bincount(places, fen).astype(np.int64)
        target = self._sums[posting_day(day), kind]
        sums = target.get((account, name))
        if sums is None or len(sums) < len(added):
            sums, before = np.zeros(max(len(added), 16), np.int64), sums
            if before is not None:
                sums[: len(before)] = before
            target[account, name] = sums
        sums[: len(added)] += added

    def close(self, day: int) -> Iterator[tuple[str, list[tuple[str, Dims, int]]]]:
        """The vouchers of the half month that ends on `day`: (kind, lines), each balanced; taken out."""
        for key in sorted(key for key in self._sums if key[0] <= day):
            lines = [
                (account, ((name, place),) if name else (), int(sums[place]))
                for (account, name), sums in sorted(self._sums.pop(key).items())
                for place in np.flatnonzero(sums).tolist()
            ]
            if sum(fen for *_, fen in lines):
                raise AssertionError(f"postings of kind {key[1]} up to {as_date(key[0])} do not balance")
            yield key[1], lines

    def balance(self) -> int:
        """Sum over all accounts since the start; zero while every posting has both sides."""
        return sum(self.by_account.values())


@lru_cache
def posting_day(day: int) -> int:
    """The 15th or the last day of the month: when what happened on `day` is posted."""
    date = as_date(day)
    if date.day <= 15:
        return day + 15 - date.day
    while month_of(day + 1) == month_of(day):
        day += 1
    return day
