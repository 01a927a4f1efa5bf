"""What to change in purchase orders that are under way, and what each change is worth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.orders.schedule_value import schedule_values
from optimization.replenishment.problem import KEY

ITEMS = {
    "sku_id": "text",
    "location_id": "text",
    "on_hand_qty": "integer",
    "unit_price": "number",
    "shortage_cost": "number",
    "holding_cost": "number",
    "terminal_value": "number",
    "backorder": "bool",
}
LINES = {
    "po_line_id": "text",
    "sku_id": "text",
    "location_id": "text",
    "open_qty": "integer",
    "expected_arrival_date": "date",
    "earliest_date": "date?",
    "latest_date": "date?",
    "expedite_cost": "number",
    "defer_cost": "number",
    "cancel_fee_share": "number?",
    "may_increase": "bool",
    "unit_cost": "number",
    "moq": "integer",
    "order_step": "integer",
}
ACTIONS = {
    "po_line_id": pl.String,
    "action": pl.String,
    "current_quantity": pl.Int64,
    "new_quantity": pl.Int64,
    "current_arrival_date": pl.Date,
    "new_arrival_date": pl.Date,
    "charges": pl.Float64,
    "money_at_stake": pl.Float64,
    "reason": pl.String,
    "reason_zh": pl.String,
}


@dataclass(frozen=True)
class UnderWay:
    """Open purchase-order lines and the demand they are to meet.

    Parameters
    ----------
    items
        One row per SKU and location, in the order of ``demand``: ``on_hand_qty`` (int, sellable less reserved, below
        zero where customers wait), ``unit_price``, ``shortage_cost``, ``holding_cost``, ``terminal_value`` (money per
        unit, as for ``ReplenishmentProblem``), ``backorder`` (bool).
    demand
        Shape (items, paths, periods), zero or more: possible futures.
    lines
        One row per line that is still open, whether late or not:

        - ``po_line_id``, ``sku_id``, ``location_id`` (text), ``open_qty`` (int, > 0, base units),
        - ``expected_arrival_date`` (date): when to count on it; a day that has passed means any day now,
        - ``earliest_date`` (null: cannot be hastened) for ``expedite_cost`` (money, for the line),
        - ``latest_date`` (null: cannot be postponed) for ``defer_cost`` (money, for the line),
        - ``cancel_fee_share`` (null: the supplier takes nothing back): of the cost of units cancelled,
        - ``may_increase`` (bool), ``unit_cost`` (money), ``moq`` (int, ≥ 0), ``order_step`` (int, ≥ 1).
    as_of_date
        Business date, the first of the demand's periods.
    period_days
        Days in a period. Default 1.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    items: pl.DataFrame
    demand: np.ndarray
    lines: pl.DataFrame
    as_of_date: date
    period_days: int = 1

    def __post_init__(self) -> None:
        check_frame(self.items, ITEMS, "items")
        check_unique(self.items, KEY, "items")
        check_frame(self.lines, LINES, "lines")
        check_unique(self.lines, ["po_line_id"], "lines")
        if self.demand.ndim != 3 or self.demand.shape[0] != self.items.height or 0 in self.demand.shape[1:]:
            raise ValueError(f"demand must have shape ({self.items.height}, paths, periods), found {self.demand.shape}")
        if not (np.isfinite(self.demand).all() and (self.demand >= 0).all()):
            raise ValueError("demand must be finite and zero or more on every path")
        known = self.items.select(KEY).with_columns(known=True)
        joined = self.lines.join(known, on=KEY, how="left", maintain_order="left")
        refuse_rows(joined, pl.col("known").is_null(), "sku_id", "is not among the items", "lines")
        refuse_rows(self.lines, pl.col("open_qty") < 1, "open_qty", "must be above zero", "lines")
        refuse_rows(self.lines, pl.col("order_step") < 1, "order_step", "must be 1 or more", "lines")
        for column in ("expedite_cost", "defer_cost", "cancel_fee_share", "unit_cost", "moq"):
            refuse_rows(self.lines, pl.col(column) < 0, column, "must be zero or more", "lines")


@dataclass(frozen=True)
class ActionParams:
    """Which changes are worth asking for.

    Parameters
    ----------
    least_gain
        Money that a change must earn beyond its charges: what the call to the supplier costs. Default 50.
    least_gain_share
        The same as a share of what the line's units cost. Default 0.01.

    Raises
    ------
    ValueError
        When a setting is below zero.
    """

    least_gain: float = 50.0
    least_gain_share: float = 0.01

    def __post_init__(self) -> None:
        for name in ("least_gain", "least_gain_share"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be zero or more, found {getattr(self, name)!r}")


@dataclass(frozen=True)
class Change:
    """One way to change a line."""

    line: int
    action: str
    quantity: int
    period: int
    charges: float


def propose_actions(under_way: UnderWay, params: ActionParams) -> pl.DataFrame:
    """Changes to open lines that earn more than they cost, at most one per line.

    Every line could come sooner, later, larger, smaller or not at all, as far as its supplier lets it. Each change is
    valued on the paths against leaving the line alone, all other lines as they are; per item the best is taken, and
    the rest is valued again with it, until nothing is worth asking for. So a second line is not hastened for a
    shortage that the first one ends, and what is late counts as supply in every step.

    Parameters
    ----------
    under_way
        Lines and the demand they are to meet.
    params
        Settings.

    Returns
    -------
    pl.DataFrame
        ``po_line_id``, ``action`` (``expedite``, ``defer``, ``increase``, ``reduce``, ``cancel``),
        ``current_quantity``, ``new_quantity`` (int), ``current_arrival_date``, ``new_arrival_date`` (date),
        ``charges`` (money paid for the change, units more or less aside), ``money_at_stake`` (money that the change
        earns after everything, so what leaving it costs), ``reason``, ``reason_zh``; largest stake first.
    """
    lines = list(under_way.lines.iter_rows(named=True))
    index = {key: row for row, key in enumerate(under_way.items.select(KEY).iter_rows())}
    item = np.array([index[line["sku_id"], line["location_id"]] for line in lines], dtype=np.int64)
    periods = [_period(line["expected_arrival_date"], under_way) for line in lines]
    receipts = np.zeros((under_way.items.height, under_way.demand.shape[2]))
    for row, line in enumerate(lines):
        receipts[item[row], periods[row]] += line["open_qty"]
    options = [change for row, line in enumerate(lines) for change in _changes(row, line, periods[row], under_way)]
    value = _valuer(under_way)
    found: list[tuple[Change, float]] = []
    before = value(np.arange(under_way.items.height), receipts)
    while options:
        tried = receipts[item[[change.line for change in options]]]
        for schedule, change in zip(tried, options, strict=True):
            schedule[periods[change.line]] -= lines[change.line]["open_qty"]
            schedule[change.period] += change.quantity
        rows = item[[change.line for change in options]]
        gains = value(rows, tried) - before[rows] - np.array([_paid(change, lines) for change in options])
        taken: dict[int, int] = {}
        for number in np.argsort(-gains, kind="stable"):
            change, line = options[number], lines[options[number].line]
            worth = max(params.least_gain, params.least_gain_share * line["open_qty"] * line["unit_cost"])
            if gains[number] >= worth and gains[number] > 0:
                taken.setdefault(int(rows[number]), int(number))
        for row, number in taken.items():
            receipts[row] = tried[number]
            found.append((options[number], float(gains[number])))
        if taken:
            changed = np.array(sorted(taken))
            before[changed] = value(changed, receipts[changed])
        done = {options[number].line for number in taken.values()}
        # Only an item that has just changed can answer differently.
        options = [change for change in options if item[change.line] in taken and change.line not in done]
    return _frame(found, lines, under_way)


def _valuer(under_way: UnderWay) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    columns = under_way.items.select(
        pl.col("on_hand_qty", "unit_price", "shortage_cost", "holding_cost", "terminal_value").cast(pl.Float64),
        "backorder",
    )
    on_hand, *money, backorder = (columns[name].to_numpy() for name in columns.columns)
    demand = np.ascontiguousarray(under_way.demand, dtype=np.float64)

    def value(item: np.ndarray, receipts: np.ndarray) -> np.ndarray:
        return schedule_values(item, receipts, on_hand, demand, *money, backorder)

    return value


def _period(day: date, under_way: UnderWay) -> int:
    """Period in which a day falls; what comes after the horizon is left over at its end."""
    period = max((day - under_way.as_of_date).days, 0) // under_way.period_days
    return min(period, under_way.demand.shape[2] - 1)


def _changes(row: int, line: dict, period: int, under_way: UnderWay) -> list[Change]:
    """Every change of a line that its supplier lets us ask for."""
    quantity, step, found = line["open_qty"], line["order_step"], []
    if line["earliest_date"] is not None:
        soonest = _period(line["earliest_date"], under_way)
        if soonest < period:
            found.append(Change(row, "expedite", quantity, soonest, line["expedite_cost"]))
    if line["latest_date"] is not None:
        latest = _period(line["latest_date"], under_way)
        later = sorted({min(period + ahead, latest) for ahead in (1, 2, 4, 8, 16, 32, 64, 128)})
        found += [Change(row, "defer", quantity, when, line["defer_cost"]) for when in later if when > period]
    if line["cancel_fee_share"] is not None:
        kept = sorted({quantity * share // 100 // step * step for share in (25, 50, 75)} - {0, quantity})
        fee = line["cancel_fee_share"] * line["unit_cost"]
        found += [
            Change(row, "reduce", units, period, fee * (quantity - units)) for units in kept if units >= line["moq"]
        ]
        found.append(Change(row, "cancel", 0, period, fee * quantity))
    if line["may_increase"]:
        more = sorted({-(-quantity * share // 100 // step) * step for share in (10, 25, 50, 100)})
        found += [Change(row, "increase", quantity + units, period, 0.0) for units in more]
    return found


def _paid(change: Change, lines: list[dict]) -> float:
    """Money that leaves for a change: charges, and what its units cost more or less."""
    line = lines[change.line]
    return change.charges + line["unit_cost"] * (change.quantity - line["open_qty"])


def _frame(found: list[tuple[Change, float]], lines: list[dict], under_way: UnderWay) -> pl.DataFrame:
    rows = []
    for change, gain in found:
        line = lines[change.line]
        now = line["expected_arrival_date"]
        when = now
        if change.action == "expedite":
            when = line["earliest_date"]
        elif change.action == "defer":
            when = min(
                under_way.as_of_date + timedelta(days=change.period * under_way.period_days), line["latest_date"]
            )
        rows.append((
            line["po_line_id"], change.action, line["open_qty"], change.quantity, now, when, change.charges, gain,
            *_reason(change, line, when, gain),
        ))  # fmt: skip
    return pl.DataFrame(rows, schema=ACTIONS, orient="row").sort(
        ["money_at_stake", "po_line_id"], descending=[True, False]
    )


def _reason(change: Change, line: dict, when: date, gain: float) -> tuple[str, str]:
    """Why, in one sentence each of English and Chinese."""
    quantity, new, now = line["open_qty"], change.quantity, line["expected_arrival_date"]
    what, what_zh = {
        "expedite": (f"{quantity} by {when} instead of {now}", f"{quantity} 件由 {now} 提前到 {when}"),
        "defer": (f"{quantity} on {when} instead of {now}", f"{quantity} 件由 {now} 推迟到 {when}"),
        "increase": (f"{new} instead of {quantity} on {now}", f"{now} 到货由 {quantity} 件增加到 {new} 件"),
        "reduce": (f"{new} instead of {quantity} on {now}", f"{now} 到货由 {quantity} 件减少到 {new} 件"),
        "cancel": (f"none of the {quantity} due {now}", f"取消 {now} 到货的 {quantity} 件"),
    }[change.action]  # fmt: skip
    return (
        f"{what}: earns {gain:.2f} after charges of {change.charges:.2f}",
        f"{what_zh}：扣除费用 {change.charges:.2f} 后收益 {gain:.2f}",
    )
