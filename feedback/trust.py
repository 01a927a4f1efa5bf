"""Which classes of decisions may be approved without a person: earned by score, capped, revocable, and journaled."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import sqrt
from statistics import fmean, stdev

from feedback.approval import Brakes, Limits, amount
from feedback.journal import Journal
from feedback.scoring import class_of
from feedback.states import ZERO, Event, RefusedError, State

# One-sided 95 % of the normal distribution.
CONFIDENT = 1.645
ACTOR = "auto-approval"


@dataclass(frozen=True)
class Earning:
    """What earns a class its freedom.

    Parameters
    ----------
    scored
        Least number of decisions that were scored. Default 30.
    recent
        Only so many of the last ones count. Default 200.
    edits
        Most that planners' edits may have earned, as a share of what the system's numbers earned. Default 0.02.
    """

    scored: int = 30
    recent: int = 200
    edits: Decimal = Decimal("0.02")


@dataclass(frozen=True)
class Record:
    """How one class did: money that each of its scored decisions earned by the system's number and by the edit."""

    name: str
    system: tuple[Decimal, ...]
    edits: tuple[Decimal, ...]

    def missing(self, earning: Earning) -> str | None:
        """Why it has not earned to be approved without a person; None if it has.

        The system's numbers must have earned money beyond chance (the lower 95 % bound of their mean is above
        nought), and people's edits next to nothing on top.
        """
        if len(self.system) < earning.scored:
            return f"{len(self.system)} decisions were scored, fewer than {earning.scored}"
        earned = [float(value) for value in self.system]
        bound = fmean(earned) - CONFIDENT * stdev(earned) / sqrt(len(earned))
        if bound <= 0:
            return f"the system's numbers earned {fmean(earned):.2f} each, which may be chance ({bound:.2f} at worst)"
        total, edited = sum(self.system, ZERO), sum(self.edits, ZERO)
        if edited > total * earning.edits:
            return f"people's edits earned {edited} on top of {total}, more than {earning.edits:%}"
        return None


@dataclass(frozen=True)
class Grant:
    """A class that is approved without a person, up to `cap` money per suggestion, as one signature of `role`.

    `version` is the setting's.
    """

    name: str
    cap: Decimal
    version: int
    role: str


def scored(journal: Journal) -> set[str]:
    """Suggestions that have a score."""
    return {str(event["subject"]) for event in journal.events(kind="score")}


def subject(name: str) -> str:
    """The journal's name of the policy for a class."""
    return f"auto_approval {name}"


def records(journal: Journal, earning: Earning) -> dict[str, Record]:
    """How each class did, by its last scores; a decision that was scored again counts by its last score."""
    last: dict[str, Mapping[str, object]] = {}
    for event in journal.events(kind="score"):
        last.pop(str(event["subject"]), None)
        last[str(event["subject"])] = json.loads(str(event["payload"]))
    by_class: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for payload in last.values():
        by_class[str(payload["class"])].append(payload)
    return {
        name: Record(
            name,
            tuple(Decimal(str(payload["system_earned"])) for payload in payloads[-earning.recent :]),
            tuple(Decimal(str(payload["edit_earned"])) for payload in payloads[-earning.recent :]),
        )
        for name, payloads in sorted(by_class.items())
    }


def grants(journal: Journal) -> dict[str, Grant]:
    """The classes that are approved without a person now."""
    found = {}
    for name, (version, payload) in journal.settings("policy_change").items():
        value = payload.get("value")
        if name.startswith(subject("")) and isinstance(value, Mapping) and value.get("cap") is not None:
            of = name.removeprefix(subject(""))
            found[of] = Grant(of, Decimal(str(value["cap"])), version, str(value.get("role", "")))
    return found


def grant(
    journal: Journal,
    name: str,
    cap: Decimal,
    actor: str,
    role: str,
    at: datetime,
    reason: str,
    earning: Earning,
    limits: Limits,
) -> None:
    """Let a class be approved without a person, up to `cap` money per suggestion, as `role` would sign it.

    Raises
    ------
    RefusedError
        If it has not earned it, the cap is no amount above nought, or more than the role may sign alone.
    """
    record = records(journal, earning).get(name, Record(name, (), ()))
    if missing := record.missing(earning):
        raise RefusedError(f"{name} has not earned to be approved without a person: {missing}")
    if not cap.is_finite() or cap <= 0:
        raise RefusedError(f"{name}: the cap must be an amount above nought, found {cap}")
    alone = limits.of(role, name.partition(" ")[0])
    if alone is not None and cap > alone.amount:
        raise RefusedError(f"{name}: {role!r} signs {alone.amount} alone and cannot give away {cap}")
    _change(journal, name, {"cap": cap, "role": role}, actor, at, reason)


def revoke(journal: Journal, name: str, actor: str, at: datetime, reason: str) -> None:
    """Have a person approve this class again.

    Raises
    ------
    RefusedError
        If it is not granted.
    """
    if name not in grants(journal):
        raise RefusedError(f"{name} is approved by people already; granted are {sorted(grants(journal)) or 'none'}")
    _change(journal, name, {"cap": None}, actor, at, reason)


def approve_by_trust(
    journal: Journal, brakes: Brakes, usual: Mapping[str, Decimal], at: datetime, earning: Earning, limits: Limits
) -> tuple[list[str], list[str]]:
    """Approve what granted classes propose; returns the ids that were approved, and why others were not.

    A class whose record no longer earns it is revoked first. A suggestion that a person changed, that has no price, is
    above its class's cap or needs two signatures waits for a person. If the brakes are tripped, everything does.
    """
    told = _revoke_fallen(journal, at, earning)
    granted = grants(journal)
    mine = [state for state in journal.states({"proposed"}) if class_of(state) in granted]
    within = [state for state in mine if _within(state, granted[class_of(state)], limits)]
    if len(within) < len(mine):
        above = len(mine) - len(within)
        told.append(f"{above} suggestions are above their class's cap, need two signatures or have no price")
    if tripped := brakes.tripped(within, usual):
        return [], told + tripped
    approved = []
    for state in within:
        payload = {"quantity": state.quantity, "needed": 1, "role": granted[class_of(state)].role}
        try:
            journal.record([Event("approve", state.suggestion_id, ACTOR, at, payload, state.version)])
            approved.append(state.suggestion_id)
        except RefusedError as reason:
            told.append(str(reason))
    return approved, told


def _within(state: State, of: Grant, limits: Limits) -> bool:
    worth = amount(state)
    if worth is None or worth > of.cap:
        return False
    try:
        return limits.needed(state, of.role) == 1
    except RefusedError:  # the role may no longer sign it at all
        return False


def _revoke_fallen(journal: Journal, at: datetime, earning: Earning) -> list[str]:
    found, told = records(journal, earning), []
    for name in sorted(grants(journal)):
        if missing := found.get(name, Record(name, (), ())).missing(earning):
            revoke(journal, name, ACTOR, at, missing)
            told.append(f"{name} is approved by people again: {missing}")
    return told


def _change(journal: Journal, name: str, value: Mapping[str, object], actor: str, at: datetime, reason: str) -> None:
    journal.decide("policy_change", subject(name), {"value": value, "reason": reason}, actor, at)
