"""A replenishment problem as arrays for compiled loops."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from optimization.replenishment.economics.expiry import FOREVER
from optimization.replenishment.economics.problem import ReplenishmentProblem
from optimization.replenishment.problem import KEY

MONEY = ("unit_price", "shortage_cost", "holding_cost", "excess_cost", "terminal_value", "salvage_value", "beyond_rate")
RULE_RATIO = 0.95  # critical ratio that a min-max rule is taken to stand for


@dataclass(frozen=True)
class Arrays:
    """Stock and money per item and per option.

    Parameters
    ----------
    item
        Shape (options,): row of the item.
    lead, demand, when
        As ``lead_time``, ``demand`` and ``arrivals`` of the problem; ``when`` of the batches kept.
    shelf
        Shape (options,): periods in which what arrives can be sold; ``FOREVER`` or more if it does not expire.
    until
        Shape (options, paths): period in which the next order can arrive; of a last buy, the end.
    review
        Shape (items,): periods between orders; of a last buy, all.
    backorder, perishable
        Shape (items,), bool.
    start, units, expiry
        Batches of item i are start[i] … start[i + 1] − 1, by the last period in which they can be sold.
    owed
        Shape (items,): open orders beyond what is on hand.
    price, later
        Shape (options,): what a unit sold in time is worth, and what it is worth in place of a later order's.
    short_cost, hold, excess, terminal, salvage
        Shape (items,): money.
    slope, lasting
        Shape (items,): what excess at the horizon loses until it sells is ``slope`` times its square, up to
        ``lasting`` units; more are worth their salvage only.
    rate
        Shape (items,): units sold in a period after the horizon.
    """

    item: np.ndarray
    lead: np.ndarray
    shelf: np.ndarray
    demand: np.ndarray
    until: np.ndarray
    review: np.ndarray
    backorder: np.ndarray
    perishable: np.ndarray
    start: np.ndarray
    units: np.ndarray
    when: np.ndarray
    expiry: np.ndarray
    owed: np.ndarray
    price: np.ndarray
    later: np.ndarray
    short_cost: np.ndarray
    hold: np.ndarray
    excess: np.ndarray
    terminal: np.ndarray
    salvage: np.ndarray
    slope: np.ndarray
    lasting: np.ndarray
    rate: np.ndarray

    def stock(self) -> tuple[np.ndarray, ...]:
        """What decides where stock stands on a path."""
        return (
            self.item,
            self.lead,
            self.shelf,
            self.demand,
            self.until,
            self.backorder,
            self.perishable,
            self.start,
            self.units,
            self.when,
            self.expiry,
            self.owed,
        )

    def money(self) -> tuple[np.ndarray, ...]:
        """What it is worth there."""
        return (
            self.price,
            self.short_cost,
            self.hold,
            self.excess,
            self.later,
            self.terminal,
            self.salvage,
            self.slope,
            self.lasting,
            self.rate,
        )

    def ratio(self) -> np.ndarray:
        """Critical ratio of each option: a unit short over a unit short and a unit held until the next order."""
        short = self.price - self.later + self.short_cost[self.item]
        held = self.hold[self.item] * self.review[self.item]
        return np.divide(short, short + held, out=np.ones_like(short), where=short + held > 0).clip(0.0, 1.0)

    @classmethod
    def of(cls, problem: ReplenishmentProblem) -> Self:
        """Lay out a problem."""
        items, options, periods = problem.items, problem.options, problem.demand.shape[2]
        rows = items.select(KEY).with_row_index("item")
        item = options.select(KEY).join(rows, on=KEY, how="left", maintain_order="left")["item"].to_numpy()
        money = {name: items[name].cast(pl.Float64).to_numpy() for name in MONEY}
        later = options["later_unit_cost"].cast(pl.Float64).to_numpy()
        slope, lasting = _waiting(money)
        backorder, last_buy = items["backorder"].to_numpy(), items["last_buy"].to_numpy()
        review = np.where(last_buy, periods, items["review_periods"].cast(pl.Int64).to_numpy())
        gain, short_cost = _understock(items, money, later, item, review)
        shelf = options["shelf_life_periods"].fill_null(2 * FOREVER).to_numpy()
        batches, when, owed = _netted(problem, rows)
        owner = batches["item"].to_numpy()
        expiry = batches["last_sellable_period"].fill_null(2 * FOREVER).to_numpy()
        perishable = np.zeros(items.height, dtype=bool)
        perishable[owner[expiry < FOREVER]] = True
        perishable[item[shelf < FOREVER]] = True
        return cls(
            item=item.astype(np.int64),
            lead=problem.lead_time.astype(np.int16),
            shelf=shelf.astype(np.int64),
            demand=problem.demand,
            until=np.where(last_buy[item][:, None], periods, problem.covered_until()).astype(np.int16),
            review=review,
            backorder=backorder,
            perishable=perishable,
            start=np.searchsorted(owner, np.arange(items.height + 1)),
            units=batches["quantity"].cast(pl.Float64).to_numpy(),
            when=when.astype(np.int16),
            expiry=expiry.astype(np.int64),
            owed=owed,
            price=later + gain,
            later=later,
            short_cost=short_cost,
            hold=money["holding_cost"],
            excess=money["excess_cost"],
            terminal=money["terminal_value"],
            salvage=money["salvage_value"],
            slope=slope,
            lasting=lasting,
            rate=money["beyond_rate"],
        )


def _waiting(money: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """What excess at the horizon loses until it sells: slope of the loss, and units until nothing but salvage is left.

    Unit n waits n / rate periods at the excess cost each, so E units lose excess cost × E² / (2 × rate).
    """
    rate, excess = money["beyond_rate"], money["excess_cost"]
    lose = np.maximum(money["terminal_value"] - money["salvage_value"], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(rate > 0, excess / (2 * rate), 0.0)
        lasting = np.where(rate > 0, np.where(slope > 0, lose / (2 * slope), np.inf), 0.0)
    return slope, lasting


def _understock(
    items: pl.DataFrame, money: dict[str, np.ndarray], later: np.ndarray, item: np.ndarray, review: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a sale in time earns beyond a later order's cost (per option), and what a unit short costs besides.

    A rule is judged by the shortage cost that would make it the best there is: at a critical ratio r that is
    holding × r / (1 − r).
    """
    weight = items["understock_weight"].cast(pl.Float64).to_numpy()
    ruled = (items["policy"] != "economic").to_numpy()
    asked = items.select(pl.when(policy="service_level").then("policy_low").otherwise(RULE_RATIO)).to_series()
    ratio = asked.cast(pl.Float64).to_numpy()
    # A sale that waits is not lost: being served now is worth no more than being served by a later order.
    lost = ~(items["backorder"].to_numpy() | ruled)
    gain = np.where(lost[item], (money["unit_price"][item] - later) * weight[item], 0.0)
    held = np.maximum(money["holding_cost"] * review, 1e-6)
    return gain, np.where(ruled, held * ratio / (1 - ratio), money["shortage_cost"] * weight)


def _netted(problem: ReplenishmentProblem, rows: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Batches by item with reserved units taken off what is on hand, first expired first; what stays owed."""
    placed = problem.batches.with_row_index("place").join(rows, on=KEY, how="left", maintain_order="left")
    reserved = placed.filter(bucket="reserved").group_by("item").agg(reserved=pl.col("quantity").sum())
    held = (
        placed.filter((pl.col("bucket") != "reserved") & (pl.col("quantity") > 0))
        .with_columns(last=pl.col("last_sellable_period").fill_null(2 * FOREVER))
        .sort("item", "last", "place")
        .join(reserved, on="item", how="left", maintain_order="left")
    )
    here = pl.when(pl.col("bucket") == "on_hand").then(pl.col("quantity")).otherwise(0)
    before = here.cum_sum().over("item") - here
    taken = (pl.col("reserved").fill_null(0) - before).clip(0, here)
    held = held.with_columns(quantity=pl.col("quantity") - taken)
    owed = np.zeros(rows.height)
    if reserved.height:
        total = reserved.join(
            placed.filter(bucket="on_hand").group_by("item").agg(here=pl.col("quantity").sum()), on="item", how="left"
        ).select("item", owed=(pl.col("reserved") - pl.col("here").fill_null(0)).clip(0))
        owed[total["item"].to_numpy()] = total["owed"].to_numpy()
    return held, problem.arrivals[held["place"].to_numpy()], owed
