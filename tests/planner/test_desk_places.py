"""Who may see some places only sees their rows, on every page and by every way, and decides on no other."""

from dataclasses import replace
from decimal import Decimal

import pytest
from desk_people import Browser, Clock, add_person
from desk_workspace import AS_OF, OTHER_NEEDS, make_workspace, name_of

from feedback.alerts.standings import Measured, take_readings
from feedback.alerts.watch import Reading, Rule
from feedback.identity import suggestion_id
from feedback.scenarios import ask, keep, take_next
from pipelines.settings import SettingsError, load_settings
from planner.access.places import place_column, places_of
from planner.application import make_application
from planner.web.desk import Desk

TRANSFER = suggestion_id(*OTHER_NEEDS[0].key, 0)


@pytest.fixture
def place(tmp_path, quick_passwords, request):
    """A desk whose planners see one place of the two, and whose approvers see both."""
    tenant = make_workspace(tmp_path / "shop", others=True)
    desk = Desk([replace(tenant, places={"planner": request.param})], tmp_path / "desk.db", Clock())
    for role in ("planner", "approver", "analyst"):
        add_person(desk, role, {role})
    yield desk
    desk.accounts.engine.dispose()


def browser(desk: Desk, name: str) -> Browser:
    return Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test").sign_in(name)


@pytest.mark.parametrize("place", [("W2",)], indirect=True)
def test_rows_of_other_places_are_nowhere(place) -> None:
    ann, boss = browser(place, "planner"), browser(place, "approver")
    assert len(boss.lines(view="all")) == 6 and ann.lines(view="all") == []
    assert ann.ask("opening").json()["work"]["all"] == 0
    assert ann.ask(f"suggestions/{name_of(1)}").status_code == 404
    assert ann.get("/t/shop/api/export.csv").text.count("\n") == 1
    sections = {each["name"]: each["rows"] for each in ann.ask("boards/health").json()["sections"]}
    assert sections["stock_by_status"] == []
    assert ann.ask("waves").json()["waves"] == []
    told = ann.change("ask", sql="select count(*) from replenishment_suggestion").json()
    assert told["rows"] == [[0]]
    assert ann.ask("alerts").json()["alerts"] == []


@pytest.mark.parametrize("place", [("W2",)], indirect=True)
def test_nobody_decides_on_what_they_may_not_see(place) -> None:
    ann, boss = browser(place, "planner"), browser(place, "approver")
    seen = boss.seen(name_of(1))
    for path, words in (
        ("approve", {}),
        ("edit", {"new_quantity": "24", "reason": "budget"}),
        ("reject", {"reason": "budget"}),
    ):
        assert ann.change(path, **seen, **words).status_code == 400, path
    assert ann.change("undo", suggestion_ids=[name_of(1)], reason="x").status_code == 400
    assert boss.line(name_of(1))["status"] == "proposed"


@pytest.mark.parametrize("place", [("W1",)], indirect=True)
def test_whose_place_it_is_works_as_everybody(place) -> None:
    ann = browser(place, "planner")
    assert len(ann.lines(view="all")) == 6
    assert ann.change("approve", **ann.seen(name_of(1))).status_code == 200
    told = ann.change("ask", sql="select count(*) from replenishment_suggestion").json()
    assert told.get("rows") == [[3]], told
    assert ann.ask(f"suggestions/{TRANSFER}").json()["terms"][0]["from_location_id"] == "W2"


def test_who_has_two_roles_sees_what_either_sees() -> None:
    by_role = {"planner": ("W1",), "analyst": ("W2",)}
    assert places_of({"planner"}, by_role) == {"W1"}
    assert places_of({"planner", "analyst"}, by_role) == {"W1", "W2"}
    assert places_of({"planner", "approver"}, by_role) is None
    assert place_column(["sku_id", "warehouse_id", "to_location_id"]) == "warehouse_id"
    assert place_column(["sku_id"]) is None


def test_the_settings_name_roles_that_exist(tmp_path) -> None:
    file = tmp_path / "supplyloop.toml"
    file.write_text('tenant_id = "shop"\n[desk.places]\nplanner = ["W1", "W2"]\n', encoding="utf-8")
    assert load_settings(file).desk.places == {"planner": ("W1", "W2")}
    file.write_text('tenant_id = "shop"\n[desk.places]\nboss = ["W1"]\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="boss"):
        load_settings(file)


@pytest.mark.parametrize("place", [("W1",)], indirect=True)
def test_alerts_the_trail_and_scenarios_tell_of_ones_places_alone(place) -> None:
    ann, boss = browser(place, "planner"), browser(place, "approver")
    journal = place.workplaces["shop"].tenant.journal
    readings = {member: Reading(0.5, Decimal(1)) for member in ("W1", "W2", "")}
    rule = Rule("shelves", "ann@example.com", "in_stock_rate", 0.9, False, 0.95)
    take_readings(journal.store, [Measured(rule, "In-stock rate", "有货率", "share", readings)], AS_OF)
    told = ann.ask("alerts").json()
    assert [row["member"] for row in told["alerts"]] == ["W1"] and told["rules"][0]["open"] == 1
    assert {row["member"] for row in told["notices"]} == {"W1"}
    assert ann.change("alerts/take", rule="shelves", member="W2").status_code == 403
    assert ann.change("alerts/take", rule="shelves", member="W1").status_code == 200
    ask(journal.store, "less", {"budget": 0.8}, "approver", AS_OF)
    moved = [{"sku_id": "A", "location_id": where} for where in ("W1", "W2")]
    keep(journal.store, take_next(journal.store, AS_OF).scenario_id, AS_OF, {"base": {}, "then": {}}, moved)
    [scenario] = ann.ask("scenarios").json()["scenarios"]
    assert scenario["totals"] is None and scenario["moved"] == moved[:1]
    assert len(boss.ask("scenarios").json()["scenarios"][0]["moved"]) == 2
    assert ann.change("scenarios/remove", scenario_id=scenario["scenario_id"]).status_code == 403


def test_a_budget_of_all_places_is_shown_to_who_sees_all(tmp_path, quick_passwords) -> None:
    budget = {"period": "202611", "scope": "*", "currency": "CNY", "budget_amount": 2000, "ordered_amount": 0}
    tenant = make_workspace(tmp_path / "shop", more={"open_to_buy": [budget]})
    desk = Desk([replace(tenant, places={"planner": ("W1",)})], tmp_path / "desk.db", Clock())
    for role in ("planner", "approver"):
        add_person(desk, role, {role})
    assert browser(desk, "planner").ask("opening").json()["budgets"] == []
    [whole] = browser(desk, "approver").ask("opening").json()["budgets"]
    assert whole["open_amount"] == 720.0
    desk.accounts.engine.dispose()


def test_the_trail_of_whoever_is_limited_is_of_their_places(tmp_path, quick_passwords) -> None:
    tenant = make_workspace(tmp_path / "shop", others=True)
    desk = Desk([replace(tenant, places={"approver": ("W2",)})], tmp_path / "desk.db", Clock())
    for role in ("approver", "admin"):
        add_person(desk, role, {role})
    assert browser(desk, "approver").ask("audit").json()["events"] == []
    assert browser(desk, "admin").ask("audit").json()["events"] != []
    assert browser(desk, "approver").change("scenarios/settle", reason="x").status_code == 403
    desk.accounts.engine.dispose()
