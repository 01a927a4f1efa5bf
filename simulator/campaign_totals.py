"""What each campaign has spent so far, as the marketing system keeps it on the campaign's row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from simulator.times import as_datetime

if TYPE_CHECKING:
    from simulator.world import World

__all__ = ["CampaignTotals"]

CAMPAIGN, DISCOUNT = "marketing.campaign", "marketing.discount_application"


@dataclass
class CampaignTotals:
    """Fen granted and paid in fees and coupons redeemed by campaign id, and the latest row of each campaign."""

    granted: dict[str, int] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    coupons: dict[str, int] = field(default_factory=dict)
    rows: dict[str, dict] = field(default_factory=dict)
    _paid: set[str] = field(default_factory=set)  # campaigns that paid fees since the day before was closed
    _seen: int = 0  # discount applications counted so far
    _published: list[dict] | None = None
    _done: int = 0  # rows of that list that have their totals

    def pay(self, campaigns: Iterable[str], fen: Iterable[int]) -> None:
        """Count fees of the day, by campaign id."""
        for name, fee in zip(campaigns, fen, strict=True):
            self.fees[name] = self.fees.get(name, 0) + fee
            self._paid.add(name)

    def close_day(self, world: World, at: int) -> None:
        """Count the day's discounts and give every row that is published, or whose totals moved, its totals."""
        moved = self._count(world) | self._paid
        self._paid = set()
        published = world.rows.setdefault(CAMPAIGN, [])
        done = self._done if published is self._published else 0  # an export takes the list away
        for row in published[done:]:
            self.rows[row["campaign_id"]] = row
            self._total(row)
        for name in sorted(moved & self.rows.keys()):
            row = self.rows[name] | {"updated_at": as_datetime(at)}
            self._total(row)
            published.append(row)
            self.rows[name] = row
        self._published, self._done = published, len(published)

    def _count(self, world: World) -> set[str]:
        """Add the discounts given since the last call; returns the campaigns that gave any."""
        new = world.tables[DISCOUNT].since(self._seen)
        self._seen = world.tables[DISCOUNT].count
        if not new:
            return set()
        names = world.books["campaign"]
        campaigns, place = np.unique(new["campaign_id"], return_inverse=True)
        fen = np.bincount(place, new["discount_amount"], len(campaigns)).astype(np.int64).tolist()
        coupons = np.unique(np.stack([place, new["coupon_code"]])[:, new["coupon_code"] >= 0], axis=1)[0]
        redeemed = np.bincount(coupons, minlength=len(campaigns)).tolist()
        for campaign, more, used in zip(campaigns.tolist(), fen, redeemed, strict=True):
            self.granted[names[campaign]] = self.granted.get(names[campaign], 0) + more
            self.coupons[names[campaign]] = self.coupons.get(names[campaign], 0) + used
        return {names[campaign] for campaign in campaigns.tolist()}

    def _total(self, row: dict) -> None:
        name = row["campaign_id"]
        row["spent_amount"] = Decimal(self.granted.get(name, 0) + self.fees.get(name, 0)) / 100
        if row["tool"] == "coupon":
            row["redeemed_qty"] = self.coupons.get(name, 0)
