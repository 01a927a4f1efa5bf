"""The list ranks, filters and explains what the plan asks for, and shows where each stands."""

import json
from datetime import date
from decimal import Decimal

import pytest
from desk_people import Browser, Clock, add_person
from desk_workspace import make_workspace, name_of, sku

from feedback.states import Event
from planner.application import make_application
from planner.bridge_rows import QUESTIONS
from planner.texts import TEXTS
from planner.web.desk import Desk


def test_the_most_money_at_stake_comes_first(browser) -> None:
    page = browser("planner").ask("worklist").json()
    assert [line["sku_id"] for line in page["lines"]] == ["SKU000003", "SKU000002", "SKU000001"]
    assert (page["count"], page["amount"], page["money_at_stake"]) == (3, "720.0000", "300.0000")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"search": "runner 2"}, [2]),
        ({"search": "供应商2"}, [3, 1]),
        ({"filters": {"amount": {"filterType": "number", "type": "greaterThan", "filter": 120}}}, [3, 2]),
        ({"filters": {"amount": {"filterType": "number", "type": "inRange", "filter": 100, "filterTo": 240}}}, [2, 1]),
        ({"filters": {"cause": {"filterType": "set", "values": ["data_doubt"]}}}, [1]),
        ({"filters": {"sku_id": {"filterType": "text", "type": "startsWith", "filter": "sku"}}}, [3, 2, 1]),
        ({"filters": {"requested_date": {"filterType": "date", "type": "lessThan", "dateFrom": "2026-11-07"}}}, []),
        (
            {"filters": {"requested_date": {"filterType": "date", "type": "equals", "dateFrom": "2026-11-15"}}},
            [3, 2, 1],
        ),
        ({"order": [{"colId": "quantity", "sort": "asc"}]}, [1, 2, 3]),
        ({"order": [{"colId": "supplier_id", "sort": "desc"}, {"colId": "amount", "sort": "asc"}]}, [1, 3, 2]),
        ({"view": "decided"}, []),
    ],
)
def test_the_list_can_be_searched_filtered_and_ordered(browser, words, found) -> None:
    said = {key: value if isinstance(value, str) else json.dumps(value) for key, value in words.items()}
    lines = browser("analyst").lines(**said)
    assert [line["suggestion_id"] for line in lines] == [name_of(number) for number in found]


@pytest.mark.parametrize(
    "words",
    [
        {"view": "nope"}, {"filters": "{"}, {"filters": "[]"}, {"order": '[{"colId": "password_hash", "sort": "asc"}]'},
        {"filters": '{"amount": {"filterType": "number", "type": "greaterThan", "filter": "x"}}'},
        {"filters": '{"amount": {"filterType": "number", "type": "eval", "filter": 1}}'},
        {"order": '[1]'}, {"start": "-1"}, {"end": "99999"}, {"start": "5", "end": "1"},
    ],
)  # fmt: skip
def test_a_question_without_meaning_is_answered_in_words(browser, words) -> None:
    answer = browser("planner").ask("worklist", **words)
    assert answer.status_code == 400 and len(answer.json()["error"]) > 10


def test_a_line_is_explained_by_steps_that_add_up_to_it(browser) -> None:
    told = browser("planner").ask(f"suggestions/{name_of(3)}").json()
    assert sum(step["quantity"] for step in told["bridge"]) == told["line"]["suggested_qty"] == 36
    assert [row["po_id"] for row in told["arrivals"]] == ["P1"]
    assert sum(row["censored_days"] for row in told["history"]) == 2
    assert len(told["forecast"]) == 8
    # What companies order in bulk stands beside the past and in the weeks ahead.
    assert sum(row["bulk"] for row in told["history"]) == 30
    assert {(row["low"], row["mean"], row["high"]) for row in told["forecast"]} == {(3.5, 5.5, 7.5)}
    assert told["decisions"][0]["kind"] == "propose"
    ahead = told["projection"]
    after = ahead["days"].index(ahead["order_arrives"])
    gained = [a - b for a, b in zip(ahead["with"]["mean"], ahead["without"]["mean"], strict=True)]
    assert gained[after - 1] == 0 and 35 < gained[after] <= 36
    assert told["effect"]["with"]["service"] > told["effect"]["without"]["service"]
    assert browser("planner").ask("suggestions/BUY-0").status_code == 404


def test_every_bar_of_a_bridge_leads_to_the_rows_it_stands_on(browser) -> None:
    someone = browser("planner")
    for step in QUESTIONS:
        told = someone.ask(f"suggestions/{name_of(3)}/behind/{step}").json()
        assert told["sql"].startswith("select ") and {f"column.{name}" for row in told["rows"] for name in row} <= {
            *TEXTS
        }
    [order] = someone.ask(f"suggestions/{name_of(3)}/behind/on_order").json()["rows"]
    assert (order["po_id"], order["open_qty"]) == ("P1", "24.0000")
    assert someone.ask(f"suggestions/{name_of(3)}/behind/magic").status_code == 400
    assert [key for key in QUESTIONS if f"bridge.{key}" not in TEXTS] == []


def test_behind_what_is_sold_for_other_warehouses_stand_all_places_of_the_sku(browser) -> None:
    [place] = browser("planner").ask(f"suggestions/{name_of(3)}/behind/network").json()["rows"]
    assert place["location_id"] == "W1" and place["lost_share"] is None


def test_the_rows_behind_demand_hold_what_companies_order_in_bulk(browser) -> None:
    told = browser("planner").ask(f"suggestions/{name_of(3)}/behind/demand").json()
    assert [(row["part"], row["y_hat"], row["q_0_5"]) for row in told["rows"][:2]] == [
        ("usual", 4.0, 4.0), ("bulk", 1.5, None),
    ]  # fmt: skip
    assert len(told["rows"]) == 16
    none = browser("planner").ask(f"suggestions/{name_of(1)}/behind/demand").json()["rows"]
    assert {row["part"] for row in none} == {"usual"}
    [terms] = browser("planner").ask(f"suggestions/{name_of(3)}/behind/pack").json()["rows"]
    assert (terms["order_cycle_days"], terms["review_days"]) == (3.0, 4.0)


def test_goods_that_only_companies_buy_say_so(tmp_path, quick_passwords) -> None:
    nothing = dict.fromkeys(("y_hat", "q_0_1", "q_0_5", "q_0_9"), 0)
    weeks = [{"sku_id": sku(1), "location_id": "W1", "week_start": date(2026, 11, 2), "bulk_qty": 2.5} | nothing]
    tenant = make_workspace(tmp_path / "shop", more={"demand_forecast": weeks})
    desk = Desk([tenant], tmp_path / "desk.db", Clock())
    add_person(desk, "ann", {"analyst"})
    ann = Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test").sign_in("ann")
    assert ann.ask(f"suggestions/{name_of(1)}").json()["only_in_bulk"]
    assert not ann.ask(f"suggestions/{name_of(2)}").json()["only_in_bulk"]
    desk.accounts.engine.dispose()


def test_a_publication_of_an_older_version_is_explained_without_what_it_did_not_know(tmp_path, quick_passwords) -> None:
    older = {
        "demand_history": ["bulk_qty"], "demand_forecast": ["bulk_qty"], "replenishment_input": ["order_cycle_days"],
    }  # fmt: skip
    desk = Desk([make_workspace(tmp_path / "shop", older=older)], tmp_path / "desk.db", Clock())
    add_person(desk, "ann", {"analyst"})
    ann = Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test").sign_in("ann")
    found = ann.ask(f"suggestions/{name_of(3)}").json()
    assert {row["mean"] for row in found["forecast"]} == {4.0} and {row["bulk"] for row in found["history"]} == {0.0}
    behind = ann.ask(f"suggestions/{name_of(3)}/behind/demand").json()
    assert len(behind["rows"]) == 8 and "bulk" not in behind["sql"]
    assert "order_cycle_days" not in ann.ask(f"suggestions/{name_of(3)}/behind/pack").json()["rows"][0]
    desk.accounts.engine.dispose()


def test_what_a_bar_stands_on_can_be_asked_again_as_it_is(made, browser) -> None:
    told = browser("analyst").ask(f"suggestions/{name_of(3)}/behind/on_hand").json()
    again = browser("analyst").change("ask", sql=told["sql"]).json()
    assert again["rows"] == [[row[name] for name in again["columns"]] for row in told["rows"]]


def test_another_quantity_is_tried_before_it_is_saved(browser) -> None:
    someone = browser("planner")
    found = someone.ask(f"suggestions/{name_of(3)}/preview", quantity="13").json()
    assert found["asked"]["cash"] == 130 and found["planned"]["cash"] == 360
    assert {each["mind"] for each in found["minds"]} == {"not_whole_packs", "below_service"}
    for wrong in ("", "-1", "nan", "1e99", "abc"):
        assert someone.ask(f"suggestions/{name_of(3)}/preview", quantity=wrong).status_code == 400
    assert someone.line(name_of(3))["version"] == 1


def test_the_opening_line_sums_what_waits_for_a_person(desk, browser) -> None:
    someone = browser("planner")
    before = someone.ask("opening").json()
    assert before["tiles"]["tied_amount"] == "150.0000" and before["tiles"]["exceptions"] == 1
    assert before["work"]["open"] == 3 and before["work"]["amount"] == "720.0000"
    assert {row["cause"]: row["lines"] for row in before["causes"]} == {"runs_out_first": 2, "data_doubt": 1}
    assert before["tiles"]["exception_causes"] == 1
    [vessel, usual] = before["moved"]
    told = {"cause_kind": "shipment", "cause_subject": "EVER9", "lines": 2, "skus": 2, "gone": 0, "quantity": "60.0000"}
    assert vessel | told | {"cause_id": "shipment:EVER9"} == vessel and Decimal(vessel["amount"]) == 600
    assert usual["cause_id"] == "stock:W1" and Decimal(usual["amount"]) == 120
    behind = {"cause_id": {"filterType": "set", "values": ["shipment:EVER9"]}}
    assert [line["suggestion_id"] for line in someone.lines(filters=json.dumps(behind))] == [name_of(3), name_of(2)]
    someone.change("approve", **someone.seen(name_of(3)))
    assert someone.ask("opening").json()["work"]["open"] == 2


def test_the_value_of_a_line_is_that_of_the_quantity_that_stands(browser) -> None:
    ann = browser("planner")
    before = float(ann.ask("worklist").json()["amount"])
    ann.change("edit", **ann.seen(name_of(3)), new_quantity="24", reason="budget")
    assert float(ann.line(name_of(3))["amount"]) == 240
    assert float(ann.ask("worklist").json()["amount"]) == before - 120
    assert float(ann.ask("opening").json()["work"]["amount"]) == before - 120
    ann.change("reject", **ann.seen(name_of(3)), reason="budget")
    assert float(ann.ask("worklist").json()["amount"]) == before - 360


def test_what_others_decide_shows_at_once_and_a_lost_journal_is_read_anew(desk, browser) -> None:
    someone = browser("planner")
    assert len(someone.lines()) == 3
    journal = desk.workplaces["shop"].tenant.journal
    journal.record([Event("reject", name_of(2), "bob", desk.now(), {"reason": "budget"}, 1)])
    assert len(someone.lines()) == 2
    assert someone.line(name_of(2))["status"] == "rejected"


def test_a_new_publication_is_shown_without_a_restart(desk, browser, tmp_path) -> None:
    import duckdb

    from pipelines.publication import publish
    from pipelines.workspace import Workspace

    someone = browser("planner")
    assert len(someone.lines(view="all")) == 3
    workspace = Workspace.at(tmp_path / "shop")
    with duckdb.connect(str(workspace.warehouse)) as warehouse:
        warehouse.execute("delete from marts.replenishment_suggestion where suggested_qty = 12")
        publish(warehouse, workspace, "shop", desk.now(), desk.now())
    assert len(someone.lines(view="all")) == 2


def test_a_workspace_without_a_publication_says_what_to_do(desk, browser, tmp_path) -> None:
    (tmp_path / "shop" / "published" / "current.json").unlink()
    someone = browser("planner")
    assert someone.ask("worklist").status_code == 503
    assert "supplyloop run" in someone.ask("opening").json()["error"]


def test_shutdowns_of_the_supplier_and_last_days_of_batches_stand_on_the_chart(tmp_path, quick_passwords) -> None:
    closed = {"supplier_id": "S2", "closed_from": date(2026, 11, 10), "closed_to": date(2026, 11, 14)}
    batch = {"sku_id": sku(1), "location_id": "W1", "batch_no": "B1", "sellable_qty": 9, "unsold_qty": 4}
    more = {
        "supplier_closure": [closed, closed | {"supplier_id": "S9"}],
        "expiry_projection": [batch | {"last_sale_date": date(2026, 11, 20)}, batch | {"batch_no": "none"}],
    }
    desk = Desk([make_workspace(tmp_path / "shop", more=more)], tmp_path / "desk.db", Clock())
    add_person(desk, "ann", {"analyst"})
    ann = Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test").sign_in("ann")
    found = ann.ask(f"suggestions/{name_of(1)}").json()
    assert found["supplier_closures"] == [{"closed_from": "2026-11-10", "closed_to": "2026-11-14"}]
    assert found["expiries"] == [{"day": "2026-11-20", "quantity": 9.0, "unsold": 4.0}]
    desk.accounts.engine.dispose()
