"""What is beyond its limit stands on the desk, the most money first, until it ends; who takes it on is on record."""

from datetime import UTC, datetime
from decimal import Decimal

from feedback.alerts.standings import Measured, take_readings
from feedback.alerts.watch import Reading, Rule

AT = datetime(2026, 11, 1, tzinfo=UTC)
LOW = Rule("shelves", "ann@example.com", "in_stock_rate", 0.9, False, 0.95, channels=("mail",))


def stand(desk, **values: float) -> None:
    readings = {place: Reading(value, Decimal(1000) * place.endswith("2")) for place, value in values.items()}
    measured = Measured(LOW, "In-stock rate", "有货率", "share", readings)
    take_readings(desk.workplaces["shop"].tenant.journal.store, [measured], AT)


def test_alerts_stand_with_the_most_money_first_beside_their_rules_and_what_was_told(desk, browser) -> None:
    stand(desk, W1=0.5, W2=0.6, W3=0.99)
    told = browser("analyst").ask("alerts").json()
    assert [(row["member"], row["value"], row["money"]) for row in told["alerts"]] == [
        ("W2", 0.6, "1000"), ("W1", 0.5, "0"),
    ]  # fmt: skip
    assert [(row["rule"], row["watched"], row["open"]) for row in told["rules"]] == [("shelves", 3, 2)]
    assert {(row["channel"], row["status"]) for row in told["notices"]} == {("desk", "told"), ("mail", "due")}


def test_who_looks_after_an_alert_is_named_and_on_record(desk, browser) -> None:
    stand(desk, W1=0.5)
    planner = browser("planner")
    assert planner.change("alerts/take", rule="shelves", member="W1").json()["alerts"][0]["taken_by"] == "planner"
    assert desk.deeds.last("shop")[0] | {"what": "take_alert", "name": "shelves W1"} == desk.deeds.last("shop")[0]
    assert planner.change("alerts/take", rule="shelves", member="W9").status_code == 400
    assert browser("analyst").change("alerts/take", rule="shelves", member="W1").status_code == 403


def test_the_page_opens_and_hides_money_from_who_may_not_see_it(desk, browser) -> None:
    stand(desk, W2=0.5)
    assert 'src="/static/alerts/page.js"' in browser("analyst").get("/t/shop/alerts").text
    desk.workplaces["shop"].tenant.hidden["analyst"] = ("cost",)
    assert "money" not in browser("analyst").ask("alerts").json()["alerts"][0]
