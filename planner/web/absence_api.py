"""Who acts in one's place while one is away, as JSON."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from planner.web.guard import Call, Denied


def deputies(call: Call) -> Response:
    """Absences of one's own, and of those one stands in for."""
    return call.answer_as_is({"deputies": call.desk.deputies.of(call.person.name, call.tenant_id)})


def name(call: Call) -> Response:
    """Let somebody of this workspace act in one's place, from a day to a day."""
    _in_person(call)
    deputy, (first, last) = str(call.body.get("deputy") or ""), (_day(call, key) for key in ("first_day", "last_day"))
    call.desk.deputies.name(call.person.name, deputy, call.tenant_id, first, last, call.place.tenant.zone)
    call.desk.deeds.note(call.person.name, call.tenant_id, "name_deputy", f"{deputy} {first} {last}", "")
    return deputies(call)


def end(call: Call) -> Response:
    """Back again: nobody acts in one's place from now on."""
    _in_person(call)
    deputy = str(call.body.get("deputy") or "")
    call.desk.deputies.end(call.person.name, deputy, call.tenant_id)
    call.desk.deeds.note(call.person.name, call.tenant_id, "end_deputy", deputy, "")
    return deputies(call)


def _in_person(call: Call) -> None:
    if call.session.by_token:
        raise Denied(403, "a token names no deputies; sign in")


def _day(call: Call, key: str) -> date:
    try:
        return date.fromisoformat(str(call.body.get(key) or ""))
    except ValueError as error:
        raise ValueError(f"{key} is a day such as 2026-11-30, found {call.body.get(key)!r}") from error
