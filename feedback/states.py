"""State of a suggestion, folded from its events; pure, so a decision is tried before it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)

# A person or the next plan may still change it.
OPEN = frozenset({"proposed", "edited", "countersign", "endorsed", "snoozed", "rejected"})
# The need went away or another suggestion answers it; the same need later takes the id up again.
GONE = frozenset({"superseded", "closed"})
# A person's number may stand on it in the place of the plan's.
EDITABLE = frozenset({"edited", "countersign", "endorsed", "snoozed"})
# Approved once: the body is frozen, and what is left of it comes as supply.
IN_FLIGHT = frozenset({"approved", "exported", "acknowledged", "seen", "recalled"})
# Frozen as well, with nothing more to come unless a late answer or sighting says so.
SETTLED = frozenset({"received", "scored", "refused", "expired", "undone"})
FROZEN = IN_FLIGHT | SETTLED

# What these say is said once it has arrived: no goods come of it and no export shows it.
TOLD = frozenset({"outlook", "promote", "guard", "fence", "count", "adopt", "stage"})


class RefusedError(ValueError):
    """An event does not fit the state of its suggestion; the message says what is, and what to do."""


class StaleError(RefusedError):
    """A decision rests on a version that is no longer the last; it carries both values."""

    def __init__(self, state: State, version: int, quantity: Decimal | None) -> None:
        self.state, self.version, self.quantity = state, version, quantity
        super().__init__(
            f"{state.suggestion_id}: decided on version {version} with quantity {_text(quantity)}, but version "
            f"{state.version} is {state.status} with quantity {_text(state.quantity)}; look again and decide anew"
        )


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one suggestion.

    `payload` holds text, whole numbers, booleans, lists and mappings only; quantities are texts of decimals.
    `version` is the version that whoever decided had seen; None for what no person decided.
    """

    kind: str
    suggestion_id: str
    actor: str
    at: datetime
    payload: Mapping[str, object] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one suggestion after `version` events. Quantities are base units."""

    suggestion_id: str
    action: str
    sku_id: str
    destination_id: str
    target: str | None
    generation: int
    status: str
    version: int
    planned: Decimal
    due: date | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    edited: Decimal | None = None
    approved: Decimal = ZERO
    accepted: Decimal | None = None
    seen: Decimal = ZERO
    received: Decimal = ZERO
    approvers: tuple[str, ...] = ()
    disputed: bool = False
    until: str | None = None
    edited_until: str | None = None
    changed_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str, str | None]:
        return self.action, self.sku_id, self.destination_id, self.target

    @property
    def quantity(self) -> Decimal:
        """What stands: the approved quantity once frozen, else a planner's edit, else the plan's number."""
        if self.status in FROZEN:
            return self.approved
        return self.planned if self.edited is None else self.edited

    @property
    def in_flight(self) -> Decimal:
        """Base units that were approved and that no export has shown yet: they count as supply."""
        if self.status not in IN_FLIGHT:
            return ZERO
        promised = self.approved if self.accepted is None else self.accepted
        return max(ZERO, promised - self.seen)


def apply(state: State | None, event: Event) -> State:
    """The state after `event`; `state` is None before the first one.

    Raises
    ------
    StaleError
        If the event was decided on another version.
    RefusedError
        If the event is unknown, does not fit the status, or lacks what it needs.
    """
    if event.kind not in _EVENTS:
        raise RefusedError(f"{event.suggestion_id}: unknown event {event.kind!r}; known are {sorted(_EVENTS)}")
    statuses, change = _EVENTS[event.kind]
    if state is None:
        if event.kind != "propose":
            raise RefusedError(f"{event.suggestion_id} is unknown, so it cannot {event.kind}; was the plan taken?")
        state = _first(event)
    elif event.version is not None and event.version != state.version:
        raise StaleError(state, event.version, _optional(event.payload.get("quantity")))
    elif state.status not in statuses:
        raise RefusedError(
            f"{state.suggestion_id} is {state.status}, so it cannot {event.kind}; "
            f"that needs one of {', '.join(sorted(statuses))}"
        )
    after = change(state, event)
    return replace(after, version=state.version + 1, changed_at=event.at)


def about_recall(answer: Event) -> Event:
    """What an answer to a recall says of the suggestion: it was stopped, or it stands.

    Raises
    ------
    RefusedError
        If it says neither: a recall is of the whole.
    """
    accepted = answer.payload.get("accepted")
    if accepted is None:
        return replace(answer, kind="noted")
    if accepted != "all" and _quantity(answer, "accepted") != 0:
        raise RefusedError(f"{answer.suggestion_id}: a recall is stopped as a whole or not, found {accepted!r} of it")
    return replace(answer, kind="stop" if accepted == "all" else "stand")


def _first(event: Event) -> State:
    key = event.payload
    return State(
        event.suggestion_id, str(key["action"]), str(key["sku_id"]), str(key["destination_id"]),
        None if key.get("target") is None else str(key["target"]), int(str(key.get("generation", 0))),
        "closed", 0, ZERO,
    )  # fmt: skip


# ---------- what a plan says


def _plan(state: State, event: Event, **changes: object) -> State:
    due = event.payload.get("due")
    return replace(
        state,
        planned=_quantity(event, "quantity"),
        due=None if due is None else date.fromisoformat(str(due)),
        facts=event.payload.get("facts", {}),
        **changes,
    )


def _propose(state: State, event: Event) -> State:
    return _plan(state, event, status="proposed", edited=None, edited_until=None, approvers=(), until=None)


def _revise(state: State, event: Event) -> State:
    # A signature was given to another number: it is asked for again. An edit outlives the plan's revision.
    if state.status in ("countersign", "endorsed"):
        return _plan(state, event, status="proposed" if state.edited is None else "edited", approvers=())
    return _plan(state, event)


def _gone(status: str) -> Callable[[State, Event], State]:
    return lambda state, event: replace(state, status=status, edited=None, edited_until=None, approvers=(), until=None)


# ---------- what people decide


def _approve(state: State, event: Event) -> State:
    asked = _quantity(event, "quantity")
    if asked != state.quantity:
        raise StaleError(state, state.version if event.version is None else event.version, asked)
    if asked <= 0 and state.action in ("buy", "transfer", "clear"):
        raise RefusedError(f"{state.suggestion_id}: a quantity of {_text(asked)} cannot be approved; reject it instead")
    signed = () if state.status == "endorsed" else state.approvers
    if event.actor in signed:
        raise RefusedError(f"{state.suggestion_id}: {event.actor} has approved it already; a second person must")
    approvers = (*signed, event.actor)
    if len(approvers) < int(str(event.payload.get("needed", 1))):
        return replace(state, status="countersign", approvers=approvers)
    if event.payload.get("shadow"):
        # Nothing is sent and nothing will come: the need stays open until somebody else orders.
        return replace(state, status="endorsed", approvers=approvers)
    return replace(state, status="approved", approvers=approvers, approved=asked, accepted=None)


def _edit(state: State, event: Event) -> State:
    _reason(event)
    edited = _quantity(event, "quantity")
    if edited < 0:
        raise RefusedError(f"{state.suggestion_id}: quantity {_text(edited)} is below nought")
    holds_until = event.payload.get("until")
    if holds_until is not None:
        try:
            date.fromisoformat(str(holds_until))
        except ValueError as fault:
            raise RefusedError(f"{state.suggestion_id}: an edit holds until a day, found {holds_until!r}") from fault
    until = None if holds_until is None else str(holds_until)
    return replace(state, status="edited", edited=edited, edited_until=until, approvers=(), until=None)


def _lapse(state: State, event: Event) -> State:
    """The day of an edit came: the plan's number stands again, and a signature given to the other is asked for anew."""
    if state.edited_until is None:
        raise RefusedError(f"{state.suggestion_id}: no edit of it ends on a day")
    status = "snoozed" if state.status == "snoozed" else "proposed"
    return replace(state, status=status, edited=None, edited_until=None, approvers=())


def _reject(state: State, event: Event) -> State:
    _reason(event)
    return replace(state, status="rejected", edited=None, edited_until=None, approvers=(), until=None)


def _snooze(state: State, event: Event) -> State:
    until = event.payload.get("until")
    if not until:
        raise RefusedError(f"{state.suggestion_id}: a snooze needs a date or an event in 'until'")
    return replace(state, status="snoozed", approvers=(), until=str(until))


def _reopen(state: State, event: Event) -> State:
    return replace(state, status="proposed" if state.edited is None else "edited", until=None)


def _withdraw(state: State, event: Event) -> State:
    return replace(state, status="proposed" if state.edited is None else "edited", approved=ZERO, approvers=())


def _resolve(state: State, event: Event) -> State:
    _reason(event)
    accepted = _quantity(event, "accepted")
    return replace(state, accepted=accepted, disputed=False, status="acknowledged" if accepted > 0 else "refused")


# ---------- what became of it


def _export(state: State, event: Event) -> State:
    # Who was told has what there is to have.
    return replace(state, status="received" if state.action in TOLD else "exported")


def _acknowledge(state: State, event: Event) -> State:
    """One answer of the receiver; answers that contradict each other count the larger until a person resolves it."""
    state = replace(state, disputed=state.disputed or bool(event.payload.get("disputed")))
    if event.payload.get("accepted") is None:
        # "Seen before" says that it was taken, not how much of it.
        return state if state.accepted is not None else replace(state, status=_answered(state))
    accepted = state.approved if event.payload["accepted"] == "all" else _quantity(event, "accepted")
    if accepted < 0:
        raise RefusedError(f"{state.suggestion_id}: the receiver accepted {_text(accepted)}, below nought")
    disputed = state.disputed or accepted > state.approved or (state.accepted not in (None, accepted))
    accepted = min(max(accepted, state.accepted or ZERO), state.approved)
    after = replace(state, accepted=accepted, disputed=disputed)
    # All of a cancellation is nought.
    is_taken = accepted > 0 or event.payload["accepted"] == "all"
    return replace(after, status=_answered(state) if is_taken else "refused")


def _answered(state: State) -> str:
    return state.status if state.status in ("seen", "received", "scored", "recalled", "undone") else "acknowledged"


def _see(state: State, event: Event) -> State:
    """`seen` is the total over all exports so far; it never falls, since a need that grows again is planned anew."""
    status = state.status if state.status in ("received", "scored", "recalled", "undone") else "seen"
    return replace(state, status=status, seen=max(state.seen, _quantity(event, "seen")))


def _receive(state: State, event: Event) -> State:
    received = max(state.received, _quantity(event, "received"))
    done = "received" if event.payload.get("complete") else "seen"
    status = state.status if state.status in ("scored", "recalled", "undone") else done
    return replace(state, received=received, status=status, seen=max(state.seen, received))


def _expire(state: State, event: Event) -> State:
    return replace(state, status="expired")


def _recall(state: State, event: Event) -> State:
    _reason(event)
    return replace(state, status="recalled")


def _stop(state: State, event: Event) -> State:
    """The receiver stopped it: only now does it no longer count as supply. What was settled meanwhile stays so."""
    return replace(state, status="undone") if state.status == "recalled" else state


def _stand(state: State, event: Event) -> State:
    """The receiver could not stop it any more: it is what it was."""
    if state.status != "recalled":
        return state
    answered = "exported" if state.accepted is None else "acknowledged"
    return replace(state, status="seen" if state.seen > 0 else answered)


def _noted(state: State, event: Event) -> State:
    """An answer that says nothing new."""
    return state


def _score(state: State, event: Event) -> State:
    return replace(state, status="scored") if state.status == "received" else state


_EVENTS: Mapping[str, tuple[frozenset[str], Callable[[State, Event], State]]] = {
    "propose": (GONE, _propose),
    "revise": (OPEN, _revise),
    "close": (OPEN, _gone("closed")),
    "supersede": (OPEN, _gone("superseded")),
    "approve": (frozenset({"proposed", "edited", "countersign", "endorsed"}), _approve),
    "edit": (frozenset({"proposed", "edited", "countersign", "endorsed", "snoozed"}), _edit),
    "lapse": (EDITABLE, _lapse),
    "reject": (frozenset({"proposed", "edited", "countersign", "endorsed", "snoozed"}), _reject),
    "snooze": (frozenset({"proposed", "edited", "countersign", "endorsed"}), _snooze),
    "reopen": (frozenset({"snoozed", "rejected"}), _reopen),
    "withdraw": (frozenset({"approved"}), _withdraw),
    "export": (frozenset({"approved"}), _export),
    # An answer may overtake the note that it was sent, and may come after its suggestion was given up.
    "acknowledge": (FROZEN, _acknowledge),
    "resolve": (frozenset({"acknowledged", "refused"}), _resolve),
    "see": (FROZEN, _see),
    "receive": (FROZEN, _receive),
    "expire": (IN_FLIGHT - {"approved"}, _expire),
    "recall": (frozenset({"exported", "acknowledged", "seen"}), _recall),
    # The answer to a recall may come after the first message was refused, or its goods were given up or received.
    "stop": (FROZEN - {"approved"}, _stop),
    "stand": (FROZEN - {"approved"}, _stand),
    "noted": (FROZEN, _noted),
    "score": (OPEN | GONE | FROZEN, _score),
}
KINDS = frozenset(_EVENTS)


def _quantity(event: Event, name: str) -> Decimal:
    value = event.payload.get(name)
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        found = Decimal("NaN")
    if not isinstance(value, str | Decimal | int) or isinstance(value, bool) or not found.is_finite():
        raise RefusedError(f"{event.suggestion_id}: {event.kind} needs '{name}', a decimal as text, found {value!r}")
    return found


def _optional(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _reason(event: Event) -> None:
    if not str(event.payload.get("reason") or "").strip():
        raise RefusedError(f"{event.suggestion_id}: to {event.kind} needs a reason")


def _text(quantity: Decimal | None) -> str:
    return "none" if quantity is None else f"{quantity.normalize() + 0:f}"
