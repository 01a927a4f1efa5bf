"""Open suggestions are shown as the orders they will be, against what fills them; an edit shows what it does there."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from desk_people import Browser, Clock, add_person
from desk_workspace import make_workspace, name_of, sku
from playwright.sync_api import expect

from planner.application import make_application
from planner.web.desk import Desk

# Lines 1 and 3 (12 and 36 units at 10) are bought from S2, line 2 (24 units) from S1; a unit takes 50 litres.
LOADS = [
    {"sku_id": sku(n), "location_id": "W1", "supplier_id": f"S{n % 2 + 1}", "unit_volume_l": 50.0,
     "unit_weight_kg": 2.0, "pallet_qty": 40.0}
    for n in (1, 2, 3)
]  # fmt: skip
PERIOD = {"period": "202611", "currency": "CNY", "first_date": date(2026, 11, 1), "end_date": date(2026, 12, 1)}
MORE = {
    "order_load": LOADS,
    "supplier_container": [{"supplier_id": "S2", "location_id": "W1", "volume_l": 2000.0, "weight_kg": 1000.0}],
    "suggestion_curve": [
        {"suggestion_id": name_of(3), "quantity": quantity, "value_amount": value}
        for quantity, value in ((0, 0), (36, 90), (48, 70), (60, None))
    ],
    "open_to_buy": [
        PERIOD | {"scope": "*", "budget_amount": 2000, "ordered_amount": 500, "open_amount": 1500},
        PERIOD | {"scope": "S1", "budget_amount": 240, "ordered_amount": 0, "open_amount": 240},
        PERIOD | {"scope": "shoes", "budget_amount": 9, "ordered_amount": 0, "open_amount": 9},
    ],
}


@pytest.fixture
def desk(tmp_path, quick_passwords) -> Iterator[Desk]:
    """Where orders have containers and budgets."""
    desk = Desk([make_workspace(tmp_path / "shop", more=MORE)], tmp_path / "desk.db", Clock())
    add_person(desk, "ann", {"approver"})
    yield desk
    desk.accounts.engine.dispose()
    desk.workplaces["shop"].tenant.journal.store.dispose()


@pytest.fixture
def ann(desk) -> Browser:
    return Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test").sign_in("ann")


def order(ann: Browser, supplier: str) -> dict:
    [found] = [row for row in ann.ask("opening").json()["orders"] if row["supplier_id"] == supplier]
    return found


def test_an_order_is_summed_by_supplier_and_place_and_fills_its_containers_and_pallets(ann) -> None:
    told = order(ann, "S2")
    assert (told["location_id"], told["lines"], told["amount"], told["volume_l"], told["weight_kg"]) == (
        "W1", 2, 480.0, 2400.0, 96.0,
    )  # fmt: skip
    assert (told["containers"], told["container_fill"], told["pallets"]) == (2, pytest.approx(0.6), pytest.approx(1.2))
    assert float(told["min_order_amount"]) == 1000
    assert order(ann, "S1")["containers"] is None


def test_budgets_of_all_and_of_a_supplier_are_spent_by_what_is_approved_and_asked_for(ann) -> None:
    def budgets() -> list[tuple]:
        told = ann.ask("opening").json()["budgets"]
        return [(row["supplier_id"], row["spent_amount"], row["open_amount"]) for row in told]

    assert budgets() == [(None, 500.0, 720.0), ("S1", 0.0, 240.0)]
    ann.change("approve", **ann.seen(name_of(2)))
    assert budgets() == [(None, 740.0, 480.0), ("S1", 240.0, 0.0)]
    ann.change("reject", **ann.seen(name_of(1)), reason="budget")
    assert budgets() == [(None, 740.0, 360.0), ("S1", 240.0, 0.0)]


def test_an_edit_shows_what_it_makes_of_the_order_before_it_is_saved_and_after(ann) -> None:
    shown = ann.ask(f"suggestions/{name_of(3)}/preview", quantity=24).json()["order"]
    assert (shown["planned"]["containers"], shown["asked"]["containers"]) == (2, 1)
    assert shown["asked"]["container_fill"] == pytest.approx(0.9) and shown["asked"]["amount"] == 360.0
    assert order(ann, "S2")["containers"] == 2
    ann.change("edit", **ann.seen(name_of(3)), new_quantity="24", reason="budget")
    assert order(ann, "S2") | {"order_by": None} == shown["asked"] | {"order_by": None}


def test_what_quantities_earn_is_drawn_as_the_plan_counted_it(ann) -> None:
    told = ann.ask(f"suggestions/{name_of(3)}").json()["curve"]
    assert [(point["quantity"], point["value"]) for point in told] == [(0, 0), (36, 90), (48, 70)]
    assert len(ann.ask(f"suggestions/{name_of(2)}").json()["curve"]) > 3


def test_one_order_is_what_the_list_narrows_to(ann) -> None:
    only = {
        name: {"filterType": "set", "values": [value]} for name, value in (("supplier_id", "S2"), ("location_id", "W1"))
    }
    assert len(ann.lines(filters=json.dumps(only))) == order(ann, "S2")["lines"]


def test_the_rail_draws_how_far_orders_are_filled_and_narrows_the_list_to_one(seat) -> None:
    page = seat("ann")
    page.wait_for_selector("#orders .fill")
    whole, *_ = page.locator("#orders li").all()
    assert whole.locator("progress").get_attribute("value") == "0.61"
    [one] = page.locator("#orders li", has_text="S2").or_(page.locator("#orders li", has_text="供应商2")).all()
    shown = [each.inner_text().split("\n") for each in one.locator(".fill").all()]
    assert [words[0] for words in shown] == ["minimum", "containers", "pallets", "volume"]
    assert [words[-1] for words in shown] == ["48 %", "2 × 60 %", "1.2", "2.4 m³, 96 kg"]
    one.locator("button").click()
    expect(page.locator(".ag-row .tag")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_selector("dialog #effect table")
    assert "Its containers" in page.locator("#effect").inner_text()
