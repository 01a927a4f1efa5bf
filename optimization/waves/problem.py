"""What wave planning decides on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

ORDERS = {"outbound_id": "text", "warehouse_id": "text", "released_at": "instant", "cutoff_at": "instant?"}
ORDERS_MORE = {"priority": "integer?", "hold": "text?", "volume_l": "number?"}
LINES = {"outbound_id": "text", "sku_id": "text", "qty": "integer"}
LINES_MORE = {"owner_id": "text?"}
LOCATIONS = {
    "warehouse_id": "text",
    "bin_id": "text",
    "sku_id": "text",
    "aisle": "integer?",
    "x_m": "number?",
    "y_m": "number?",
    "pickable_qty": "integer?",
}
LOCATIONS_MORE = {
    "zone_id": "text?",
    "block": "integer?",
    "bin_type": "text?",
    "batch_no": "text?",
    "expiry_date": "date?",
    "owner_id": "text?",
}
DOCKS = {"warehouse_id": "text", "x_m": "number", "y_m": "number"}
LABOUR = {
    "warehouse_id": "text",
    "stage": "text",
    "zone_id": "text",
    "starts_at": "instant",
    "ends_at": "instant",
    "workers": "integer",
    "minutes": "number?",
}
SECONDS = ("seconds_per_tour", "seconds_per_metre", "seconds_per_pick", "seconds_per_unit", "seconds_per_order")
STANDARDS = {"warehouse_id": "text", "stage": "text"} | dict.fromkeys(SECONDS, "number?")
LIMITS = ("min_orders", "max_orders", "max_units")
RULES = {"warehouse_id": "text", "wave_type": "text"} | dict.fromkeys(LIMITS, "integer?")
CARTS = {"warehouse_id": "text", "slots": "integer?", "volume_l": "number?"}
STATIONS = {"warehouse_id": "text", "stage": "text", "station_id": "text"}
PREVIOUS = {"wave_id": "text", "wave_no": "integer", "cart_no": "integer", "slot": "integer", "outbound_id": "text"}
BEGUN = {"warehouse_id": "text", "stage": "text", "minutes": "number"}

TYPES = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "date": pl.Date}


@dataclass(frozen=True)
class Problem:
    """Open outbound orders, where their goods lie, and who is there to pick them.

    Parameters
    ----------
    orders
        ``outbound_id``, ``warehouse_id`` (text), ``released_at`` (instant), ``cutoff_at`` (instant, null: none).
        Optional: ``priority`` (int, an order missed weighs 1 + priority), ``hold`` (text: why the order must
        wait), ``volume_l`` (number, litres on the cart).
    lines
        ``outbound_id``, ``sku_id`` (text), ``qty`` (int, base units). An order may ask for a SKU in several
        lines; one with a quantity below 1 is left out by name. Optional: ``owner_id`` (text, whose goods; null:
        our own).
    locations
        Bins with stock, one row per warehouse, bin, SKU, batch and owner: ``warehouse_id``, ``bin_id``,
        ``sku_id`` (text), ``aisle`` (int), ``x_m``, ``y_m`` (number, in metres; aisles run along y),
        ``pickable_qty`` (int, ≥ 0, null: not known, taken as enough). Optional: ``zone_id`` (text), ``block``
        (int; blocks behind one another have a cross aisle between them), ``bin_type`` (text; goods in a
        ``reserve`` are moved to a pick bin first where the SKU has one), ``batch_no`` (text), ``expiry_date``
        (date), ``owner_id`` (text).
    docks
        Where tours begin and end: ``warehouse_id`` (text), ``x_m``, ``y_m`` (number). A warehouse without
        one starts at the front of its first aisle.
    now
        The instant of the plan; None: when the last order was released.
    labour
        Who works when: ``warehouse_id``, ``stage`` (``pick``, ``sort``, ``check``, ``pack``), ``zone_id``
        (``*``: all), ``starts_at``, ``ends_at`` (instant), ``workers`` (int), ``minutes`` (number, of work by
        each in that time; null: all of it). A warehouse without rows of a stage is taken to have enough people.
    standards
        Seconds of work: ``warehouse_id`` (``*``: all), ``stage``, ``seconds_per_tour``, ``_metre``, ``_pick``,
        ``_unit``, ``_order``.
    rules
        Sizes of waves: ``warehouse_id`` (``*``: all), ``wave_type`` (``single_item``, ``multi_item``,
        ``batch``), ``min_orders``, ``max_orders``, ``max_units`` (int, null: none).
    carts
        ``warehouse_id``, ``slots`` (int), ``volume_l`` (number) of a cart; null: as large as a wave.
    stations
        Where a stage's work is done: ``warehouse_id``, ``stage`` (``sort``, ``check``, ``pack``), ``station_id``. The
        people of the stage share them evenly, and a cart goes to one of them. A stage without is one place.
    previous
        The plan before this one, of orders that the floor has not started: ``wave_id``, ``wave_no`` (its turn),
        ``cart_no``, ``slot``, ``outbound_id``.
    begun
        Work that the floor has started and must finish first: ``warehouse_id``, ``stage``, ``minutes``.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    orders: pl.DataFrame
    lines: pl.DataFrame
    locations: pl.DataFrame
    docks: pl.DataFrame | None = None
    now: datetime | None = None
    labour: pl.DataFrame | None = None
    standards: pl.DataFrame | None = None
    rules: pl.DataFrame | None = None
    carts: pl.DataFrame | None = None
    stations: pl.DataFrame | None = None
    previous: pl.DataFrame | None = None
    begun: pl.DataFrame | None = None

    def __post_init__(self) -> None:
        for name, needed, more in (
            ("orders", ORDERS, ORDERS_MORE),
            ("lines", LINES, LINES_MORE),
            ("locations", LOCATIONS, LOCATIONS_MORE),
        ):
            frame = _complete(getattr(self, name), more)
            check_frame(frame, needed | more, name)
            object.__setattr__(self, name, frame)
        for name, needed in (
            ("docks", DOCKS),
            ("labour", LABOUR),
            ("standards", STANDARDS),
            ("rules", RULES),
            ("carts", CARTS),
            ("stations", STATIONS),
            ("previous", PREVIOUS),
            ("begun", BEGUN),
        ):
            if getattr(self, name) is not None:
                check_frame(getattr(self, name), needed, name)
        self._check_keys()
        self._check_values()

    def _check_keys(self) -> None:
        check_unique(self.orders, ["outbound_id"], "orders")
        check_unique(self.locations, ["warehouse_id", "bin_id", "sku_id", "batch_no", "owner_id"], "locations")
        orphans = self.lines.join(self.orders, on="outbound_id", how="anti")
        refuse_rows(orphans, pl.lit(True), "outbound_id", "must be an order of the problem", "lines")
        for name, keys in (
            ("docks", ["warehouse_id"]),
            ("standards", ["warehouse_id", "stage"]),
            ("rules", ["warehouse_id", "wave_type"]),
            ("carts", ["warehouse_id"]),
            ("stations", ["warehouse_id", "stage", "station_id"]),
            ("previous", ["outbound_id"]),
        ):
            if getattr(self, name) is not None:
                check_unique(getattr(self, name), keys, name)

    def _check_values(self) -> None:
        refuse_rows(self.locations, pl.col("pickable_qty") < 0, "pickable_qty", "must be zero or more", "locations")
        for column in ("x_m", "y_m"):
            if self.locations.schema[column].is_float():
                bad = ~pl.col(column).is_finite()
                refuse_rows(self.locations, bad, column, "must be finite", "locations")
        refuse_rows(self.orders, pl.col("volume_l") < 0, "volume_l", "must be zero or more", "orders")
        if self.labour is not None:
            refuse_rows(self.labour, pl.col("workers") < 0, "workers", "must be zero or more", "labour")
            bad = pl.col("ends_at") <= pl.col("starts_at")
            refuse_rows(self.labour, bad, "ends_at", "must be after starts_at", "labour")
            refuse_rows(self.labour, pl.col("minutes") < 0, "minutes", "must be zero or more", "labour")
        for name, columns in (("standards", SECONDS), ("begun", ("minutes",))):
            frame = getattr(self, name)
            for column in columns if frame is not None else ():
                refuse_rows(frame, pl.col(column) < 0, column, "must be zero or more", name)
        if self.rules is not None:
            for column in LIMITS:
                refuse_rows(self.rules, pl.col(column) < 1, column, "must be at least 1", "rules")
        if self.stations is not None:
            bad = ~pl.col("stage").is_in(["sort", "check", "pack"])
            refuse_rows(self.stations, bad, "stage", "must be sort, check or pack", "stations")
        if self.carts is not None:
            refuse_rows(self.carts, pl.col("slots") < 1, "slots", "must be at least 1", "carts")
            refuse_rows(self.carts, pl.col("volume_l") <= 0, "volume_l", "must be above zero", "carts")

    @property
    def instant(self) -> datetime | None:
        """When the plan begins; None without orders and without ``now``."""
        return self.now or self.orders["released_at"].max()


def _complete(frame: pl.DataFrame, more: Mapping[str, str]) -> pl.DataFrame:
    """The frame with its optional columns, null where they were not given."""
    absent = {name: kind.rstrip("?") for name, kind in more.items() if name not in frame.columns}
    return frame.with_columns(pl.lit(None, dtype=TYPES[kind]).alias(name) for name, kind in absent.items())
