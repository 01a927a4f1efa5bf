"""Pages, rendered on the server: what each is called, who may see it, in which language and light."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from planner.access.hiding import is_hidden
from planner.access.roles import allowed
from planner.access.sessions import Session
from planner.parts import PAGES
from planner.texts import LANGUAGES, TEXTS, said
from planner.texts.refusals import in_chinese
from planner.web.answers import new_nonce, policy
from planner.web.desk import Desk
from planner.web.guard import COOKIE, Call, Denied
from planner.web.part import Page

TEMPLATES = Path(__file__).parent.parent / "templates"
_ENVIRONMENT = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def language_of(request: Request) -> str:
    """Chosen by the person, else the first of the browser's that we speak."""
    chosen = request.cookies.get("lang")
    if chosen in LANGUAGES:
        return chosen
    wanted = request.headers.get("accept-language", "").lower().split(",")
    return next((lang for each in wanted for lang in LANGUAGES if each.strip().startswith(lang)), LANGUAGES[0])


def show(
    request: Request, template: str, status: int = 200, headers: dict[str, str] | None = None, **values: object
) -> Response:
    """A page in the language and light of whoever asks, with its policy."""
    nonce, language = new_nonce(), language_of(request)
    theme = request.cookies.get("theme")
    content = _ENVIRONMENT.get_template(template).render(
        {
            "nonce": nonce, "lang": language, "theme": theme if theme in ("light", "dark") else "auto",
            "t": lambda key: said(key, language), "csrf": "", "person": None, "error": None, "wait": 0, "why": "",
            "provider": False, "tenant_id": None, "tenants": [], "pages": [], "page": None, "roles": [], "hidden": [],
            "zone": "",
        }
        | values
    )  # fmt: skip
    return HTMLResponse(content, status, {"content-security-policy": policy(nonce)} | (headers or {}))


def show_page(page: Page) -> Callable[[Call], Response]:
    """The handler of a page of the navigation."""
    return lambda call: show(
        call.request,
        page.template,
        **_frame(call.desk, call.session, call.tenant_id, page),
        # Known by the words that would head them; their values never leave the server.
        hidden=[name for name in map(_column, TEXTS) if name and is_hidden(name, call.hidden)],
    )


def refuse(desk: Desk, request: Request, session: Session | None, denied: Denied) -> Response:
    """A page in place of the one that was not given: to sign in, to choose a password, or why."""
    if denied.status == 401:
        answer = show(request, "login.html", 401, provider=desk.provider is not None)
        answer.delete_cookie(COOKIE, path="/")
        return answer
    if session is not None and session.person.must_change:
        return RedirectResponse("/password", 303)
    return _refusal(request, denied.status, denied.why)


def _refusal(request: Request, status: int, why: str) -> Response:
    return show(request, "refused.html", status, why=in_chinese(why) if language_of(request) == "zh" else why)


def home(desk: Desk) -> Callable[[Request], Response]:
    """The first page of the first workspace that is theirs."""

    def answer(request: Request) -> Response:
        session = desk.sessions.find(request.cookies.get(COOKIE))
        if session is None:
            return RedirectResponse("/login", 303)
        if session.person.must_change:
            return RedirectResponse("/password", 303)
        mine = _tenants(desk, session)
        if not mine:
            return _refusal(request, 403, "no workspace is yours yet; ask whoever manages the desk")
        return RedirectResponse(f"/t/{mine[0]}/{PAGES[0].name}", 303)

    return answer


def _column(key: str) -> str:
    return key.removeprefix("column.") if key.startswith("column.") else ""


def _tenants(desk: Desk, session: Session) -> list[str]:
    return sorted(tenant_id for tenant_id in desk.workplaces if session.person.roles(tenant_id))


def _frame(desk: Desk, session: Session, tenant_id: str, page: Page) -> dict[str, object]:
    roles = session.person.roles(tenant_id)
    return {
        "csrf": session.csrf, "person": session.person, "tenant_id": tenant_id, "tenants": _tenants(desk, session),
        "pages": [each.name for each in PAGES if allowed(roles, each.permission)], "page": page.name,
        "roles": sorted(roles),
        "zone": desk.workplaces[tenant_id].tenant.zone.key,
    }  # fmt: skip
