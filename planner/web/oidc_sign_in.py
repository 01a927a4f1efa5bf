"""Signing in with an OpenID Connect provider: out to it, and back with a code."""

from __future__ import annotations

import hmac
import secrets

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from planner.access.oidc import OidcError, Provider, Try
from planner.web.desk import Desk
from planner.web.pages import show
from planner.web.signing_in import SigningIn

COOKIE = "desk_oidc"
MINUTES = 10
BACK = "/oidc/back"


class OidcSignIn:
    """The way out to a provider and the way back."""

    def __init__(self, desk: Desk, provider: Provider, sign_in: SigningIn) -> None:
        self.desk, self.provider, self.sign_in = desk, provider, sign_in

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider, with words that it must bring back."""
        return await run_in_threadpool(self._begin, request)

    async def back(self, request: Request) -> Response:
        """Open a session for whoever the provider says that came back."""
        return await run_in_threadpool(self._back, request)

    def _begin(self, request: Request) -> Response:
        begun = Try.new()
        try:
            answer = RedirectResponse(self.provider.address(begun, self._address(request)), 303)
        except OidcError as error:
            return self._refused(request, str(error))
        # Lax: it must come along when the provider sends the browser back.
        answer.set_cookie(
            COOKIE, begun.spelt(), max_age=60 * MINUTES, path="/oidc", secure=self.desk.secure, httponly=True,
            samesite="lax",
        )  # fmt: skip
        return answer

    def _back(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        if wait := self.desk.addresses.wait(address):
            return self._refused(request, f"too many failures; {wait} s to wait", 429)
        words, begun = request.query_params, Try.read(request.cookies.get(COOKIE))
        try:
            if begun is None or not hmac.compare_digest(words.get("state", "").encode(), begun.state.encode()):
                raise OidcError("this browser has not begun to sign in, or too long ago; begin again")
            if "code" not in words:
                raise OidcError(f"the provider refused: {words.get('error_description') or words.get('error') or ''}")
            name = self.provider.name_of(words["code"], begun, self._address(request))
            if not self.desk.accounts.is_active(name):
                raise OidcError(f"{name!r} has no account here; ask whoever manages the desk")
        except OidcError as error:
            self.desk.addresses.note(address)
            return self._refused(request, str(error))
        if self.desk.accounts.must_change(name):
            # The provider says who it is: the first password, which another person has seen, is worth nothing now.
            self.desk.accounts.change_password(name, secrets.token_urlsafe(32))
        return self._arrived(request, name)

    def _arrived(self, request: Request, name: str) -> Response:
        """A page of ours that leads on: a strict cookie does not come along from another site's redirect."""
        answer = show(request, "arrived.html")
        self.sign_in.open_session(answer, name)
        answer.delete_cookie(COOKIE, path="/oidc")
        return answer

    def _refused(self, request: Request, why: str, status: int = 401) -> Response:
        address = request.client.host if request.client else None
        self.desk.refusals.note(request.method, request.url.path, status, why, None, None, address)
        answer = show(request, "refused.html", status, why=why)
        answer.delete_cookie(COOKIE, path="/oidc")
        return answer

    def _address(self, request: Request) -> str:
        """Where the provider sends the browser back, by the name it was called by."""
        return f"{'https' if self.desk.secure else 'http'}://{request.headers['host']}{BACK}"
