"""Two planners on the same lines: no order of their steps loses an update or sends anything twice (fault D10)."""

import json
import os

import pytest
from desk_workspace import name_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.journal.audit import verify
from feedback.journal.on_the_way import waiting_messages
from planner.access.throttle import Throttle

LINES = [name_of(1), name_of(2)]
# A thousand take two minutes: SUPPLYLOOP_INTERLEAVINGS says how many.
INTERLEAVINGS = int(os.environ.get("SUPPLYLOOP_INTERLEAVINGS", "40"))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["planner", "approver"]), st.sampled_from(LINES),
        st.sampled_from(["look", "edit", "approve", "undo", "reject", "reopen"]), st.integers(1, 20),
    ),
    min_size=3, max_size=12,
)  # fmt: skip


@pytest.fixture
def two(desk, browser):
    """Both at their desks, signed in once: what they decide stays from example to example.

    Their clock stands still, so all of it would be asked within one minute.
    """
    desk.requests = Throttle(desk.now, most=10**9)
    return {name: browser(name) for name in ("planner", "approver")}


@settings(max_examples=INTERLEAVINGS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_a_decision_on_what_is_no_longer_so_is_refused_with_both_values(desk, two, steps) -> None:
    journal = desk.workplaces["shop"].tenant.journal
    seen = {(who, line): someone.seen(line) for who, someone in two.items() for line in LINES}
    for who, line, act, quantity in steps:
        someone, mine = two[who], seen[who, line]
        before = journal.state(line)
        if act == "look":
            seen[who, line] = someone.seen(line)
            continue
        if act == "undo":
            answer = someone.change("undo", suggestion_ids=[line], reason="try")
            assert answer.status_code == 200
            continue
        words = {"edit": {"new_quantity": str(12 * quantity), "reason": "budget"}, "reject": {"reason": "budget"}}
        answer = someone.change(act, **mine, **words.get(act, {}))
        after = journal.state(line)
        if answer.status_code == 200:
            # It was decided on the last version, and exactly one event came of it.
            assert before.version == mine["version"] and after.version == before.version + 1
        else:
            assert answer.status_code in (409, 422) and after == before
            if before.version != mine["version"]:
                told = answer.json()
                assert told["now"]["version"] == before.version and told["yours"]["version"] == mine["version"]
    bodies = [json.loads(message["body"])["suggestion_id"] for message in waiting_messages(journal)]
    approved = [line for line in LINES if journal.state(line).status == "approved"]
    assert sorted(bodies) == sorted(approved)
    assert verify(journal) == []
