"""Clearances leave as what is to be done, for as many units as were approved; what is only told is told and over."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feedback.approval import Limit, Limits, approvals
from feedback.at_once import approvals_at_once
from feedback.identity import Need, suggestion_id
from feedback.journal import Journal, open_store, waiting_messages
from feedback.message import freezer
from feedback.states import TOLD, Event

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
RECEIVERS = {"clearance": "erp", "marketing_push_pull": "shop", "price_guardrails": "shop", "cycle_counts": "wms",
             "lifecycle_proposals": "erp", "channel_allocation": "oms", "worth_stocking": "erp"}  # fmt: skip
CLEAR = suggestion_id("clear", "S", "W1")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    yield Journal(store, freezer("demo", RECEIVERS))
    store.dispose()


def clearance(quantity: int = 40, **told: object) -> Need:
    facts = {
        "action": "markdown", "warehouse_id": "W1", "clear_by": date(2026, 12, 31), "markdown_rate": Decimal("0.15"),
        "floor_price": Decimal("3.5"), "value_at_cost": Decimal(240), "expected_recovery": Decimal(300),
        "currency": "CNY", "reason": "too many", "unit_price": Decimal(6),
    } | told  # fmt: skip
    return Need("clear", "S", "W1", Decimal(quantity), due=date(2026, 12, 31), facts=facts)


def body(journal: Journal) -> dict:
    [message] = waiting_messages(journal)
    return json.loads(message["body"])


def test_a_clearance_tells_the_receiver_what_to_do_and_money_for_the_units_approved(journal: Journal) -> None:
    journal.take([clearance()], {}, "plan", AT, actions=["clear"])
    journal.record([Event("edit", CLEAR, "ann", AT, {"quantity": "10", "reason": "the rest is promised"})])
    journal.record(approvals([journal.state(CLEAR)], "ann", "planner", Limits(None), AT))
    row = body(journal)
    assert (row["action"], row["warehouse_id"], row["decision"]) == ("markdown", "W1", "clearance")
    assert {name: Decimal(row[name]) for name in ("quantity", "value_at_cost", "expected_recovery", "floor_price")} == {
        "quantity": 10, "value_at_cost": 60, "expected_recovery": 75, "floor_price": Decimal("3.5"),
    }  # fmt: skip
    assert "unit_price" not in row


def test_what_goods_cost_says_who_may_sign_their_clearance(journal: Journal) -> None:
    journal.take([clearance()], {}, "plan", AT, actions=["clear"])
    state = journal.state(CLEAR)
    small, large = (Limits({("planner", "*"): Limit(Decimal(money), "CNY")}) for money in (100, 1000))
    assert (small.needed(state, "planner"), large.needed(state, "planner")) == (2, 1)


def test_a_clearance_whose_money_alone_moved_is_the_same(journal: Journal) -> None:
    journal.take([clearance()], {}, "plan", AT, actions=["clear"])
    moved = clearance(floor_price=Decimal("3.6"), value_at_cost=Decimal(241), expected_recovery=Decimal(290))
    assert [change.suggestion_id for change in journal.take([moved], {}, "plan", AT, actions=["clear"]).unchanged] == [
        CLEAR
    ]
    deeper = journal.take([clearance(markdown_rate=Decimal("0.25"))], {}, "plan", AT, actions=["clear"])
    assert [change.suggestion_id for change in deeper.revised] == [CLEAR]


WEEK = {"valid_from": date(2026, 11, 1), "valid_to": date(2026, 11, 8)}
TELLING = {
    "promote": ({"sku_id": "S", "action": "push", "driver": "excess", "units_to_move": 5} | WEEK, "*"),
    "guard": ({"sku_id": "S", "shop_id": "*", "min_price": Decimal(5), "currency": "CNY"} | WEEK, "*"),
    "count": ({"sku_id": "S", "warehouse_id": "W1", "rank": 1, "count_by": date(2026, 11, 8), "driver": "abc_cycle"},
              "W1"),
    "fence": ({"sku_id": "S", "warehouse_id": "W1", "shop_id": "TM", "allocated_qty": Decimal(4), "ring_fenced": True,
               "valid_from": AT, "valid_to": AT.replace(day=5)}, "W1"),
    "adopt": ({"sku_id": "S", "current_mode": "dropship", "warehouse_id": "W1", "weekly_demand_qty": Decimal(4)}, "W1"),
    "stage": ({"sku_id": "S", "proposed_stage": "phase_out", "effective_date": date(2026, 11, 1)}, "*"),
}  # fmt: skip


@pytest.mark.parametrize("action", sorted(TOLD - {"outlook"}))
def test_what_is_only_told_fits_its_contract_and_nothing_is_to_come_of_it(journal: Journal, action: str) -> None:
    facts, place = TELLING[action]
    target = facts["shop_id"] if action == "fence" else None
    need = Need(action, "S", place, Decimal(1), target=target, facts=facts)
    journal.record(approvals_at_once(journal.known, [need], "ann", "planner", Limits(None), AT))
    row = body(journal)
    assert row["sku_id"] == "S" and row["suggestion_id"] == suggestion_id(action, "S", place, target)
    assert action != "promote" or row["action"] == "push"
    journal.record([Event("export", row["suggestion_id"], "sender", AT)])
    assert journal.in_flight(ZoneInfo("UTC")) == []
