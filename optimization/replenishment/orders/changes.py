"""Every change of an open order that its supplier lets us ask for."""

from dataclasses import dataclass

from optimization.replenishment.orders.under_way import UnderWay
from optimization.replenishment.rounding import round_up

# Periods by which an order may be postponed, and shares by which it may shrink or grow.
LATER = (1, 2, 4, 8, 16, 32, 64, 128)
KEPT, MORE = (25, 50, 75), (10, 25, 50, 100)


@dataclass(frozen=True)
class Change:
    """One way to change a line.

    Parameters
    ----------
    line
        Row of the line.
    action
        ``expedite``, ``defer``, ``increase``, ``reduce`` or ``cancel``.
    quantity
        Units open afterwards.
    shift
        Periods by which it comes later, below zero sooner.
    paid
        Money that leaves for it: charges, and what its units cost more or, below zero, less.
    charges
        What the supplier or carrier takes for the change.
    """

    line: int
    action: str
    quantity: int
    shift: int
    paid: float
    charges: float


def changes(row: int, line: dict, under_way: UnderWay) -> list[Change]:
    """Changes of the line in a row of ``under_way.lines``."""
    quantity, cost = line["open_qty"], line["unit_cost"]
    period, last = under_way.period(line["expected_arrival_date"]), under_way.demand.shape[2] - 1
    found = []
    if line["earliest_date"] is not None:
        sooner = under_way.period(line["earliest_date"]) - period
        if sooner < 0:
            found.append(Change(row, "expedite", quantity, sooner, line["expedite_cost"], line["expedite_cost"]))
    if line["latest_date"] is not None:
        most = min(under_way.period(line["latest_date"]), last) - period
        for ahead in sorted({min(ahead, most) for ahead in LATER if most > 0}):
            found.append(Change(row, "defer", quantity, ahead, line["defer_cost"], line["defer_cost"]))
    if line["cancel_fee_share"] is not None:
        step = line["order_step"]
        kept = sorted({quantity * share // 100 // step * step for share in KEPT})
        for units in (0, *(units for units in kept if 0 < units < quantity and units >= line["moq"])):
            fee = line["cancel_fee_share"] * cost * (quantity - units)
            found.append(Change(row, "reduce" if units else "cancel", units, 0, fee - cost * (quantity - units), fee))
    if line["may_increase"]:
        more = sorted({round_up(quantity * share, 100 * line["order_step"]) // 100 for share in MORE})
        found += [Change(row, "increase", quantity + units, 0, cost * units, 0.0) for units in more]
    return found
