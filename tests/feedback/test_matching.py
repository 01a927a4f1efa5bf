"""A new plan beside what is known: nothing is asked for twice, nothing that is needed is dropped."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from feedback import suggestion_id
from feedback.identity import Change, Matching, Need, match
from feedback.states import OPEN, Event, State, apply

AT = datetime(2026, 11, 1, tzinfo=UTC)


def need(quantity: int, action: str = "buy", **changes: object) -> Need:
    return Need(action, "A", "W", Decimal(quantity), **changes)


def event(kind: str, name: str, actor: str = "ann", **payload: object) -> Event:
    return Event(kind, name, actor, AT, payload)


def taken(states: dict[str, State], matching: Matching) -> None:
    """Write a matching into `states`, as the journal does."""
    for what, kind in (("new", "propose"), ("revised", "revise"), ("closed", "close"), ("superseded", "supersede")):
        for change in getattr(matching, what):
            payload = {} if change.need is None else planned(change)
            name = change.suggestion_id
            states[name] = apply(states.get(name), event(kind, name, "plan", **payload))


def planned(change: Change) -> dict:
    action, sku, destination, target = change.need.key
    due = change.need.due
    return {
        "action": action, "sku_id": sku, "destination_id": destination, "target": target,
        "generation": change.generation, "quantity": str(change.quantity),
        "due": None if due is None else due.isoformat(), "facts": dict(change.need.facts),
    }  # fmt: skip


def run(states: dict[str, State], *needs: Need, counted: dict | None = None, today: date | None = None) -> Matching:
    if counted is None:
        counted = {name: state.in_flight for name, state in states.items()}
    matching = match(states.values(), needs, counted, today=today)
    taken(states, matching)
    return matching


def approve(states: dict[str, State], name: str) -> None:
    states[name] = apply(states[name], event("approve", name, quantity=str(states[name].quantity)))


def names(changes) -> list[str]:
    return [change.suggestion_id for change in changes]


FIRST, SECOND = suggestion_id("buy", "A", "W"), suggestion_id("buy", "A", "W", None, 1)


def test_running_the_plan_twice_asks_for_nothing_more():
    states: dict[str, State] = {}
    assert names(run(states, need(24)).new) == [FIRST]
    again = run(states, need(24))
    assert (names(again.unchanged), again.new) == ([FIRST], [])
    assert list(states) == [FIRST]


def test_a_revision_says_what_changed_and_keeps_the_planners_edit():
    states: dict[str, State] = {}
    run(states, need(24, facts={"supplier_id": "S1"}))
    states[FIRST] = apply(states[FIRST], event("edit", FIRST, quantity="30", reason="fair"))
    [change] = run(states, need(36, facts={"supplier_id": "S2"})).revised
    assert change.differences == {"quantity": (Decimal(24), Decimal(36)), "supplier_id": ("S1", "S2")}
    assert change.why == "quantity 24 → 36; supplier_id S1 → S2; the planner's 30 stays"
    assert states[FIRST].quantity == 30


def due_on(day: date, quantity: int = 24, action: str = "buy", **changes: object) -> Need:
    facts = {"requested_date": day.isoformat(), "reason": f"orders by {day}"}
    return need(quantity, action, due=day, facts=facts, **changes)


@pytest.mark.parametrize(("lead_time", "told"), [(0, 10), (1, 10), (2, 5), (3, 4), (30, 4)])
def test_a_plan_that_asks_for_the_same_every_day_is_told_where_the_day_moved_by_more_than_two(lead_time, told):
    states: dict[str, State] = {}
    changes = 0
    for day in (AT.date() + timedelta(days=days) for days in range(10)):
        matching = run(states, due_on(day + timedelta(days=lead_time)), today=day)
        changes += len(matching.new) + len(matching.revised)
        asked = states[FIRST].due
        assert 0 <= (day + timedelta(days=lead_time) - asked).days <= 2 and (asked > day or lead_time == 0)
        assert states[FIRST].facts["requested_date"] == asked.isoformat()
    assert changes == told


def test_what_a_person_would_act_on_is_told_at_once_with_all_that_came_since():
    today = AT.date()
    states: dict[str, State] = {}
    run(states, due_on(date(2026, 11, 9)), today=today)
    assert run(states, due_on(date(2026, 11, 10)), today=today).revised == []
    [sooner] = run(states, due_on(date(2026, 11, 8)), today=today).revised
    assert set(sooner.differences) == {"due", "requested_date", "reason"}
    [more] = run(states, due_on(date(2026, 11, 9), 36), today=today).revised
    assert set(more.differences) == {"quantity", "due", "requested_date", "reason"}
    assert states[FIRST].due == date(2026, 11, 9)


def test_the_day_of_an_expedite_is_its_decision_and_every_other_is_told():
    today = AT.date()
    states: dict[str, State] = {}
    run(states, due_on(date(2026, 11, 9), action="expedite", target="PO-1"), today=today)
    assert len(run(states, due_on(date(2026, 11, 10), action="expedite", target="PO-1"), today=today).revised) == 1


def test_a_signature_outlives_another_reason_for_the_same_order():
    states: dict[str, State] = {}
    run(states, need(24, facts={"reason": "12 on hand"}))
    states[FIRST] = apply(states[FIRST], event("approve", FIRST, quantity="24", needed=2))
    assert names(run(states, need(24, facts={"reason": "10 on hand"})).unchanged) == [FIRST]
    assert (states[FIRST].status, states[FIRST].approvers) == ("countersign", ("ann",))


def test_a_need_that_goes_is_closed_and_comes_back_under_its_id():
    states: dict[str, State] = {}
    run(states, need(24))
    assert names(run(states).closed) == [FIRST]
    [back] = run(states, need(12)).new
    assert (back.suggestion_id, back.why, states[FIRST].status) == (FIRST, "the need is back", "proposed")


def test_what_is_approved_stays_and_a_later_need_opens_the_next_generation():
    states: dict[str, State] = {}
    run(states, need(24))
    approve(states, FIRST)
    later = run(states, need(6))
    assert (names(later.frozen), names(later.new), states[SECOND].planned) == ([FIRST], [SECOND], 6)
    assert states[FIRST].approved == 24


def test_an_approval_given_while_the_plan_was_computed_is_taken_off():
    states: dict[str, State] = {}
    run(states, need(24))
    approve(states, FIRST)
    assert run(states, need(24), counted={}).new == []
    [rest] = run(states, need(30, multiple=Decimal(12)), counted={}).new
    assert rest.quantity == 12
    assert rest.why == f"24 of 30 came into flight after the plan: {FIRST}"


def test_a_transfer_that_answers_the_need_supersedes_the_purchase():
    states: dict[str, State] = {}
    run(states, need(24))
    matching = run(states, need(24, "transfer"))
    assert names(matching.superseded) == [FIRST] and matching.closed == []
    assert matching.superseded[0].why == f"{names(matching.new)[0]} answers the need now"


def test_an_expedite_that_was_sent_is_not_asked_for_again_unless_the_day_changes():
    states: dict[str, State] = {}
    ask = need(10, "expedite", target="PO-1", due=date(2026, 11, 9))
    run(states, ask)
    approve(states, suggestion_id(*ask.key))
    assert run(states, ask).new == []
    assert names(run(states, replace(ask, due=date(2026, 11, 5))).new) == [suggestion_id(*ask.key, 1)]


def test_of_two_open_suggestions_of_a_key_the_older_stands():
    states: dict[str, State] = {}
    run(states, need(24))
    approve(states, FIRST)
    run(states, need(6))
    states[FIRST] = apply(states[FIRST], event("withdraw", FIRST))
    matching = run(states, need(30))
    assert (names(matching.revised), names(matching.superseded)) == ([FIRST], [SECOND])


def test_a_plan_that_names_a_need_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        match([], [need(1), need(2)], {})
    with pytest.raises(ValueError, match="must be positive"):
        match([], [need(-1)], {})


def test_what_expired_is_planned_again_and_a_late_sighting_takes_that_back():
    states: dict[str, State] = {}
    run(states, need(24))
    approve(states, FIRST)
    states[FIRST] = apply(states[FIRST], event("export", FIRST))
    states[FIRST] = apply(states[FIRST], event("expire", FIRST))
    assert names(run(states, need(24)).new) == [SECOND]
    states[FIRST] = apply(states[FIRST], event("see", FIRST, seen="20"))
    assert states[FIRST].in_flight == 4
    assert names(run(states).closed) == [SECOND]


class Loop(RuleBasedStateMachine):
    """One SKU in one warehouse whose need only grows, and a receiver that delays, cuts, refuses and forgets."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[str, State] = {}
        self.needed = 0
        self.posted: dict[str, int] = {}  # sent and not yet read by the receiver
        self.orders: dict[str, int] = {}  # what the receiver ordered, by suggestion
        self.answers: list[tuple[str, int | None]] = []
        self.shown: dict[str, int] = {}  # orders as the last export shows them

    # ---------- the world
    @rule(more=st.integers(1, 40))
    def the_need_grows(self, more: int) -> None:
        self.needed += more

    @precondition(lambda self: self.posted)
    @rule(data=st.data(), share=st.sampled_from([0, 50, 100, 100]), repeat=st.booleans())
    def the_receiver_reads(self, data, share: int, repeat: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.posted)))
        quantity = self.posted[name] if repeat else self.posted.pop(name)
        if name in self.orders:
            self.answers.append((name, None))
            return
        self.orders[name] = quantity * share // 100
        self.answers.append((name, self.orders[name]))

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def the_receiver_loses_one_and_it_expires(self, data) -> None:
        name = data.draw(st.sampled_from(sorted(self.posted)))
        if name not in self.orders:
            del self.posted[name]
            self.orders[name] = 0
            self.happens("expire", name)

    @precondition(lambda self: self.orders)
    @rule()
    def an_export_comes(self) -> None:
        self.shown = dict(self.orders)
        for name, quantity in self.shown.items():
            self.happens("see", name, seen=str(quantity))

    # ---------- the platform
    @rule(data=st.data(), meanwhile=st.integers(0, 3))
    def a_plan_is_computed_and_taken(self, data, meanwhile: int) -> None:
        counted = {name: state.in_flight for name, state in self.states.items()}
        asked = self.needed - sum(self.shown.values()) - sum(counted.values(), Decimal(0))
        for _ in range(meanwhile):
            self.somebody_decides(data)
            self.an_approved_one_is_sent_or_withdrawn(data)
        run(self.states, *([need(max(asked, 0))] if asked > 0 else []), counted=counted)
        assert sum(state.status in OPEN for state in self.states.values()) <= 1

    @rule(data=st.data())
    def somebody_decides(self, data) -> None:
        opened = sorted(n for n, s in self.states.items() if s.status in ("proposed", "snoozed") and s.quantity > 0)
        if opened:
            name = data.draw(st.sampled_from(opened))
            if self.states[name].status == "snoozed":
                self.happens("reopen", name)
            elif data.draw(st.integers(0, 3)):
                approve(self.states, name)
            else:
                self.happens("snooze", name, until="2026-12-01")

    @rule(data=st.data())
    def an_approved_one_is_sent_or_withdrawn(self, data) -> None:
        approved = sorted(n for n, s in self.states.items() if s.status == "approved" and n not in self.posted)
        if approved:
            name = data.draw(st.sampled_from(approved))
            if data.draw(st.integers(0, 4)) == 0 and name not in self.orders:
                self.happens("withdraw", name)
                return
            self.posted.setdefault(name, int(self.states[name].approved))
            self.happens("export", name)

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def an_answer_arrives_in_any_order(self, data) -> None:
        name, accepted = self.answers.pop(data.draw(st.integers(0, len(self.answers) - 1)))
        self.happens("acknowledge", name, accepted=None if accepted is None else str(accepted))

    def happens(self, kind: str, name: str, **payload: object) -> None:
        self.states[name] = apply(self.states[name], event(kind, name, **payload))

    # ---------- the promises
    @invariant()
    def supply_is_never_doubled(self) -> None:
        on_the_way = sum(s.approved for n, s in self.states.items() if s.approved and n not in self.orders)
        assert sum(self.orders.values()) + on_the_way <= self.needed

    def teardown(self) -> None:
        """No need is lost: once everybody does their part, what was ordered is what was needed."""
        for _ in range(4):
            for name, state in list(self.states.items()):
                if state.status == "snoozed":
                    self.happens("reopen", name)
                if self.states[name].status == "proposed" and self.states[name].quantity > 0:
                    approve(self.states, name)
                if self.states[name].status == "approved":
                    self.posted[name] = int(self.states[name].approved)
                    self.happens("export", name)
            for name, quantity in self.posted.items():
                if name not in self.orders:
                    self.orders[name] = quantity
            self.posted.clear()
            if self.orders:
                self.an_export_comes()
            # What the receiver cut without a word is given up when it expires.
            for name, state in list(self.states.items()):
                if state.in_flight > 0:
                    self.happens("expire", name)
            counted = sum((state.in_flight for state in self.states.values()), Decimal(0))
            run(self.states, *[need(more) for more in [self.needed - sum(self.shown.values()) - counted] if more > 0])
        assert sum(self.orders.values()) == self.needed


TestLoop = Loop.TestCase
TestLoop.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
