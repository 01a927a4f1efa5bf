"""What the plan would pick, ship or tell: shown with where it stands, approved and rejected like the rest."""

from dataclasses import replace
from datetime import date

import pytest
from desk_people import Browser, Clock, add_person
from desk_workspace import make_workspace, sku

from planner.application import make_application
from planner.web.desk import Desk

COUNTS = [
    {"sku_id": sku(n), "location_id": "W1", "place": n, "on_hand_qty": 10 * n, "doubt_amount": 100 - n,
     "driver": "short_pick", "reason": "by hand", "count_by": date(2026, 11, 8)}
    for n in (1, 2, 3)
]  # fmt: skip
FENCES = [
    {"sku_id": sku(1), "location_id": "W1", "shop_id": shop, "allocated_qty": units, "available_qty": 10,
     "is_ring_fenced": True, "reason": "by hand", "reason_zh": "手工", "valid_from": "2026-11-01 00:00:00+08",
     "valid_to": "2026-11-08 00:00:00+08"}
    for shop, units in (("S1", 6), ("S2", 4))
]  # fmt: skip


@pytest.fixture
def shop(tmp_path, quick_passwords):
    """Opens a browser for somebody of a shop with three counts to make and one stock to split over two shops."""
    tenant = make_workspace(tmp_path / "shop", more={"cycle_count_list": COUNTS, "channel_allocation": FENCES})
    desk = Desk([tenant], tmp_path / "desk.db", Clock())
    for role in ("planner", "approver", "analyst"):
        add_person(desk, role, {role})
    yield lambda name: Browser(make_application(desk, ["desk.test"]), base_url="http://desk.test").sign_in(name)
    desk.accounts.engine.dispose()
    tenant.journal.store.dispose()


def _rows(browser, action: str = "count", **words) -> list[dict]:
    return browser.ask("proposals/rows", action=action, **words).json()["rows"]


def _decide(browser, path: str, names, action: str = "count", **said):
    publication = browser.ask("proposals").json()["publication_id"]
    return browser.change(f"proposals/{path}", action=action, names=names, publication_id=publication, **said)


def _waiting(browser) -> dict[str, int]:
    return {kind["action"]: kind["waiting"] for kind in browser.ask("proposals").json()["kinds"]}


def test_every_kind_says_how_much_waits_and_what_was_never_made(shop):
    kinds = {kind["action"]: kind for kind in shop("analyst").ask("proposals").json()["kinds"]}
    assert (kinds["count"]["count"], kinds["count"]["waiting"]) == (3, 3)
    # A stock split over two shops is one decision.
    assert kinds["fence"]["count"] == 1
    assert kinds["adopt"]["not_made"]


def test_one_is_approved_and_its_message_waits_to_be_sent(shop):
    ann = shop("planner")
    [first, *_] = [row["name"] for row in _rows(ann)]
    assert _decide(ann, "approve", [first]).json() == {"decided": 1}
    assert [row["status"] for row in _rows(ann)] == ["approved", "proposed", "proposed"]
    # Once more decides nothing: it is on its way.
    assert _decide(ann, "approve", [first]).json() == {"decided": 0}


def test_many_at_once_are_for_approvers(shop):
    names = [row["name"] for row in _rows(shop("planner"))]
    assert _decide(shop("planner"), "approve_many", names).status_code == 403
    assert _decide(shop("planner"), "approve", names).status_code == 400
    assert _decide(shop("analyst"), "approve", names[:1]).status_code == 403
    assert _decide(shop("approver"), "approve_many", names).json() == {"decided": 3}
    assert _waiting(shop("planner"))["count"] == 0


def test_what_was_rejected_stays_so_until_it_is_taken_up_again(shop):
    ann = shop("approver")
    names = [row["name"] for row in _rows(ann)]
    assert _decide(ann, "reject", names[:1], reason="").status_code == 400
    assert _decide(ann, "reject", names[:1], reason="budget").json() == {"decided": 1}
    assert _decide(ann, "approve_many", names).json() == {"decided": 2}
    assert [row["status"] for row in _rows(ann)] == ["rejected", "approved", "approved"]
    assert _decide(ann, "reopen", names).json() == {"decided": 1}
    assert _decide(ann, "approve", names[:1]).json() == {"decided": 1}


def test_rows_that_belong_together_are_decided_together(shop):
    ann = shop("approver")
    [row] = _rows(ann, "fence")
    assert (row["lines"], row["split"]) == (2, "S1 6, S2 4")
    assert _decide(ann, "reject", [row["name"]], "fence", reason="other", note="later").json() == {"decided": 2}
    assert _rows(ann, "fence")[0]["status"] == "rejected"


def test_what_nobody_receives_is_not_approved_and_the_answer_says_so(shop):
    [row] = _rows(shop("planner"), "fence")
    answer = _decide(shop("planner"), "approve", [row["name"]], "fence")
    assert answer.status_code == 422
    assert "nobody receives channel_allocation" in answer.json()["error"]


def test_a_search_finds_and_another_plan_asks_to_look_again(shop):
    ann = shop("planner")
    assert [row["sku_id"] for row in _rows(ann, search=sku(2).lower())] == [sku(2)]
    stale = ann.change("proposals/approve", action="count", names=["x"], publication_id="00000000-000000000000")
    assert stale.status_code == 409
    assert _decide(ann, "approve", ["gone"]).status_code == 400
    assert ann.ask("proposals/rows", action="dance").status_code == 400


GUARDRAILS = [
    {"sku_id": sku(1), "shop_id": "*", "min_price": 77, "max_price": 99, "currency": "CNY", "units_to_clear": 4,
     "clear_by": date(2026, 12, 1), "valid_from": "2026-11-01 00:00:00+08", "valid_to": "2026-11-08 00:00:00+08",
     "reason": "by hand", "reason_zh": "手工"}
]  # fmt: skip


def test_who_is_limited_finds_nothing_hidden_and_decides_on_nothing_that_holds_everywhere(tmp_path, quick_passwords):
    made = make_workspace(tmp_path / "shop", more={"cycle_count_list": COUNTS, "price_guardrail": GUARDRAILS})
    tenant = replace(made, hidden={"planner": ("cost",)}, places={"planner": ("W1",)})
    desk = Desk([tenant], tmp_path / "desk.db", Clock())
    for role in ("planner", "approver"):
        add_person(desk, role, {role})
    application = make_application(desk, ["desk.test"])
    ann, boss = (Browser(application, base_url="http://desk.test").sign_in(name) for name in ("planner", "approver"))
    assert len(_rows(boss, "guard", search="77")) == 1 and _rows(ann, "guard", search="77") == []
    [limit] = [row["name"] for row in _rows(ann, "guard")]
    assert _decide(ann, "reject", [limit], action="guard", reason="budget").status_code == 403
    assert _decide(ann, "approve", [_rows(ann)[0]["name"]]).status_code == 200
    assert _decide(boss, "reject", [limit], action="guard", reason="budget").status_code == 200
    desk.accounts.engine.dispose()
    tenant.journal.store.dispose()
