"""Lets requests in: who asks, whether they may, whether the page that asks is ours; what is refused is written down."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from feedback.states import RefusedError, StaleError
from planner.access.accounts import Person
from planner.access.hiding import Hidden, hidden_from, without_hidden
from planner.access.places import Places, places_of
from planner.access.roles import MANAGE, allowed
from planner.access.sessions import Session
from planner.texts.refusals import in_chinese
from planner.web.answers import Json
from planner.web.desk import Desk, NothingPublishedError, Workplace

COOKIE = "desk_session"
CSRF_HEADER = "x-csrf-token"
LARGEST_BODY = 8_000_000


class Denied(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request is not let in: with which status, and why."""

    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


@dataclass(frozen=True)
class Call:
    """A request that was let in."""

    desk: Desk
    request: Request
    session: Session
    place: Workplace
    body: dict[str, object]

    @property
    def person(self) -> Person:
        return self.session.person

    @property
    def tenant_id(self) -> str:
        return self.place.tenant.tenant_id

    @property
    def roles(self) -> frozenset[str]:
        return self.person.roles(self.tenant_id)

    @property
    def hidden(self) -> Hidden:
        """Groups of columns that the person may not see here."""
        return hidden_from(self.roles, self.place.tenant.hidden)

    @property
    def places(self) -> Places:
        """Places whose rows the person may see here; None for all."""
        return places_of(self.roles, self.place.tenant.places)

    def need_every_row(self) -> None:
        """Refuse who may see some places only: what is asked tells of all.

        Raises
        ------
        Denied
            With what to do.
        """
        if self.places is not None:
            raise Denied(403, "your roles see the rows of some places only, and this is about all")

    def answer(self, content: object) -> Response:
        """`content` as JSON, without what the person may not see."""
        return Json(without_hidden(content, self.hidden))

    def answer_as_is(self, content: object) -> Response:
        """`content` as JSON, where what is hidden cannot be in it."""
        return Json(content)


Handler = Callable[[Call], Response]


def guarded(
    desk: Desk, permission: str, handler: Handler, changes: bool = False, refuse: Callable[..., Response] | None = None
) -> Callable[[Request], object]:
    """An endpoint that lets in who may; `changes` says that it changes something, so that only our pages may ask.

    `refuse` makes the answer to who is not let in; JSON without it.
    """

    async def endpoint(request: Request) -> Response:
        try:
            content = await _content(request) if changes else b""
        except Denied as denied:
            return _refused(desk, request, None, denied, refuse)
        return await run_in_threadpool(_answer, desk, request, content, permission, handler, changes, refuse)

    return endpoint


def _answer(
    desk: Desk,
    request: Request,
    content: bytes,
    permission: str,
    handler: Handler,
    changes: bool,
    refuse: Callable[..., Response] | None,
) -> Response:
    session = _session(desk, request)
    try:
        place = _admitted(desk, request, session, permission)
        body = _checked_change(request, session, content) if changes else {}
        return handler(Call(desk, request, session, place, body))
    except Denied as denied:
        return _refused(desk, request, session, denied, refuse)
    except StaleError as stale:
        told = {
            "now": {"version": stale.state.version, "status": stale.state.status, "quantity": stale.state.quantity},
            "yours": {"version": stale.version, "quantity": stale.quantity},
        }
        return _refused(desk, request, session, Denied(409, str(stale)), None, told)
    except RefusedError as refused:
        return _refused(desk, request, session, Denied(422, str(refused)), None)
    except NothingPublishedError:
        why = "nothing is published in this workspace yet; run the loop once: supplyloop run"
        return refuse(desk, request, session, Denied(503, why)) if refuse else Json(_told(why), 503)
    except (duckdb.CatalogException, duckdb.BinderException) as missing:
        # A shorter run made the publication, or a version before this one.
        why = f"this publication lacks what is asked for; run the whole loop once: supplyloop run ({_first(missing)})"
        return refuse(desk, request, session, Denied(503, why)) if refuse else Json(_told(why), 503)
    except ValueError as wrong:
        return Json(_told(str(wrong)), 400)


def _told(why: str) -> dict[str, object]:
    """Programs, logs and the trail keep the English; a page in Chinese shows the other."""
    return {"error": why, "error_zh": in_chinese(why)}


def _first(error: Exception) -> str:
    """The first line of what the engine said: the rest of it is our own question."""
    return str(error).splitlines()[0]


def _session(desk: Desk, request: Request) -> Session | None:
    """Who asks: by a token if one is said, else by the cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return desk.tokens.find(token) if scheme.lower() == "bearer" else desk.sessions.find(request.cookies.get(COOKIE))


def _admitted(desk: Desk, request: Request, session: Session | None, permission: str) -> Workplace:
    if session is None:
        raise Denied(401, "sign in first")
    who = session.by_token or session.person.name
    if wait := desk.requests.wait(who):
        raise Denied(429, f"too many requests; wait {wait} s")
    desk.requests.note(who)
    if session.person.must_change:
        raise Denied(403, "choose a password of your own first")
    tenant_id = request.path_params["tenant"]
    place = desk.workplaces.get(tenant_id)
    if place is None or not session.person.roles(tenant_id):
        # The same answer for both: nobody learns which workspaces there are.
        raise Denied(403, f"workspace {tenant_id!r} is not yours")
    if session.by_token and permission == MANAGE:
        raise Denied(403, "a token manages nobody; sign in")
    if not allowed(session.person.roles(tenant_id), permission):
        raise Denied(403, f"your roles ({', '.join(sorted(session.person.roles(tenant_id)))}) may not {permission}")
    return place.seen_from(places_of(session.person.roles(tenant_id), place.tenant.places))


def check_page(request: Request, session: Session) -> None:
    """Whether the request comes of a page of ours that this session was given.

    Raises
    ------
    Denied
        If it does not say the session's word, or a browser says that another site sent it.
    """
    if request.method != "POST":
        raise Denied(403, "what changes something is asked by POST")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Denied(403, "another site sent this")
    # A program's token is said by nobody's browser on its own.
    if session.by_token:
        return
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), session.csrf.encode()):
        raise Denied(403, f"the {CSRF_HEADER} header does not say this session's word; open the page again")


def _checked_change(request: Request, session: Session, content: bytes) -> dict[str, object]:
    check_page(request, session)
    try:
        body = json.loads(content or b"{}")
    except ValueError as error:
        raise ValueError("the body is no JSON") from error
    if not isinstance(body, dict):
        raise ValueError("the body is a JSON object")
    return body


async def _content(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Denied(413, f"a request is at most {LARGEST_BODY} bytes")
        parts.append(part)
    return b"".join(parts)


def _refused(
    desk: Desk,
    request: Request,
    session: Session | None,
    denied: Denied,
    refuse: Callable[..., Response] | None,
    told: dict[str, object] | None = None,
) -> Response:
    # Whoever opens a page without a cookie has only not signed in yet.
    if refuse is None or session is not None or COOKIE in request.cookies:
        desk.refusals.note(
            request.method, request.url.path, denied.status, denied.why, session and session.person.name,
            request.path_params.get("tenant"), request.client and request.client.host,
        )  # fmt: skip
    if refuse is not None:
        return refuse(desk, request, session, denied)
    return Json(_told(denied.why) | (told or {}), denied.status)
