"""What a decision earned once its outcome is known, and a planner's edit against the system's number; pure.

**Definition.** A buy of ``q`` base units arrives and is judged over the days from its arrival until the next order's
arrival. On each day what else arrives is added to the stock, the day's demand is taken from it as far as it goes, and
what is left is held overnight::

    cost(q) = shortage · lost units + holding · unit-nights + holding · unit-nights of what outlasts the next windows

The stock it met, the other arrivals and the demand are those that were: only ``q`` differs. Demand is what customers
wanted, not what was sold. What is left at the end makes the next order smaller, so it costs nothing more until the next
window of the same demand is over; what outlasts that is held on, window by window, for at most a year. Then

    earned by the decision        = cost(0) − cost(decided)
    earned by the system's number = cost(0) − cost(planned)
    earned by the edit            = cost(planned) − cost(decided)

Rates come of the policy: ``holding`` is what a unit costs per night (its cost × the yearly rate of capital / 365, and
storage), ``shortage`` what a lost unit costs (its margin, or the penalty of its service target). A purchase price that
differs by quantity, and goods that spoil, are not in it. It is the newsvendor's trade-off with lost sales (Silver, Pyke
and Thomas, *Inventory and Production Management in Supply Chains*), counted over the days that came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from feedback.states import FROZEN, ZERO, Event, State

# How long goods that nobody takes are held, at most.
YEAR = 365
CENT_OF_A_CENT = Decimal("0.0001")


@dataclass(frozen=True)
class Outcome:
    """What happened from an order's arrival until the next order's.

    Parameters
    ----------
    opening
        Base units on hand when the order arrived, without it.
    arrivals, demand
        Base units per day of the window: what else arrived, and what customers wanted. Of one length, at least a day.
    holding
        Money per base unit and night.
    shortage
        Money per base unit that was wanted and not there.

    Raises
    ------
    ValueError
        If the window is empty, the days differ in number, or anything is below nought.
    """

    opening: Decimal
    arrivals: Sequence[Decimal]
    demand: Sequence[Decimal]
    holding: Decimal
    shortage: Decimal

    def __post_init__(self) -> None:
        if not self.demand or len(self.demand) != len(self.arrivals):
            raise ValueError(f"{len(self.arrivals)} days of arrivals and {len(self.demand)} of demand are no window")
        if min(self.opening, self.holding, self.shortage, *self.arrivals, *self.demand) < 0:
            raise ValueError("an outcome holds a number below nought: returns are arrivals, not demand")


@dataclass(frozen=True)
class Score:
    """Money that the decision and the system's number earned against ordering nothing."""

    decision: Decimal
    system: Decimal

    @property
    def edit(self) -> Decimal:
        """Money that the planner's number earned against the system's; nought if nobody changed it."""
        return self.decision - self.system


def score(planned: Decimal, decided: Decimal, outcome: Outcome) -> Score:
    """What both numbers earned over the outcome, to a hundredth of a cent.

    Parameters
    ----------
    planned, decided
        Base units that the plan asked for, and that were ordered; 0 for what was rejected.
    """
    nothing = cost(ZERO, outcome)
    return Score(
        (nothing - cost(decided, outcome)).quantize(CENT_OF_A_CENT),
        (nothing - cost(planned, outcome)).quantize(CENT_OF_A_CENT),
    )


def cost(quantity: Decimal, outcome: Outcome) -> Decimal:
    """Money that shortage and holding would have cost with an order of `quantity` base units."""
    stock, lost, nights = outcome.opening + quantity, ZERO, ZERO
    for arrived, wanted in zip(outcome.arrivals, outcome.demand, strict=True):
        stock += arrived
        taken = min(stock, wanted)
        lost += wanted - taken
        stock -= taken
        nights += stock
    return outcome.shortage * lost + outcome.holding * (nights + _outlasting(stock, outcome.demand))


def _outlasting(left: Decimal, demand: Sequence[Decimal]) -> Decimal:
    """Unit-nights of what is left after the next window's demand too, and the one after that, for a year."""
    days, wanted = len(demand), sum(demand, ZERO)
    nights = ZERO
    for window in range(1, YEAR // days + 1):
        outlasts = left - window * wanted
        if outlasts <= 0:
            break
        nights += outlasts * days
    return nights


def score_event(state: State, outcome: Outcome, at: datetime) -> Event:
    """The score of one decision, for `Journal.record`.

    What was rejected ordered nothing; what was endorsed in shadow mode is scored as if it had been ordered.
    """
    decided = state.quantity if state.status in FROZEN | {"endorsed"} else ZERO
    found = score(state.planned, decided, outcome)
    payload = {
        "class": class_of(state), "planned": state.planned, "decided": decided, "days": len(outcome.demand),
        "earned": found.decision, "system_earned": found.system, "edit_earned": found.edit,
        "opening": outcome.opening, "demand": sum(outcome.demand, ZERO), "arrivals": sum(outcome.arrivals, ZERO),
        "holding": outcome.holding, "shortage": outcome.shortage,
    }  # fmt: skip
    return Event("score", state.suggestion_id, "scorer", at, payload)


def class_of(state: State) -> str:
    """Decisions that are trusted together: one action with one supplier, ``buy S1``."""
    return f"{state.action} {state.facts.get('supplier_id') or '-'}"
