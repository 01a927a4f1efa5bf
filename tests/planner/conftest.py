"""A desk over a small workspace, and people who are signed in to it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_people import Browser, Clock, add_person
from desk_workspace import make_workspace

from pipelines.serve import open_tenants
from planner.application import make_application
from planner.web.desk import Desk


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
