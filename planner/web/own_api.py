"""What is a person's own: saved views, and tokens for programs."""

from __future__ import annotations

from starlette.responses import Response

from planner.access.views import LONGEST_TITLE
from planner.web.guard import Call, Denied

# Questions lie beside saved views of the list, under titles that no view has.
QUESTION = "sql: "


def views(call: Call) -> Response:
    """Views that the person saved here."""
    saved = call.desk.views.of(call.person.name, call.tenant_id)
    return call.answer_as_is({"views": [each for each in saved if not each["title"].startswith(QUESTION)]})


def save_view(call: Call) -> Response:
    """Keep what is asked under a title."""
    asked = call.body.get("asked")
    if not isinstance(asked, dict):
        raise ValueError("asked is what the list was asked, as a mapping")
    title = str(call.body.get("title") or "")
    if title.startswith(QUESTION):
        raise ValueError("the title of a view does not begin with sql:, as those of questions do")
    call.desk.views.save(call.person.name, call.tenant_id, title, asked)
    return views(call)


def remove_view(call: Call) -> Response:
    """Forget a view."""
    call.desk.views.remove(call.person.name, call.tenant_id, str(call.body.get("title") or ""))
    return views(call)


def questions(call: Call) -> Response:
    """Questions that the person saved here, with `$name` where a value is asked for."""
    saved = call.desk.views.of(call.person.name, call.tenant_id)
    told = [
        {"title": each["title"].removeprefix(QUESTION), "sql": each["asked"]["sql"]}
        for each in saved
        if each["title"].startswith(QUESTION)
    ]
    return call.answer_as_is({"questions": told})


def save_question(call: Call) -> Response:
    """Keep a question under a title."""
    title, sql = str(call.body.get("title") or "").strip(), str(call.body.get("sql") or "").strip()
    if not title or not sql:
        raise ValueError("a question has a title and its SQL")
    longest = LONGEST_TITLE - len(QUESTION)
    if len(title) > longest:
        raise ValueError(f"a title has 1 to {longest} characters, found {len(title)}")
    call.desk.views.save(call.person.name, call.tenant_id, QUESTION + title, {"sql": sql})
    return questions(call)


def remove_question(call: Call) -> Response:
    """Forget a question."""
    call.desk.views.remove(call.person.name, call.tenant_id, QUESTION + str(call.body.get("title") or ""))
    return questions(call)


def tokens(call: Call) -> Response:
    """Tokens that ask in the person's name here."""
    return call.answer_as_is({"tokens": call.desk.tokens.of(call.person.name, call.tenant_id)})


def make_token(call: Call) -> Response:
    """A token for a program, told once; a token makes none."""
    _by_hand(call)
    days = call.body.get("days")
    if not isinstance(days, int):
        raise ValueError("days is how long the token is good")
    label = str(call.body.get("label") or "")
    token = call.desk.tokens.make(call.person.name, call.tenant_id, label, days)
    call.desk.deeds.note(call.person.name, call.tenant_id, "make_token", label, "")
    return call.answer_as_is({"token": token})


def revoke_token(call: Call) -> Response:
    """A token opens nothing from now on."""
    _by_hand(call)
    label = str(call.body.get("label") or "")
    call.desk.tokens.revoke(call.person.name, call.tenant_id, label)
    call.desk.deeds.note(call.person.name, call.tenant_id, "revoke_token", label, "")
    return tokens(call)


def _by_hand(call: Call) -> None:
    if call.session.by_token:
        raise Denied(403, "a token makes and revokes no tokens; sign in")
