"""Open suggestions as the orders they will be: by supplier and place, against what fills an order, and the budget."""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from planner.snapshot import Snapshot
from planner.worklist.query import VIEWS

# Decided here, and in no export yet: money that a budget has spent already.
DECIDED = frozenset({"approved", "exported", "acknowledged"})
ORDER = ["supplier_id", "location_id"]
# A line of the list, as these sums need it.
USED = (
    "action", "status", "supplier_id", "supplier_name", "location_id", "currency", "amount", "money_at_stake",
    "suggested_qty", "quantity", "unit_cost", "min_order_amount", "stock_out_date", "lead_time_days", "unit_volume_l",
    "unit_weight_kg", "pallet_qty",
)  # fmt: skip
CONTAINERS = "select supplier_id, location_id, volume_l, weight_kg from supplier_container"
BUDGETS = """
    select period, scope, currency, budget_amount::double as budget_amount, ordered_amount::double as ordered_amount
    from open_to_buy
    order by period, scope
"""
# What one unit of each currency is worth at home, and what earlier plans' approvals will still spend.
RATES = """
    select currency, max(home_unit_cost / nullif(unit_cost, 0))::double as rate
    from replenishment_input
    where currency is not null
    group by currency
"""
UNSEEN = """
    select supplier_id, sum(approved_unseen_qty * home_unit_cost)::double as amount
    from replenishment_input
    where approved_unseen_qty > 0
    group by supplier_id
"""


def orders(snapshot: Snapshot, lines: pl.DataFrame) -> list[dict[str, object]]:
    """Purchases that are still open by supplier and place, the soonest to be ordered first.

    Parameters
    ----------
    lines
        The list, with the columns `USED`.

    Returns
    -------
    list of dict
        ``supplier_id``, ``supplier_name``, ``location_id``, ``lines``, ``amount`` (with what planners changed),
        ``money_at_stake``, ``min_order_amount``, ``order_by`` (ordered later, it arrives after the first stock is
        gone), ``volume_l``, ``weight_kg``, ``pallets``; ``containers`` and ``container_fill`` (share of all of them),
        both null where none is agreed.
    """
    told = _summed(lines).sort(["order_by", *ORDER], nulls_last=True).to_dicts()
    held = _held(snapshot)
    return [row | _containers(row, held) for row in told]


def order_with(
    snapshot: Snapshot, lines: pl.DataFrame, line: Mapping[str, object], quantity: float
) -> dict[str, dict[str, object] | None]:
    """The order that a line is of, with the quantity that is `asked` of it and with the `planned` one, as `orders`."""
    # By their codes: half a million texts would be compared otherwise.
    of_it = (pl.col("supplier_id") == line["supplier_id"]) & (pl.col("location_id") == line["location_id"])
    these, held = lines.select("suggestion_id", *USED).filter(of_it), _held(snapshot)
    this = pl.col("suggestion_id") == line["suggestion_id"]
    told: dict[str, dict[str, object] | None] = {}
    for name, value in (("asked", quantity), ("planned", float(line["suggested_qty"] or 0))):
        changed = these.with_columns(quantity=pl.when(this).then(value).otherwise("quantity"))
        row = next(iter(_summed(changed).to_dicts()), None)
        told[name] = row and row | _containers(row, held)
    return told


def _summed(lines: pl.DataFrame) -> pl.DataFrame:
    # Ordered later than this, it would arrive after the stock is gone.
    order_by = pl.col("stock_out_date") - pl.duration(days=pl.col("lead_time_days").fill_null(0).round())
    quantity = _quantity()
    grouped = (
        _bought(lines, VIEWS["open"])
        .with_columns(order_by.alias("order_by"))
        .group_by(*ORDER, "supplier_name")
        .agg(
            pl.len().alias("lines"), _spend().sum().alias("amount"), pl.col("money_at_stake").sum(),
            pl.col("min_order_amount").max(), pl.col("order_by").min(),
            (quantity * pl.col("unit_volume_l")).sum().alias("volume_l"),
            (quantity * pl.col("unit_weight_kg")).sum().alias("weight_kg"),
            (quantity / pl.col("pallet_qty")).sum().alias("pallets"),
        )
    )  # fmt: skip
    return grouped.collect().with_columns(pl.col(*ORDER, "supplier_name").cast(pl.String))


def _held(snapshot: Snapshot) -> dict[tuple[object, object], dict[str, object]]:
    """What a container holds, by supplier and place."""
    found = snapshot.rows(CONTAINERS) if snapshot.has("supplier_container") else []
    return {(row["supplier_id"], row["location_id"]): row for row in found}


def budgets(snapshot: Snapshot, lines: pl.DataFrame) -> list[dict[str, object]]:
    """Budgets of all purchases and of single suppliers, and how far they are spent.

    Returns
    -------
    list of dict
        ``period``, ``supplier_id`` (null for the budget of all), ``currency``, ``budget_amount``; ``spent_amount``:
        ordered, or approved and in no export yet; ``open_amount``: what is still suggested. Money at home.
    """
    found = snapshot.rows(BUDGETS) if snapshot.has("open_to_buy") else []
    if not found:
        return []
    # Nothing is ordered at a rate that nobody told; `open_to_buy` names what it left out for want of one.
    rates = {row["currency"]: row["rate"] for row in snapshot.rows(RATES) if row["rate"]}
    unseen = {row["supplier_id"]: row["amount"] or 0.0 for row in snapshot.rows(UNSEEN)}
    decided, still = (_by_supplier(lines, statuses, rates) for statuses in (DECIDED, VIEWS["open"]))
    told = []
    for row in found:
        of = None if row["scope"] == "*" else row["scope"]
        # Those of categories and brands are on the page of marts: no order is of one.
        if of is not None and of not in still and of not in decided:
            continue

        def summed(by: dict[str | None, float], of: str | None = of) -> float:
            return sum(by.values()) if of is None else by.get(of, 0.0)

        told.append(
            {
                "period": row["period"], "supplier_id": of, "currency": row["currency"],
                "budget_amount": row["budget_amount"],
                "spent_amount": row["ordered_amount"] + summed(unseen) + summed(decided), "open_amount": summed(still),
            }
        )  # fmt: skip
    return told


def _by_supplier(lines: pl.DataFrame, statuses: frozenset[str], rates: dict[str, float]) -> dict[str | None, float]:
    spent = _bought(lines, statuses).group_by("supplier_id", "currency").agg(_spend().sum().alias("amount")).collect()
    told: dict[str | None, float] = {}
    for supplier, currency, amount in spent.with_columns(pl.col("supplier_id", "currency").cast(pl.String)).rows():
        if currency in rates:
            told[supplier] = told.get(supplier, 0.0) + amount * rates[currency]
    return told


def _bought(lines: pl.DataFrame, statuses: frozenset[str]) -> pl.LazyFrame:
    wanted = pl.Series(sorted(statuses), dtype=lines.schema["status"]).implode()
    return lines.lazy().filter((pl.col("action") == "buy") & pl.col("status").is_in(wanted))


def _quantity() -> pl.Expr:
    """Base units as decided so far; the plan's where the journal knows none."""
    return pl.col("quantity").fill_nan(None).fill_null(pl.col("suggested_qty"))


def _spend() -> pl.Expr:
    """Money of a line; of another quantity than the plan's in proportion to its price."""
    is_plan = _quantity() == pl.col("suggested_qty")
    return (
        pl.when(is_plan)
        .then(pl.col("amount").cast(pl.Float64))
        .otherwise(_quantity() * pl.col("unit_cost"))
        .fill_null(0.0)
    )


def _containers(row: dict[str, object], held: dict[tuple[object, object], dict[str, object]]) -> dict[str, object]:
    """How many containers an order takes, and how far it fills them by volume or by weight."""
    one = held.get((row["supplier_id"], row["location_id"]))
    if one is None:
        return {"containers": None, "container_fill": None}
    load = max(row[name] / one[name] for name in ("volume_l", "weight_kg") if one[name])
    count = math.ceil(load - 1e-9)
    return {"containers": count, "container_fill": load / count if count else 0.0}
