"""Programs ask by token, within what its owner may; the API describes itself; views are a person's own."""

import json
from datetime import timedelta

import pytest
from desk_people import Browser
from desk_workspace import name_of

from planner.access.throttle import Throttle
from planner.parts import CHANGES, PARTS, READS


def program(browser, token: str) -> Browser:
    opened = browser()
    opened.headers["authorization"] = f"Bearer {token}"
    return opened


def test_a_program_decides_in_its_owners_name_without_a_page(browser, desk) -> None:
    ann = browser("planner")
    token = ann.change("tokens/make", label="nightly", days=30).json()["token"]
    robot = program(browser, token)
    answer = robot.change("approve", headers={}, **robot.seen(name_of(1)))
    assert answer.json()["lines"][0]["status"] == "approved"
    [*_, event] = desk.workplaces["shop"].tenant.journal.events(name_of(1))
    assert event["actor"] == "planner"
    assert robot.change("total", headers={}, query={}).status_code == 403
    assert token not in json.dumps(ann.ask("tokens").json())


def test_a_token_ends_with_its_day_its_owner_and_by_a_word(browser, desk, clock) -> None:
    ann = browser("planner")
    tokens = [ann.change("tokens/make", label=f"t{n}", days=n + 1).json()["token"] for n in range(3)]
    robots = [program(browser, token) for token in tokens]
    ann.change("tokens/revoke", label="t1")
    assert [robot.ask("worklist").status_code for robot in robots] == [200, 401, 200]
    clock.pass_(days=1.5)
    assert [robot.ask("worklist").status_code for robot in robots] == [401, 401, 200]
    desk.accounts.deactivate("planner")
    assert robots[2].ask("worklist").status_code == 401
    assert program(browser, "sl_guess").ask("worklist").status_code == 401


def test_a_token_makes_no_tokens_and_manages_nobody(browser) -> None:
    boss = browser("admin")
    robot = program(browser, boss.change("tokens/make", label="x", days=1).json()["token"])
    assert robot.change("tokens/make", headers={}, label="y", days=1).status_code == 403
    assert robot.change("people/add", headers={}, name="eve", roles=["admin"]).status_code == 403
    assert robot.ask("people").status_code == 403


@pytest.mark.parametrize("wrong", [{"label": "", "days": 1}, {"label": "a", "days": 0}, {"label": "a", "days": "1"}])
def test_a_token_without_a_label_or_an_end_is_not_made(browser, wrong) -> None:
    assert browser("planner").change("tokens/make", **wrong).status_code == 400


def test_who_asks_too_much_waits(browser, desk, clock) -> None:
    desk.requests = Throttle(clock, most=3, window=timedelta(minutes=1))
    ann = browser("planner")
    statuses = [ann.ask("worklist").status_code for _ in range(4)]
    assert statuses[-1] == 429 and 200 in statuses
    clock.pass_(minutes=1.1)
    assert ann.ask("worklist").status_code == 200


def test_every_address_of_the_api_is_described_with_words_that_exist(browser) -> None:
    told = browser().get("/openapi.json").json()
    assert told["openapi"].startswith("3.1") and len(told["paths"]) == len({*READS, *CHANGES})
    assert len(told["paths"]) == sum(len(part.reads) + len(part.changes) for part in PARTS)
    operations = [each for path in told["paths"].values() for each in path.values()]
    assert all(each["summary"] for each in operations)
    assert len({each["operationId"] for each in operations}) == len(operations)


def test_a_view_is_saved_for_its_owner_alone(browser) -> None:
    ann, bob = browser("planner"), browser("approver")
    asked = {"view": "open", "search": "runner", "cause": "stock_out"}
    assert ann.change("views/save", title="mine", asked=asked).json()["views"] == [{"title": "mine", "asked": asked}]
    assert ann.change("views/save", title="mine", asked={}).json()["views"] == [{"title": "mine", "asked": {}}]
    assert bob.ask("views").json() == {"views": []}
    assert ann.change("views/save", title="", asked={}).status_code == 400
    assert ann.change("views/save", title="big", asked={"x": "y" * 9000}).status_code == 400
    assert ann.change("views/remove", title="mine").json() == {"views": []}
