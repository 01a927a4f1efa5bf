"""Shops: where orders come from, what the channel takes, how customers pay."""

from dataclasses import dataclass

import numpy as np

from simulator.parameters import Parameters

__all__ = ["MILLION", "Shops", "make_shops", "platform_items"]

MILLION = 1_000_000  # rates are kept in millionths


@dataclass(frozen=True)
class Shops:
    """H shops in the order of the world file."""

    shop_ids: list[str]
    platform: list[str]
    shop_weight: np.ndarray
    """float [H], sums to 1: share of orders."""
    commission: np.ndarray
    """int64 [H], millionths of the sale that the platform takes."""
    pay_channel: list[str]
    channel_fee: np.ndarray
    """int64 [H], millionths of a payment."""
    merchant_account: list[str]
    """[H]: our account with the payment channel, as its bills name it."""


def make_shops(parameters: Parameters) -> Shops:
    shops = parameters.shops
    weight = np.array([shop.weight for shop in shops])
    return Shops(
        shop_ids=[shop.id for shop in shops],
        platform=[shop.platform for shop in shops],
        shop_weight=weight / weight.sum(),
        commission=np.array([round(shop.commission * MILLION) for shop in shops], np.int64),
        pay_channel=[shop.pay_channel for shop in shops],
        channel_fee=np.array([round(shop.channel_fee * MILLION) for shop in shops], np.int64),
        merchant_account=[_account(shop.pay_channel, number) for number, shop in enumerate(shops, 1)],
    )


def platform_items(shop: np.ndarray, spu: np.ndarray) -> np.ndarray:
    """`platform_item_id` as int64: a shop lists each model once, under an item number of twelve digits."""
    return 600_000_000_000 + np.asarray(shop, np.int64) * 1_000_000_000 + np.asarray(spu, np.int64)


def _account(channel: str, number: int) -> str:
    """Our number at a channel, as long as that channel's numbers are."""
    return f"2088{number:012d}" if channel == "alipay" else f"19{number:08d}"
