"""A deputy acts for who is away, in their own name, on those days and no others."""

from desk_people import add_person
from desk_workspace import make_workspace, name_of

from planner.access.store import open_desk_store
from planner.web.desk import Workplace

AWAY = {"first_day": "2026-11-02", "last_day": "2026-11-05"}


def may_sign_many(browser) -> bool:
    return browser.change("total", query={}).status_code == 200


def test_a_deputy_has_the_rights_of_who_is_away_on_those_days_and_no_others(desk, browser, clock) -> None:
    boss, ann = browser("approver"), browser("planner")
    assert not may_sign_many(ann)
    named = boss.change("deputies/name", deputy="planner", **AWAY).json()["deputies"]
    assert named == [{"name": "approver", "deputy": "planner"} | AWAY]
    assert not may_sign_many(ann), "not yet away"
    # 00:00 of the second of November in Shanghai
    clock.pass_(hours=15)
    ann = browser("planner")
    assert may_sign_many(ann)
    ann.change("approve", **ann.seen(name_of(1)))
    [*_, event] = desk.workplaces["shop"].tenant.journal.events(name_of(1))
    assert event["actor"] == "planner", "in their own name"
    clock.pass_(days=4)
    assert not may_sign_many(browser("planner")), "back again"
    assert [row["what"] for row in desk.deeds.last("shop")] == ["name_deputy"]


def test_who_is_back_early_ends_it_at_once_and_who_was_shut_out_lends_nothing(desk, browser, clock) -> None:
    boss = browser("approver")
    boss.change("deputies/name", deputy="planner", **AWAY)
    clock.pass_(hours=20)
    ann = browser("planner")
    assert may_sign_many(ann) and ann.ask("deputies").json()["deputies"][0]["name"] == "approver"
    browser("approver").change("deputies/end", deputy="planner")
    assert not may_sign_many(ann)
    browser("approver").change("deputies/name", deputy="planner", **AWAY)
    assert may_sign_many(ann)
    desk.accounts.deactivate("approver")
    assert not may_sign_many(ann)


def test_managing_people_is_lent_to_nobody_and_what_is_lent_is_not_lent_on(desk, browser, clock) -> None:
    browser("admin").change("deputies/name", deputy="planner", **AWAY)
    browser("approver").change("deputies/name", deputy="planner", **AWAY)
    clock.pass_(hours=20)
    ann = browser("planner")
    assert may_sign_many(ann) and ann.ask("people").status_code == 403
    ann.change("deputies/name", deputy="analyst", **AWAY)
    eve = browser("analyst")
    assert not may_sign_many(eve) and eve.change("approve", **eve.seen(name_of(1))).status_code == 200


def test_an_absence_opens_no_other_workspace(desk, browser, clock, tmp_path) -> None:
    other = make_workspace(tmp_path / "other", 1, "other")
    desk.workplaces["other"] = Workplace(other)
    add_person(desk, "local", {"planner"}, "shop")
    boss = browser("approver")
    boss.tenant = "other"
    assert boss.change("deputies/name", deputy="local", **AWAY).status_code == 400
    boss.tenant = "shop"
    assert boss.change("deputies/name", deputy="local", **AWAY).status_code == 200
    clock.pass_(hours=20)
    local = browser("local")
    assert may_sign_many(local)
    local.tenant = "other"
    assert local.ask("worklist").status_code == 403
    other.journal.store.dispose()


def test_an_absence_that_cannot_be_is_refused_in_words(browser) -> None:
    boss = browser("approver")
    for wrong in (
        {"deputy": "approver"}, {"deputy": "nobody"}, {"first_day": "2026-11-09"}, {"last_day": "2027-11-05"},
        {"first_day": "soon"}, {"first_day": "2026-10-01", "last_day": "2026-10-02"},
    ):  # fmt: skip
        assert boss.change("deputies/name", **({"deputy": "planner"} | AWAY | wrong)).status_code == 400, wrong
    robot = browser()
    token = boss.change("tokens/make", label="x", days=1).json()["token"]
    robot.headers["authorization"] = f"Bearer {token}"
    assert robot.change("deputies/name", headers={}, deputy="planner", **AWAY).status_code == 403


def test_a_file_of_people_of_the_version_before_is_taken_over(tmp_path) -> None:
    engine = open_desk_store(tmp_path / "desk.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table deputy")
        connection.exec_driver_sql("pragma user_version = 1")
    engine.dispose()
    engine = open_desk_store(tmp_path / "desk.db")
    with engine.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from deputy").scalar_one() == 0
    engine.dispose()


def test_an_absence_is_of_days_that_there_are(browser) -> None:
    for first, last in (("9999-12-31", "9999-12-31"), ("0001-01-01", "0001-01-02"), ("2026-11-05", "2026-11-04")):
        answer = browser("approver").change("deputies/name", deputy="planner", first_day=first, last_day=last)
        assert answer.status_code == 400 and "1 to 92 days" in answer.json()["error"]
