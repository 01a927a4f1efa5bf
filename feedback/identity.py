"""Identity of suggestions: the same need has the same name in every run, and is asked for once.

`suggestion_id` names a living suggestion. `match` lays a new plan beside what is known of earlier suggestions
and says what became of each: new, revised, unchanged, frozen, superseded, closed. Pure: no clock, no journal.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from feedback.freezing import plain
from feedback.states import FROZEN, IN_FLIGHT, OPEN, ZERO, State

PREFIXES = {
    "buy": "BUY",
    "transfer": "TRF",
    "expedite": "EXP",
    "defer": "DEF",
    "increase": "INC",
    "reduce": "RED",
    "cancel": "CAN",
    "clear": "CLR",
    "pick": "WAV",
    "ship": "CAR",
    "outlook": "OUT",
    "promote": "PSH",
    "guard": "PRC",
    "fence": "CHA",
    "count": "CNT",
    "adopt": "WST",
    "stage": "LIF",
}

ACTS_ON_ORDER_LINE = frozenset({"expedite", "defer", "increase", "reduce", "cancel"})
# About one supplier and week of a SKU and place, or about one shop.
HAS_TARGET = ACTS_ON_ORDER_LINE | {"outlook", "fence"}
# What is bought beside an item's first order is about its supplier.
MAY_HAVE_TARGET = HAS_TARGET | {"buy"}
# What these ask for adds to what was asked before; the others name an end state, and asking twice asks once.
ADDS_SUPPLY = frozenset({"buy", "transfer", "clear"})
# What explains a row without being a part of it: its numbers move with every day's stock.
EXPLAINS = frozenset(
    {
        "reason", "money_at_stake", "est_cost", "bridge", "value_at_cost", "expected_recovery", "floor_price",
        "worked_lead_days",
    }
)  # fmt: skip
# Days by which an order may come earlier than the latest plan asks. A plan that asks for the same again asks for it a
# day later every day; to tell that would be an event a day for every suggestion, and would void its signatures.
GRACE = timedelta(days=2)

Key = tuple[str, str, str, str | None]


@dataclass(frozen=True, slots=True)
class Need:
    """One row of a new plan.

    Parameters
    ----------
    action, sku_id, destination_id, target
        The key of the living suggestion.
    quantity
        Base units the plan asks for, over and above all supply that it counted.
    due
        Day it is needed (or, for an expedite or defer, the new day of arrival).
    multiple
        Base units in a pack: what is left of a quantity is rounded up to whole packs. Default 1.
    facts
        The row by its outbox contract; what differs from the last plan's is told as a change.
    """

    action: str
    sku_id: str
    destination_id: str
    quantity: Decimal
    target: str | None = None
    due: date | None = None
    multiple: Decimal = Decimal(1)
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return self.action, self.sku_id, self.destination_id, self.target


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one suggestion: its `need` if the plan holds one, `before` if it was known, and why."""

    what: str
    suggestion_id: str
    generation: int
    why: str
    need: Need | None = None
    quantity: Decimal = ZERO
    before: State | None = None
    differences: Mapping[str, tuple[object, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class Matching:
    """Every suggestion in exactly one of six lists, each in the order of its ids."""

    new: Sequence[Change]
    revised: Sequence[Change]
    unchanged: Sequence[Change]
    frozen: Sequence[Change]
    superseded: Sequence[Change]
    closed: Sequence[Change]


def match(
    known: Iterable[State],
    plan: Iterable[Need],
    counted: Mapping[str, Decimal],
    undecided: Container[Key] = frozenset(),
    today: date | None = None,
) -> Matching:
    """What a new plan makes of the suggestions that are known.

    Frozen suggestions stay as they are. The plan has counted what was in flight when it was computed; what came
    into flight since then (an approval given meanwhile) is taken off its quantity here, so that no need is
    asked for twice. What is left takes up the open suggestion of its key, else opens the next generation. An open
    suggestion is revised if the plan says what a person would act on: another reason alone, or an order that may come
    up to `GRACE` later, leaves it as it is.

    Parameters
    ----------
    known
        The state of every suggestion of the journal, in any order.
    plan
        The rows of the new plan, one per key.
    counted
        Base units in flight that the plan counted as supply, by suggestion id; an id that is not in it counted
        nothing.
    undecided
        Keys that the plan could say nothing about, as where stock was not delivered: what is open there stays.
    today
        The plan's day: what is asked for by then or before is asked for anew. Without it every other day is told.

    Raises
    ------
    ValueError
        If the plan holds a key twice, a negative quantity, or a pack that is not positive.
    """
    needs = _by_key(plan)
    families: dict[Key, list[State]] = defaultdict(list)
    for state in known:
        families[state.key].append(state)
    changes: list[Change] = []
    for key in {**needs, **families}:
        states = sorted(families.get(key, ()), key=lambda s: s.generation)
        changes += _undecided(states) if key in undecided else _family(states, needs.get(key), counted, today)
    changes = _superseded_by_another_action(changes)
    lists: dict[str, list[Change]] = {name: [] for name in Matching.__dataclass_fields__}
    for change in sorted(changes, key=lambda c: c.suggestion_id):
        lists[change.what].append(change)
    return Matching(**lists)


def _by_key(plan: Iterable[Need]) -> dict[Key, Need]:
    needs: dict[Key, Need] = {}
    for need in plan:
        if need.key in needs:
            raise ValueError(f"the plan holds {need.key} twice; one key is one need")
        if need.quantity < 0 or need.multiple <= 0:
            raise ValueError(f"{need.key}: quantity {need.quantity} and pack {need.multiple} must be positive")
        needs[need.key] = need
    return needs


def _undecided(states: Sequence[State]) -> list[Change]:
    stays = {True: "frozen", False: "unchanged"}
    why = "the plan could not tell"
    return [
        Change(stays[s.status in FROZEN], s.suggestion_id, s.generation, why, before=s)
        for s in states
        if s.status in FROZEN | OPEN
    ]


def _family(
    states: Sequence[State], need: Need | None, counted: Mapping[str, Decimal], today: date | None
) -> list[Change]:
    """The changes of one key: its frozen suggestions stay, one at most is open."""
    frozen = [state for state in states if state.status in FROZEN]
    opened = [state for state in states if state.status in OPEN]
    changes = [Change("frozen", s.suggestion_id, s.generation, f"{s.status}, stays", before=s) for s in frozen]
    if need is not None:
        left, why = _left(need, frozen, counted)
        if left > 0 or (need.action not in ADDS_SUPPLY and why is None):
            living, *others = opened or [None]
            changes.append(_living(living, states, need, left, why, today))
            first = changes[-1].suggestion_id
            return changes + [
                _ended("superseded", state, f"one suggestion per need: {first} stands") for state in others
            ]
        gone = why or "the plan asks for nothing"
    else:
        gone = "the plan no longer asks for it"
    return changes + [_ended("closed", state, gone) for state in opened]


def _left(need: Need, frozen: Sequence[State], counted: Mapping[str, Decimal]) -> tuple[Decimal, str | None]:
    """What a plan's quantity leaves to ask for, and why it is less than the plan says."""
    if need.action not in ADDS_SUPPLY:
        asked = [s for s in frozen if s.status in IN_FLIGHT and s.approved == need.quantity and s.due == need.due]
        if asked:
            return ZERO, f"asked for by {asked[-1].suggestion_id}, which is {asked[-1].status}"
        return need.quantity, None
    unknown = {s.suggestion_id: max(ZERO, s.in_flight - counted.get(s.suggestion_id, ZERO)) for s in frozen}
    covered = sum(unknown.values(), ZERO)
    if not covered:
        return need.quantity, None
    packs = ((need.quantity - covered) / need.multiple).to_integral_value(ROUND_CEILING)
    names = ", ".join(name for name, quantity in unknown.items() if quantity)
    return max(ZERO, packs * need.multiple), f"{covered} of {need.quantity} came into flight after the plan: {names}"


def _living(
    state: State | None, states: Sequence[State], need: Need, left: Decimal, why: str | None, today: date | None
) -> Change:
    if state is None:
        generation = 1 + max((s.generation for s in states if s.status in FROZEN), default=-1)
        name = suggestion_id(*need.key, generation)
        before = next((s for s in states if s.suggestion_id == name), None)
        reason = why or ("the need is back" if before else "the plan asks for it")
        return Change("new", name, generation, reason, need, left, before)
    differences = _differences(state, need, left)
    if not any(_is_news(need.action, name, pair, today) for name, pair in differences.items()):
        return Change("unchanged", state.suggestion_id, state.generation, "as before", need, left, state)
    # The steps of the bridge are compared one by one where they are shown.
    told = why or "; ".join(f"{name} {old} → {new}" for name, (old, new) in differences.items() if name != "bridge")
    if state.edited is not None:
        told += f"; the planner's {state.edited} stays"
    return Change("revised", state.suggestion_id, state.generation, told, need, left, state, differences)


def _differences(state: State, need: Need, left: Decimal) -> dict[str, tuple[object, object]]:
    pairs = {"quantity": (state.planned, left), "due": (state.due, need.due)}
    facts = plain(need.facts, need.action)
    pairs |= {name: (state.facts.get(name), facts.get(name)) for name in {**state.facts, **facts}}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


# A day that slips while nobody decides is the same day, said later.
DAYS = ("due", "requested_date", "ship_date", "arrival_date")


def _is_news(action: str, name: str, pair: tuple[object, object], today: date | None) -> bool:
    """Whether a person would act on this difference."""
    if (
        name not in ("due", "requested_date", "ship_date", "arrival_date")
        or action not in ADDS_SUPPLY
        or today is None
        or None in pair
    ):
        return name not in EXPLAINS
    before, now = (date.fromisoformat(str(day)) for day in pair)
    return not (today < before < now <= before + GRACE)


def _ended(what: str, state: State, why: str) -> Change:
    return Change(what, state.suggestion_id, state.generation, why, before=state)


def _superseded_by_another_action(changes: Sequence[Change]) -> list[Change]:
    """A suggestion that ends while another action begins for its SKU and destination is superseded by that one."""
    began = {c.need.key[1:3]: c.suggestion_id for c in changes if c.what == "new" and c.need is not None}
    return [
        _ended("superseded", c.before, f"{began[c.before.key[1:3]]} answers the need now")
        if c.what == "closed" and c.before is not None and c.before.key[1:3] in began
        else c
        for c in changes
    ]


def suggestion_id(action: str, sku_id: str, destination_id: str, target: str | None = None, generation: int = 0) -> str:
    """Id of a living suggestion, from its key (action, SKU, destination, target).

    A later run that finds the same need finds the same id and revises it. Export freezes a suggestion: a
    need that arises later takes the next generation.

    Parameters
    ----------
    action
        One of ``PREFIXES``.
    sku_id, destination_id
        Ids as the systems write them; ``00123`` and ``123`` are different.
    target
        The purchase-order line that the action is about: required for expedite, defer, increase, reduce and
        cancel; of an outlook its supplier and week; of a purchase beside the item's first one its supplier;
        otherwise none.
    generation
        How many earlier suggestions of this key have been exported. Default 0.

    Returns
    -------
    str
        The action's prefix, a hyphen and 20 hexadecimal digits of a SHA-256.

    Raises
    ------
    ValueError
        When the action is unknown, an id is empty, the target is missing or out of place, or the generation
        is negative.
    """
    if action not in PREFIXES:
        raise ValueError(f"unknown action {action!r}; known are {sorted(PREFIXES)}")
    for name, value in (("sku_id", sku_id), ("destination_id", destination_id)):
        if not isinstance(value, str) or not value:
            raise ValueError(f"{name} must be a text that is not empty, found {value!r}")
    if (action in HAS_TARGET and not target) or target == "":
        raise ValueError(f"{action!r} needs the purchase-order line, or the week, it is about as target: {target!r}")
    if action not in MAY_HAVE_TARGET and target is not None:
        raise ValueError(f"{action!r} acts on no purchase-order line, found target {target!r}")
    if generation < 0:
        raise ValueError(f"generation must be zero or more, found {generation!r}")
    # A JSON list keeps ("A", "BC") and ("AB", "C") apart, which joined text would not.
    key = json.dumps([action, sku_id, destination_id, target, generation], ensure_ascii=False)
    return f"{PREFIXES[action]}-{hashlib.sha256(key.encode()).hexdigest()[:20]}"
