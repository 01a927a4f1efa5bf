"""The world's books: strings by place, for every id that is no serial number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulator.tables import code

if TYPE_CHECKING:
    from simulator.masters import Masters

__all__ = ["OWN_STATEMENTS", "bin_places", "books_of", "owner_places", "shop_channels"]

# Platforms whose settlement is the statement; every other shop settles with its pay channel.
OWN_STATEMENTS = {"tmall": "tmall", "jd": "jd", "pdd": "pdd", "douyin": "douyin", "taobao": "taobao"}


def books_of(masters: Masters) -> dict[str, list[str]]:
    """All books; those of batches, statements, suggestions, plans and bills grow while the world runs."""
    fulfilled = [s for s, ours in zip(masters.supplier_ids, masters.fulfilled_by_us, strict=True) if ours]
    return {
        "sku": list(masters.sku_ids),
        "warehouse": list(masters.warehouse_ids),
        "supplier": list(masters.supplier_ids),
        "shop": list(masters.shop_ids),
        "owner": ["self", *fulfilled],
        "bin": [name for bins in masters.bins for name in bins.bin_ids],
        "zone": sorted({zone for bins in masters.bins for zone in bins.zone_ids}),
        "carrier": list(masters.carrier_id),
        "service": list(masters.service_code),
        "province": list(masters.province_ids),
        "city": list(masters.city_ids),
        "district": list(masters.district_ids),
        "tariff_zone": ["Z1", "Z2", "Z3", "Z4"],
        "campaign": list(masters.campaigns.campaign_ids),
        "buyer": [f"P{number:02d}" for number in range(1, 10)],
        "rule": ["cutoff-then-arrival", "plan"],
        "picker": [f"PK{number:03d}" for number in range(1, 400)],
        "station": [f"ST{number:02d}" for number in range(1, 60)],
        "account": list(masters.merchant_account),
        "uom": ["件", "箱"],
        "raw_status": [],
        "location": [],
        "batch": [],
        "statement": [],
        "suggestion": [],
        "plan": [],
        "bill": [],
    }


def owner_places(masters: Masters) -> np.ndarray:
    """Place of each supplier in the book of owners, -1 where its goods never lie with us as its own; int [V]."""
    ours = np.asarray(masters.fulfilled_by_us, bool)
    return np.where(ours, np.cumsum(ours), -1)


def bin_places(masters: Masters) -> tuple[np.ndarray, np.ndarray]:
    """Pick bins in the book of bins, int [W, S], and the first place of each warehouse's bins, int [W]."""
    first = np.cumsum([0, *(len(bins.bin_ids) for bins in masters.bins)])[:-1]
    return masters.bin_of + first[:, None], first


def shop_channels(masters: Masters) -> dict[str, np.ndarray]:
    """Codes by shop: channel of our payments, pay method of orders, channel of the statements; int [H] each."""
    pay = list(masters.pay_channel)
    bills = [OWN_STATEMENTS.get(platform, channel) for platform, channel in zip(masters.platform, pay, strict=True)]
    return {
        "payment": np.array([code("payment.payment_txn", "channel", name) for name in pay]),
        "order": np.array([code("order.sales_order", "pay_method", name) for name in pay]),
        "statement": np.array([code("payment.channel_statement_line", "channel", name) for name in bills]),
    }
