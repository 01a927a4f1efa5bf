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

from planner.access.roles import AUDIT, DECIDE, DECIDE_MANY, MANAGE, QUERY, READ
from planner.texts import LANGUAGES, texts
from planner.web import board_api, decision_api, exchange_api, own_api, people_api, worklist_api
from planner.web.answers import GuardedHeaders, Json
from planner.web.desk import Desk
from planner.web.guard import guarded
from planner.web.openapi import describe
from planner.web.pages import PAGES, home, refuse, show_page
from planner.web.signing_in import SigningIn

STATIC = Path(__file__).parent / "static"
LOOPBACK = ("127.0.0.1", "localhost")
# Reads by GET: what each address answers, and the permission it needs.
READS = {
    "opening": (worklist_api.opening, READ),
    "worklist": (worklist_api.rows, READ),
    "suggestions/{suggestion}": (worklist_api.details, READ),
    "suggestions/{suggestion}/preview": (worklist_api.preview, READ),
    "boards/{board}": (board_api.show_board, READ),
    "marts": (board_api.marts, QUERY),
    "views": (own_api.views, READ),
    "tokens": (own_api.tokens, READ),
    "export.{ending}": (exchange_api.export, READ),
    "people": (people_api.people, MANAGE),
    "audit": (board_api.audit, AUDIT),
    "audit/verified": (board_api.verified, AUDIT),
}
# Changes by POST, with the session's word. GET is answered too, by a refusal that is written down.
CHANGES = {
    "approve": (decision_api.approve, DECIDE),
    "edit": (decision_api.edit, DECIDE),
    "reject": (decision_api.reject, DECIDE),
    "snooze": (decision_api.snooze, DECIDE),
    "reopen": (decision_api.reopen, DECIDE),
    "undo": (decision_api.undo, DECIDE),
    "views/save": (own_api.save_view, READ),
    "views/remove": (own_api.remove_view, READ),
    "tokens/make": (own_api.make_token, READ),
    "tokens/revoke": (own_api.revoke_token, READ),
    "import/preview": (exchange_api.preview, DECIDE),
    "import/apply": (exchange_api.apply, DECIDE_MANY),
    "people/add": (people_api.add, MANAGE),
    "people/grant": (people_api.grant, MANAGE),
    "people/reset": (people_api.reset, MANAGE),
    "people/shut_out": (people_api.shut_out, MANAGE),
    "ask": (board_api.ask, QUERY),
    "total": (decision_api.total, DECIDE_MANY),
    "approve_many": (decision_api.approve_many, DECIDE_MANY),
}


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
        *(Route(api + name, guarded(desk, permission, handler)) for name, (handler, permission) in READS.items()),
        *(
            Route(api + name, guarded(desk, permission, handler, changes=True), methods=["GET", "POST"])
            for name, (handler, permission) in CHANGES.items()
        ),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    middleware = [Middleware(GuardedHeaders), Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))]
    return Starlette(routes=routes, middleware=middleware)


def _described(request: Request) -> Response:
    """What the API can be asked; nothing in it is anybody's."""
    return Json(describe(READS, CHANGES))


def _texts(request: Request) -> Response:
    """All words of the pages in one language; nothing in it is anybody's."""
    language = request.path_params["lang"]
    if language not in LANGUAGES:
        return Json({"error": f"there are {', '.join(LANGUAGES)}"}, 404)
    return Json(texts(language))
