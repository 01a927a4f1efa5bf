"""What a contestant earned, and how sure the difference to another one is."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimization.replenishment.race.runner import Runner
from optimization.replenishment.race.track import Track

RESAMPLES = 1_000
LEVELS = (0.025, 0.975)


@dataclass(frozen=True)
class Score:
    """What a race came to.

    Parameters
    ----------
    profit
        Margin of what was sold, less what stock, orders, transfers and customers' waiting cost and what was written
        down (money).
    fill_rate
        Share of the demand that was served at once.
    stock
        Mean stock at cost (money).
    cash
        Money that purchases took beyond the cost of what was sold (money): what the race put into stock and goods under
        way.
    orders, lines
        Orders (a supplier, a location and a day) and their lines.
    transfers
        Lines that were moved from one warehouse to another.
    lost_units
        Demand that was not served, late neither.
    write_offs
        What is left at the end and would expire unsold, were all of it fresh, at cost; and the write-down of what
        else is left beyond the cover that counts as sound (money).
    """

    profit: float
    fill_rate: float
    stock: float
    cash: float
    orders: int
    lines: int
    transfers: int
    lost_units: int
    write_offs: float


@dataclass(frozen=True)
class Interval:
    """A difference between two contestants, and where it lies in 95 of 100 drawings of SKUs."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Rules:
    """How what is left over counts.

    Parameters
    ----------
    cover_days
        Stock that lasts longer than this at the race's mean demand is too much. Default 90.
    write_down_share
        Share of its cost that a unit of it loses. Default 0.2.
    """

    cover_days: int = 90
    write_down_share: float = 0.2


def score(runner: Runner, rules: Rules | None = None) -> Score:
    """The score of a contestant who has run all days.

    Raises
    ------
    ValueError
        When days are left to run.
    """
    if runner.day != runner.track.days:
        raise ValueError(f"{runner.name} has run {runner.day} of {runner.track.days} days")
    rules, track = rules or Rules(), runner.track
    parts = by_item(runner, rules)
    return Score(
        profit=float(parts["profit"].sum()),
        fill_rate=float((runner.served - runner.late).sum() / max(track.demand.sum(), 1)),
        stock=float(parts["stock"].sum()),
        cash=float(parts["cash"].sum()),
        orders=int(orders(runner)),
        lines=int((runner.ordered > 0).sum()),
        transfers=runner.moves,
        lost_units=int((track.demand - runner.served).sum()),
        write_offs=float(parts["write_offs"].sum()),
    )


def by_item(runner: Runner, rules: Rules) -> dict[str, np.ndarray]:
    """Money by item; each of shape (items,)."""
    track = runner.track
    cost, margin, holding = (track.column(name) for name in ("unit_cost", "unit_margin", "holding_cost"))
    sold, bought = runner.served.sum(1), runner.ordered.sum(1)
    daily, left = track.demand.mean(1), runner.left[:, -1]
    sellable = track.column("sellable_days")
    expired = np.maximum(left - np.where(np.isnan(sellable), np.inf, np.ceil(daily * np.nan_to_num(sellable))), 0)
    too_much = np.maximum(left - expired - np.ceil(daily * rules.cover_days), 0)
    write_offs = (expired + too_much * rules.write_down_share) * cost
    waiting = runner.waited * track.column("waiting_cost")
    spent = runner.left.sum(1) * holding + order_costs(runner) + runner.move_cost + waiting + write_offs
    profit = sold * margin - spent
    return {
        "profit": profit,
        "stock": runner.left.mean(1) * cost,
        "cash": (bought - sold) * cost,
        "write_offs": write_offs,
        "served": (runner.served - runner.late).sum(1).astype(float),
        "demand": track.demand.sum(1).astype(float),
    }


def groups(track: Track) -> np.ndarray:
    """Number of each item's supplier and location: its goods go into one order; shape (items,)."""
    names = track.items["supplier_id"].fill_null("") + "\x1f" + track.items["location_id"]
    return np.unique(names.to_numpy().astype(str), return_inverse=True)[1]


def orders(runner: Runner) -> int:
    """Orders placed: all lines of a supplier and a location on a day are one."""
    group = groups(runner.track)
    item, day = np.nonzero(runner.ordered)
    return np.unique(np.stack([group[item], day]), axis=1).shape[1]


def order_costs(runner: Runner) -> np.ndarray:
    """What orders cost, each shared by its lines; shape (items,)."""
    group, (item, day) = groups(runner.track), np.nonzero(runner.ordered)
    key = group[item] * runner.track.days + day
    _, place, lines = np.unique(key, return_inverse=True, return_counts=True)
    shared = np.zeros(runner.track.items.height)
    np.add.at(shared, item, runner.track.column("order_cost")[item] / lines[place])
    return shared


def compare(runner: Runner, other: Runner, rules: Rules | None = None, seed: int = 0) -> dict[str, Interval]:
    """By how much a contestant differs from another, with percentile bootstrap intervals over SKUs.

    SKUs are drawn with all their locations, the same for both (Efron and Tibshirani, 1993, *An Introduction to the
    Bootstrap*, chapter 13): what moves one location of a SKU moves the others.

    Parameters
    ----------
    runner, other
        Contestants on one track, all days run.
    rules
        How what is left over counts.
    seed
        Of the drawings.

    Returns
    -------
    dict[str, Interval]
        ``profit``, ``fill_rate``, ``stock``, ``cash``, ``write_offs``: the first less the second.
    """
    rules = rules or Rules()
    sku = np.unique(runner.track.items["sku_id"].to_numpy().astype(str), return_inverse=True)[1]
    count = int(sku.max()) + 1 if sku.size else 0
    mine, theirs = ({name: np.bincount(sku, part, count) for name, part in by_item(r, rules).items()}
                    for r in (runner, other))  # fmt: skip
    drawn = np.random.default_rng(seed).integers(0, max(count, 1), (RESAMPLES, count))
    found = {}
    for name in ("profit", "stock", "cash", "write_offs"):
        difference = mine[name] - theirs[name]
        found[name] = interval(difference.sum(), difference[drawn].sum(1))
    demand = np.maximum(mine["demand"][drawn].sum(1), 1)
    served = mine["served"] - theirs["served"]
    found["fill_rate"] = interval(served.sum() / max(mine["demand"].sum(), 1), served[drawn].sum(1) / demand)
    return found


def interval(difference: float, resampled: np.ndarray) -> Interval:
    """The percentile interval of a difference."""
    low, high = np.quantile(resampled, LEVELS) if resampled.size else (0.0, 0.0)
    return Interval(float(difference), float(low), float(high))


NAMES = tuple(field.name for field in fields(Score))
