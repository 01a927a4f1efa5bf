"""What customers want on a day, whoever plans: order lines, baskets, and everything they will do later.

Pure by day: the same world draws the same wishes whatever stock there is and whatever was drawn before. Rates are
life x season x trend x weekday x event x noise x promotion; lines are Poisson with a gamma-distributed rate
(variance m + k m², negative binomial).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from simulator.masters import ordinary_rate
from simulator.tables import code
from simulator.times import HOUR, moment

if TYPE_CHECKING:
    from simulator.masters import Masters
    from simulator.parameters import Parameters
    from simulator.streams import Streams

__all__ = ["Candidates", "Demand", "joined"]

ORDER = "order.sales_order"
NORMAL, B2B, PRESALE, SUBSCRIPTION, EXCHANGE = (
    code(ORDER, "order_type", name) for name in ("normal", "b2b", "presale", "subscription", "exchange")
)
OWN, DROPSHIP, MERCHANT = range(3)
LEAST_LEFT = 0.4  # demand that promotions of other goods or of earlier weeks leave at least
PER_LINE = ("order", "sku", "qty", "bundle", "mode", "supplier", "unit_price", "campaign",
            "u_seen", "u_return", "u_reason", "u_lag", "u_inspect", "u_review")  # fmt: skip
ORDER_FATES = ("u_pay", "u_cancel", "u_speed", "u_trouble", "u_transit", "u_invoice", "u_coupon")
LINE_FATES = ("u_seen", "u_return", "u_reason", "u_lag", "u_inspect", "u_review")


@dataclass(frozen=True)
class Candidates:
    """Lines and orders that customers would place, orders by time and lines by order.

    Per line: `order` (place of its order), SKU, base units, bundle it is part of (-1 none), mode (0 own, 1 dropship,
    2 merchant), supplier behind it, price in fen, campaign of that price (-1 none) and the line's fates.
    Per order: instant, shop, province, member, `order_type`, order it replaces (-1 none), return that asked for it
    (-1 none), first day it may be shipped (0 at once) and the order's fates.
    """

    order: np.ndarray
    sku: np.ndarray
    qty: np.ndarray
    bundle: np.ndarray
    mode: np.ndarray
    supplier: np.ndarray
    unit_price: np.ndarray
    campaign: np.ndarray
    u_seen: np.ndarray
    u_return: np.ndarray
    u_reason: np.ndarray
    u_lag: np.ndarray
    u_inspect: np.ndarray
    u_review: np.ndarray
    at: np.ndarray
    shop: np.ndarray
    province: np.ndarray
    member: np.ndarray
    kind: np.ndarray
    parent: np.ndarray
    rma: np.ndarray
    ships_from: np.ndarray
    u_pay: np.ndarray
    u_cancel: np.ndarray
    u_speed: np.ndarray
    u_trouble: np.ndarray
    u_transit: np.ndarray
    u_invoice: np.ndarray
    u_coupon: np.ndarray

    def between(self, start: int, end: int) -> Candidates:
        """The orders placed from instant `start` and before `end`."""
        first, last = np.searchsorted(self.at, [start, end])
        low, high = np.searchsorted(self.order, [first, last])
        lines, orders = slice(low, high), slice(first, last)
        cut = {f.name: getattr(self, f.name)[lines if f.name in PER_LINE else orders] for f in fields(self)}
        return replace(self, **cut | {"order": cut["order"] - first})


def joined(a: Candidates, b: Candidates) -> Candidates:
    """All orders of both, by time."""
    both = {f.name: np.concatenate([getattr(a, f.name), getattr(b, f.name)]) for f in fields(a)}
    both["order"] = np.concatenate([a.order, b.order + len(a.at)])
    return _by_time(both)


class Demand:
    """The wishes of every day of a world."""

    def __init__(self, masters: Masters, parameters: Parameters, streams: Streams) -> None:
        self.masters, self.parameters, self.streams = masters, parameters, streams
        self._noise: list[np.ndarray] = []  # by day since the first, per category
        self._levels: list[np.ndarray] = []  # by week since the first, per model
        self._price_tags: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._own_units: dict[int, np.ndarray] = {}
        self._mix = np.cumsum(masters.regional_mix, axis=1)
        self._hours = np.cumsum(masters.hour_weights)
        self._modes = np.cumsum(masters.modes, axis=1)

    def draw(self, day: int) -> Candidates:
        """What customers want on `day`."""
        rng = self.streams.rng("demand", day)
        lines = rng.poisson(self._gamma(rng, self.rates(day)))
        sku = np.repeat(np.arange(len(lines)), lines)
        mode = (rng.random(len(sku))[:, None] >= self._modes[sku]).sum(axis=1).clip(0, 2)
        order = self._baskets(rng, sku, mode)
        columns = self._orders(rng, day, sku, mode, order)
        return self._finished(rng, columns, day)

    def own_units(self, day: int) -> np.ndarray:
        """Units of our own goods wanted on `day` at the natural warehouse, shape (warehouses, skus)."""
        if day not in self._own_units:
            self._own_units = {kept: units for kept, units in self._own_units.items() if abs(kept - day) < 120}
            self._own_units[day] = self._natural_units(day)
        return self._own_units[day]

    def _natural_units(self, day: int) -> np.ndarray:
        wanted = self.draw(day)
        own = wanted.mode == OWN
        natural = self.masters.rank[wanted.province[wanted.order[own]], 0]
        out = np.zeros((len(self.masters.warehouse_ids), len(self.masters.sku_ids)), np.int64)
        np.add.at(out, (natural, wanted.sku[own]), wanted.qty[own])
        return out

    # ---------- rates
    def rates(self, day: int) -> np.ndarray:
        """Expected order lines of each SKU, all modes."""
        masters = self.masters
        uplift = self._uplift(day)
        ordinary = ordinary_rate(masters, self.parameters, day)
        event = masters.event_factor[day - masters.calendar_start]
        noise = np.exp(self._category_noise(day)[masters.category_of] + self._level(day)[masters.spu_of])
        return ordinary * event * noise * uplift * self._pulled_forward(day) * self._cannibalised(ordinary, uplift)

    def _gamma(self, rng: np.random.Generator, rate: np.ndarray) -> np.ndarray:
        """The day's rates around their means: dispersed, and nothing on idle days of intermittent goods."""
        shape = 1 / np.maximum(self.masters.dispersion, 1e-6)
        drawn = rate * rng.gamma(shape) / shape
        idle = self.masters.intermittent
        return np.where(rng.random(len(rate)) < idle, 0.0, drawn / (1 - idle))

    def _category_noise(self, day: int) -> np.ndarray:
        """Logarithm of what all goods of a category share on a day."""
        demand, since = self.parameters.demand, day - self.masters.first_day
        size = len(self.masters.categories)
        return self._wandering("category noise", self._noise, since, size, demand.noise_ar, demand.noise_sd)

    def _level(self, day: int) -> np.ndarray:
        """Logarithm of each model's level in a week: tastes drift."""
        demand, since = self.parameters.demand, (day - self.masters.first_day) // 7
        size = len(self.masters.spu_ids)
        return self._wandering("level", self._levels, since, size, demand.level_ar, demand.level_sd)

    def _wandering(
        self, purpose: str, kept: list[np.ndarray], step: int, size: int, ar: float, sd: float
    ) -> np.ndarray:
        """The AR(1) series of `purpose` at `step`, stationary from its first step on."""
        while len(kept) <= step:
            shock = self.streams.rng(purpose, len(kept)).standard_normal(size) * sd
            kept.append(ar * kept[-1] + np.sqrt(1 - ar**2) * shock if kept else shock)
        return kept[step] - sd**2 / 2  # mean 1 of the factor

    def price_tags(self, day: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Price, campaign and uplift by shop and SKU; a few days are kept, since later days look back."""
        if day not in self._price_tags:
            masters = self.masters
            if len(self._price_tags) > 200:
                self._price_tags.pop(min(self._price_tags))
            self._price_tags[day] = masters.campaigns.prices(day, masters.list_price, len(masters.shop_ids))
        return self._price_tags[day]

    def _uplift(self, day: int) -> np.ndarray:
        """Factor on each SKU's demand over all shops."""
        return self.masters.shop_weight @ self.price_tags(day)[2]

    def _pulled_forward(self, day: int) -> np.ndarray:
        """What earlier promotions leave: customers have stocked up."""
        promotion = self.parameters.promotion
        days = range(day - promotion.pull_forward_days, day)
        extra = sum((self._uplift(before) - 1 for before in days), np.zeros(len(self.masters.sku_ids)))
        return np.maximum(1 - promotion.pull_forward * extra / promotion.pull_forward_days, LEAST_LEFT)

    def _cannibalised(self, rate: np.ndarray, uplift: np.ndarray) -> np.ndarray:
        """What promoted goods take from the others of their category."""
        masters = self.masters
        promoted = uplift > 1
        n = len(masters.categories)
        extra = np.bincount(masters.category_of, np.where(promoted, rate * (uplift - 1), 0), n)
        others = np.bincount(masters.category_of, np.where(promoted, 0, rate), n)
        lost = self.parameters.promotion.cannibalisation * extra / np.maximum(others, 1e-9)
        return np.where(promoted, 1.0, np.maximum(1 - lost[masters.category_of], LEAST_LEFT))

    # ---------- baskets and orders
    def _baskets(self, rng: np.random.Generator, sku: np.ndarray, mode: np.ndarray) -> np.ndarray:
        """An order for every line: own lines share baskets of geometric size, others go alone."""
        own = rng.permutation(np.flatnonzero(mode == OWN))
        sizes = rng.geometric(1 / self.parameters.demand.lines_per_order, len(own))
        basket = np.searchsorted(np.cumsum(sizes), np.arange(len(own)), side="right")
        order = np.empty(len(sku), np.int64)
        order[own] = basket
        alone = np.flatnonzero(mode != OWN)
        order[alone] = (basket[-1] + 1 if len(basket) else 0) + np.arange(len(alone))
        return order

    def _orders(self, rng: np.random.Generator, day: int, sku, mode, order) -> dict[str, np.ndarray]:
        """Columns of lines and orders; `order` numbers orders without gaps."""
        masters, demand = self.masters, self.parameters.demand
        n = int(order.max()) + 1 if len(order) else 0
        lead = np.zeros(n, np.int64)
        lead[order[::-1]] = sku[::-1]  # a line of each order stands for its taste
        price, campaign, uplift = self.price_tags(day)
        by_shop = np.cumsum(masters.shop_weight[:, None] * uplift, axis=0)
        shop = (rng.random(n) * by_shop[-1, lead] >= by_shop[:, lead]).sum(axis=0).clip(0, len(masters.shop_ids) - 1)
        province = (rng.random(n)[:, None] >= self._mix[masters.category_of[lead]]).sum(axis=1)
        hour = np.searchsorted(self._hours, rng.random(n), side="right").clip(0, 23)
        at = moment(day) + hour * HOUR + rng.integers(0, HOUR, n)
        own_order = np.zeros(n, bool)
        own_order[order[mode == OWN]] = True
        company = own_order & (rng.random(n) < demand.b2b_share)
        tag = price[shop[order], sku]
        in_campaign = campaign[shop[order], sku].astype(np.int64)
        presale = np.zeros(n, bool)
        chosen = in_campaign >= 0
        if chosen.any():
            early = masters.campaigns.is_presale[in_campaign[chosen]]
            presale[order[chosen][early]] = True
        units = np.maximum(masters.units_per_line[sku], 1.0)
        qty = rng.geometric(1 / units)
        bulk = rng.geometric(1 / demand.b2b_units, len(sku))
        wholesale = (tag * (1 - demand.b2b_discount)).astype(np.int64)
        ships = np.where(presale, self._ships_from(order, in_campaign, n), 0)
        return {
            "order": order, "sku": sku, "qty": np.where(company[order], bulk, qty), "bundle": np.full(len(sku), -1),
            "mode": mode, "supplier": self._supplier(sku, mode),
            "unit_price": np.where(company[order], wholesale, tag), "campaign": in_campaign,
            "at": at, "shop": shop, "province": province,
            "member": rng.integers(0, self.parameters.customers.members, n),
            "kind": np.select([company, presale], [B2B, PRESALE], NORMAL), "parent": np.full(n, -1),
            "rma": np.full(n, -1), "ships_from": ships,
        }  # fmt: skip

    def _ships_from(self, order: np.ndarray, campaign: np.ndarray, n: int) -> np.ndarray:
        day = np.zeros(n, np.int64)
        chosen = campaign >= 0
        np.maximum.at(day, order[chosen], self.masters.campaigns.ships_from[campaign[chosen]])
        return day

    def _supplier(self, sku: np.ndarray, mode: np.ndarray) -> np.ndarray:
        masters = self.masters
        return np.select(
            [mode == DROPSHIP, mode == MERCHANT], [masters.dropshipper_of[sku], masters.merchant_of[sku]],
            masters.supplier_of[sku],
        )  # fmt: skip

    def _finished(self, rng: np.random.Generator, columns: dict[str, np.ndarray], day: int) -> Candidates:
        columns = self._with_subscriptions(columns, day)
        columns = self._with_components(columns)
        columns |= {name: rng.random(len(columns["at"])) for name in ORDER_FATES}
        columns |= {name: rng.random(len(columns["sku"])) for name in LINE_FATES}
        return _by_time(columns)

    def _with_subscriptions(self, columns: dict[str, np.ndarray], day: int) -> dict[str, np.ndarray]:
        """Deliveries agreed for this day, one order each at six in the morning."""
        m = self.masters
        since = day - m.subscription_first
        due = np.flatnonzero((since >= 0) & (since % m.subscription_every == 0) & (day <= m.subscription_last))
        if not len(due):
            return columns
        sku, n = m.subscription_sku[due], len(due)
        member = m.subscription_member[due]
        more = {
            "order": len(columns["at"]) + np.arange(n), "sku": sku, "qty": m.subscription_qty[due],
            "bundle": np.full(n, -1), "mode": np.zeros(n, np.int64), "supplier": m.supplier_of[sku],
            "unit_price": m.list_price[sku], "campaign": np.full(n, -1),
            "at": moment(day, 6) + np.arange(n), "shop": m.subscription_shop[due],
            "province": np.searchsorted(np.cumsum(m.province_weight[:-1]), (member * 0.618) % 1),
            "member": member, "kind": np.full(n, SUBSCRIPTION), "parent": np.full(n, -1), "rma": np.full(n, -1),
            "ships_from": np.zeros(n, np.int64),
        }  # fmt: skip
        return {name: np.concatenate([values, more[name]]) for name, values in columns.items()}

    def _with_components(self, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """A bundle's line becomes lines of its components, each with its share of the price."""
        m = self.masters
        is_bundle = m.is_bundle[columns["sku"]]
        if not is_bundle.any():
            return columns
        at = np.flatnonzero(is_bundle)
        parts = [np.flatnonzero(m.bundle_sku == sku) for sku in columns["sku"][at]]
        row = np.repeat(at, [len(part) for part in parts])
        part = np.concatenate(parts)
        line = {name: columns[name][row] for name in columns if name in PER_LINE}
        line["bundle"], line["sku"] = line["sku"], m.bundle_component[part]
        line["unit_price"] = line["unit_price"] * m.bundle_share[part] // (1_000_000 * m.bundle_qty[part])
        line["qty"] = line["qty"] * m.bundle_qty[part]
        line["supplier"] = m.supplier_of[line["sku"]]
        line["campaign"] = np.full(len(part), -1)
        return {
            name: np.concatenate([values[~is_bundle], line[name]]) if name in line else values
            for name, values in columns.items()
        }


def _by_time(columns: dict[str, np.ndarray]) -> Candidates:
    """Orders in the order of their time, lines in that of their orders."""
    by_time = np.argsort(columns["at"], kind="stable")
    place = np.empty_like(by_time)
    place[by_time] = np.arange(len(by_time))
    order = place[columns["order"]]
    by_order = np.argsort(order, kind="stable")
    lines = {name: values[by_order] for name, values in columns.items() if name in PER_LINE}
    orders = {name: values[by_time] for name, values in columns.items() if name not in PER_LINE}
    return Candidates(**lines | orders | {"order": order[by_order]})
