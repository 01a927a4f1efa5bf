"""The desk in a real browser, without the mouse, in both languages and lights, under its own security policy."""

import sys
from dataclasses import replace

from playwright.sync_api import Locator, Page, expect

from feedback.scenarios import keep, take_next
from planner.web.desk import Desk


def cells(page: Page, column: str) -> Locator:
    return page.locator(f".ag-row [role=gridcell][col-id={column}]")


def test_a_morning_without_the_mouse(page: Page) -> None:
    expect(page.locator("#tile-tied b")).to_have_text("150")
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#panel .uplot canvas")
    assert page.locator("#panel canvas").count() == 3
    assert "SKU000002" in page.locator("#panel header").inner_text()
    # A name is text, whatever is in it.
    assert "<img src=x onerror=alert(1)>" in page.locator("#panel h3").inner_text()
    assert page.locator("img").count() == 0
    page.keyboard.press("a")
    page.wait_for_selector(".toast")
    page.wait_for_selector(".row-decided")
    page.keyboard.press("e")
    page.fill("dialog [name=quantity]", "24")
    page.wait_for_selector("dialog #effect table")
    # Nobody's reason is chosen for them.
    page.keyboard.press("Enter")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.type("Budget")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(cells(page, "status").nth(2)).to_have_text("edited")
    expect(cells(page, "quantity").nth(2)).to_have_text("24")
    expect(cells(page, "amount").nth(2)).to_have_text("240")
    # The panel is at the line that the next key decides on.
    assert "SKU000001" in page.locator("#panel header").inner_text()
    page.keyboard.press("z")
    expect(cells(page, "quantity").nth(2)).to_have_text("12")
    page.keyboard.press("z")
    expect(page.locator(".row-decided")).to_have_count(0)
    expect(cells(page, "status")).to_have_text(["proposed", "proposed", "edited"])


def test_all_that_is_listed_is_approved_and_taken_back(page: Page) -> None:
    page.keyboard.press("Shift+A")
    page.wait_for_selector("dialog[open] button.main")
    assert "3 suggestions · CNY 720" in page.locator("dialog").inner_text()
    page.click("dialog button.main")
    page.wait_for_selector(".ag-overlay-no-rows-center, .row-decided")
    page.click("[data-view=decided]")
    expect(cells(page, "status")).to_have_count(3)
    page.keyboard.press("z")
    page.click("[data-view=open]")
    expect(cells(page, "status")).to_have_count(3)


def test_one_late_vessel_is_one_row_and_all_that_it_moved_is_a_click_away(page: Page) -> None:
    vessel = page.locator("#moved button", has_text="Shipment EVER9 is not as told")
    expect(vessel).to_contain_text("(2)")
    expect(vessel).to_contain_text("+60 units")
    expect(vessel).to_contain_text("+600")
    vessel.click()
    expect(cells(page, "sku_id")).to_have_text(["SKU000003", "SKU000002"])
    expect(page.locator("#narrowed")).to_contain_text("shipment:EVER9")
    vessel.click()
    expect(cells(page, "sku_id")).to_have_count(3)


def test_search_and_causes_narrow_the_list(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("runner 1")
    expect(page.locator(".ag-row .tag")).to_have_count(1)
    page.fill("#search", "")
    page.click("#causes li:nth-child(3) button")
    expect(page.locator(".ag-row .tag")).to_have_text(["Data in doubt"])


def test_two_keys_narrow_the_list_to_this_lines_supplier_and_widen_it_again(page: Page) -> None:
    page.keyboard.press("j")
    for left in (1, 3):
        page.keyboard.press("g")
        page.keyboard.press("s")
        expect(page.locator(".ag-row .tag")).to_have_count(left)
        # Nobody takes a part for all.
        expect(page.locator("#narrowed button")).to_have_count(1 if left == 1 else 0)


def test_what_was_put_off_comes_back_by_one_key_and_the_count_is_of_what_is_left(page: Page) -> None:
    expect(page.locator("#count")).to_contain_text("3 lines")
    page.keyboard.press("s")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Enter")
    expect(page.locator("#count")).to_contain_text("2 lines")
    page.keyboard.press("z")
    expect(page.locator("#count")).to_contain_text("3 lines")
    expect(cells(page, "status")).to_have_text(["proposed"] * 3)


def test_what_companies_order_in_bulk_stands_above_the_past_and_behind_the_step_of_demand(seat) -> None:
    page = seat("planner", language="zh")
    page.wait_for_selector(".ag-row .tag")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#panel .uplot canvas")
    assert "SKU000003" in page.locator("#panel header").inner_text()
    legend = page.locator("#panel .legend").first
    expect(legend).to_contain_text("企业批量订单")
    page.click("#panel button.step >> nth=0")
    page.wait_for_selector("#panel .behind table")
    expect(page.locator("#panel .behind td:has-text('企业批量订单')")).to_have_count(8)
    # The bar of the one week stands in its own colour: 30 above the five or so of all others.
    drawn = page.evaluate(
        """() => {
            const canvas = document.querySelector("#panel .chart canvas"), pen = canvas.getContext("2d");
            const probe = document.createElement("canvas").getContext("2d");
            probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--bulk");
            probe.fillRect(0, 0, 1, 1);
            const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
            const seen = pen.getImageData(0, 0, canvas.width, canvas.height).data;
            let count = 0;
            for (let at = 0; at < seen.length; at += 4) {
                count += Math.abs(seen[at] - r) + Math.abs(seen[at + 1] - g) + Math.abs(seen[at + 2] - b) < 6;
            }
            return count;
        }"""
    )
    assert drawn > 100


def test_a_bar_of_the_bridge_leads_to_its_rows_and_to_the_same_question_in_sql(page: Page) -> None:
    page.keyboard.press("ArrowRight")
    page.click("#panel button.step >> text=On hand")
    page.wait_for_selector("#panel .behind table")
    question = page.locator("#panel .behind code").inner_text()
    page.click("#panel .behind a")
    page.wait_for_selector("#question")
    assert page.locator("#question").input_value() == question


def test_a_scenario_is_asked_and_stands_beside_the_plan(page: Page, desk: Desk) -> None:
    place = desk.workplaces["shop"]
    place.tenant = replace(place.tenant, scenario_command=(sys.executable, "-c", ""))
    page.goto(page.url.replace("/desk", "/scenarios"))
    page.fill("[name=title]", "a fifth less")
    page.fill("[name=budget]", "-20")
    page.click("#ask button")
    page.wait_for_selector("#side th >> text=a fifth less")
    asked = take_next(place.tenant.journal.store, desk.now())
    assert asked.levers["budget"] == 0.8
    told = {"lines": 3, "cash": 720.0}
    moved = [{"sku_id": "SKU000001", "base_qty": 12, "quantity": 0, "amount": -120.0}]
    keep(
        place.tenant.journal.store, asked.scenario_id, desk.now(), {"base": told, "then": told | {"cash": 600.0}}, moved
    )
    page.click("#side button >> text=Show lines", timeout=10_000)
    assert "−120" in page.locator("#moved").inner_text() and "−120" in page.locator("#side").inner_text()


def test_a_view_is_saved_and_taken_up_again(page: Page) -> None:
    page.fill("#search", "runner 2")
    expect(page.locator(".ag-row .tag")).to_have_count(1)
    page.click("#saved li:last-child button")
    page.fill("dialog [name=title]", "second")
    page.keyboard.press("Enter")
    expect(page.locator("#saved .saved")).to_have_count(1)
    page.fill("#search", "")
    expect(page.locator(".ag-row .tag")).to_have_count(3)
    page.click("#saved .saved button")
    expect(page.locator(".ag-row .tag")).to_have_count(1)
    assert page.input_value("#search") == "runner 2"


def test_every_page_opens_without_a_complaint(page: Page) -> None:
    place = page.url.rpartition("/")[0]
    for name in ("health", "forecast", "feeds", "alerts", "scenarios", "audit", "sql", "api"):
        page.goto(f"{place}/{name}")
        page.wait_for_selector(".sections section, #marts li, #make button")
        assert "Worklist" in page.locator("nav").inner_text()


def test_a_wave_is_drawn_to_its_cut_off_and_its_tour_over_the_warehouse(page: Page) -> None:
    page.goto(f"{page.url.rpartition('/')[0]}/waves")
    page.wait_for_selector("#map polyline.way")
    expect(page.locator("#timeline .wave.late")).to_have_count(1)
    assert page.locator("#timeline .tick").count() > 2
    assert page.locator("#map .stop").all_text_contents() == ["1", "2"]
    assert [row.split("\t")[1] for row in page.locator("#stops tbody tr").all_inner_texts()] == ["B1", "B2"]


def test_every_word_is_there_in_both_languages_and_both_lights(page: Page) -> None:
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        page.wait_for_selector("#panel .uplot canvas")
        page.click("#theme")
        # A key in the place of its text would be a word with a dot in it.
        shown = page.locator("body").inner_text()
        keys = ("column.", "cause.", "bridge.", "tile.", "term.", "legend.", "panel.", "status.")
        assert not [word for word in shown.split() if word.startswith(keys)]
        with page.expect_navigation():
            page.click("#language")
        page.wait_for_selector(".ag-row .tag")
    assert page.locator("html").get_attribute("lang") == "en"


def test_who_is_late_is_shown_both_values(page: Page, desk: Desk) -> None:
    from desk_workspace import name_of

    from feedback.states import Event

    journal = desk.workplaces["shop"].tenant.journal
    change = {"quantity": "48", "reason": "promotion"}
    journal.record([Event("edit", name_of(3), "bob", desk.now(), change, 1)])
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("a")
    page.wait_for_selector("dialog[open]")
    assert "You saw 36; it is 48" in page.locator("dialog").inner_text()
