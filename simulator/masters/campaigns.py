"""The campaign calendar: made for all days at once and frozen before the world runs.

Each week, month and event draws from a stream of its own, so that more of one never changes another.
"""

from dataclasses import dataclass, field

import numpy as np

from simulator.masters.calendar import AHEAD, Calendar, event_spans
from simulator.masters.catalogue import NO_END, Catalogue
from simulator.masters.rhythm import Rhythm, ordinary_rate
from simulator.masters.seeding import seeded
from simulator.masters.shops import Shops
from simulator.parameters import Parameters
from simulator.times import as_date

__all__ = ["CAMPAIGN_DAYS_AHEAD", "Campaigns", "make_campaigns"]

NO_AMOUNT = np.iinfo(np.int64).min
CAMPAIGN_DAYS_AHEAD = AHEAD // 2  # campaigns that planners can see from the last day
HOUR, DAY, EIGHT_HOURS = 3600, 86_400, 8 * 3600
LEAST_MARGIN = 1.02  # a promotional price covers purchase and VAT, clearance excepted
PUBLISHED_HOUR = 10
# beside lower prices; in an event all goods are shown and `event_factor` has most of it
FULL_REDUCTION_UPLIFT, LIVE_UPLIFT, EVENT_UPLIFT = 1.12, 1.6, 1.1
WEEK_NAMES = ("周末快闪 Weekend Flash", "会员之夜 Member Night", "新品尝鲜 Fresh Picks", "补给日 Refuel Day")


@dataclass(frozen=True)
class Campaigns:
    """N campaigns by start. Days are day numbers, instants epoch seconds UTC, money fen (NO_AMOUNT: none).

    SKUs of campaign n are `sku[sku_start[n]:sku_start[n + 1]]`, with their prices and uplifts beside them;
    full reductions name the SKUs they are shown on and change no price; coupons are for all SKUs and name none.
    """

    campaign_ids: list[str]
    campaign_names: list[str]
    tool: list[str]
    shop: np.ndarray
    """int [N]: index of the shop, -1 for all."""
    first_day: np.ndarray
    last_day: np.ndarray
    """int [N]: days on which it runs, both included."""
    starts_at: np.ndarray
    ends_at: np.ndarray
    published_at: np.ndarray
    published_day: np.ndarray
    """int [N]: planners know it from this day's 10:00."""
    threshold: np.ndarray
    value: np.ndarray
    """int64 [N]: off an order of at least the threshold."""
    budget: np.ndarray
    is_presale: np.ndarray
    """bool [N]: orders of these SKUs are pre-sale orders, delivered from `ships_from`."""
    ships_from: np.ndarray
    """int [N]: day from which what is ordered is shipped, `first_day` where it is no pre-sale."""
    funded_by: list[str]
    supplier_fund_share: np.ndarray
    """int64 [N], millionths."""
    issued_qty: np.ndarray
    """int64 [N]: coupons issued, 0 for other tools."""
    sku_start: np.ndarray
    """int [N + 1]."""
    sku: np.ndarray
    promo_price: np.ndarray
    """int64: price with VAT, NO_AMOUNT where the price stays."""
    uplift: np.ndarray
    """float: factor on the SKU's demand from price and exposure."""
    planned_units: np.ndarray
    stock_quota: np.ndarray
    """int64: what marketing expects and the most it sells."""

    def running(self, day: int) -> np.ndarray:
        """Campaigns that run on `day`, int."""
        return np.flatnonzero((self.first_day <= day) & (self.last_day >= day))

    def prices(self, day: int, list_price: np.ndarray, shops: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What stands on the price tags of a day.

        Returns
        -------
        price : int64 [shops, S] fen, the lowest of the list price and all running prices.
        campaign : int32 [shops, S], the campaign of that price, else one that shows the SKU, else -1.
        uplift : float [shops, S], the largest uplift of the running campaigns, else 1.
        """
        price = np.tile(list_price, (shops, 1))
        campaign = np.full(price.shape, -1, np.int32)
        uplift = np.ones(price.shape)
        for n in self.running(day):
            skus = slice(self.sku_start[n], self.sku_start[n + 1])
            where = np.ix_(range(shops) if self.shop[n] < 0 else [self.shop[n]], self.sku[skus])
            offered = np.where(self.promo_price[skus] == NO_AMOUNT, list_price[self.sku[skus]], self.promo_price[skus])
            better = (offered < price[where]) | (campaign[where] < 0)
            campaign[where] = np.where(better, n, campaign[where])
            price[where] = np.minimum(price[where], offered)
            uplift[where] = np.maximum(uplift[where], self.uplift[skus])
        return price, campaign, uplift


@dataclass
class _Plan:
    """One campaign while it is made."""

    key: str
    name: str
    tool: str
    first: int
    last: int
    published: int
    skus: np.ndarray
    depth: np.ndarray | None = None
    exposure: float = 1.0
    shop: int = -1
    threshold: int = NO_AMOUNT
    value: int = NO_AMOUNT
    ships_from: int | None = None
    supplier_share: int = 0
    issued: int = 0
    clearance: bool = False
    price: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


def make_campaigns(
    parameters: Parameters, calendar: Calendar, goods: Catalogue, rhythm: Rhythm, shops: Shops, masters
) -> Campaigns:
    """`masters` has the fields that `rhythm.ordinary_rate` reads."""
    first, after = calendar.first_day, calendar.last_day + CAMPAIGN_DAYS_AHEAD
    plans = [
        *_flash_sales(parameters, goods, first, after),
        *_monthly(parameters, goods, shops, first, after),
        *_events(parameters, goods, first, after),
        *_clearances(parameters, calendar, goods),
    ]
    plans = sorted(
        (plan for plan in plans if len(plan.skus) or plan.tool == "coupon"), key=lambda plan: (plan.first, plan.key)
    )
    return _lay_out(parameters, plans, goods, rhythm, masters)


def _on_sale(goods: Catalogue, first: int, last: int) -> np.ndarray:
    """SKUs sold at list price over the whole span, our own above all."""
    lasts = (goods.launch_day <= first) & (goods.end_day > last) & ~goods.is_bundle
    return np.flatnonzero(lasts & (goods.modes[:, 0] > 0))


def _some(goods: Catalogue, on_sale: np.ndarray, share: float, rng) -> np.ndarray:
    """All SKUs of randomly chosen models, about `share` of those on sale."""
    models = np.unique(goods.spu_of[on_sale])
    chosen = models[rng.random(len(models)) < share]
    return on_sale[np.isin(goods.spu_of[on_sale], chosen)]


def _depth(goods: Catalogue, skus: np.ndarray, depth: tuple[float, ...], rng) -> np.ndarray:
    """One share off per model."""
    return rng.uniform(*depth, len(goods.spu_ids))[goods.spu_of[skus]]


def _flash_sales(parameters: Parameters, goods: Catalogue, first: int, after: int) -> list[_Plan]:
    promotion, plans = parameters.promotion, []
    for week in range(first // 7, after // 7 + 1):
        rng = seeded(parameters.world.seed, "flash sales", week)
        for number in range(rng.poisson(promotion.flash_sales_per_week)):
            starts = week * 7 + int(rng.integers(0, 7))
            ends = starts + int(rng.integers(*promotion.flash_days, endpoint=True)) - 1
            ahead = int(rng.integers(*promotion.published_days, endpoint=True))
            skus = _some(goods, _on_sale(goods, starts, ends), promotion.flash_sku_share, rng)
            depth = _depth(goods, skus, promotion.depth, rng)
            funded = 500_000 if rng.random() < promotion.supplier_funded_share else 0
            name = WEEK_NAMES[int(rng.integers(len(WEEK_NAMES)))]
            plans.append(
                _Plan(f"F{week}{number}", name, "flash_sale", starts, ends, starts - ahead, skus, depth,
                      promotion.exposure_uplift, supplier_share=funded)
            )  # fmt: skip
    return [plan for plan in plans if first <= plan.first < after]


def _monthly(parameters: Parameters, goods: Catalogue, shops: Shops, first: int, after: int) -> list[_Plan]:
    """Full reductions, live sales and a coupon that runs all month."""
    months = sorted({(as_date(day).year, as_date(day).month) for day in range(first, after)})
    plans = []
    for year, month in months:
        start = next(day for day in range(first - 31, after + 31) if as_date(day).timetuple()[:3] == (year, month, 1))
        rng = seeded(parameters.world.seed, "monthly", year * 12 + month)
        plans += _full_reductions(parameters, goods, start, rng)
        plans += _live_sales(parameters, goods, shops, start, rng)
        if month % 3 == 1:
            key, name = f"C{year}{month:02d}", "新人券 New Member Coupon"
            plans.append(_Plan(key, name, "coupon", start, start + 80, start - 8, np.empty(0, int),
                               threshold=20_000, value=1500, issued=20_000))  # fmt: skip
    return [plan for plan in plans if first <= plan.first < after]


def _full_reductions(parameters: Parameters, goods: Catalogue, start: int, rng) -> list[_Plan]:
    plans, promotion = [], parameters.promotion
    for number in range(rng.poisson(promotion.full_reductions_per_month)):
        starts = start + int(rng.integers(0, 28))
        ahead = int(rng.integers(*promotion.published_days, endpoint=True))
        skus = _some(goods, _on_sale(goods, starts, starts + 2), 0.3, rng)
        key, name = f"R{start}{number}", "满减周 Spend and Save"
        plans.append(_Plan(key, name, "full_reduction", starts, starts + 2, starts - ahead, skus,
                           exposure=FULL_REDUCTION_UPLIFT, threshold=30_000, value=4000))  # fmt: skip
    return plans


def _live_sales(parameters: Parameters, goods: Catalogue, shops: Shops, start: int, rng) -> list[_Plan]:
    douyin = [place for place, platform in enumerate(shops.platform) if platform == "douyin"]
    plans, promotion = [], parameters.promotion
    for number in range(rng.poisson(promotion.live_per_month) if douyin else 0):
        day = start + int(rng.integers(0, 28))
        ahead = int(rng.integers(*promotion.published_days, endpoint=True))
        skus = _some(goods, _on_sale(goods, day, day), 0.05, rng)
        depth = _depth(goods, skus, promotion.depth, rng)
        key, name = f"L{start}{number}", "直播专场 Live Sale"
        plans.append(_Plan(key, name, "live", day, day, day - ahead, skus, depth, LIVE_UPLIFT, shop=douyin[0]))
    return plans


def _events(parameters: Parameters, goods: Catalogue, first: int, after: int) -> list[_Plan]:
    plans = []
    for number, event in enumerate(parameters.events):
        for begins, ends in event_spans(event, first - 366, after):
            rng = seeded(parameters.world.seed, f"event {event.name}", as_date(begins).year)
            skus = _some(goods, _on_sale(goods, begins - event.presale_days, ends), event.sku_share, rng)
            depth = _depth(goods, skus, event.depth, rng)
            published = begins - event.presale_days - event.published_days
            key = f"E{number}{as_date(begins).year}"
            plans.append(_Plan(key, event.name, "flash_sale", begins, ends, published, skus, depth, EVENT_UPLIFT))
            if event.presale_days:
                plans.append(_Plan(f"{key}P", f"{event.name} 预售 Pre-sale", "flash_sale", begins - event.presale_days,
                                   begins - 1, published, skus, depth, EVENT_UPLIFT, ships_from=begins))  # fmt: skip
    return [plan for plan in plans if first <= plan.first < after]


def _clearances(parameters: Parameters, calendar: Calendar, goods: Catalogue) -> list[_Plan]:
    """The last weeks of every model that ends."""
    promotion, plans = parameters.promotion, []
    ending = np.flatnonzero((goods.end_day < NO_END) & (goods.modes[:, 0] > 0) & ~goods.is_bundle)
    for spu in np.unique(goods.spu_of[ending]) if promotion.clearance_days else ():
        skus = ending[goods.spu_of[ending] == spu]
        last = int(goods.end_day[skus[0]])
        starts = max(last - promotion.clearance_days + 1, calendar.first_day)
        if last < calendar.first_day:
            continue
        depth = np.full(len(skus), promotion.clearance_depth)
        name = f"清仓 Clearance {goods.spu_ids[spu]}"
        plans.append(_Plan(f"X{spu}", name, "clearance", starts, last, starts - 10, skus, depth, clearance=True))
    return plans


def _lay_out(parameters: Parameters, plans: list[_Plan], goods: Catalogue, rhythm: Rhythm, masters) -> Campaigns:
    prices = [_promo_prices(plan, goods) for plan in plans]
    uplifts = [_uplifts(plan, price, goods, rhythm) for plan, price in zip(plans, prices, strict=True)]
    planned = [_planned(parameters, plan, uplift, masters) for plan, uplift in zip(plans, uplifts, strict=True)]
    first, last = (np.array([getattr(plan, name) for plan in plans], int) for name in ("first", "last"))
    published = np.array([plan.published for plan in plans], int)
    units = np.concatenate(planned) if plans else np.empty(0, np.int64)
    return Campaigns(
        campaign_ids=[f"C{number:05d}" for number in range(1, len(plans) + 1)],
        campaign_names=[f"{as_date(plan.first).year} {plan.name}" for plan in plans],
        tool=[plan.tool for plan in plans],
        shop=np.array([plan.shop for plan in plans], int),
        first_day=first,
        last_day=last,
        starts_at=first * DAY - EIGHT_HOURS,
        ends_at=(last + 1) * DAY - EIGHT_HOURS - 1,
        published_at=published * DAY - EIGHT_HOURS + PUBLISHED_HOUR * HOUR,
        published_day=published,
        threshold=np.array([plan.threshold for plan in plans], np.int64),
        value=np.array([plan.value for plan in plans], np.int64),
        budget=np.array([_budget(plan, units, goods) for plan, units in zip(plans, planned, strict=True)], np.int64),
        is_presale=np.array([plan.ships_from is not None for plan in plans], bool),
        ships_from=np.array([plan.first if plan.ships_from is None else plan.ships_from for plan in plans], int),
        funded_by=["supplier" if plan.supplier_share else "shop" for plan in plans],
        supplier_fund_share=np.array([plan.supplier_share for plan in plans], np.int64),
        issued_qty=np.array([plan.issued for plan in plans], np.int64),
        sku_start=np.concatenate([[0], np.cumsum([len(plan.skus) for plan in plans])]).astype(int),
        sku=np.concatenate([plan.skus for plan in plans]) if plans else np.empty(0, int),
        promo_price=np.concatenate(prices) if plans else np.empty(0, np.int64),
        uplift=np.concatenate(uplifts) if plans else np.empty(0),
        planned_units=units,
        stock_quota=units * 3,
    )


def _promo_prices(plan: _Plan, goods: Catalogue) -> np.ndarray:
    """Whole yuan (tenths below thirty), above cost unless it is a clearance; NO_AMOUNT where the price stays."""
    if plan.depth is None:
        return np.full(len(plan.skus), NO_AMOUNT)
    full = goods.list_price[plan.skus]
    unit = np.where(full < 3000, 10, 100)
    price = np.floor(full * (1 - plan.depth) / unit).astype(np.int64) * unit
    if not plan.clearance:
        floor = np.ceil(goods.purchase_price[plan.skus] * 1.13 * LEAST_MARGIN / unit).astype(np.int64) * unit
        price = np.maximum(price, floor)
    return np.minimum(price, full)


def _uplifts(plan: _Plan, price: np.ndarray, goods: Catalogue, rhythm: Rhythm) -> np.ndarray:
    full = goods.list_price[plan.skus]
    ratio = np.where(price == NO_AMOUNT, 1.0, price / full)
    return plan.exposure * ratio ** -rhythm.elasticity[goods.category_of[plan.skus]]


def _planned(parameters: Parameters, plan: _Plan, uplift: np.ndarray, masters) -> np.ndarray:
    """What marketing expects: its own round estimate, a third beside the truth in either direction."""
    rng = seeded(parameters.world.seed, f"planned units {plan.key}")
    rate = ordinary_rate(masters, parameters, plan.first, plan.skus) * masters.units_per_line[plan.skus]
    expected = rate * uplift * (plan.last - plan.first + 1) * np.exp(0.3 * rng.standard_normal(len(rate)))
    return np.maximum(np.rint(expected), 1).astype(np.int64)


def _budget(plan: _Plan, units: np.ndarray, goods: Catalogue) -> int:
    """What its coupons are worth, else a tenth of expected sales in whole hundred yuan."""
    if plan.issued:
        return plan.issued * plan.value
    return int(np.ceil((units * goods.list_price[plan.skus]).sum() * 0.1 / 10_000)) * 10_000
