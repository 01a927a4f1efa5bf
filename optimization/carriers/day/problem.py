"""What the choice over a whole day decides on: parcels, quotes, and the terms of the carriers' contracts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from forecasting.door import check_unique, refuse_rows

MEASURES = ("parcels", "kg")
DEAREST = 10**7  # yuan; in fen it still fits 32 bits


@dataclass(frozen=True)
class Tier:
    """A step of a rebate.

    Parameters
    ----------
    from_parcels
        Volume (parcels) from which it holds.
    rebate_per_parcel
        Yuan.
    """

    from_parcels: int
    rebate_per_parcel: float


@dataclass(frozen=True)
class Terms:
    """What a service's volume in the contract's period is worth.

    Parameters
    ----------
    service_id
        The service, or a name for several.
    minimum_parcels
        Committed volume. Default 0.
    shortfall_fee
        Yuan for each parcel that is missing to it. Default 0.
    tiers
        Steps of the rebate, the first from 0. Default: no rebate.
    is_all_unit
        Whether the tier that the volume reaches pays on every parcel (default), or only on the parcels
        beyond its start.
    shipped
        Parcels of the period that have left already. Default 0.
    most_parcels
        Hard limit of the period's volume. Default None: no limit.
    covers
        Services whose parcels count together. Default: ``service_id`` alone.
    warehouse_id, province_id
        Whose parcels count. Default None: all.
    """

    service_id: str
    minimum_parcels: int = 0
    shortfall_fee: float = 0.0
    tiers: tuple[Tier, ...] = (Tier(0, 0.0),)
    is_all_unit: bool = True
    shipped: int = 0
    most_parcels: float | None = None
    covers: tuple[str, ...] = ()
    warehouse_id: str | int | None = None
    province_id: str | int | None = None

    def __post_init__(self) -> None:
        starts = [tier.from_parcels for tier in self.tiers]
        if not starts or starts[0] != 0 or sorted(set(starts)) != starts:
            raise ValueError(f"tiers of {self.service_id} must start at 0 and rise, found starts {starts}")
        if min(self.minimum_parcels, self.shortfall_fee, self.shipped) < 0:
            raise ValueError(f"minimum, fee and shipped of {self.service_id} must be zero or more, found {self}")

    @property
    def services(self) -> tuple[str, ...]:
        """Services whose parcels count."""
        return self.covers or (self.service_id,)

    @classmethod
    def from_mapping(cls, row: Mapping[str, Any]) -> Self:
        """Build from a table with the names of the parameters, ``tiers`` a list of tables."""
        known = dict(row)
        tiers = tuple(Tier(**tier) for tier in sorted(known.pop("tiers", ()), key=lambda tier: tier["from_parcels"]))
        return cls(**known, tiers=tiers or (Tier(0, 0.0),))


@dataclass(frozen=True)
class Cap:
    """A hard limit of what a service takes in a day.

    Parameters
    ----------
    service_id
        The service.
    measure
        ``parcels`` or ``kg`` (billed).
    limit
        In that measure.
    warehouse_id, province_id
        Where it holds. Default None: everywhere.
    covers
        Services that it limits together. Default: ``service_id`` alone.
    """

    service_id: str
    measure: str
    limit: float
    warehouse_id: str | int | None = None
    province_id: str | int | None = None
    covers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.measure not in MEASURES or not self.limit >= 0:
            raise ValueError(f"a cap counts {MEASURES} up to zero or more, found {self}")

    @property
    def services(self) -> tuple[str, ...]:
        """Services that it limits."""
        return self.covers or (self.service_id,)


def place_of(contract: Terms | Cap) -> tuple[str | int | None, str | int | None]:
    """Warehouse and province that a contract is about; None: all."""
    return contract.warehouse_id, contract.province_id


def holds_at(contract: Terms | Cap, warehouse: str | int | None, province: str | int | None) -> bool:
    """Whether parcels of a place count in a contract."""
    return contract.warehouse_id in (None, warehouse) and contract.province_id in (None, province)


@dataclass(frozen=True)
class Day:
    """Parcels of a day with what each service would cost, and the contracts.

    Parameters
    ----------
    parcels
        ``parcel_id`` (any type, unique), ``warehouse_id``, ``province_id`` (as caps and terms name them).
    quotes
        One row per parcel and service that may carry it: ``parcel_id``, ``service_id`` (text),
        ``expected_cost`` (yuan: freight + late penalty × P(late) + expected damage; rounded to the fen),
        ``billed_g`` (int, grams).
    terms
        Contracts by volume; services that none covers have none.
    caps
        Hard limits of the day.
    ahead
        Parcels expected later in the contracts' period, in the columns of ``parcels`` and ``weight`` (number, how
        many parcels each stands for); their quotes are in ``quotes``. Default None.
    days_ahead
        Days over which they come; each has the caps of today. Default 0.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    parcels: pl.DataFrame
    quotes: pl.DataFrame
    terms: Sequence[Terms]
    caps: Sequence[Cap] = ()
    ahead: pl.DataFrame | None = None
    days_ahead: float = 0.0

    def __post_init__(self) -> None:
        refuse_missing(self.parcels, ("parcel_id", "warehouse_id", "province_id"), "parcels")
        refuse_missing(self.quotes, ("parcel_id", "service_id", "expected_cost", "billed_g"), "quotes")
        check_unique(self.parcels, ["parcel_id"], "parcels")
        if self.quotes.is_empty():
            raise ValueError("quotes: no service is quoted for any parcel, so there is nothing to choose")
        bad = ~pl.col("expected_cost").is_between(0, DEAREST)
        refuse_rows(self.quotes, bad.fill_null(True), "expected_cost", f"must be between 0 and {DEAREST}", "quotes")
        bad = ~pl.col("billed_g").is_between(0, 10**9)
        refuse_rows(self.quotes, bad.fill_null(True), "billed_g", "must be between 0 and 1000000000", "quotes")
        if self.ahead is not None:
            refuse_missing(self.ahead, ("parcel_id", "warehouse_id", "province_id", "weight"), "ahead")
            refuse_rows(self.ahead, ~(pl.col("weight") > 0), "weight", "must be above zero", "ahead")
        names = [(terms.service_id, *place_of(terms)) for terms in self.terms]
        if len(set(names)) != len(names):
            raise ValueError(f"terms: a service has more than one for a place, found {sorted(names, key=repr)}")

    @property
    def services(self) -> list[str]:
        """Every service that is quoted, sorted."""
        return sorted(self.quotes["service_id"].unique().to_list())


def refuse_missing(frame: pl.DataFrame, columns: Sequence[str], what: str) -> None:
    """Raise where a column is missing or has no value in some row."""
    for column in columns:
        if column not in frame.columns:
            raise ValueError(f"{what}: column {column!r} is missing; found {frame.columns}")
        if frame[column].null_count():
            refuse_rows(frame, pl.col(column).is_null(), column, "must not be null", what)
