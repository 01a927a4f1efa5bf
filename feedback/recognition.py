"""Finds in the next exports what became of what was sent: by suggestion id, else by what the order says; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from feedback.identity import ACTS_ON_ORDER_LINE
from feedback.states import IN_FLIGHT, ZERO, Event, State


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One purchase-order or transfer line as an export shows it.

    `source_id` is the supplier, or the warehouse that a transfer leaves. `quantity` is what was ordered and `received`
    what came, in base units; `finished` says that no more will come.
    """

    line_id: str
    sku_id: str
    destination_id: str
    source_id: str | None
    quantity: Decimal
    ordered_on: date
    suggestion_id: str | None = None
    received: Decimal = ZERO
    finished: bool = False
    action: str = "buy"


@dataclass(frozen=True)
class Recognition:
    """Lines by suggestion, each line at most once, and ids on lines that the journal does not know."""

    lines: Mapping[str, Mapping[str, Decimal]]
    unknown: Sequence[str]


def recognise(
    frozen: Iterable[State],
    lines: Iterable[OrderLine],
    approved_on: Mapping[str, date],
    known: Mapping[str, str],
    window: timedelta = timedelta(days=14),
) -> Recognition:
    """Which lines came of which suggestion.

    A line that carries a suggestion's id is its line, whatever it says. One without, as many systems drop ids, is
    taken for the oldest purchase or transfer in flight of the same source, SKU, destination and remaining quantity, if
    it was ordered within `window` after the approval. What was taken once stays taken.

    Parameters
    ----------
    frozen
        States that were approved once: all in flight, and those that lines name.
    lines
        All order lines of the exports, old ones too.
    approved_on
        Business day of the approval of what is in flight, by suggestion id.
    known
        Suggestion id by line id, from earlier recognitions.
    """
    states = {state.suggestion_id: state for state in frozen}
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    unknown, nameless = [], []
    for line in sorted(lines, key=lambda line: (line.ordered_on, line.line_id)):
        name = line.suggestion_id or known.get(line.line_id)
        if name in states:
            found[name][line.line_id] = line.quantity
        elif line.suggestion_id:
            unknown.append(line.line_id)
        else:
            nameless.append(line)
    lefts = {name: _left(state, found.get(name, {})) for name, state in states.items()}
    flying = [state for name, state in states.items() if lefts[name] > 0]
    waiting: dict[tuple, list[State]] = defaultdict(list)
    for state in sorted(flying, key=lambda s: (approved_on[s.suggestion_id], s.generation, s.suggestion_id)):
        left = lefts[state.suggestion_id]
        waiting[state.action, _source(state), state.sku_id, state.destination_id, left].append(state)
    for line in nameless:
        key = line.action, line.source_id, line.sku_id, line.destination_id, line.quantity
        candidates = waiting.get(key, [])
        for state in candidates:
            start = approved_on[state.suggestion_id]
            if start <= line.ordered_on <= start + window:
                found[state.suggestion_id][line.line_id] = line.quantity
                candidates.remove(state)
                break
    return Recognition({name: dict(of_it) for name, of_it in sorted(found.items())}, unknown)


def sightings(state: State, lines: Sequence[OrderLine], actor: str, at: datetime) -> Iterator[Event]:
    """Events of what the order lines of a suggestion show and its state does not know."""
    ordered = sum((line.quantity for line in lines), ZERO)
    received = sum((line.received for line in lines), ZERO)
    if ordered > state.seen:
        quantities = {line.line_id: line.quantity for line in lines}
        yield Event("see", state.suggestion_id, actor, at, {"seen": ordered, "lines": quantities})
    promised = state.approved if state.accepted is None else state.accepted
    complete = bool(lines) and all(line.finished for line in lines) and max(ordered, state.seen) >= promised
    if received > state.received or (complete and state.status in IN_FLIGHT - {"recalled"}):
        yield Event("receive", state.suggestion_id, actor, at, {"received": received, "complete": complete})


def _source(state: State) -> object:
    return state.facts.get("from_warehouse_id" if state.action == "transfer" else "supplier_id")


def _left(state: State, lines: Mapping[str, Decimal]) -> Decimal:
    """What is in flight beyond both what was seen earlier and what these lines show."""
    already = max(state.seen, sum(lines.values(), ZERO))
    return max(ZERO, state.in_flight + state.seen - already)


def overdue(
    states: Iterable[State], approved_on: Mapping[str, date], today: date, days: Mapping[str, int]
) -> list[State]:
    """What was sent more than its `days` ago and is still in flight, the oldest first: each is given up.

    So is a change of an order line that was not carried out: it adds no supply, and may ask for nought.
    """
    ages = ((state, (today - approved_on[state.suggestion_id]).days) for state in states)
    late = [
        state for state, age in ages
        if age > days[state.suggestion_id] and (state.in_flight > 0 or state.action in ACTS_ON_ORDER_LINE)
    ]  # fmt: skip
    return sorted(late, key=lambda state: (approved_on[state.suggestion_id], state.suggestion_id))
