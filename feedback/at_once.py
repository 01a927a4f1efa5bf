"""Suggestions that are made when somebody approves them: what a plan makes anew each time, by the thousand.

Waves and carrier choices change with every order that comes in, outlooks, limits of prices, lists of what to push or
count with every forecast. As living suggestions
they would be revised all day without anybody looking; so the journal holds those alone that somebody decided, as the
plan of that moment had them. From there on they are suggestions like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from feedback.approval import Limits
from feedback.freezing import plain
from feedback.identity import Need, suggestion_id
from feedback.states import FROZEN, GONE, IN_FLIGHT, TOLD, Event, State, apply

# Actions whose suggestions are made so.
AT_ONCE = frozenset({"pick", "ship"}) | TOLD
# Days in which an export must show them: what is picked and shipped is over by then.
DAY_AT_ONCE = 1


def approvals_at_once(
    known: Callable[[Iterable[str]], Mapping[str, State]],
    needs: Sequence[Need],
    actor: str,
    role: str,
    limits: Limits,
    at: datetime,
) -> list[Event]:
    """What proposes and approves these rows of a plan, for `Journal.record`; none for what is on its way already.

    Parameters
    ----------
    known
        The states of suggestions by id, of those that the journal knows.
    needs
        Rows of the plan that is approved, one per key, each with the row of its outbox contract as `facts`.
    actor, role, limits
        Who approves, as what, and what the role signs alone.

    Raises
    ------
    RefusedError
        If the role may not approve such a decision.
    """
    events = []
    for name, generation, need, state in _living(known, needs):
        told = _told(name, generation, need, state, actor, at)
        after = state
        for event in told:
            after = apply(after, event)
        assert after is not None  # what is open was proposed before, everything else is now
        needed = limits.needed(after, role)
        payload = {"quantity": after.quantity, "needed": needed, "role": role}
        events += [*told, Event("approve", name, actor, at, payload)]
    return events


def _living(
    known: Callable[[Iterable[str]], Mapping[str, State]], needs: Sequence[Need]
) -> list[tuple[str, int, Need, State | None]]:
    """The suggestion that each need takes: the open one, else the next generation; none where one is in flight."""
    found, generation, left = [], 0, list(needs)
    while left:
        names = [suggestion_id(*need.key, generation) for need in left]
        states, settled = known(names), []
        for name, need in zip(names, left, strict=True):
            state = states.get(name)
            if state is None or state.status not in FROZEN:
                found.append((name, generation, need, state))
            elif state.status not in IN_FLIGHT:
                settled.append(need)
        left, generation = settled, generation + 1
    return found


def _told(name: str, generation: int, need: Need, state: State | None, actor: str, at: datetime) -> list[Event]:
    """The row as the plan has it now, unless that is what the suggestion says."""
    facts = plain(need.facts, need.action)
    if state is not None and state.status not in GONE and (state.planned, state.facts) == (need.quantity, facts):
        return []
    action, sku_id, destination_id, target = need.key
    row = {
        "action": action, "sku_id": sku_id, "destination_id": destination_id, "target": target,
        "generation": generation, "quantity": need.quantity, "due": need.due, "facts": facts,
        "why": "approved as the plan has it",
    }  # fmt: skip
    kind = "propose" if state is None or state.status in GONE else "revise"
    return [Event(kind, name, actor, at, row)]
