"""What the plan would pick, ship or tell others, as JSON: shown, approved, rejected, brought back."""

from __future__ import annotations

from starlette.responses import Response

from feedback.at_once import approvals_at_once, rejections_at_once, reopenings_at_once
from feedback.identity import Need
from feedback.states import Event
from planner import deciding
from planner.web.guard import Call, Denied
from planner.web.worklist_api import whole

LARGEST_PAGE = 500
MOST_NAMES = 10_000


def kinds(call: Call) -> Response:
    """Every kind of decision besides the worklist's, how much there is of it and how much waits."""
    return call.answer({"kinds": call.place.proposals().kinds(), "publication_id": _publication(call)})


def show(call: Call) -> Response:
    """Some proposals of one `action`: `start`, `end`, `search`."""
    words, proposals = call.request.query_params, call.place.proposals()
    action, start, end = words.get("action", ""), whole(words.get("start", "0")), whole(words.get("end", "100"))
    if not 0 <= start <= end or end - start > LARGEST_PAGE:
        raise ValueError(f"a page is of at most {LARGEST_PAGE} lines, found {start} to {end}")
    found = proposals.found(action, words.get("search", ""), call.hidden)
    rows = proposals.rows(action, found[start:end])
    return call.answer({"rows": rows, "count": len(found), "publication_id": _publication(call)})


def approve(call: Call) -> Response:
    """Sign one proposal."""
    if len(_names(call)) != 1:
        raise ValueError("name one proposal; many at once are for approvers")
    return _approve(call)


def approve_many(call: Call) -> Response:
    """Sign these proposals, all or none."""
    return _approve(call)


def reject(call: Call) -> Response:
    """Tell nobody; the same row stays rejected in later plans until it is brought back."""
    why = deciding.rejection(str(call.body.get("reason") or ""), str(call.body.get("note") or "")[:2000])
    known = call.place.tenant.journal.known
    return _record(call, rejections_at_once(known, _needs(call), call.person.name, why, call.desk.now()))


def reopen(call: Call) -> Response:
    """Bring back what was rejected."""
    known = call.place.tenant.journal.known
    return _record(call, reopenings_at_once(known, _needs(call), call.person.name, call.desk.now()))


def _approve(call: Call) -> Response:
    journal, limits = call.place.tenant.journal, deciding.limits_of(call.place.snapshot())
    role = call.person.signs_as(call.tenant_id)
    events = approvals_at_once(journal.known, _needs(call), call.person.name, role, limits, call.desk.now())
    return _record(call, events)


def _record(call: Call, events: list[Event]) -> Response:
    if events:
        call.place.tenant.journal.record(events)
    return call.answer({"decided": len({event.suggestion_id for event in events})})


def _needs(call: Call) -> list[Need]:
    proposals, action = call.place.proposals(), str(call.body.get("action") or "")
    if call.body.get("publication_id") != proposals.snapshot.published.publication_id:
        raise Denied(409, "another plan was published since; look at it again")
    if not proposals.is_somewhere(action):
        call.need_every_row()
    return proposals.named(action, _names(call))


def _names(call: Call) -> list[str]:
    names = call.body.get("names")
    if not isinstance(names, list) or not 1 <= len(names) <= MOST_NAMES:
        raise ValueError(f"names is a list of 1 to {MOST_NAMES} proposals")
    return [str(name) for name in names]


def _publication(call: Call) -> str:
    return call.place.snapshot().published.publication_id
