"""Decisions, as JSON: each names what was seen; the answer says where the suggestions stand now."""

from __future__ import annotations

import hashlib

from starlette.responses import Response

from planner import deciding
from planner.deciding import Seen
from planner.web.guard import Call, Denied
from planner.web.worklist_api import quantity_of, query_of
from planner.worklist.other_actions import WHOLE

MOST_AT_ONCE = 100_000


def approve(call: Call) -> Response:
    """Sign one suggestion as it was seen."""
    seen = _seen(call)
    limits = deciding.limits_of(call.place.snapshot())
    deciding.approve(_journal(call), limits, seen, call.person.name, _role(call), call.desk.now())
    return _now(call, [seen.suggestion_id])


def edit(call: Call) -> Response:
    """Put another quantity in the place of the plan's: for good, once or until a day, as `until` says."""
    seen, quantity = _seen(call), quantity_of(call.body.get("new_quantity"))
    line = call.place.lines().line(seen.suggestion_id)
    if line and line["action"] in WHOLE:
        raise ValueError(f"to {line['action']} takes no other quantity; approve it, or reject it with a reason")
    until = deciding.holds_until(str(call.body.get("until") or ""), call.place.snapshot().today)
    deciding.edit(_journal(call), seen, quantity, *_reason(call), until, call.person.name, call.desk.now())
    return _now(call, [seen.suggestion_id])


def reject(call: Call) -> Response:
    """Order nothing."""
    seen = _seen(call)
    deciding.reject(_journal(call), seen, *_reason(call), call.person.name, call.desk.now())
    return _now(call, [seen.suggestion_id])


def snooze(call: Call) -> Response:
    """Put off until a day or an event."""
    seen = _seen(call)
    today = call.place.snapshot().today
    deciding.snooze(_journal(call), seen, str(call.body.get("until") or ""), today, call.person.name, call.desk.now())
    return _now(call, [seen.suggestion_id])


def reopen(call: Call) -> Response:
    """Bring back what was snoozed or rejected."""
    seen = _seen(call)
    deciding.reopen(_journal(call), seen, call.person.name, call.desk.now())
    return _now(call, [seen.suggestion_id])


def undo(call: Call) -> Response:
    """Take back approvals."""
    names = _names(call)
    told = deciding.undo(_journal(call), names, call.person.name, call.desk.now(), str(call.body.get("reason") or ""))
    return call.answer({"told": told} | _standing(call, names))


def total(call: Call) -> Response:
    """What approving a view, or what is selected, would come to; the answer's `seal` is said with the approval."""
    names = _chosen(call)
    limits = deciding.limits_of(call.place.snapshot())
    found = deciding.total_of(_journal(call), limits, names, _role(call))
    return call.answer(
        {
            "lines": found.lines, "actions": found.actions, "amounts": found.amounts, "priceless": found.priceless,
            "second_signature": found.second_signature, "seal": _seal(call, names),
        }
    )  # fmt: skip


def approve_many(call: Call) -> Response:
    """Sign a view, or what is selected, if it is still what the total was shown for."""
    names = _chosen(call)
    if call.body.get("seal") != _seal(call, names):
        raise Denied(409, "something changed since the total was shown; look at it again")
    if names:
        versions = [version for _, version, _ in call.place.lines().standing(names)]
        limits = deciding.limits_of(call.place.snapshot())
        deciding.approve_many(
            _journal(call), limits, names, versions, call.person.name, _role(call), call.desk.now()
        )  # fmt: skip
    return call.answer({"approved": names} | _standing(call, names[:1]))


def _seen(call: Call) -> Seen:
    seen = Seen.read(call.body)
    _theirs(call, [seen.suggestion_id])
    return seen


def _theirs(call: Call, names: list[str]) -> None:
    """Refuse who decides on a line that they may not see."""
    if call.places is not None:
        call.place.lines().lines(names)


def _journal(call: Call):
    return call.place.tenant.journal


def _role(call: Call) -> str:
    return call.person.signs_as(call.tenant_id)


def _reason(call: Call) -> tuple[str, str]:
    return str(call.body.get("reason") or ""), str(call.body.get("note") or "")[:2000]


def _names(call: Call) -> list[str]:
    names = call.body.get("suggestion_ids")
    if not isinstance(names, list) or not names or len(names) > MOST_AT_ONCE:
        raise ValueError(f"suggestion_ids is a list of 1 to {MOST_AT_ONCE} ids")
    names = [str(name) for name in names]
    _theirs(call, names)
    return names


def _chosen(call: Call) -> list[str]:
    """What is selected, else every suggestion of the view that can be decided on."""
    if call.body.get("suggestion_ids") is not None:
        return _names(call)
    query = call.body.get("query")
    if not isinstance(query, dict):
        raise ValueError("name suggestion_ids, or the query of a view")
    return call.place.lines().ids(query_of(call, query))


def _seal(call: Call, names: list[str]) -> str:
    """Of which suggestions in which versions a total was shown."""
    told = hashlib.sha256()
    for name, version, quantity in call.place.lines().standing(names):
        told.update(f"{name} {version} {quantity}\n".encode())
    return told.hexdigest()


def _now(call: Call, names: list[str]) -> Response:
    return call.answer(_standing(call, names))


def _standing(call: Call, names: list[str]) -> dict[str, object]:
    return {"lines": call.place.lines().lines(names)}
