"""The desk as an ASGI application: every address, and what it needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from planner.parts import CHANGES, PAGES, READS
from planner.texts import LANGUAGES, texts
from planner.web.answers import GuardedHeaders, Json
from planner.web.desk import Desk
from planner.web.guard import guarded
from planner.web.openapi import describe
from planner.web.pages import home, refuse, show_page
from planner.web.signing_in import SigningIn

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("127.0.0.1", "localhost")


def make_application(desk: Desk, hosts: Iterable[str] = LOOPBACK) -> Starlette:
    """The application; `hosts` are the names by which browsers may call it, so that no other name leads to it."""
    sign_in = SigningIn(desk)
    api = "/t/{tenant}/api/"
    routes = [
        Route("/", home(desk)),
        Route("/login", sign_in.page),
        Route("/login", sign_in.begin, methods=["POST"]),
        Route("/logout", sign_in.end, methods=["POST"]),
        Route("/password", sign_in.password_page),
        Route("/password", sign_in.change_password, methods=["POST"]),
        Route("/texts/{lang}.json", _texts),
        Route("/openapi.json", _described),
        *(
            Route("/t/{tenant}/" + page.name, guarded(desk, page.permission, show_page(page), refuse=refuse))
            for page in PAGES
        ),
        *(Route(api + name, guarded(desk, each.permission, each.handler)) for name, each in READS.items()),
        *(
            Route(api + name, guarded(desk, each.permission, each.handler, changes=True), methods=["GET", "POST"])
            for name, each in CHANGES.items()
        ),
        *_with_provider(desk, sign_in),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    middleware = [Middleware(GuardedHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))]
    return Starlette(routes=routes, middleware=middleware)


def _with_provider(desk: Desk, sign_in: SigningIn) -> list[Route]:
    """The way out to the provider and back, where one is configured."""
    if desk.provider is None:
        return []
    # The libraries for its tokens load where somebody needs them.
    from planner.web.oidc_sign_in import BACK, OidcSignIn

    oidc = OidcSignIn(desk, desk.provider, sign_in)
    return [Route("/oidc/begin", oidc.begin), Route(BACK, oidc.back)]


def _described(request: Request) -> Response:
    """What the API can be asked; nothing in it is anybody's."""
    return Json(describe(READS, CHANGES))


def _texts(request: Request) -> Response:
    """All words of the pages in one language; nothing in it is anybody's."""
    language = request.path_params["lang"]
    if language not in LANGUAGES:
        return Json({"error": f"there are {', '.join(LANGUAGES)}"}, 404)
    return Json(texts(language))
