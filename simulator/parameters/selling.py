"""Where customers buy, how they behave, what they send back."""

from dataclasses import dataclass

from simulator.toml_sections import within

__all__ = ["Customers", "Returns", "Shop"]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """One store in a channel."""

    id: str
    name: str
    platform: str = within(
        choices=("app", "mini_program", "h5", "tmall", "taobao", "jd", "pdd", "douyin", "youzan", "distributor")
    )
    weight: float = within(0)
    """Share of orders, rescaled."""
    commission: float = within(0, 0.5, 0.0)
    pay_channel: str = within(default="wechat", choices=("wechat", "alipay", "unionpay", "card"))
    channel_fee: float = within(0, 0.1, 0.006)


@dataclass(frozen=True, kw_only=True)
class Customers:
    """What customers do after ordering."""

    members: int = within(1, None, 60_000)
    unpaid_share: float = within(0, 1, 0.05)
    """Orders never paid; closed after `unpaid_minutes`."""
    unpaid_minutes: int = within(1, 1440, 30)
    pay_minutes_mean: float = within(0, 1440, 4.0)
    cancel_share: float = within(0, 1, 0.03)
    """Paid orders called off before shipping."""
    reject_share: float = within(0, 1, 0.008)
    """Parcels refused at the door."""
    review_share: float = within(0, 1, 0.15)
    free_freight_from: float = within(0, None, 99.0)
    """Yuan of goods from which freight is free."""
    freight_charged: float = within(0, None, 8.0)
    invoice_share: float = within(0, 1, 0.25)
    complete_days: int = within(1, 60, 7)
    """Days after delivery that an order completes by itself."""


@dataclass(frozen=True, kw_only=True)
class Returns:
    """Returns and exchanges; rates by category stand there."""

    window_days: int = within(1, 60, 7)
    decide_days_mean: float = within(0, 60, 2.5)
    exchange_share: float = within(0, 1, 0.45)
    """Share of size issues exchanged rather than refunded."""
    refund_only_share: float = within(0, 1, 0.06)
    transit_days_mean: float = within(0, 60, 3.0)
    defective_share: float = within(0, 1, 0.06)
    scrap_share: float = within(0, 1, 0.02)
    missing_share: float = within(0, 1, 0.003)
