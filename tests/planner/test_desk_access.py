"""Who may do what is checked on the server, and every refusal leaves one row (fault D9)."""

import re
import sqlite3
from pathlib import Path

import pytest
from desk_people import PASSWORD, add_person
from desk_workspace import make_workspace, name_of

from planner.access.store import open_desk_store
from planner.web.desk import Desk
from planner.web.guard import COOKIE

ONE = name_of(1)


def refusals(desk: Desk) -> list[tuple[object, ...]]:
    return [(row["status"], row["name"]) for row in reversed(desk.refusals.last())]


def test_the_first_account_is_made_once_and_must_choose_a_password(desk, clock, tmp_path, browser) -> None:
    fresh = Desk([], tmp_path / "fresh.db", clock)
    password = fresh.accounts.first_admin(clock())
    assert fresh.accounts.first_admin(clock()) is None
    assert fresh.accounts.first_password_stands() and len(password) >= 20
    assert password.encode() not in (tmp_path / "fresh.db").read_bytes()
    assert (tmp_path / "fresh.db").stat().st_mode & 0o077 == 0
    fresh.accounts.change_password("admin", "a password of my own")
    assert not fresh.accounts.first_password_stands()


def test_who_has_a_first_password_sees_nothing_until_it_is_changed(desk, browser) -> None:
    desk.accounts.add("new", PASSWORD, frozenset({"approver"}), "*", desk.now())
    someone = browser("new")
    assert someone.ask("worklist").status_code == 403
    assert someone.get("/t/shop/desk", follow_redirects=False).headers["location"] == "/password"
    page = someone.get("/password").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    form = {"csrf": csrf, "old": PASSWORD, "new": "another password", "again": "another password"}
    assert someone.post("/password", data=form | {"new": "short", "again": "short"}).status_code == 400
    assert someone.post("/password", data=form | {"csrf": "x"}).status_code == 403
    assert someone.post("/password", data=form, follow_redirects=False).headers["location"] == "/"
    assert someone.ask("worklist").status_code == 200


@pytest.mark.parametrize("name", ["analyst", "admin"])
def test_who_may_only_read_changes_nothing(desk, browser, name) -> None:
    someone = browser(name)
    for path in ("approve", "edit", "reject", "snooze", "undo"):
        assert someone.change(path, **someone.seen(ONE)).status_code == 403
    assert refusals(desk) == [(403, name)] * 5
    assert someone.line(ONE)["version"] == 1


def test_a_planner_may_not_approve_in_bulk(desk, browser) -> None:
    someone = browser("planner")
    assert someone.change("total", query={}).status_code == 403
    assert someone.change("approve_many", query={}, seal="x").status_code == 403
    assert refusals(desk) == [(403, "planner")] * 2
    assert {line["status"] for line in someone.lines(view="all")} == {"proposed"}


def test_a_change_without_the_sessions_word_or_from_another_site_is_refused(desk, browser) -> None:
    mine, other = browser("planner"), browser("approver")
    seen = mine.seen(ONE)
    for headers in ({}, {"x-csrf-token": other.csrf}, {"x-csrf-token": mine.csrf, "sec-fetch-site": "cross-site"}):
        assert mine.change("approve", headers=headers, **seen).status_code == 403
    assert mine.get("/t/shop/api/approve", params=seen, headers={"x-csrf-token": mine.csrf}).status_code == 403
    assert refusals(desk) == [(403, "planner")] * 4
    assert mine.line(ONE)["status"] == "proposed"


def test_a_cookie_opens_nothing_after_signing_out_or_with_a_bit_changed(desk, browser) -> None:
    someone = browser("planner")
    cookie = someone.cookies[COOKIE]
    changed = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    for tampered in (changed, "", "x" * 5000):
        assert browser().get("/t/shop/api/worklist", headers={"cookie": f"{COOKIE}={tampered}"}).status_code == 401
    someone.post("/logout", data={"csrf": someone.csrf})
    replayed = browser().get("/t/shop/api/worklist", headers={"cookie": f"{COOKIE}={cookie}"})
    assert replayed.status_code == 401
    assert refusals(desk) == [(401, None)] * 4


def test_another_site_cannot_sign_anybody_out(desk, browser) -> None:
    someone = browser("planner")
    assert someone.post("/logout", data={"csrf": "guessed"}).status_code == 403
    assert someone.ask("worklist").status_code == 200


def test_a_session_ends_when_it_idles_when_it_is_old_and_when_its_owner_is_shut_out(desk, browser, clock) -> None:
    idle, shut_out = browser("planner"), browser("analyst")
    clock.pass_(hours=1)
    assert idle.ask("worklist").status_code == 200
    clock.pass_(hours=1.5)
    assert idle.ask("worklist").status_code == 200
    desk.accounts.deactivate("analyst")
    assert shut_out.ask("worklist").status_code == 401
    clock.pass_(hours=2.1)
    assert idle.ask("worklist").status_code == 401
    busy = browser("planner")
    for _ in range(9):
        clock.pass_(hours=1.4)
        status = busy.ask("worklist").status_code
    assert status == 401


def test_guessing_is_slowed_down_and_says_for_how_long(desk, browser, clock) -> None:
    someone = browser()
    for _ in range(5):
        assert someone.post("/login", data={"name": "planner", "password": "guess"}).status_code == 401
    locked = someone.post("/login", data={"name": "planner", "password": PASSWORD})
    assert locked.status_code == 429 and int(locked.headers["retry-after"]) > 290
    clock.pass_(minutes=6)
    assert browser("planner").ask("worklist").status_code == 200
    assert refusals(desk) == [(401, "planner")] * 5 + [(429, "planner")]


def test_who_tries_many_names_is_slowed_down_and_one_persons_failures_lock_out_no_other(browser) -> None:
    someone = browser()
    for number in range(10):
        assert someone.post("/login", data={"name": f"n{number}", "password": "guess"}).status_code == 401
    assert browser("planner").ask("worklist").status_code == 200
    for number in range(10, 50):
        someone.post("/login", data={"name": f"n{number}", "password": "guess"})
    assert someone.post("/login", data={"name": "n50", "password": "guess"}).status_code == 429


def test_each_sees_only_their_workspaces_and_no_word_of_others(desk, browser, clock, tmp_path) -> None:
    other = make_workspace(tmp_path / "other", lines=1, tenant_id="other")
    both = Desk([*(place.tenant for place in desk.workplaces.values()), other], tmp_path / "both.db", clock)
    desk.workplaces, desk.accounts = both.workplaces, both.accounts
    desk.sessions, desk.refusals = both.sessions, both.refusals
    add_person(both, "ann", {"planner"}, "other")
    ann = browser("ann")
    ann.tenant = "other"
    assert len(ann.lines(view="all")) == 1
    told = []
    for name in ("shop", "no-such-place"):
        ann.tenant = name
        answer = ann.ask("worklist")
        told.append((answer.status_code, answer.json()["error"].replace(name, "")))
    assert told[0] == told[1] and told[0][0] == 403
    assert "shop" not in ann.get("/t/other/desk").text


def test_every_page_forbids_scripts_that_are_not_ours(browser) -> None:
    someone = browser("planner")
    for path in ("/login", "/t/shop/desk", "/password", "/static/frame.js", "/t/shop/api/opening"):
        headers = someone.get(path).headers
        assert "script-src 'self';" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    page = someone.get("/t/shop/desk").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|style=|https?://", page)


def test_a_name_that_is_not_ours_leads_nowhere(browser) -> None:
    assert browser("planner").get("/login", headers={"host": "evil.example"}).status_code == 400


def test_a_body_that_never_ends_is_refused(browser) -> None:
    someone = browser("planner")
    big = someone.post("/t/shop/api/approve", content=b" " * 8_000_001, headers={"x-csrf-token": someone.csrf})
    assert big.status_code == 413


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("pragma user_version = 99")
    with pytest.raises(ValueError, match="is of version 99"):
        open_desk_store(tmp_path / "old.db")
