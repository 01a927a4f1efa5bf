"""What replenishment decides on."""

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

KEY = ["sku_id", "location_id"]

HELD = ("on_hand_qty", "in_transit_qty", "on_order_qty", "approved_qty")
STOCK = (*HELD, "reserved_qty")

LARGEST = 10**12

ITEMS = {
    "sku_id": "text",
    "location_id": "text",
    "supplier_id": "text?",
    "stock_known": "bool",
    **dict.fromkeys(STOCK, "integer?"),
    "lead_time_days": "number",
    "lead_time_std_days": "number?",
    "review_days": "number",
    "moq": "integer",
    "order_multiple": "integer",
    "pack_numerator": "integer",
    "pack_denominator": "integer",
    "currency": "text?",
    "unit_cost": "money?",
    "unit_margin": "money?",
    "later_unit_cost": "money?",
    "unit_extra": "number",
    "shortage_penalty": "money?",
    "holding_cost": "number",
    "disposal_cost": "number",
    "yield_share": "number",
    "capacity_qty": "integer?",
    "segment": "text?",
    "service_target": "number",
    "demand_mean": "number?",
}

DEMAND = {
    "sku_id": "text",
    "location_id": "text",
    "interval": "text",
    "level": "number",
    "quantity": "number?",
}
WEEKLY = {"sku_id": "text", "location_id": "text", "week_start": "date", "y_hat": "number"}
TERMS = {
    "supplier_id": "text",
    "location_id": "text",
    "currency": "text?",
    "minimum_value": "money",
    "order_cost": "money",
    "capacity_value": "money?",
    "closed_reason": "text?",
}
BREAKS = {
    "sku_id": "text",
    "location_id": "text",
    "supplier_id": "text",
    "from_quantity": "integer",
    "currency": "text?",
    "unit_cost": "money",
    "kind": "text",
}
GOODS = {
    "sku_id": "text",
    "sellable_days": "integer?",
    "days_on_sale": "integer?",
    "hold_reason": "text?",
    "storage_class": "text?",
    "unit_volume": "number?",
    "unit_weight": "number?",
}
# What another supplier's offer has in the place of the planned one's, which stands in the items.
OFFER = (
    "lead_time_days", "lead_time_std_days", "moq", "order_multiple", "pack_numerator", "pack_denominator", "currency",
    "unit_cost", "later_unit_cost", "unit_extra", "yield_share", "capacity_qty",
)  # fmt: skip
OTHERS = {"sku_id": "text", "location_id": "text", "supplier_id": "text"} | {name: ITEMS[name] for name in OFFER}
STORAGE = {"location_id": "text", "storage_class": "text", "free_volume": "number"}
CONTAINERS = {
    "supplier_id": "text",
    "location_id": "text",
    "volume": "number?",
    "weight": "number?",
    "least_fill": "number",
    "cost": "number",
}
BUDGETS = {"kind": "text", "name": "text", "amount": "number"}
BUDGETED = {"sku_id": "text", "kind": "text", "name": "text"}
AGREEMENTS = {"agreement": "text", "supplier_id": "text", "missing_value": "number", "bonus": "number"}
BATCHES = {"sku_id": "text", "location_id": "text", "days_left": "integer", "quantity": "integer"}
HANDLING_UNITS = {"sku_id": "text", "size": "integer"}
SHARING = {"location_id": "text", "lost_share": "number", "served_share": "number"}
CAPACITIES = {"supplier_id": "text", "sku_id": "text", "location_id": "text", "left_qty": "integer"}
RATES = {"currency": "text", "rate": "number"}
PREVIOUS = {"sku_id": "text", "location_id": "text", "quantity": "integer"}
RETURNING = {"sku_id": "text", "location_id": "text", "due_in_days": "integer", "quantity": "integer"}
MOVES = {"sku_id": "text", "location_id": "text", "bucket": "text", "due_in_days": "integer", "quantity": "integer"}
TRIPS = {
    "from_location_id": "text",
    "to_location_id": "text",
    "unit_cost": "number",
    "trip_cost": "number",
    "ship_date": "date",
    "arrival_date": "date",
}
KEPT = {"sku_id": "text", "location_id": "text", "quantity": "integer"}
RESTS = {"supplier_id": "text", "day": "integer"}
INBOUND = {"sku_id": "text", "location_id": "text", "due_in_days": "integer?", "quantity": "integer"}


def _empty(columns: dict[str, str]) -> pl.DataFrame:
    types = {
        "text": pl.String, "number": pl.Float64, "integer": pl.Int64, "money": pl.Decimal(18, 4), "date": pl.Date,
    }  # fmt: skip
    return pl.DataFrame(schema={name: types[kind.rstrip("?")] for name, kind in columns.items()})


@dataclass(frozen=True)
class Problem:
    """Item-locations, their stock and supply, and the demand they must cover.

    Parameters
    ----------
    items
        One row per SKU and location, quantities in whole base units:

        - ``sku_id``, ``location_id`` (text), ``supplier_id`` (text, null: nobody sells it),
        - ``stock_known`` (bool): false where no stock was delivered; the five stocks may then be null,
        - ``on_hand_qty`` (int, sellable and available, may be below zero), ``in_transit_qty`` (int, shipped
          to us), ``on_order_qty`` (int, ordered and not shipped; late orders count), ``approved_qty`` (int,
          approved suggestions not yet seen in an export), ``reserved_qty`` (int, open orders not yet
          deducted from on hand),
        - ``lead_time_days`` (number, ≥ 0, mean of an order of today, ``rests`` and ``waits`` in it),
          ``lead_time_std_days`` (number, null: certain; of the days on which the supplier works), ``review_days``
          (number, > 0: from its receipt to that of the next order),
        - ``moq`` (int, ≥ 0, base units), ``order_multiple`` (int, ≥ 1, base units),
        - ``pack_numerator`` / ``pack_denominator`` (int, ≥ 1): base units per purchase unit, a rational
          number,
        - ``currency`` (text, null: ours): of ``unit_cost``, ``later_unit_cost`` and ``unit_extra``; one that is not
          among ``rates`` is not ordered in,
        - ``unit_cost`` (decimal or int, null if not known), ``later_unit_cost`` (null: the same): of an order at the
          next review, after an announced rise for example; ``unit_extra`` (number): what a unit costs beside its
          price (freight, duty), less what comes back later (a rebate that is sure),
        - ``unit_margin`` (decimal or int, null if not known; our money): what a sale leaves after ``unit_cost``,
          ``unit_extra`` and all that selling costs (commission, payment, carriage, handling, returns),
        - ``shortage_penalty`` (null: none): of a unit short, beside its margin, ``holding_cost`` (≥ 0): of a unit and
          day, ``disposal_cost`` (≥ 0): to be rid of a unit,
        - ``yield_share`` (number in (0, 1]): share of what is ordered that can be sold, ``capacity_qty`` (int,
          null: no limit): most that the supplier delivers of it,
        - ``segment`` (text, null: none): what ``Params.policy_of`` names,
        - ``service_target`` (number in (0, 1)): probability of no stock-out in the protection interval,
        - ``demand_mean`` (number): mean demand over the protection interval, null where nothing could be
          forecast.
    demand
        Quantiles of demand: ``sku_id``, ``location_id`` (text), ``interval`` (text, ``lead_time`` or
        ``protection``, which is lead time + review), ``level`` (number in (0, 1)), ``quantity`` (number, ≥
        0; rows with null are left out). Every item with a mean needs both intervals, with levels on both
        sides of its service target.
    as_of_date
        Business date of the plan.
    weekly
        Expected demand week by week: ``sku_id``, ``location_id``, ``week_start`` (date), ``y_hat``. It shapes the days
        of an interval; without it they are all alike.
    terms
        Of the orders to one supplier for one location: ``supplier_id``, ``location_id``, ``currency`` (null: ours) of
        ``minimum_value`` and ``order_cost`` (decimal, ≥ 0), ``capacity_value`` (our money, null: no limit),
        ``closed_reason`` (text, null: open).
        Who is not among them takes any order for nothing.
    price_breaks
        ``sku_id``, ``location_id``, ``supplier_id``, ``from_quantity`` (int), ``currency`` (null: ours),
        ``unit_cost`` (decimal), ``kind`` (``all_unit``, ``incremental``).
    inbound
        When what is on order is expected: ``sku_id``, ``location_id``, ``due_in_days`` (int, below zero: late; null:
        not known), ``quantity`` (int, ≥ 0). What ``on_order_qty`` holds beyond it comes in a lead time.
    batches
        What of on hand expires: ``sku_id``, ``location_id``, ``days_left`` (int: days on which it may still be sold,
        today among them; zero or less: none), ``quantity`` (int, ≥ 0). What on hand is beyond it keeps.
    returning
        What customers are expected to send back and can be sold again: ``sku_id``, ``location_id``, ``due_in_days``
        (int, ≥ 0: until it is on sale), ``quantity`` (int, ≥ 0). Supply beside what ``items`` say; no position has it.
    goods
        What holds wherever goods lie: ``sku_id``, ``sellable_days`` (int, ≥ 0, null: they do not expire): days in which
        they may be sold once received, ``days_on_sale`` (null: no end is known): until they are sold no more, today
        among them, ``hold_reason`` (text, null: none): why they are not bought for now;
        ``storage_class`` (null: none), ``unit_volume``, ``unit_weight`` (null: not known, taken for nothing).
    others
        Who else would deliver an item: ``sku_id``, ``location_id``, ``supplier_id`` and of his offer what ``items`` say
        of the planned supplier's: lead time, minimum, packs, costs, yield, capacity.
    storage
        ``location_id``, ``storage_class``, ``free_volume``: room less all that lies there or is under way, in the unit
        of ``unit_volume``; below zero where it is overfull. Goods without a row have room enough.
    containers
        Orders that come in whole containers or trucks: ``supplier_id``, ``location_id``, ``volume``, ``weight`` (null:
        does not limit), ``least_fill`` (share), ``cost``.
    agreements
        What orders of a supplier to all places earn together once they are worth ``missing_value``: ``agreement``,
        ``supplier_id``, ``bonus`` (money).
    moves
        When transfers come: ``sku_id``, ``location_id``, ``bucket`` (text: ``in_transit`` or ``approved``, of the
        items' quantities of these names it is part), ``due_in_days`` (int, below zero: late), ``quantity`` (int, ≥ 0).
        No supplier has to do with them. What ``in_transit_qty`` holds beyond them comes tomorrow.
    trips
        The next trip of each lane between locations, on which goods may go instead of being bought:
        ``from_location_id``, ``to_location_id``, ``unit_cost``, ``trip_cost`` (our money, ≥ 0), ``ship_date``,
        ``arrival_date``.
    unwelcome
        Most that may come to a place instead of being bought, where a planner said so: ``sku_id``, ``location_id``,
        ``quantity`` (int, ≥ 0; 0: nothing, such a transfer was rejected).
    clearing
        Goods that are to be cleared where they lie, and so are nobody else's: ``sku_id``, ``location_id``,
        ``quantity``.
    sharing
        What becomes of customers where their location has run out: ``location_id``, ``lost_share`` (number in [0, 1]:
        of what is short there, over all days on which something was) and ``served_share`` (number in [0, 1]: of it,
        what another location sends while it has goods). A location without a row loses all.
    capacities
        What suppliers have left of a SKU: ``supplier_id``, ``sku_id``, ``location_id`` (``*`` for all locations
        without a row of their own, together), ``left_qty`` (int, ≥ 0). Where there is no row, only ``capacity_qty`` of
        each location limits it.
    rests
        Days ahead on which suppliers rest: ``supplier_id``, ``day`` (int, ≥ 1: days from today). Orders stand still.
    waits
        Days before suppliers take an order of today, in the same columns. It stands still on them too.
    previous
        What the last plan suggested and nobody approved yet: ``sku_id``, ``location_id``, ``quantity`` (int, ≥ 0).
    handling_units
        ``sku_id``, ``size`` (int, ≥ 1, base units): what goods come in beside loose packs, such as layers and pallets.
    rates
        ``currency``, ``rate`` (> 0): what one unit of it is worth in the money of sales and budgets. Offers, minimums
        and order costs are in the money they name, as are the amounts of the plan's lines; margins, what a line is
        worth, and all other money are in ours. What is in a currency that is not among them cannot be compared:
        nothing is ordered at it.
    budgets
        Most that orders of parts of the range may cost: ``kind`` (``category``, ``brand``), ``name``, ``amount``.
    budgeted
        Which goods they pay for: ``sku_id``, ``kind``, ``name``; of each kind one.
    budget
        Most that all orders may cost; None: no limit.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    items: pl.DataFrame
    demand: pl.DataFrame
    as_of_date: date
    weekly: pl.DataFrame = field(default_factory=lambda: _empty(WEEKLY))
    terms: pl.DataFrame = field(default_factory=lambda: _empty(TERMS))
    price_breaks: pl.DataFrame = field(default_factory=lambda: _empty(BREAKS))
    inbound: pl.DataFrame = field(default_factory=lambda: _empty(INBOUND))
    batches: pl.DataFrame = field(default_factory=lambda: _empty(BATCHES))
    returning: pl.DataFrame = field(default_factory=lambda: _empty(RETURNING))
    goods: pl.DataFrame = field(default_factory=lambda: _empty(GOODS))
    others: pl.DataFrame = field(default_factory=lambda: _empty(OTHERS))
    storage: pl.DataFrame = field(default_factory=lambda: _empty(STORAGE))
    containers: pl.DataFrame = field(default_factory=lambda: _empty(CONTAINERS))
    agreements: pl.DataFrame = field(default_factory=lambda: _empty(AGREEMENTS))
    handling_units: pl.DataFrame = field(default_factory=lambda: _empty(HANDLING_UNITS))
    rates: pl.DataFrame = field(default_factory=lambda: _empty(RATES))
    moves: pl.DataFrame = field(default_factory=lambda: _empty(MOVES))
    trips: pl.DataFrame = field(default_factory=lambda: _empty(TRIPS))
    unwelcome: pl.DataFrame = field(default_factory=lambda: _empty(KEPT))
    clearing: pl.DataFrame = field(default_factory=lambda: _empty(KEPT))
    sharing: pl.DataFrame = field(default_factory=lambda: _empty(SHARING))
    capacities: pl.DataFrame = field(default_factory=lambda: _empty(CAPACITIES))
    rests: pl.DataFrame = field(default_factory=lambda: _empty(RESTS))
    waits: pl.DataFrame = field(default_factory=lambda: _empty(RESTS))
    previous: pl.DataFrame = field(default_factory=lambda: _empty(PREVIOUS))
    budgets: pl.DataFrame = field(default_factory=lambda: _empty(BUDGETS))
    budgeted: pl.DataFrame = field(default_factory=lambda: _empty(BUDGETED))
    budget: float | None = None

    def __post_init__(self) -> None:
        check_items(self.items)
        check_demand(self.demand)
        check_cover(self.items, self.demand)
        check_frame(self.weekly, WEEKLY, "weekly")
        check_frame(self.terms, TERMS, "terms")
        check_unique(self.terms, ["supplier_id", "location_id"], "terms")
        check_frame(self.price_breaks, BREAKS, "price_breaks")
        check_frame(self.inbound, INBOUND, "inbound")
        refuse_rows(self.inbound, pl.col("quantity") < 0, "quantity", "must be zero or more", "inbound")
        check_inbound(self.inbound, self.items)
        check_frame(self.batches, BATCHES, "batches")
        refuse_rows(self.batches, pl.col("quantity") < 0, "quantity", "must be zero or more", "batches")
        for what, days in {"rests": self.rests, "waits": self.waits}.items():
            check_frame(days, RESTS, what)
            refuse_rows(days, pl.col("day") < 1, "day", "must be one or more", what)
        check_frame(self.returning, RETURNING, "returning")
        for column in ("quantity", "due_in_days"):
            refuse_rows(self.returning, pl.col(column) < 0, column, "must be zero or more", "returning")
        check_frame(self.goods, GOODS, "goods")
        check_unique(self.goods, ["sku_id"], "goods")
        refuse_rows(self.goods, pl.col("sellable_days") < 0, "sellable_days", "must be zero or more", "goods")
        for column in ("unit_volume", "unit_weight"):
            refuse_rows(self.goods, ~_from_zero(column), column, "must be zero or more", "goods")
        check_others(self.others, self.items)
        check_frame(self.storage, STORAGE, "storage")
        check_unique(self.storage, ["location_id", "storage_class"], "storage")
        check_frame(self.containers, CONTAINERS, "containers")
        check_unique(self.containers, ["supplier_id", "location_id"], "containers")
        check_frame(self.agreements, AGREEMENTS, "agreements")
        check_unique(self.agreements, ["agreement"], "agreements")
        check_frame(self.handling_units, HANDLING_UNITS, "handling_units")
        check_unique(self.handling_units, ["sku_id", "size"], "handling_units")
        refuse_rows(self.handling_units, pl.col("size") < 1, "size", "must be at least 1", "handling_units")
        check_frame(self.rates, RATES, "rates")
        check_unique(self.rates, ["currency"], "rates")
        wrong = ~(pl.col("rate").is_finite() & (pl.col("rate") > 0))
        refuse_rows(self.rates, wrong, "rate", "must be above zero", "rates")
        check_frame(self.moves, MOVES, "moves")
        refuse_rows(self.moves, pl.col("quantity") < 0, "quantity", "must be zero or more", "moves")
        other = ~pl.col("bucket").is_in(["in_transit", "approved"])
        refuse_rows(self.moves, other, "bucket", "must be in_transit or approved", "moves")
        check_frame(self.trips, TRIPS, "trips")
        check_unique(self.trips, ["from_location_id", "to_location_id"], "trips")
        for column in ("unit_cost", "trip_cost"):
            refuse_rows(self.trips, ~_from_zero(column), column, "must be zero or more", "trips")
        for what, kept in {"unwelcome": self.unwelcome, "clearing": self.clearing}.items():
            check_frame(kept, KEPT, what)
            check_unique(kept, KEY, what)
            refuse_rows(kept, pl.col("quantity") < 0, "quantity", "must be zero or more", what)
        check_frame(self.sharing, SHARING, "sharing")
        check_unique(self.sharing, ["location_id"], "sharing")
        for column in ("lost_share", "served_share"):
            outside = ~pl.col(column).is_between(0, 1)
            refuse_rows(self.sharing, outside, column, "must lie between 0 and 1", "sharing")
        check_frame(self.capacities, CAPACITIES, "capacities")
        check_unique(self.capacities, ["supplier_id", *KEY], "capacities")
        refuse_rows(self.capacities, pl.col("left_qty") < 0, "left_qty", "must be zero or more", "capacities")
        check_frame(self.previous, PREVIOUS, "previous")
        check_unique(self.previous, KEY, "previous")
        refuse_rows(self.previous, pl.col("quantity") < 0, "quantity", "must be zero or more", "previous")
        check_frame(self.budgets, BUDGETS, "budgets")
        check_unique(self.budgets, ["kind", "name"], "budgets")
        check_frame(self.budgeted, BUDGETED, "budgeted")
        check_unique(self.budgeted, ["sku_id", "kind"], "budgeted")


def check_items(items: pl.DataFrame) -> None:
    """Refuse items with missing columns, doubled keys or values outside their domain."""
    check_frame(items, ITEMS, "items")
    check_unique(items, KEY, "items")
    check_offers(items, "items")
    for column in STOCK:
        unknown = pl.col("stock_known") & pl.col(column).is_null()
        refuse_rows(items, unknown, column, "must be known where stock_known is true", "items")
        refuse_rows(items, pl.col(column).abs() > LARGEST, column, f"must not exceed {LARGEST}", "items")
        if column != "on_hand_qty":
            refuse_rows(items, pl.col(column) < 0, column, "must be zero or more", "items")
    for column in ("demand_mean", "holding_cost", "disposal_cost"):
        refuse_rows(items, ~_from_zero(column), column, "must be zero or more", "items")
    refuse_rows(items, pl.col("demand_mean") > LARGEST, "demand_mean", f"must not exceed {LARGEST}", "items")
    review, target = pl.col("review_days"), pl.col("service_target")
    refuse_rows(items, ~(review.is_finite() & (review > 0)), "review_days", "must be above zero", "items")
    refuse_rows(items, ~((target > 0) & (target < 1)), "service_target", "must lie between 0 and 1", "items")
    refuse_rows(items, pl.col("shortage_penalty") < 0, "shortage_penalty", "must be zero or more", "items")


def check_offers(rows: pl.DataFrame, what: str) -> None:
    """Refuse what a supplier offers outside its domain."""
    for column in ("order_multiple", "pack_numerator", "pack_denominator"):
        refuse_rows(rows, ~pl.col(column).is_between(1, 10**6), column, "must be between 1 and 1000000", what)
    refuse_rows(rows, ~pl.col("moq").is_between(0, LARGEST), "moq", "must be zero or more", what)
    for column in ("lead_time_days", "lead_time_std_days"):
        refuse_rows(rows, ~_from_zero(column), column, "must be zero or more", what)
    for column in ("unit_cost", "later_unit_cost", "capacity_qty"):
        refuse_rows(rows, pl.col(column) < 0, column, "must be zero or more", what)
    refuse_rows(rows, ~pl.col("unit_extra").is_finite(), "unit_extra", "must be a number", what)
    share = pl.col("yield_share")
    refuse_rows(rows, ~((share > 0) & (share <= 1)), "yield_share", "must be above 0 and at most 1", what)


def check_others(others: pl.DataFrame, items: pl.DataFrame) -> None:
    """Refuse offers that are doubled, of an unknown item, the planned supplier's own, or outside their domain."""
    check_frame(others, OTHERS, "others")
    check_unique(others, [*KEY, "supplier_id"], "others")
    known = others.join(items.select(*KEY, planned="supplier_id"), on=KEY, how="left", maintain_order="left")
    own = (pl.col("planned") == pl.col("supplier_id")).fill_null(True)
    refuse_rows(known, own, "supplier_id", "must be another than the planned supplier of a known item", "others")
    check_offers(others, "others")


def _from_zero(column: str) -> pl.Expr:
    """Whether a number is finite and zero or more; null passes."""
    value = pl.col(column).cast(pl.Float64)
    return value.is_finite() & (value >= 0)


def check_demand(demand: pl.DataFrame) -> None:
    """Refuse demand with missing columns, doubled levels, or quantiles that are negative or cross."""
    check_frame(demand, DEMAND, "demand")
    check_unique(demand, [*KEY, "interval", "level"], "demand")
    known = pl.col("interval").is_in(["lead_time", "protection"])
    refuse_rows(demand, ~known, "interval", "must be lead_time or protection", "demand")
    level, quantity = pl.col("level"), pl.col("quantity")
    refuse_rows(demand, ~((level > 0) & (level < 1)), "level", "must lie between 0 and 1", "demand")
    inside = quantity.is_finite() & quantity.is_between(0, LARGEST)
    refuse_rows(demand, ~inside, "quantity", f"must be between 0 and {LARGEST}", "demand")
    ordered = demand.sort(*KEY, "interval", "level")
    crossing = quantity.diff().over(*KEY, "interval") < -1e-9
    refuse_rows(ordered, crossing, "quantity", "must not fall as the level rises", "demand")


def check_cover(items: pl.DataFrame, demand: pl.DataFrame) -> None:
    """Refuse an item with a mean whose service target lies outside the levels given for it."""
    known = demand.drop_nulls("quantity")
    for interval in ("lead_time", "protection"):
        given = (
            known.filter(pl.col("interval") == interval)
            .group_by(KEY)
            .agg(lowest=pl.col("level").min(), highest=pl.col("level").max())
        )
        joined = items.filter(pl.col("demand_mean").is_not_null()).join(given, on=KEY, how="left")
        outside = ~pl.col("service_target").is_between("lowest", "highest").fill_null(False)
        seen = joined.select("service_target", *KEY, "lowest", "highest")
        refuse_rows(seen, outside, "service_target", f"lies outside the {interval} levels given", "demand")


def check_inbound(inbound: pl.DataFrame, items: pl.DataFrame) -> None:
    """Refuse dates of more units than are on order: they would be supply twice."""
    told = inbound.group_by(KEY).agg(pl.col("quantity").sum()).join(items.select(*KEY, "on_order_qty"), on=KEY)
    more = pl.col("quantity") > pl.col("on_order_qty")
    refuse_rows(told.select("quantity", *KEY, "on_order_qty"), more, "quantity",
                "more is under way than on_order_qty says", "inbound")  # fmt: skip
