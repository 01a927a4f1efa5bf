"""People at the desk, and the clock they work by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.testclient import TestClient

from planner.access.store import EVERY_TENANT
from planner.web.desk import Desk

PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """Time that a test moves."""

    at: datetime = datetime(2026, 11, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **time: float) -> None:
        self.at += timedelta(**time)


class Browser(TestClient):
    """Someone at the desk: keeps the cookie, and says the session's word with every change."""

    csrf: str = ""
    tenant: str = "shop"

    def sign_in(self, name: str, password: str = PASSWORD) -> "Browser":
        self.post("/login", data={"name": name, "password": password})
        page = self.get("/")
        self.csrf = page.text.partition('data-csrf="')[2].partition('"')[0]
        return self

    def ask(self, path: str, **words: object):
        return self.get(f"/t/{self.tenant}/api/{path}", params=words)

    def change(self, path: str, headers: dict[str, str] | None = None, **content: object):
        said = {"x-csrf-token": self.csrf} if headers is None else headers
        return self.post(f"/t/{self.tenant}/api/{path}", json=content, headers=said)

    def lines(self, **words: object) -> list[dict]:
        return self.ask("worklist", **words).json()["lines"]

    def line(self, name: str) -> dict:
        return next(line for line in self.lines(view="all") if line["suggestion_id"] == name)

    def seen(self, name: str) -> dict[str, object]:
        line = self.line(name)
        return {key: line[key] for key in ("suggestion_id", "version", "quantity")}


def add_person(desk: Desk, name: str, roles: set[str], tenant_id: str = EVERY_TENANT) -> None:
    """Someone who has chosen a password."""
    desk.accounts.add(name, PASSWORD, frozenset(roles), tenant_id, desk.now())
    desk.accounts.change_password(name, PASSWORD)
