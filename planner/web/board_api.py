"""Boards, the audit page and analysts' questions, as JSON."""

from __future__ import annotations

from itertools import islice

from starlette.responses import Response

from feedback.journal.audit import verify
from feedback.sending.stop import go, stop
from planner.access.hiding import is_hidden
from planner.asking import AskError
from planner.boards import BOARDS, board
from planner.web.guard import Call, Denied
from planner.within import events_within

LAST_EVENTS = 300
LONGEST_QUERY = 20_000
MOST_ROWS = 2_000


def show_board(call: Call) -> Response:
    """Sections of a board."""
    name = call.request.path_params["board"]
    if name not in BOARDS:
        raise Denied(404, f"there is no board {name!r}; there are {', '.join(BOARDS)}")
    tenant = call.place.tenant
    return call.answer(board(name, call.place.snapshot(), tenant.journal, tenant.runs))


def stop_sending(call: Call) -> Response:
    """Let nothing leave from now on: what is approved waits."""
    stop(call.place.tenant.journal, call.person.name, call.desk.now(), _why(call))
    return call.answer_as_is({"stopped": True})


def resume_sending(call: Call) -> Response:
    """Let what waits leave again: of every place, while anybody who signs may stop it."""
    call.need_every_row()
    go(call.place.tenant.journal, call.person.name, call.desk.now(), _why(call))
    return call.answer_as_is({"stopped": False})


def _why(call: Call) -> str:
    why = str(call.body.get("reason") or "").strip()
    if not why:
        raise ValueError("to stop or resume sending needs a reason")
    return why[:500]


def audit(call: Call) -> Response:
    """The last events of the journal, accounts' deeds and what was refused.

    Who sees some places: events about suggestions of these, and one's own deeds and refusals.
    """
    journal = call.place.tenant.journal
    head = journal.head()
    later = journal.events(after=max(0, head.sequence - LAST_EVENTS))
    events = [dict(event) for event in islice(later, LAST_EVENTS)]
    refused, deeds = call.desk.refusals.last(call.tenant_id), call.desk.deeds.last(call.tenant_id)
    if call.places is not None:
        events = events_within(events, journal, call.places)
        refused = [row for row in refused if row["name"] == call.person.name]
        deeds = [row for row in deeds if row["actor"] == call.person.name]
    return call.answer({"head": head.sequence, "events": events[::-1], "refusals": refused, "deeds": deeds})


def verified(call: Call) -> Response:
    """Recomputes the whole trail; takes as long as it is."""
    broken = verify(call.place.tenant.journal)
    return call.answer({"broken": [{"place": each.place, "what": each.what} for each in broken]})


def ask(call: Call) -> Response:
    """One SELECT over the published marts, in a process of its own."""
    sql = str(call.body.get("sql") or "").strip()
    if not sql or len(sql) > LONGEST_QUERY:
        raise ValueError(f"a question is one SELECT of at most {LONGEST_QUERY} characters")
    parameters = call.body.get("parameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(each, str | int | float) for each in parameters.values()):
        raise ValueError("parameters is a mapping of names to texts or numbers")
    try:
        found = call.desk.asking.ask(call.place.tenant, sql, call.hidden, MOST_ROWS, call.places, parameters)
    except AskError as error:
        if error.is_refused:
            raise Denied(422, str(error)) from error
        raise ValueError(str(error)) from error
    # Named by whoever asks: what may not be seen was never in the process that answered.
    return call.answer_as_is({"columns": found.columns, "rows": found.rows, "is_cut": found.is_cut})


def marts(call: Call) -> Response:
    """Marts and the columns this person may ask for."""
    seen = {
        mart: [column for column in columns if not is_hidden(column, call.hidden)]
        for mart, columns in sorted(call.place.snapshot().published.columns.items())
    }
    return call.answer_as_is({"marts": {mart: columns for mart, columns in seen.items() if columns}})
