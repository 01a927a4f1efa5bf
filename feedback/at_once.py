"""Suggestions that are made when somebody approves them: what a plan makes anew each time, by the thousand.

Waves and carrier choices change with every order that comes in, outlooks, limits of prices, lists of what to push or
count with every forecast. As living suggestions
they would be revised all day without anybody looking; so the journal holds those alone that somebody decided, as the
plan of that moment had them. From there on they are suggestions like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from feedback.approval import Limits
from feedback.freezing import plain
from feedback.identity import Need, suggestion_id
from feedback.states import GONE, IN_FLIGHT, SETTLED, TOLD, Event, State, apply

# Actions whose suggestions are made so.
AT_ONCE = frozenset({"pick", "ship"}) | TOLD
# Days in which an export must show them: what is picked and shipped is over by then.
DAY_AT_ONCE = 1

Known = Callable[[Iterable[str]], Mapping[str, State]]


class Standing(NamedTuple):
    """A row of a plan beside the suggestion that it is: the one on its way or open, else the next generation."""

    suggestion_id: str
    generation: int
    need: Need
    state: State | None

    @property
    def status(self) -> str:
        """Where it stands; what nobody decided yet is proposed."""
        return "proposed" if self.state is None or self.state.status in GONE else self.state.status


def standing_at_once(known: Known, needs: Sequence[Need]) -> list[Standing]:
    """Every row of a plan with the suggestion that it is, in no order.

    Parameters
    ----------
    known
        The states of suggestions by id, of those that the journal knows.
    needs
        Rows of the plan, one per key, each with the row of its outbox contract as `facts`.
    """
    found, generation, left = [], 0, list(needs)
    while left:
        names = [suggestion_id(*need.key, generation) for need in left]
        states, settled = known(names), []
        for name, need in zip(names, left, strict=True):
            state = states.get(name)
            if state is not None and state.status in SETTLED:
                settled.append(need)
            else:
                found.append(Standing(name, generation, need, state))
        left, generation = settled, generation + 1
    return found


def approvals_at_once(
    known: Known, needs: Sequence[Need], actor: str, role: str, limits: Limits, at: datetime
) -> list[Event]:
    """What proposes and approves these rows of a plan, for `Journal.record`.

    None for what is on its way already, and none for what somebody rejected: that stays rejected until it is reopened.

    Parameters
    ----------
    known, needs
        As `standing_at_once`.
    actor, role, limits
        Who approves, as what, and what the role signs alone.

    Raises
    ------
    RefusedError
        If the role may not approve such a decision.
    """
    events = []
    for row in standing_at_once(known, needs):
        if row.status in IN_FLIGHT or row.status == "rejected":
            continue
        told = _told(row, actor, at)
        after = row.state
        for event in told:
            after = apply(after, event)
        assert after is not None  # what is open was proposed before, everything else is now
        needed = limits.needed(after, role)
        payload = {"quantity": after.quantity, "needed": needed, "role": role}
        events += [*told, Event("approve", row.suggestion_id, actor, at, payload)]
    return events


def rejections_at_once(
    known: Known, needs: Sequence[Need], actor: str, why: Mapping[str, str], at: datetime
) -> list[Event]:
    """What proposes and rejects these rows, for `Journal.record`; none for what is on its way or rejected already.

    `why` is what a rejection says: ``reason``, and perhaps ``reason_code``.
    """
    events = []
    for row in standing_at_once(known, needs):
        if row.status not in IN_FLIGHT and row.status != "rejected":
            events += [*_told(row, actor, at), Event("reject", row.suggestion_id, actor, at, dict(why))]
    return events


def reopenings_at_once(known: Known, needs: Sequence[Need], actor: str, at: datetime) -> list[Event]:
    """What brings back those of these rows that somebody rejected."""
    why = {"why": "a planner took it up"}
    rejected = [row for row in standing_at_once(known, needs) if row.status == "rejected"]
    return [Event("reopen", row.suggestion_id, actor, at, why) for row in rejected]


def _told(row: Standing, actor: str, at: datetime) -> list[Event]:
    """The row as the plan has it now, unless that is what the suggestion says."""
    name, generation, need, state = row
    facts = plain(need.facts, need.action)
    if state is not None and state.status not in GONE and (state.planned, state.facts) == (need.quantity, facts):
        return []
    action, sku_id, destination_id, target = need.key
    said = {
        "action": action, "sku_id": sku_id, "destination_id": destination_id, "target": target,
        "generation": generation, "quantity": need.quantity, "due": need.due, "facts": facts,
        "why": "as the plan has it",
    }  # fmt: skip
    kind = "propose" if state is None or state.status in GONE else "revise"
    return [Event(kind, name, actor, at, said)]
