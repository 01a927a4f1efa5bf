"""A desk over a small workspace, and people who are signed in to it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from desk_people import PASSWORD, Browser, Clock, add_person
from desk_workspace import make_workspace

from pipelines.serve import open_tenants
from planner.application import make_application
from planner.web.desk import Desk

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page


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


@pytest.fixture(scope="session")
def chromium(requires_chromium: Path) -> Iterator["Chromium"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(requires_chromium), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """Where the desk listens, on this machine."""
    server = uvicorn.Server(uvicorn.Config(make_application(desk), port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def seat(chromium: "Chromium", address: str) -> Iterator[Callable[..., "Page"]]:
    """Opens a page of the desk as somebody who signed in; whatever the page complains of fails the test."""
    contexts, complaints = [], []

    def sit(name: str, page: str = "desk", language: str = "en") -> "Page":
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        context.add_cookies([{"name": "lang", "value": language, "url": address}])
        contexts.append(context)
        opened = context.new_page()
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        opened.goto(f"{address}/login")
        opened.fill("[name=name]", name)
        opened.fill("[name=password]", PASSWORD)
        opened.click("button.main")
        opened.wait_for_url("**/desk")
        if page != "desk":
            opened.goto(f"{opened.url.rpartition('/')[0]}/{page}")
        return opened

    yield sit
    for context in contexts:
        context.close()
    # What is refused on purpose is an answer, and the browser says so too.
    assert [told for told in complaints if "status of 4" not in told] == []


@pytest.fixture
def page(seat: Callable[..., "Page"]) -> "Page":
    """The worklist of an approver."""
    opened = seat("approver")
    opened.wait_for_selector(".ag-row .tag")
    return opened
