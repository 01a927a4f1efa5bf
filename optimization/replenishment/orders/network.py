"""What is needed where and when, and the ways to get it there."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

DEMAND = {"sku_id": "text", "location_id": "text", "due_date": "date", "quantity": "integer"}
STOCK = {"sku_id": "text", "location_id": "text", "quantity": "integer"}
INBOUND = {"sku_id": "text", "location_id": "text", "date": "date", "quantity": "integer"}
LANES = {
    "sku_id": "text",
    "location_id": "text",
    "kind": "text",
    "source_id": "text",
    "priority": "integer",
    "lead_time_days": "integer",
    "hard_safety_days": "integer",
    "soft_safety_days": "integer",
    "minimum_qty": "integer",
    "multiple_qty": "integer",
}
LEVELS = {
    "sku_id": "text",
    "location_id": "text",
    "from_date": "date",
    "minimum_qty": "integer",
    "maximum_qty": "integer?",
}
CLOSED = {"place_id": "text", "date": "date"}


@dataclass(frozen=True)
class Network:
    """Dated needs, supply under way, and lanes, for netting.

    Parameters
    ----------
    demand
        ``sku_id``, ``location_id`` (text), ``due_date`` (date), ``quantity`` (int, ≥ 0, base units): customers'
        orders, forecast, and transfers under way that still have to leave; late ones too.
    stock
        ``sku_id``, ``location_id``, ``quantity`` (int): on hand, one row per place at most.
    inbound
        ``sku_id``, ``location_id``, ``date``, ``quantity`` (int, ≥ 0): supply under way by expected arrival; a date
        that has passed means any day now.
    lanes
        Ways to get an item to a location: ``kind`` (``purchase`` or ``transfer``), ``source_id`` (supplier or
        location), ``priority`` (int, lower first), ``lead_time_days`` (int, ≥ 0), ``hard_safety_days`` (int, ≥ 0:
        from receipt until it can be used), ``soft_safety_days`` (int, ≥ 0: how much earlier than needed if there is
        time), ``minimum_qty`` (int, ≥ 0), ``multiple_qty`` (int, ≥ 1).
    levels
        Least and wished stock by ``from_date``: below ``minimum_qty`` it is filled up to ``maximum_qty`` (null: to
        the minimum).
    closed
        ``place_id`` (supplier or location), ``date``: days on which it neither takes orders, sends nor receives.
    as_of_date
        Business date of the plan.
    patience_days
        Supply under way that arrives within so many days of a need is waited for and not bought again. Default 90.
    past_allowed
        True plans as if there were time enough: orders may lie before the as-of date, which tells when they should
        have been placed. Default False.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    demand: pl.DataFrame
    stock: pl.DataFrame
    inbound: pl.DataFrame
    lanes: pl.DataFrame
    levels: pl.DataFrame
    closed: pl.DataFrame
    as_of_date: date
    patience_days: int = 90
    past_allowed: bool = False

    def __post_init__(self) -> None:
        for what, columns in (("demand", DEMAND), ("stock", STOCK), ("inbound", INBOUND), ("lanes", LANES),
                              ("levels", LEVELS), ("closed", CLOSED)):  # fmt: skip
            check_frame(getattr(self, what), columns, what)
        check_unique(self.stock, ["sku_id", "location_id"], "stock")
        check_unique(self.lanes, ["sku_id", "location_id", "kind", "source_id"], "lanes")
        check_unique(self.levels, ["sku_id", "location_id", "from_date"], "levels")
        for what in ("demand", "inbound"):
            refuse_rows(getattr(self, what), pl.col("quantity") < 0, "quantity", "must be zero or more", what)
        for column in ("lead_time_days", "hard_safety_days", "soft_safety_days", "minimum_qty"):
            refuse_rows(self.lanes, pl.col(column) < 0, column, "must be zero or more", "lanes")
        refuse_rows(self.lanes, pl.col("multiple_qty") < 1, "multiple_qty", "must be 1 or more", "lanes")
        known = pl.col("kind").is_in(["purchase", "transfer"])
        refuse_rows(self.lanes, ~known, "kind", "must be purchase or transfer", "lanes")
        below = pl.col("maximum_qty") < pl.col("minimum_qty")
        refuse_rows(self.levels, below, "maximum_qty", "must not lie below the minimum", "levels")
        if self.patience_days < 0:
            raise ValueError(f"patience_days must be zero or more, found {self.patience_days}")
