"""What economic replenishment decides on."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.paths import check_demand, check_periods, refuse_unknown
from optimization.replenishment.problem import KEY

OPTION_KEY = [*KEY, "supplier_id"]
BUCKETS = ("on_hand", "in_transit", "on_order", "approved", "returning", "moved", "elsewhere", "reserved")
POLICIES = ("economic", "service_level", "min_max")
BREAK_KINDS = ("all_unit", "incremental")

ITEMS = {
    "sku_id": "text",
    "location_id": "text",
    "review_periods": "integer",
    "unit_price": "number",
    "shortage_cost": "number",
    "holding_cost": "number",
    "excess_cost": "number",
    "beyond_rate": "number",
    "terminal_value": "number",
    "salvage_value": "number",
    "backorder": "bool",
    "last_buy": "bool",
    "understock_weight": "number",
    "unit_volume": "number",
    "unit_weight": "number",
    "storage_id": "text?",
    "exchanged_qty": "number",
    "previous_qty": "number?",
    "policy": "text",
    "policy_low": "number?",
    "policy_high": "number?",
    "policy_reason": "text",
}
OPTIONS = {
    "sku_id": "text",
    "location_id": "text",
    "supplier_id": "text",
    "unit_cost": "number",
    "later_unit_cost": "number",
    "unit_extra": "number",
    "moq": "integer",
    "order_step": "integer",
    "yield_share": "number",
    "shelf_life_periods": "integer?",
    "capacity_qty": "integer?",
    "blocked_reason": "text?",
}
BATCHES = {
    "sku_id": "text",
    "location_id": "text",
    "bucket": "text",
    "quantity": "integer",
    "last_sellable_period": "integer?",
}
SUPPLIERS = {
    "supplier_id": "text",
    "minimum_value": "number",
    "order_cost": "number",
    "capacity_value": "number?",
    "closed_reason": "text?",
}
BREAKS = {
    "sku_id": "text",
    "location_id": "text",
    "supplier_id": "text",
    "from_quantity": "integer",
    "unit_cost": "number",
    "kind": "text",
}
STORAGE = {"storage_id": "text", "free_volume": "number"}
CONTAINERS = {
    "supplier_id": "text",
    "volume": "number?",
    "weight": "number?",
    "least_fill": "number",
    "cost": "number",
}
HANDLING_UNITS = {"sku_id": "text", "location_id": "text", "supplier_id": "text", "size": "integer", "cost": "number"}
BUDGETS = {"kind": "text", "name": "text", "amount": "number"}
BUDGETED = {"sku_id": "text", "location_id": "text", "kind": "text", "name": "text"}
AGREEMENTS = {"agreement": "text", "supplier_id": "text", "missing_value": "number", "bonus": "number"}

NO_BREAKS = pl.DataFrame(
    schema=dict.fromkeys(OPTION_KEY, pl.String)
    | {"from_quantity": pl.Int64, "unit_cost": pl.Float64, "kind": pl.String}
)
NO_STORAGE = pl.DataFrame(schema={"storage_id": pl.String, "free_volume": pl.Float64})
NO_CONTAINERS = pl.DataFrame(
    schema={"supplier_id": pl.String} | dict.fromkeys(("volume", "weight", "least_fill", "cost"), pl.Float64)
)
NO_UNITS = pl.DataFrame(schema=dict.fromkeys(OPTION_KEY, pl.String) | {"size": pl.Int64, "cost": pl.Float64})
NO_BUDGETS = pl.DataFrame(schema={"kind": pl.String, "name": pl.String, "amount": pl.Float64})
NOT_BUDGETED = pl.DataFrame(schema=dict.fromkeys([*KEY, "kind", "name"], pl.String))
NO_AGREEMENTS = pl.DataFrame(
    schema={"agreement": pl.String, "supplier_id": pl.String, "missing_value": pl.Float64, "bonus": pl.Float64}
)


@dataclass(frozen=True)
class ReplenishmentProblem:
    """Item-locations, who can supply them, what they have, and the demand and lead times they may meet.

    A period is the forecast's: a day or a week. Quantities are base units, money is one currency.

    Parameters
    ----------
    items
        One row per SKU and location, in the order of ``demand``:

        - ``sku_id``, ``location_id`` (text),
        - ``review_periods`` (int, ≥ 1): periods until the next chance to order,
        - ``unit_price`` (≥ 0): what a sale brings, its own costs aside; ``shortage_cost`` (≥ 0): what a unit
          short costs beyond the sale (backorders: per period),
        - ``holding_cost`` (≥ 0): per unit and period, money tied up included,
        - ``excess_cost`` (≥ 0): the same of a unit beyond what a later order would fill up to, with the risk of
          lying long and what its money must return,
        - ``beyond_rate`` (≥ 0, or infinity): demand per period after the horizon. The n-th excess unit waits
          n / rate periods there,
        - ``terminal_value``: of a unit left at the horizon once it sells; ``salvage_value``: of a unit that expires
          or waits so long that it is worth no more (below zero: it costs to be rid of it),
        - ``backorder`` (bool): demand waits; else it is lost,
        - ``last_buy`` (bool): there will be no later order,
        - ``understock_weight`` (> 0): weight of being short against being over, as calibrated by replay
          (``calibrate``); 1 where nothing is known,
        - ``unit_volume``, ``unit_weight`` (≥ 0): what a unit takes of room and of a container,
        - ``storage_id`` (text, null: there is room enough): the room it lies in, of ``storage``,
        - ``exchanged_qty``: units of ``demand``, mean over its paths, that are of other locations' customers, less what
          others serve for its own (told in the bridge),
        - ``previous_qty`` (null: none): what the last plan suggested for the same order,
        - ``policy`` (text): ``economic``, ``service_level`` (``policy_low`` is the share of paths to cover, in
          (0, 1)) or ``min_max`` (once the position is at most ``policy_low``, up to ``policy_high``: rules of
          planners, quantities of launches); ``policy_reason`` (text): who or what chose it.
    options
        One row per SKU, location and supplier (another warehouse is a supplier too), in the order of
        ``lead_time``:

        - ``unit_cost`` (≥ 0): landed; ``later_unit_cost`` (≥ 0): of an order at the next review, after an
          announced rise for example,
        - ``unit_extra``: what a unit costs beside what the supplier is paid (freight, duty), less what comes back
          later (a rebate that is sure); below zero where more comes back,
        - ``moq`` (int, ≥ 0), ``order_step`` (int, ≥ 1: pack, layer or pallet),
        - ``yield_share`` (in (0, 1]): share of what is ordered that can be sold,
        - ``shelf_life_periods`` (int ≥ 0, null: does not expire): periods in which it can be sold once here,
        - ``capacity_qty`` (int, null: unlimited): what the supplier has or can make,
        - ``blocked_reason`` (text, null: may be ordered): block list, lapsed contract or licence, alarm.
    demand
        Shape (items, paths, periods), float32 or float64, zero or more: possible futures.
    lead_time
        Shape (options, paths), int: periods until an order placed now arrives, at the start of that period.
    batches
        Stock and what is under way: ``bucket`` (``on_hand``, ``in_transit``, ``on_order``, ``approved``,
        ``returning``: expected back from customers and fit to sell,
        ``moved``: comes from another location instead of an order, by this very plan,
        ``elsewhere``: ordered from another supplier in this very plan, ``reserved``: open orders not yet taken off
        on hand), ``quantity`` (int, ≥ 0),
        ``last_sellable_period`` (int, null: does not expire; −1: expired before now).
    arrivals
        Shape (batches, paths), int: period in which the batch arrives; on hand and reserved, 0.
    suppliers
        ``supplier_id``, ``minimum_value`` (≥ 0: least value of an order), ``order_cost`` (≥ 0: of an order,
        whatever is in it), ``capacity_value`` (null: unlimited: largest value of an order),
        ``closed_reason`` (text, null: open: not an order day, shutdown, contract lapsed); ``opens_soon`` (bool, may be
        missing: false): closed until a later plan, whose orders go by the same terms.
    price_breaks
        ``from_quantity`` (int, > 0), ``unit_cost``, ``kind`` (``all_unit``: of every unit from that quantity
        on; ``incremental``: of the units beyond it), per option.
    storage
        ``storage_id``, ``free_volume`` (≥ 0): room that suggestions may take.
    containers
        Suppliers whose orders come in whole containers or trucks: ``supplier_id``, ``volume``, ``weight`` (> 0, null:
        does not limit): what one holds; ``least_fill`` (share): an order fills all its containers together at least so
        far, by volume or weight; ``cost`` (≥ 0): of one container.
    agreements
        What is earned once, by orders that reach it together: ``agreement`` (text), ``supplier_id`` (every supplier
        whose orders count has a row), ``missing_value`` (> 0: value of orders), ``bonus`` (money, ≥ 0); the last two
        are the same in all rows of an agreement.
    handling_units
        Packs, layers and pallets that an option comes in: ``size`` (int, ≥ 1, base units), ``cost`` (≥ 0, the same for
        all of an option): of receiving and putting away one of them. An option without any costs nothing.
    budgets
        Money of parts of the range, beside ``budget``: ``kind`` (``category``, ``brand`` …), ``name``, ``amount``
        (≥ 0).
    budgeted
        Whose money an item takes: ``sku_id``, ``location_id``, ``kind``, ``name`` of ``budgets``; of each kind one.
    budget
        Largest value of all orders; None: unlimited.
    next_arrival
        Shape (options, paths): period in which the order after this one can arrive; None: ``review_periods`` after this
        one. A supplier who rests puts off the one, the other or both.
    as_of_date
        Business date of the plan.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    items: pl.DataFrame
    options: pl.DataFrame
    demand: np.ndarray
    lead_time: np.ndarray
    batches: pl.DataFrame
    arrivals: np.ndarray
    suppliers: pl.DataFrame
    as_of_date: date
    price_breaks: pl.DataFrame = field(default_factory=lambda: NO_BREAKS)
    storage: pl.DataFrame = field(default_factory=lambda: NO_STORAGE)
    containers: pl.DataFrame = field(default_factory=lambda: NO_CONTAINERS)
    agreements: pl.DataFrame = field(default_factory=lambda: NO_AGREEMENTS)
    handling_units: pl.DataFrame = field(default_factory=lambda: NO_UNITS)
    budgets: pl.DataFrame = field(default_factory=lambda: NO_BUDGETS)
    budgeted: pl.DataFrame = field(default_factory=lambda: NOT_BUDGETED)
    budget: float | None = None
    next_arrival: np.ndarray | None = None

    def __post_init__(self) -> None:
        check_items(self.items)
        check_options(self.options, self.items, self.suppliers)
        check_supply(self)
        check_order_terms(self)
        check_budgets(self.budgets, self.budgeted, self.items)
        check_paths(self)

    def covered_until(self) -> np.ndarray:
        """Period in which the next order can arrive, by option and path; shape (options, paths)."""
        if self.next_arrival is not None:
            return self.next_arrival
        of = self.options.join(self.items, on=KEY, how="left", maintain_order="left")
        return self.lead_time.astype(np.int64) + of["review_periods"].cast(pl.Int64).to_numpy()[:, None]

    def receipts(self, *buckets: str) -> np.ndarray:
        """Units of these buckets that arrive within the horizon; float32, shape (items, paths, periods)."""
        found = np.zeros(self.demand.shape, dtype=np.float32)
        rows = self.items.select(KEY).with_row_index("item")
        placed = self.batches.with_row_index("batch").filter(pl.col("bucket").is_in(buckets)).join(rows, on=KEY)
        paths = np.arange(found.shape[1])
        for batch, item, units in placed.select("batch", "item", "quantity").iter_rows():
            inside = self.arrivals[batch] < found.shape[2]
            found[item, paths[inside], self.arrivals[batch][inside]] += units
        return found


def check_items(items: pl.DataFrame) -> None:
    """Refuse items with missing columns, doubled keys or values outside their domain."""
    check_frame(items, ITEMS, "items")
    check_unique(items, KEY, "items")
    refuse_rows(items, pl.col("review_periods") < 1, "review_periods", "must be at least 1", "items")
    for column in (
        "unit_price",
        "shortage_cost",
        "holding_cost",
        "excess_cost",
        "unit_volume",
        "unit_weight",
        "previous_qty",
    ):
        refuse_rows(items, ~_from_zero(column), column, "must be zero or more", "items")
    rate = pl.col("beyond_rate")
    refuse_rows(items, rate.is_nan() | (rate < 0), "beyond_rate", "must be zero or more", "items")
    for column in ("terminal_value", "salvage_value"):
        refuse_rows(items, ~pl.col(column).is_finite(), column, "must be a number", "items")
    weight = pl.col("understock_weight")
    refuse_rows(items, ~(weight.is_finite() & (weight > 0)), "understock_weight", "must be above zero", "items")
    policy, low, high = pl.col("policy"), pl.col("policy_low"), pl.col("policy_high")
    refuse_rows(items, ~policy.is_in(POLICIES), "policy", f"must be one of {', '.join(POLICIES)}", "items")
    level = (policy == "service_level") & ~((low > 0) & (low < 1)).fill_null(False)
    refuse_rows(items, level, "policy_low", "must be a share between 0 and 1 for service_level", "items")
    span = (policy == "min_max") & ~((low >= 0) & (low <= high)).fill_null(False)
    refuse_rows(items, span, "policy_low", "must be zero or more and at most policy_high for min_max", "items")


def check_options(options: pl.DataFrame, items: pl.DataFrame, suppliers: pl.DataFrame) -> None:
    """Refuse options that are doubled, of an unknown item or supplier, or outside their domain."""
    check_frame(options, OPTIONS, "options")
    check_unique(options, OPTION_KEY, "options")
    check_frame(suppliers, SUPPLIERS, "suppliers")
    check_unique(suppliers, ["supplier_id"], "suppliers")
    refuse_unknown(options, items, KEY, "sku_id", "options", "items")
    refuse_unknown(options, suppliers, ["supplier_id"], "supplier_id", "options", "suppliers")
    for column in ("unit_cost", "later_unit_cost", "moq", "shelf_life_periods", "capacity_qty"):
        refuse_rows(options, ~_from_zero(column), column, "must be zero or more", "options")
    refuse_rows(options, ~pl.col("unit_extra").is_finite(), "unit_extra", "must be a number", "options")
    refuse_rows(options, pl.col("order_step") < 1, "order_step", "must be at least 1", "options")
    share = pl.col("yield_share")
    refuse_rows(options, ~((share > 0) & (share <= 1)), "yield_share", "must be above 0 and at most 1", "options")
    for column in ("minimum_value", "order_cost", "capacity_value"):
        refuse_rows(suppliers, ~_from_zero(column), column, "must be zero or more", "suppliers")


def check_supply(problem: ReplenishmentProblem) -> None:
    """Refuse stock, price breaks, storage and a budget outside their domain."""
    batches, breaks = problem.batches, problem.price_breaks
    check_frame(batches, BATCHES, "batches")
    refuse_unknown(batches, problem.items, KEY, "sku_id", "batches", "items")
    refuse_rows(batches, ~pl.col("bucket").is_in(BUCKETS), "bucket", f"must be one of {', '.join(BUCKETS)}", "batches")
    refuse_rows(batches, pl.col("quantity") < 0, "quantity", "must be zero or more", "batches")
    check_frame(breaks, BREAKS, "price_breaks")
    check_unique(breaks, [*OPTION_KEY, "from_quantity"], "price_breaks")
    refuse_unknown(breaks, problem.options, OPTION_KEY, "supplier_id", "price_breaks", "options")
    refuse_rows(breaks, pl.col("from_quantity") < 1, "from_quantity", "must be at least 1", "price_breaks")
    refuse_rows(breaks, ~_from_zero("unit_cost"), "unit_cost", "must be zero or more", "price_breaks")
    refuse_rows(breaks, ~pl.col("kind").is_in(BREAK_KINDS), "kind", "must be all_unit or incremental", "price_breaks")
    mixed = pl.col("kind").n_unique().over(OPTION_KEY) > 1
    refuse_rows(breaks, mixed, "kind", "must be the same for all breaks of an option", "price_breaks")
    check_frame(problem.storage, STORAGE, "storage")
    check_unique(problem.storage, ["storage_id"], "storage")
    refuse_rows(problem.storage, ~_from_zero("free_volume"), "free_volume", "must be zero or more", "storage")
    stored = problem.items.cast({"storage_id": pl.String}).filter(pl.col("storage_id").is_not_null())
    refuse_unknown(stored, problem.storage, ["storage_id"], "storage_id", "items", "storage")
    if problem.budget is not None and not (np.isfinite(problem.budget) and problem.budget >= 0):
        raise ValueError(f"budget must be zero or more, or None, found {problem.budget!r}")


def check_budgets(budgets: pl.DataFrame, budgeted: pl.DataFrame, items: pl.DataFrame) -> None:
    """Refuse budgets that are doubled or below zero, and items that take money nobody granted, or one kind twice."""
    check_frame(budgets, BUDGETS, "budgets")
    check_unique(budgets, ["kind", "name"], "budgets")
    refuse_rows(budgets, ~_from_zero("amount"), "amount", "must be zero or more", "budgets")
    check_frame(budgeted, BUDGETED, "budgeted")
    check_unique(budgeted, [*KEY, "kind"], "budgeted")
    refuse_unknown(budgeted, items, KEY, "sku_id", "budgeted", "items")
    refuse_unknown(budgeted, budgets, ["kind", "name"], "name", "budgeted", "budgets")


def check_order_terms(problem: ReplenishmentProblem) -> None:
    """Refuse containers and agreements of unknown suppliers, or outside their domain."""
    containers, agreements, units = problem.containers, problem.agreements, problem.handling_units
    check_frame(units, HANDLING_UNITS, "handling_units")
    check_unique(units, [*OPTION_KEY, "size"], "handling_units")
    refuse_unknown(units, problem.options, OPTION_KEY, "supplier_id", "handling_units", "options")
    refuse_rows(units, pl.col("size") < 1, "size", "must be at least 1", "handling_units")
    refuse_rows(units, ~_from_zero("cost"), "cost", "must be zero or more", "handling_units")
    check_frame(containers, CONTAINERS, "containers")
    check_unique(containers, ["supplier_id"], "containers")
    refuse_unknown(containers, problem.suppliers, ["supplier_id"], "supplier_id", "containers", "suppliers")
    for column in ("volume", "weight"):
        refuse_rows(containers, ~(pl.col(column) > 0), column, "must be above zero", "containers")
    unlimited = pl.col("volume").is_null() & pl.col("weight").is_null()
    refuse_rows(containers, unlimited, "volume", "or weight must be given", "containers")
    fill = pl.col("least_fill")
    refuse_rows(containers, ~fill.is_between(0, 1), "least_fill", "must lie between 0 and 1", "containers")
    refuse_rows(containers, ~_from_zero("cost"), "cost", "must be zero or more", "containers")
    check_frame(agreements, AGREEMENTS, "agreements")
    check_unique(agreements, ["agreement", "supplier_id"], "agreements")
    refuse_unknown(agreements, problem.suppliers, ["supplier_id"], "supplier_id", "agreements", "suppliers")
    missing = pl.col("missing_value")
    refuse_rows(agreements, ~(missing.is_finite() & (missing > 0)), "missing_value", "must be above zero", "agreements")
    refuse_rows(agreements, ~_from_zero("bonus"), "bonus", "must be zero or more", "agreements")
    for column in ("missing_value", "bonus"):
        mixed = pl.col(column).n_unique().over("agreement") > 1
        refuse_rows(agreements, mixed, column, "must be the same in all rows of an agreement", "agreements")


def check_paths(problem: ReplenishmentProblem) -> None:
    """Refuse paths of other shapes than the frames, below zero, or too short for an order to be judged by."""
    demand, lead_time, arrivals = problem.demand, problem.lead_time, problem.arrivals
    check_demand(demand, problem.items)
    check_periods("lead_time", lead_time, problem.options.height, demand.shape[1])
    check_periods("arrivals", arrivals, problem.batches.height, demand.shape[1])
    if problem.next_arrival is not None:
        check_periods("next_arrival", problem.next_arrival, problem.options.height, demand.shape[1])
    until = problem.covered_until()
    if not (until > lead_time).all():
        row = int((until <= lead_time).any(axis=1).argmax())
        raise ValueError(f"next_arrival must be behind lead_time, but of {problem.options.row(row)[:3]} it is not")
    if lead_time.size and int(until.max()) > demand.shape[2]:
        row = int(until.max(axis=1).argmax())
        raise ValueError(
            f"demand covers {demand.shape[2]} periods, but option {problem.options.row(row)[:3]} can take "
            f"{lead_time[row].max()} to arrive, and the next order {until[row].max()}; forecast as many periods"
        )


def _from_zero(column: str) -> pl.Expr:
    """Whether a number is finite and zero or more; null passes."""
    value = pl.col(column).cast(pl.Float64)
    return value.is_finite() & (value >= 0)
