"""Every page of the desk besides the worklist, done in a real browser by who may: what it shows, and what it does."""

import re
from collections.abc import Callable

import pytest
from desk_people import PASSWORD
from desk_workspace import name_of
from playwright.sync_api import Page, expect

from feedback.scenarios import keep, take_next
from planner.parts import PAGES
from planner.web.desk import Desk

Seat = Callable[..., Page]
# English words that stand on a page in Chinese: names, and what is written so in files.
NAMES = re.compile(
    r"Supplyloop|shop|approver|analyst|planner|admin|ABC|SKU\w*|SPU|WAPE|CSV|XLSX|SQL|SELECT|Ctrl\+?\w*|CNY|CO|Runner|"
    r"Authorization|Bearer|openapi|json|alerts|toml|supplyloop|run|daily|plan|GMROI|OTIF|img|src|onerror|alert|STD|"
    r"English|Enter|SPACE|EVER"
)


@pytest.mark.parametrize("name", [each.name for each in PAGES])
def test_every_page_opens_in_chinese_without_a_complaint_and_without_an_english_word(
    desk: Desk, seat: Seat, name
) -> None:
    desk.accounts.grant("admin", "*", frozenset({"admin", "approver", "planner"}))
    page = seat("admin", name, "zh")
    page.wait_for_selector(".ag-row .tag, .board section, .board form, #marts li")
    page.wait_for_load_state("networkidle")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    frame = page.locator(
        "nav, h2, th, label, button, .tile span, .tag, p, .quiet, .ag-header-cell-text"
    ).all_inner_texts()
    said = " ".join(each for each in frame if each not in ("", "English"))
    english = {word for word in re.findall(r"[A-Za-z]{4,}", said) if not NAMES.fullmatch(word)}
    assert english == set()


def test_a_wrong_password_is_said_and_a_first_one_must_be_changed(desk: Desk, chromium, address) -> None:
    desk.accounts.add("new", PASSWORD, frozenset({"planner"}), "shop", desk.now())
    page = chromium.new_page()
    page.goto(f"{address}/login")
    for password in ("guess", PASSWORD):
        page.fill("[name=name]", "new")
        page.fill("[name=password]", password)
        page.click("button.main")
        if password == "guess":
            expect(page.locator("[role=alert]")).to_have_count(1)
    page.wait_for_url("**/password")
    for field, value in (("old", PASSWORD), ("new", "a password of mine"), ("again", "a password of mine")):
        page.fill(f"[name={field}]", value)
    page.click("button.main")
    page.wait_for_url("**/desk")
    page.context.close()


def test_the_board_of_health_draws_profit_by_month(seat: Seat) -> None:
    page = seat("analyst", "health")
    page.wait_for_selector("#profit_by_month .uplot canvas")
    assert "at risk" in page.locator("#stock_by_status").inner_text()


def test_the_board_of_forecasts_draws_what_is_ahead(seat: Seat) -> None:
    page = seat("analyst", "forecast")
    page.wait_for_selector("#forecast_ahead")
    assert page.locator(".sections section").count() == 4


def test_the_page_of_carriers_says_who_takes_what_and_why(seat: Seat) -> None:
    page = seat("analyst", "carriers", "zh")
    page.wait_for_selector("#carrier_choices td")
    assert "OB1" in page.locator("#carrier_choices").inner_text()
    assert page.locator("#freight_claim_lines tbody tr").count() > 0


def test_feeds_say_on_top_whether_it_is_safe_and_what_waits_below(seat: Seat, desk: Desk) -> None:
    from planner.deciding import Seen, approve, limits_of

    place = desk.workplaces["shop"]
    state = place.tenant.journal.state(name_of(1))
    approve(
        place.tenant.journal, limits_of(place.snapshot()), Seen(name_of(1), state.version, state.quantity), "ann",
        "manager", desk.now(),
    )  # fmt: skip
    page = seat("planner", "feeds")
    expect(page.locator(".sentence")).to_have_text("Safe to decide: no feed holds anything back.")
    assert page.locator("#outbound tbody tr").all_inner_texts()[0].split("\t")[:4] == ["erp", "purchases", "waits", "1"]


def test_an_analyst_asks_and_what_is_refused_says_why(seat: Seat) -> None:
    page = seat("analyst", "sql")
    page.wait_for_selector("#marts li")
    page.fill("#question", "select sku_id, amount from replenishment_suggestion order by amount")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer tbody tr")).to_have_count(3, timeout=30_000)
    page.fill("#question", "copy (select 1) to '/tmp/x'")
    page.click("#ask")
    expect(page.locator("#told")).to_have_class("bad", timeout=30_000)
    page.fill("#find", "stock_age")
    expect(page.locator("#marts li")).to_have_count(1)


def test_the_trail_is_shown_and_recomputed(seat: Seat) -> None:
    page = seat("approver", "audit", "zh")
    page.wait_for_selector("#audit_events td")
    assert "提出" in page.locator("#audit_events").inner_text()
    page.click("#verify")
    expect(page.locator(".bar .good")).to_have_count(1)


def test_somebody_is_added_with_a_role_and_shut_out(seat: Seat, desk: Desk) -> None:
    page = seat("admin", "people")
    page.fill("#add [name=name]", "ben")
    page.check("#add [value=planner]")
    page.click("#add button")
    expect(page.locator("#told")).to_contain_text("ben")
    row = page.locator("#people tr", has=page.get_by_text("ben", exact=True))
    assert row.locator("[value=planner]").is_checked()
    row.get_by_text("Shut out").click()
    expect(page.locator("#people tr", has=page.get_by_text("ben", exact=True))).to_contain_text("shut out")


def test_a_token_is_made_and_revoked_and_a_deputy_named(seat: Seat) -> None:
    page = seat("approver", "api")
    page.fill("#make [name=label]", "robot")
    page.click("#make button")
    expect(page.locator("#tokens tr")).to_have_count(1)
    assert len(page.locator("#told").inner_text().split()[-1]) > 20
    page.click("#tokens button")
    expect(page.locator("#tokens tr")).to_have_count(0)
    for field, value in (("deputy", "planner"), ("first_day", "2026-11-03"), ("last_day", "2026-11-05")):
        page.fill(f"#absence [name={field}]", value)
    page.click("#absence button")
    expect(page.locator("#deputies tr")).to_have_count(1)


def test_alerts_stand_with_their_rules(seat: Seat) -> None:
    page = seat("planner", "alerts", "zh")
    page.wait_for_selector(".card")
    assert "没有指标超出阈值" in page.locator("#board").inner_text()


def test_a_policy_is_asked_for_by_one_and_adopted_by_another(seat: Seat, desk: Desk) -> None:
    from dataclasses import replace

    place = desk.workplaces["shop"]
    place.tenant = replace(place.tenant, scenario_command=("true",))
    analyst = seat("analyst", "scenarios")
    analyst.fill("[name=title]", "ruled")
    analyst.select_option("[name=policy]", "min_max")
    analyst.click("#ask button")
    analyst.wait_for_selector("#side th >> text=ruled")
    assert analyst.get_by_text("Plan by it").count() == 0
    asked = take_next(place.tenant.journal.store, desk.now())
    assert asked.levers["policy"] == "min_max"
    totals = {"lines": 3, "cash": 720.0}
    keep(place.tenant.journal.store, asked.scenario_id, desk.now(), {"base": totals, "then": totals}, [])
    boss = seat("approver", "scenarios", "zh")
    boss.on("dialog", lambda dialog: dialog.accept("更平稳"))
    boss.click("text=采用该策略")
    expect(boss.locator("#adopted")).to_contain_text("最小—最大")
    boss.click("#adopted button")
    expect(boss.locator("#adopted")).to_be_hidden()


def test_a_sheet_goes_out_is_changed_and_comes_back(seat: Seat, tmp_path) -> None:
    page = seat("approver")
    page.wait_for_selector(".ag-row .tag")
    with page.expect_download() as download:
        page.click("#csv")
    text = download.value.path().read_text(encoding="utf-8-sig")
    header, first, *rest = text.splitlines()
    place = header.split(",").index("new_quantity")
    cells = first.split(",")
    cells[place] = "48"
    changed = tmp_path / "changed.csv"
    changed.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    page.set_input_files("#file", changed)
    page.wait_for_selector("dialog[open] table")
    page.select_option("dialog [name=reason]", "budget")
    page.click("dialog button.main")
    expect(page.locator(".ag-row [role=gridcell][col-id=status]").first).to_have_text("edited")


def test_lines_are_rejected_snoozed_and_taken_up_again_with_the_keys(seat: Seat) -> None:
    page = seat("planner", language="zh")
    page.wait_for_selector(".ag-row .tag")
    page.keyboard.press("j")
    for key, status in (("s", "已搁置"), ("r", "已驳回")):
        page.keyboard.press(key)
        page.wait_for_selector("dialog[open] button.main")
        if key == "r":
            page.select_option("dialog [name=reason]", "budget")
        page.click("dialog button.main")
        expect(page.locator(f".row-decided >> text={status}")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator("dialog kbd").first).to_be_visible()
    page.keyboard.press("Escape")
    page.click("[data-view=snoozed]")
    expect(page.locator(".ag-row .tag")).to_have_count(1)
    page.locator(".ag-row").first.dblclick()
    page.get_by_text("重新打开").click()
    page.click("[data-view=open]")
    expect(page.locator(".ag-row .tag")).to_have_count(2)


def test_a_line_is_snoozed_while_the_opening_line_is_still_asked_for(seat: Seat) -> None:
    page = seat("planner")
    unanswered = []
    page.route("**/api/opening*", lambda route: route.continue_() if unanswered else unanswered.append(route))
    page.reload()
    page.wait_for_selector(".ag-row .tag")
    page.keyboard.press("s")
    expect(page.locator("dialog[open] [name=day]")).not_to_have_value("")
    unanswered[0].continue_()


def test_a_filter_of_the_grid_speaks_the_language_of_the_page(seat: Seat) -> None:
    page = seat("planner", language="zh")
    page.wait_for_selector(".ag-row .tag")
    page.locator(".ag-header-cell[col-id=amount] .ag-header-icon").first.click()
    page.wait_for_selector(".ag-filter")
    assert "等于" in page.locator(".ag-filter").inner_text()


def test_a_carrier_is_rejected_with_a_reason_and_taken_up_again(seat: Seat, desk: Desk) -> None:
    page = seat("approver", "proposals#ship")
    row = page.locator("#rows tbody tr").first
    row.locator("input").check()
    page.click("#reject")
    page.select_option("dialog [name=reason]", "budget")
    page.click("dialog button.main")
    expect(row.locator(".tag")).to_have_text("rejected")
    row.locator("input").check()
    page.click("#reopen")
    expect(row.locator(".tag")).to_have_text("proposed")
    kinds = {event["kind"] for event in desk.workplaces["shop"].tenant.journal.events()}
    assert {"reject", "reopen"} <= kinds


def test_all_sending_is_stopped_on_the_page_of_feeds(seat: Seat, desk: Desk) -> None:
    page = seat("approver", "feeds")
    page.fill("#sending input", "wrong prices")
    page.click("#sending button")
    expect(page.locator("#sending .bad")).to_contain_text("wrong prices")
