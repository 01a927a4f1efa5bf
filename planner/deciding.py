"""Decisions of people, one or many, on what they saw; the journal checks each and writes all or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from feedback.approval import Limits, amount
from feedback.journal import Journal
from feedback.journal.rows import states_of
from feedback.states import ZERO, Event, RefusedError, State
from feedback.undo import Undone
from feedback.undo import undo as take_back
from planner.snapshot import Snapshot

# Reasons a person chooses from; what they add is free text.
REASONS = (
    "forecast_too_high", "forecast_too_low", "promotion_known", "supplier_problem", "budget", "space", "stock_is_wrong",
    "end_of_life", "other",
)  # fmt: skip
# All of its columns: a publication of an older version has fewer.
LIMITS = "select * from approval_limit"


@dataclass(frozen=True)
class Seen:
    """What a person had on the screen when they decided."""

    suggestion_id: str
    version: int
    quantity: Decimal

    @classmethod
    def read(cls, words: object) -> Seen:
        """From the body of a request.

        Raises
        ------
        ValueError
            If an entry is missing or strange.
        """
        try:
            version, quantity = int(words["version"]), Decimal(str(words["quantity"]))
            name = str(words["suggestion_id"])
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise ValueError("a decision names suggestion_id, version and quantity as they were shown") from error
        if not quantity.is_finite():
            raise ValueError(f"a quantity is a number, found {quantity}")
        return cls(name, version, quantity)


@dataclass(frozen=True)
class Total:
    """What a bulk approval comes to, and of each action.

    Money is by currency; `priceless` have none. It is what is decided on: of what is cleared, its price.
    """

    lines: int
    actions: dict[str, dict[str, object]]
    amounts: dict[str, Decimal]
    priceless: int
    second_signature: int


def limits_of(snapshot: Snapshot) -> Limits:
    """Who signs how much alone, as the publication's policy says.

    Raises
    ------
    RefusedError
        If the publication was made before limits were published: nobody can say who signs what.
    """
    if "approval_limit" not in snapshot.published.marts:
        raise RefusedError("this publication has no limits of approval; run the loop once with this version")
    return Limits.of_policy(snapshot.rows(LIMITS), snapshot.today)


def approve(journal: Journal, limits: Limits, seen: Seen, actor: str, role: str, at: datetime) -> None:
    """Sign one suggestion at the quantity that was seen.

    Raises
    ------
    StaleError
        If it is another version by now; it holds both values.
    RefusedError
        If the role may not, or it cannot be approved as it stands.
    """
    needed = limits.needed(_known(journal, seen.suggestion_id), role)
    payload = {"quantity": seen.quantity, "needed": needed, "role": role}
    journal.record([Event("approve", seen.suggestion_id, actor, at, payload, seen.version)])


def total_of(journal: Journal, limits: Limits, names: Sequence[str], role: str) -> Total:
    """What approving these would come to, as they stand now."""
    amounts: dict[str, Decimal] = {}
    actions: dict[str, dict[str, object]] = {}
    priceless = second = 0
    for state in _states(journal, names):
        worth = amount(state)
        currency = str(state.facts.get("currency") or "")
        of_action = actions.setdefault(state.key[0], {"lines": 0, "amounts": {}})
        of_action["lines"] += 1
        if worth is None:
            priceless += 1
        else:
            for sums in (amounts, of_action["amounts"]):
                sums[currency] = sums.get(currency, ZERO) + worth
        second += limits.needed(state, role) > 1
    return Total(len(names), actions, amounts, priceless, second)


def approve_many(
    journal: Journal, limits: Limits, names: Sequence[str], versions: Sequence[int], actor: str, role: str, at: datetime
) -> None:
    """Sign all of these at the versions given, or none.

    Raises
    ------
    StaleError, RefusedError
        As `approve`, for the first that does not fit.
    """
    states = _states(journal, names)
    journal.record(
        [
            Event(
                "approve", state.suggestion_id, actor, at,
                {"quantity": state.quantity, "needed": limits.needed(state, role), "role": role, "bulk": len(names)},
                version,
            )
            for state, version in zip(states, versions, strict=True)
        ]
    )  # fmt: skip


def edit(
    journal: Journal,
    seen: Seen,
    quantity: Decimal,
    reason: str,
    note: str,
    until: date | None,
    actor: str,
    at: datetime,
) -> None:
    """Put another quantity in the place of the plan's: until a plan of the day `until`, for good without one."""
    payload = {"quantity": quantity, "reason": told_reason(reason, note), "reason_code": reason}
    if until is not None:
        payload["until"] = until.isoformat()
    journal.record([Event("edit", seen.suggestion_id, actor, at, payload, seen.version)])


def holds_until(said: str, today: date) -> date | None:
    """The day of the first plan that an edit no longer binds: none for good, tomorrow for this time only.

    Parameters
    ----------
    said
        ``""``, ``once`` or a day after `today`.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if said in ("", "once"):
        return today + timedelta(days=1) if said else None
    try:
        day = date.fromisoformat(said)
    except ValueError:
        day = today
    if day <= today:
        raise ValueError(f"an edit holds for good, once, or until a day after {today}, found {said!r}")
    return day


def reject(journal: Journal, seen: Seen, reason: str, note: str, actor: str, at: datetime) -> None:
    """Order nothing; the suggestion keeps its id and says so."""
    why = rejection(reason, note)
    journal.record([Event("reject", seen.suggestion_id, actor, at, why, seen.version)])


def rejection(reason: str, note: str) -> dict[str, str]:
    """What a rejection says: in words, and by which of the reasons on offer."""
    return {"reason": told_reason(reason, note), "reason_code": reason}


def snooze(journal: Journal, seen: Seen, until: str, today: date, actor: str, at: datetime) -> None:
    """Put off until a day after today, or until something happens that `until` names.

    Raises
    ------
    ValueError
        If the day is today or past.
    """
    try:
        day = date.fromisoformat(until)
    except ValueError:
        day = None
    if day is not None and day <= today:
        raise ValueError(f"a snooze ends on a day after {today}, found {day}")
    journal.record([Event("snooze", seen.suggestion_id, actor, at, {"until": until}, seen.version)])


def reopen(journal: Journal, seen: Seen, actor: str, at: datetime) -> None:
    """Bring back what was snoozed or rejected."""
    journal.record([Event("reopen", seen.suggestion_id, actor, at, {"why": "a planner took it up"}, seen.version)])


def undo(journal: Journal, names: Sequence[str], actor: str, at: datetime, reason: str) -> dict[str, Undone | str]:
    """Take back approvals; what has not left goes back in one piece, what was sent is recalled one by one.

    Returns what became of each: withdrawn, asked, recalled, or why it stays as it is.
    """
    states = {state.suggestion_id: state for state in _states(journal, names)}
    unsent = [state for state in states.values() if state.status == "approved"]
    told: dict[str, Undone | str] = {}
    try:
        if len(unsent) > 1:
            payload = {"reason": reason}
            journal.record([Event("withdraw", each.suggestion_id, actor, at, payload, each.version) for each in unsent])
            told = {state.suggestion_id: "withdrawn" for state in unsent}
    except RefusedError:
        # One of them is on its way: each by itself then.
        told = {}
    for name in states.keys() - told.keys():
        try:
            told[name] = take_back(journal, name, actor, at, reason)
        except RefusedError as why:
            told[name] = str(why)
    return told


def told_reason(reason: str, note: str) -> str:
    """Code and words of a reason as the journal keeps them.

    Raises
    ------
    ValueError
        If the code is unknown, or it is `other` without words.
    """
    if reason not in REASONS:
        raise ValueError(f"reason {reason!r} is unknown; there are {', '.join(REASONS)}")
    if reason == "other" and not note.strip():
        raise ValueError("reason 'other' needs words of your own")
    return f"{reason}: {note.strip()}" if note.strip() else reason


def _known(journal: Journal, name: str) -> State:
    state = journal.state(name)
    if state is None:
        raise RefusedError(f"{name} is unknown to the journal; was the plan taken?")
    return state


def _states(journal: Journal, names: Sequence[str]) -> list[State]:
    with journal.store.connect() as connection:
        found = states_of(connection, names)
    unknown = [name for name in names if name not in found]
    if unknown:
        raise RefusedError(f"{unknown[0]} is unknown to the journal; was the plan taken?")
    return [found[name] for name in names]
