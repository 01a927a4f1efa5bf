"""Parcels that nothing in a day tells apart, gathered: exact, and a hundred times fewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from optimization.carriers.day.problem import holds_at, place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optimization.carriers.day.problem import Cap, Day, Terms

FEN = 100


@dataclass(frozen=True)
class Limit:
    """A cap as it holds today, or over the days ahead.

    Parameters
    ----------
    cap
        Its number in the day's caps.
    services
        Numbers of its services.
    is_kg
        Whether it counts kilograms.
    limit
        In its measure.
    is_ahead
        Whether it limits the parcels ahead.
    """

    cap: int
    services: tuple[int, ...]
    is_kg: bool
    limit: float
    is_ahead: bool


@dataclass(frozen=True)
class Classes:
    """A day as the solver sees it.

    Parameters
    ----------
    services
        Names, by number.
    group
        ``int32[parcels]``, class of each parcel of today.
    later_group
        ``int32[rows ahead]``, class of each row ahead, counted from the first such class.
    today
        The first so many classes are of today, the others ahead.
    count
        ``float64[c]``, parcels.
    place
        ``int32[c]``, which caps and accounts a class counts in.
    cost
        ``float64[c, s]``, yuan above the class's cheapest quote; infinite where not eligible.
    kg
        ``float64[c, s]``; no rows where no cap counts kilograms.
    base
        Yuan, every parcel by its cheapest quote.
    accounts
        The day's terms, each with a volume of its own.
    kind
        ``int32[places]``: places of one kind count in the same accounts.
    member
        ``bool[kinds, s, accounts]``, whose volume a service counts in.
    most
        ``float64[accounts]``, parcels that may count in each.
    limits
        Caps, but those that ``most`` says already.
    rows
        ``int32[places, 2 s, r]``: numbers of the prices that a parcel (or a kilogram) of a place pays on a
        service, those of accounts first, then those of limits; −1 pads.
    places
        Warehouse, province (None where no contract asks) and whether it is ahead, of each place.
    held
        Yuan for leaving a parcel unassigned: dearer than any way to carry it.
    """

    services: list[str]
    group: np.ndarray
    later_group: np.ndarray
    today: int
    count: np.ndarray
    place: np.ndarray
    cost: np.ndarray
    kg: np.ndarray
    base: float
    accounts: list[Terms]
    kind: np.ndarray
    member: np.ndarray
    most: np.ndarray
    limits: list[Limit]
    rows: np.ndarray
    places: list[tuple]
    held: float

    @property
    def size(self) -> int:
        """Number of prices: accounts, then limits."""
        return len(self.accounts) + len(self.limits)

    def spread(self, price: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Prices by place and service: what a parcel pays, and what a kilogram pays."""
        paid = np.append(price, 0.0)[self.rows].sum(axis=2)
        half = len(self.services)
        return np.ascontiguousarray(paid[:, :half]), np.ascontiguousarray(paid[:, half:])


def gather(day: Day) -> Classes:
    """Classes of a day and of the parcels ahead of it."""
    services = day.services
    number = {name: index for index, name in enumerate(services)}
    weighed = sorted({number[s] for cap in day.caps if cap.measure == "kg" for s in cap.services if s in number})
    today = matrices(day.parcels, day.quotes, number)
    places = place_numbers(day)
    group, first = numbered(places.place[: day.parcels.height], *today, weighed)
    count = np.bincount(group, minlength=len(first)).astype(float)
    cents, grams, place = today[0][first], today[1][first], places.place[: day.parcels.height][first]
    base = cheapest_fen(today[0]).sum() / FEN
    later_group = np.empty(0, np.int32)
    if day.ahead is not None:
        later = matrices(day.ahead, day.quotes, number)
        there = places.place[day.parcels.height :]
        later_group, later_first = numbered(there, *later, weighed)
        weight = day.ahead["weight"].cast(pl.Float64).to_numpy()
        count = np.append(count, np.bincount(later_group, weight, len(later_first)))
        cents = np.vstack([cents, later[0][later_first]])
        grams = np.vstack([grams, later[1][later_first]])
        place = np.append(place, there[later_first])
        base += float((cheapest_fen(later[0]) * weight).sum()) / FEN
    cost = np.where(cents >= 0, (cents - cheapest_fen(cents)[:, None]) / FEN, np.inf)
    kind, member = members(services, day.terms, places.known)
    counts = [count @ ((cents >= 0) & each).any(axis=1) for each in np.moveaxis(member[kind[place]], 2, 0)]
    limits, most = limits_of(day, number, np.array(counts, float))
    dearest = np.where(np.isfinite(cost), cost, 0.0).max(initial=0.0)
    worth = sum(t.shortfall_fee + sum(tier.rebate_per_parcel for tier in t.tiers) for t in day.terms)
    return Classes(
        services=services,
        group=group,
        later_group=later_group,
        today=len(first),
        count=count,
        place=place,
        cost=cost,
        kg=grams / 1000.0 if weighed else np.zeros((0, len(services))),
        base=base,
        accounts=list(day.terms),
        kind=kind,
        member=member,
        most=most,
        limits=limits,
        rows=places.rows(limits, day.caps, member[kind]),
        places=places.known,
        held=10 * (10 + dearest + worth),
    )


def matrices(parcels: pl.DataFrame, quotes: pl.DataFrame, number: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Fen and grams of each parcel on each service, ``int32[parcels, services]``; −1 fen where not quoted."""
    column = quotes["service_id"].replace_strict(number, return_dtype=pl.Int32).to_numpy()
    row = row_numbers(parcels["parcel_id"], quotes["parcel_id"])
    cents = np.full((parcels.height, len(number)), -1, np.int32)
    grams = np.zeros((parcels.height, len(number)), np.int32)
    kept = row >= 0
    fen = (quotes["expected_cost"].cast(pl.Float64) * FEN).round().cast(pl.Int32).to_numpy()
    weight = quotes["billed_g"].cast(pl.Int32).to_numpy()
    if not kept.all():
        row, column, fen, weight = row[kept], column[kept], fen[kept], weight[kept]
    cents[row, column] = fen
    grams[row, column] = weight
    return cents, grams


def row_numbers(ids: pl.Series, wanted: pl.Series) -> np.ndarray:
    """Position of each wanted id; −1 where it is not among them."""
    if ids.dtype.is_integer() and ids.len() and ids[0] == 0 and (ids.diff().drop_nulls() == 1).all():
        # Ids are already positions: no join of millions.
        position = wanted.to_numpy().astype(np.int64)
        return np.where(position < ids.len(), position, -1)
    known = pl.DataFrame({"id": ids}).with_row_index("row")
    found = pl.DataFrame({"id": wanted}).join(known, on="id", how="left", maintain_order="left")
    return found["row"].cast(pl.Int64).fill_null(-1).to_numpy()


def cheapest_fen(cents: np.ndarray) -> np.ndarray:
    """Least cost of each row; 0 where no service may carry it."""
    least = np.where(cents >= 0, cents, np.iinfo(np.int32).max).min(axis=1, initial=np.iinfo(np.int32).max)
    return np.where(least < np.iinfo(np.int32).max, least, 0)


def numbered(
    place: np.ndarray, cents: np.ndarray, grams: np.ndarray, weighed: list[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Class of each row and the first row of each class."""
    from optimization.carriers.day.grouping import number_equal_rows

    return number_equal_rows(place, cents, np.ascontiguousarray(grams[:, weighed]))


@dataclass(frozen=True)
class Places:
    """Combinations of warehouse, province and time that some contract tells apart.

    Parameters
    ----------
    place
        ``int32[rows]`` of today's parcels, then of those ahead.
    known
        For each place its warehouse, province (None where no contract asks) and whether it is ahead.
    """

    place: np.ndarray
    known: list[tuple]

    def rows(self, limits: list[Limit], caps: Sequence[Cap], member: np.ndarray) -> np.ndarray:
        """``Classes.rows``; `member` by place."""
        _, services, accounts = member.shape
        paid = [[np.flatnonzero(each).tolist() for each in place] + [[] for _ in range(services)] for place in member]
        for index, limit in enumerate(limits):
            cap = caps[limit.cap]
            for place, (warehouse, province, is_ahead) in zip(paid, self.known, strict=True):
                if holds_at(cap, warehouse, province) and is_ahead == limit.is_ahead:
                    for service in limit.services:
                        place[service + services * limit.is_kg].append(accounts + index)
        width = max(1, *(len(prices) for place in paid for prices in place)) if paid else 1
        table = np.full((len(paid), 2 * services, width), -1, np.int32)
        for p, place in enumerate(paid):
            for a, prices in enumerate(place):
                table[p, a, : len(prices)] = prices
        return table


def place_numbers(day: Day) -> Places:
    """Number the places of today's parcels and of those ahead."""
    contracts = [*day.caps, *day.terms]
    asked = [name for name in ("warehouse_id", "province_id") if any(getattr(c, name) is not None for c in contracts)]
    frames = [day.parcels.with_columns(is_ahead=pl.lit(False)).select(*asked, "is_ahead")]
    if day.ahead is not None:
        frames.append(day.ahead.with_columns(is_ahead=pl.lit(True)).select(*asked, "is_ahead"))
    rows = pl.concat(frames)
    known = rows.unique().sort(pl.all()).with_row_index("place")
    place = rows.join(known, on=rows.columns, how="left", maintain_order="left")["place"].cast(pl.Int32).to_numpy()
    places = [(row.get("warehouse_id"), row.get("province_id"), row["is_ahead"]) for row in known.iter_rows(named=True)]
    return Places(place, places)


def members(services: list[str], terms: Sequence[Terms], places: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """``Classes.kind`` and ``Classes.member``."""
    here = [tuple(holds_at(each, warehouse, province) for each in terms) for warehouse, province, _ in places]
    kinds = sorted(set(here))
    covers = np.array([[name in each.services for each in terms] for name in services], bool)
    covers = covers.reshape(len(services), len(terms))
    member = covers & np.array(kinds, bool).reshape(len(kinds), 1, len(terms))
    return np.array([kinds.index(each) for each in here], np.int32), member


def limits_of(day: Day, number: dict[str, int], most: np.ndarray) -> tuple[list[Limit], np.ndarray]:
    """Limits with prices of their own, and of the parcels that `most` counts those that may be in each account."""
    for account, terms in enumerate(day.terms):
        if terms.most_parcels is not None:
            most[account] = min(most[account], max(terms.most_parcels - terms.shipped, 0.0))
    limits = []
    for index, cap in enumerate(day.caps):
        services = tuple(number[name] for name in cap.services if name in number)
        is_kg = cap.measure == "kg"
        if day.ahead is None and not is_kg:
            told = (cap.services, place_of(cap))
            same = [account for account, terms in enumerate(day.terms) if (terms.services, place_of(terms)) == told]
            if same:
                most[same[0]] = min(most[same[0]], cap.limit)
                continue
        if services:
            limits.append(Limit(index, services, is_kg, float(cap.limit), False))
            if day.ahead is not None:
                limits.append(Limit(index, services, is_kg, cap.limit * day.days_ahead, True))
    return limits, most
