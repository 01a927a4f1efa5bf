"""Order masters: shops and subscriptions."""

from simulator.masters.catalogue import NO_END
from simulator.masters.contract_rows.sheet import Sheet, opened, rate
from simulator.parameters import Parameters
from simulator.times import as_date, clock_time

__all__ = ["shops", "subscriptions"]


def shops(sheet: Sheet, masters, parameters: Parameters) -> None:
    for row in parameters.shops:
        sheet.add(
            "order.shop", opened(masters),
            shop_id=row.id,
            shop_name=row.name,
            platform=row.platform,
            fulfil_mode_default="own",
            currency="CNY",
            tz="Asia/Shanghai",
            tax_included=True,
            commission_rate=rate(row.commission),
        )  # fmt: skip


def subscriptions(sheet: Sheet, masters, parameters: Parameters) -> None:
    """A version when it is agreed, after each delivery, and when it ends."""
    for k, subscription_id in enumerate(masters.subscription_ids):
        every, last = int(masters.subscription_every[k]), int(masters.subscription_last[k])
        following, at = int(masters.subscription_first[k]), clock_time(masters.subscription_signed[k], 10)
        columns = {
            "subscription_id": subscription_id,
            "sku_id": masters.sku_ids[masters.subscription_sku[k]],
            "shop_id": masters.shop_ids[masters.subscription_shop[k]],
            "member_id": f"M{1_000_000_000 + int(masters.subscription_member[k])}",
            "qty": int(masters.subscription_qty[k]),
            "every_days": every,
            "ends_at": as_date(last) if last < NO_END else None,
        }
        while following <= min(last, masters.last_day):
            sheet.add("order.subscription", at, **columns, next_at=as_date(following), status="active")
            following, at = following + every, clock_time(following, 10)
        open_still = following <= last
        sheet.add(
            "order.subscription", at, **columns,
            next_at=as_date(following) if open_still else None,
            status="active" if open_still else "ended",
        )  # fmt: skip
