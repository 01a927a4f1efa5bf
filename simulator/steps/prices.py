"""What an order costs less: full reductions and coupons, at most one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import NULL

if TYPE_CHECKING:
    from simulator.steps.demand import Candidates
    from simulator.world import World

__all__ = ["OrderDiscounts", "order_discounts"]


@dataclass(frozen=True)
class OrderDiscounts:
    """Per order: fen off, the campaign that gives them (-1 none), and whether a coupon was redeemed."""

    fen: np.ndarray
    campaign: np.ndarray
    is_coupon: np.ndarray


def order_discounts(
    world: World, lines: Candidates, orders: np.ndarray, goods: np.ndarray, free: np.ndarray
) -> OrderDiscounts:
    """The discount of each order (places in `lines`) on `goods` fen; `free` orders cost nothing."""
    campaigns = world.masters.campaigns
    fen, chosen = np.zeros(len(orders), np.int64), np.full(len(orders), -1)
    coupon = np.zeros(len(orders), bool)
    redeems = lines.u_coupon[orders] < world.parameters.promotion.coupon_use
    for campaign in campaigns.running(world.day):
        if campaigns.threshold[campaign] == NULL:
            continue
        is_coupon = campaigns.tool[campaign] == "coupon"
        applies = (fen == 0) & (goods >= campaigns.threshold[campaign]) & (redeems if is_coupon else True)
        if campaigns.shop[campaign] >= 0:
            applies &= lines.shop[orders] == campaigns.shop[campaign]
        fen[applies], chosen[applies], coupon[applies] = campaigns.value[campaign], campaign, is_coupon
    fen, chosen = np.where(free, goods, fen), np.where(free, -1, chosen)
    return OrderDiscounts(np.minimum(fen, goods), chosen, coupon & ~free)
