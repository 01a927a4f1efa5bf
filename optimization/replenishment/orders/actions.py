"""What to change in purchase orders that are under way, and what each change is worth."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from optimization.replenishment.orders.afterwards import Afterwards
from optimization.replenishment.orders.changes import Change, changes
from optimization.replenishment.orders.schedule_value import change_values
from optimization.replenishment.orders.under_way import UnderWay
from optimization.replenishment.params import ActionParams
from optimization.replenishment.problem import KEY

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
    state = _State(under_way)
    options = [change for row, line in enumerate(lines) for change in changes(row, line, under_way)]
    found: list[tuple[Change, float]] = []
    while options:
        gains = state.gains(options)
        taken: dict[int, int] = {}
        for number in np.argsort(-gains, kind="stable"):
            line = lines[options[number].line]
            worth = max(
                params.least_gain,
                params.least_gain_share * line["open_qty"] * line["unit_cost"],
                params.least_gain_per_charge * options[number].charges,
            )
            if gains[number] > 0 and gains[number] >= worth:
                taken.setdefault(int(state.item[options[number].line]), int(number))
        for number in taken.values():
            state.take(options[number])
            found.append((options[number], float(gains[number])))
        done = {options[number].line for number in taken.values()}
        # Only an item that has just changed can answer differently.
        options = [one for one in options if int(state.item[one.line]) in taken and one.line not in done]
    return _frame(found, lines, under_way)


class _State:
    """Receipts of every item with the changes taken so far."""

    def __init__(self, under_way: UnderWay) -> None:
        index = {key: row for row, key in enumerate(under_way.items.select(KEY).iter_rows())}
        self.item = np.array([index[key] for key in under_way.lines.select(KEY).iter_rows()], dtype=np.int64)
        self.open_qty = under_way.lines["open_qty"].to_numpy().astype(np.float64)
        self.arrivals = under_way.arrivals.astype(np.int64)
        self.demand = np.ascontiguousarray(under_way.demand, dtype=np.float32)
        self.receipts = np.zeros_like(self.demand) if under_way.coming is None else under_way.coming.copy()
        for line in range(self.item.size):
            self._add(line, self.open_qty[line], 0)
        money = ("on_hand_qty", "unit_price", "shortage_cost", "holding_cost", "terminal_value")
        self.money = [under_way.items[name].to_numpy().astype(np.float64) for name in money]
        self.backorder = under_way.items["backorder"].to_numpy()
        found = under_way.afterwards or Afterwards.never(*self.demand.shape)
        self.afterwards = (
            found.begins, found.unit_cost, found.excess_cost, found.level, found.salvage_value, found.slope,
            found.lasting,
        )  # fmt: skip
        self.value = self._as_they_are(np.arange(under_way.items.height))

    def gains(self, options: list[Change]) -> np.ndarray:
        """What each change alone earns now."""
        line = np.array([change.line for change in options])
        quantity = np.array([change.quantity for change in options], dtype=np.float64)
        shift, paid = np.array([change.shift for change in options]), np.array([change.paid for change in options])
        item, hastened = self.item[line], (shift < 0).astype(np.int64)
        return self._values(item, line, quantity, shift, hastened) - self.value[hastened, item] - paid

    def take(self, change: Change) -> None:
        """Make a change; its line must not be changed again."""
        self._add(change.line, -self.open_qty[change.line], 0)
        self._add(change.line, change.quantity, change.shift)
        item = self.item[[change.line]]
        self.value[:, item] = self._as_they_are(item)

    def _as_they_are(self, item: np.ndarray) -> np.ndarray:
        """What items are worth with no further change, by either measure; shape (2, items)."""
        none = np.zeros(item.size, dtype=np.int64)
        return np.stack([self._values(item, none - 1, none.astype(float), none, none + kind) for kind in (0, 1)])

    def _values(
        self, item: np.ndarray, line: np.ndarray, quantity: np.ndarray, shift: np.ndarray, hastened: np.ndarray
    ) -> np.ndarray:
        on_hand, *money = self.money
        return change_values(
            item, line, quantity, shift, hastened, self.open_qty, self.arrivals, self.receipts, on_hand, self.demand,
            *money, self.backorder, *self.afterwards,
        )  # fmt: skip

    def _add(self, line: int, quantity: float, shift: int) -> None:
        when = np.clip(self.arrivals[line] + shift, 0, self.demand.shape[2] - 1)
        self.receipts[self.item[line], np.arange(when.size), when] += quantity


def _frame(found: list[tuple[Change, float]], lines: list[dict], under_way: UnderWay) -> pl.DataFrame:
    rows = []
    for change, gain in found:
        line = lines[change.line]
        when = now = line["expected_arrival_date"]
        if change.action == "expedite":
            when = line["earliest_date"]
        elif change.action == "defer":
            later = max(now, under_way.as_of_date) + timedelta(days=change.shift * under_way.period_days)
            when = min(later, line["latest_date"])
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
