"""Signing in and out, and choosing a password: the only addresses that answer before somebody is known."""

from __future__ import annotations

import hmac
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from planner.access.sessions import LONGEST, Session
from planner.web.desk import Desk
from planner.web.guard import COOKIE
from planner.web.pages import show

LARGEST_FORM = 10_000


class SigningIn:
    """The pages to sign in, to sign out and to change a password."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def page(self, request: Request) -> Response:
        """The form."""
        return self._form(request)

    async def begin(self, request: Request) -> Response:
        """Check name and password, and open a session."""
        return await run_in_threadpool(self._begin, request, await _form(request))

    async def end(self, request: Request) -> Response:
        """Close the session."""
        return await run_in_threadpool(self._end, request, await _form(request))

    async def password_page(self, request: Request) -> Response:
        """The form for a new password."""
        session = self._session(request)
        return self._password_form(request, session) if session else RedirectResponse("/login", 303)

    async def change_password(self, request: Request) -> Response:
        """Set a new password; every session of its owner ends, and one is opened."""
        return await run_in_threadpool(self._change_password, request, await _form(request))

    def _session(self, request: Request) -> Session | None:
        return self.desk.sessions.find(request.cookies.get(COOKIE))

    def _begin(self, request: Request, form: dict[str, str]) -> Response:
        name, address = form.get("name", ""), request.client.host if request.client else ""
        if wait := max(self.desk.sign_ins.wait(name), self.desk.addresses.wait(address)):
            self._note(request, 429, f"too many failures; {wait} s to wait", name)
            return self._form(request, 429, error="too_many", wait=wait, headers={"retry-after": str(wait)})
        if _of_another_site(request) or not self.desk.accounts.verified(name, form.get("password", "")):
            self.desk.sign_ins.note(name)
            self.desk.addresses.note(address)
            self._note(request, 401, "wrong name or password", name)
            return self._form(request, 401, error="wrong")
        self.desk.sign_ins.forget(name)
        return self._signed_in(name)

    def _end(self, request: Request, form: dict[str, str]) -> Response:
        session = self._session(request)
        if session is not None and not _says(form, session):
            self._note(request, 403, "signing out did not say this session's word", session.person.name)
            return show(request, "refused.html", 403, why="another site sent this")
        self.desk.sessions.end(request.cookies.get(COOKIE))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, path="/")
        return answer

    def _change_password(self, request: Request, form: dict[str, str]) -> Response:
        session = self._session(request)
        if session is None:
            return RedirectResponse("/login", 303)
        name = session.person.name
        if not _says(form, session):
            self._note(request, 403, "a change of password did not say this session's word", name)
            return show(request, "refused.html", 403, why="another site sent this")
        if not self.desk.accounts.verified(name, form.get("old", "")):
            self._note(request, 401, "a change of password with a wrong one", name)
            return self._password_form(request, session, 401, "wrong_old")
        if form.get("new") != form.get("again") or form.get("new") == form.get("old"):
            return self._password_form(request, session, 400, "not_the_same")
        try:
            self.desk.accounts.change_password(name, form.get("new", ""))
        except ValueError:
            return self._password_form(request, session, 400, "too_short")
        return self._signed_in(name)

    def _password_form(
        self, request: Request, session: Session, status: int = 200, error: str | None = None
    ) -> Response:
        return show(request, "password.html", status, csrf=session.csrf, person=session.person, error=error)

    def _form(self, request: Request, status: int = 200, **values: object) -> Response:
        return show(request, "login.html", status, provider=self.desk.provider is not None, **values)

    def open_session(self, answer: Response, name: str) -> None:
        """Open a session for this person, with the cookie in the answer."""
        answer.set_cookie(
            COOKIE, self.desk.sessions.begin(name), max_age=int(LONGEST.total_seconds()), path="/",
            secure=self.desk.secure, httponly=True, samesite="strict",
        )  # fmt: skip

    def _signed_in(self, name: str) -> Response:
        answer = RedirectResponse("/", 303)
        self.open_session(answer, name)
        return answer

    def _note(self, request: Request, status: int, why: str, name: str) -> None:
        address = request.client.host if request.client else None
        self.desk.refusals.note(request.method, request.url.path, status, why, name[:64], None, address)


def _says(form: dict[str, str], session: Session) -> bool:
    return hmac.compare_digest(form.get("csrf", "").encode(), session.csrf.encode())


def _of_another_site(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


async def _form(request: Request) -> dict[str, str]:
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > LARGEST_FORM:
            return {}
    return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
