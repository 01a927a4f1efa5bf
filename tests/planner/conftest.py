"""A desk over a small workspace, and people who are signed in to it."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from desk_workspace import make_workspace
from starlette.testclient import TestClient

from pipelines.serve import open_tenants
from planner.access.store import EVERY_TENANT
from planner.application import make_application
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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Path:
    """A workspace of three suggestions and the file of its people; nobody changes these."""
    folder = tmp_path_factory.mktemp("made")
    tenant = make_workspace(folder / "shop")
    desk = Desk([tenant], folder / "desk.db", Clock())
    for role in ("analyst", "planner", "approver", "admin"):
        add_person(desk, role, {role})
    desk.accounts.engine.dispose()
    tenant.journal.store.dispose()
    return folder


@pytest.fixture
def desk(made: Path, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """A desk over one workspace of three suggestions, with one person of each role, named after it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    [tenant] = open_tenants([tmp_path / "shop"])
    desk = Desk([tenant], tmp_path / "desk.db", clock)
    yield desk
    desk.accounts.engine.dispose()
    tenant.journal.store.dispose()


def add_person(desk: Desk, name: str, roles: set[str], tenant_id: str = EVERY_TENANT) -> None:
    """Someone who has chosen a password."""
    desk.accounts.add(name, PASSWORD, frozenset(roles), tenant_id, desk.now())
    desk.accounts.change_password(name, PASSWORD)


@pytest.fixture
def browser(desk: Desk) -> Callable[..., Browser]:
    """Opens a browser, signed in if a name is given."""

    def open_one(name: str | None = None) -> Browser:
        application = make_application(desk, ["desk.test"])
        opened = Browser(application, base_url="http://desk.test")
        return opened.sign_in(name) if name else opened

    return open_one


@pytest.fixture(autouse=True, scope="session")
def quick_passwords() -> Iterator[None]:
    """Passwords are slow to check on purpose; a test has no secrets to keep."""
    from argon2 import PasswordHasher

    from planner.access import accounts

    slow, accounts._HASHER = accounts._HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._NOBODY = accounts._HASHER.hash("nobody")
    yield
    accounts._HASHER = slow
