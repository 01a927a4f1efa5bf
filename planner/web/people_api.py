"""Managing people: who manages one workspace changes what people may in it, and no more."""

from __future__ import annotations

import secrets

from starlette.responses import Response

from planner.access.roles import MANAGE, allowed
from planner.access.store import EVERY_TENANT
from planner.web.guard import Call, Denied


def people(call: Call) -> Response:
    """Everyone who may do anything here; who manages every workspace sees all."""
    mine = (call.tenant_id, EVERY_TENANT)
    rows = [row for row in call.desk.accounts.people() if row["tenant_id"] in mine or _manages_all(call)]
    return call.answer_as_is({"people": rows})


def add(call: Call) -> Response:
    """Make an account for this workspace; its password is told once and must be changed."""
    name, password = str(call.body.get("name") or ""), secrets.token_urlsafe(18)
    call.desk.accounts.add(name, password, _roles(call), call.tenant_id, call.desk.now())
    _note(call, "add", name)
    return call.answer_as_is({"name": name, "password": password})


def grant(call: Call) -> Response:
    """Set what somebody may do in this workspace."""
    name = _somebody(call)
    if name == call.person.name:
        raise Denied(403, "nobody changes their own roles; ask another who manages")
    call.desk.accounts.grant(name, call.tenant_id, _roles(call))
    _note(call, "grant", name)
    return call.answer_as_is({"name": name})


def reset(call: Call) -> Response:
    """Give somebody a new password, told once; their sessions end."""
    name, password = _theirs_alone(call), secrets.token_urlsafe(18)
    call.desk.accounts.change_password(name, password, must_change=True)
    _note(call, "reset", name)
    return call.answer_as_is({"name": name, "password": password})


def shut_out(call: Call) -> Response:
    """Close an account at once; what it decided stays."""
    name = _theirs_alone(call)
    if name == call.person.name:
        raise Denied(403, "nobody shuts themselves out")
    call.desk.accounts.deactivate(name)
    _note(call, "shut_out", name)
    return call.answer_as_is({"name": name})


def _manages_all(call: Call) -> bool:
    roles, _ = call.person.memberships.get(EVERY_TENANT, (frozenset(), ""))
    return allowed(roles, MANAGE)


def _roles(call: Call) -> frozenset[str]:
    told = call.body.get("roles")
    if not isinstance(told, list):
        raise ValueError("roles is a list of names of roles")
    return frozenset(map(str, told))


def _somebody(call: Call) -> str:
    """The account that is meant.

    Raises
    ------
    ValueError
        If there is none, or it is of every workspace and the asker is not.
    """
    name = str(call.body.get("name") or "")
    places = {row["tenant_id"] for row in call.desk.accounts.people() if row["name"] == name}
    if not places:
        raise ValueError(f"nobody is called {name!r}")
    if EVERY_TENANT in places and not _manages_all(call):
        raise Denied(403, f"{name} is of every workspace; ask who manages them all")
    return name


def _theirs_alone(call: Call) -> str:
    """The same, of an account that is of no other workspace: a password opens them all."""
    name = _somebody(call)
    places = {row["tenant_id"] for row in call.desk.accounts.people() if row["name"] == name}
    if places != {call.tenant_id} and not _manages_all(call):
        raise Denied(403, f"{name} is of other workspaces too; ask who manages them all")
    return name


def _note(call: Call, what: str, name: str) -> None:
    roles = ",".join(sorted(map(str, call.body.get("roles") or [])))
    call.desk.deeds.note(call.person.name, call.tenant_id, what, name, roles)
