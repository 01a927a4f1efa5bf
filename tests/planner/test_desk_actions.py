"""Besides purchases the list holds transfers, changes of orders and clearance, each with what it says and does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_people import Browser, Clock, add_person
from desk_workspace import OTHER_NEEDS, make_workspace

from feedback.identity import suggestion_id
from feedback.journal.on_the_way import outbound
from planner.application import make_application
from planner.texts import TEXTS
from planner.web.desk import Desk

TRANSFER, CANCEL, CLEAR = (suggestion_id(*each.key, 0) for each in OTHER_NEEDS)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, quick_passwords: None) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("actions")
    desk = Desk([make_workspace(folder / "shop", others=True)], folder / "desk.db", Clock())
    add_person(desk, "ann", {"approver"})
    add_person(desk, "eve", {"analyst"})
    yield desk
    desk.accounts.engine.dispose()


@pytest.fixture
def ann(place: Desk) -> Browser:
    return Browser(make_application(place, ["desk.test"]), base_url="http://desk.test").sign_in("ann")


def only(**values: str) -> str:
    import json

    return json.dumps({name: {"filterType": "set", "values": [value]} for name, value in values.items()})


def test_every_action_stands_in_one_list_by_the_money_at_stake(ann) -> None:
    lines = ann.lines(view="all")
    stakes = [float(line["money_at_stake"]) for line in lines]
    assert stakes == sorted(stakes, reverse=True) and len(lines) == 6
    assert [line["action"] for line in ann.lines(view="all", filters=only(action="transfer"))] == ["transfer"]
    opening = ann.ask("opening").json()
    assert {row["action"]: row["lines"] for row in opening["actions"]} == {
        "buy": 3, "transfer": 1, "cancel": 1, "clear": 1,
    }  # fmt: skip
    # Orders are of purchases alone, and money is asked for by them alone.
    assert sum(row["lines"] for row in opening["orders"]) == 3
    assert sum(row["lines"] for row in opening["moved"]) == 3


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        (TRANSFER, {"from_location_id": "W2", "ship_date": "2026-11-02", "freight_amount": 30.0}),
        (CANCEL, {"po_id": "P1", "current_qty": 24.0, "new_qty": 0.0}),
        (CLEAR, {"clear_way": "markdown", "markdown_rate": 0.3, "runner_up_way": "scrap"}),
    ],
)
def test_what_is_no_purchase_says_what_it_changes_in_words_that_have_a_title(ann, name, terms) -> None:
    told = ann.ask(f"suggestions/{name}").json()
    assert terms.items() <= told["terms"][0].items()
    assert told["bridge"] == [] and told["effect"] is None and told["decisions"][0]["kind"] == "propose"
    assert told["why"] == {"reason": "by hand", "reason_zh": "手工"}
    assert [column for column in told["terms"][0] if f"column.{column}" not in TEXTS] == []


def test_stock_ahead_is_shown_as_the_change_would_leave_it(ann) -> None:
    moved = ann.ask(f"suggestions/{TRANSFER}").json()["projection"]
    day = moved["days"].index("2026-11-04")
    assert moved["with"]["mean"][day] - moved["without"]["mean"][day] == pytest.approx(12, abs=1)
    cancelled = ann.ask(f"suggestions/{CANCEL}").json()["projection"]
    day = cancelled["days"].index("2026-11-20")
    assert cancelled["without"]["mean"][day] - cancelled["with"]["mean"][day] == pytest.approx(24, abs=1)
    # Nothing is planned for what only lies there.
    assert ann.ask(f"suggestions/{CLEAR}").json()["projection"] is None


def test_a_total_of_several_actions_says_what_each_comes_to(place) -> None:
    add_person(place, "boss", {"approver"})
    boss = Browser(make_application(place, ["desk.test"]), base_url="http://desk.test").sign_in("boss")
    told = boss.change("total", query={"view": "all"}).json()
    assert {action: (of["lines"], of["amounts"]) for action, of in told["actions"].items()} == {
        "buy": (3, {"CNY": "720"}), "transfer": (1, {}), "cancel": (1, {}), "clear": (1, {"CNY": "60"}),
    }  # fmt: skip
    assert (told["lines"], told["amounts"], told["priceless"]) == (6, {"CNY": "780"}, 2)


def test_they_are_decided_like_purchases_and_leave_in_files_of_their_own(ann, place) -> None:
    refused = ann.change("edit", **ann.seen(CANCEL), new_quantity="12", reason="budget")
    assert refused.status_code == 400 and "cancel takes no other quantity" in refused.json()["error"]
    assert ann.change("edit", **ann.seen(CLEAR), new_quantity="3", reason="space").status_code == 200
    for name in (TRANSFER, CANCEL, CLEAR):
        assert ann.change("approve", **ann.seen(name)).status_code == 200, name
    journal = place.workplaces["shop"].tenant.journal
    assert {row["decision"]: row["messages"] for row in outbound(journal)} == {
        "transfers": 1, "purchase_order_actions": 1, "clearance": 1,
    }  # fmt: skip


def test_orders_are_hidden_from_who_may_not_see_suppliers(place) -> None:
    place.workplaces["shop"].tenant.hidden["analyst"] = ("supplier",)
    eve = Browser(make_application(place, ["desk.test"]), base_url="http://desk.test").sign_in("eve")
    line = eve.line(CANCEL)
    assert not {"po_id", "po_line_id", "supplier_id", "runner_up_supplier_name"} & line.keys()
    assert "po_id" not in eve.ask(f"suggestions/{CANCEL}").json()["terms"][0]
