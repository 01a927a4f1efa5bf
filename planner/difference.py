"""How a suggestion differs from what the plan asked for before, step by step of its bridge."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from feedback.identity import suggestion_id
from feedback.journal import Journal

TOLD = ("propose", "revise")
MEANWHILE = "approved_meanwhile"


def difference(
    journal: Journal, name: str, steps: Sequence[Mapping[str, object]], as_of: datetime
) -> dict[str, object] | None:
    """What moved since an earlier plan told of this need: of this suggestion, else of the one decided before it.

    Parameters
    ----------
    steps
        The bridge of the plan of `as_of`: `step` and `quantity`, in base units.

    Returns
    -------
    dict or None
        `at`, `suggestion_id`, `before` and `now` in base units, and `steps` with `before`, `now`, `difference`: these
        add up to `now` less `before`. None if no earlier plan told of it, or by a version that kept no bridge.
    """
    told = _told_before(journal, name, as_of)
    if told is None:
        return None
    earlier, event = told
    payload = json.loads(str(event["payload"]))
    spelt = payload.get("facts", {}).get("bridge")
    if not spelt:
        return None
    before = _read(spelt, float(payload["quantity"]))
    now = {str(step["step"]): float(step["quantity"]) for step in steps}
    rows = [
        {"step": step, "before": before.get(step, 0.0), "now": now.get(step, 0.0)}
        for step in (*now, *(each for each in before if each not in now))
    ]
    moved = [row | {"difference": row["now"] - row["before"]} for row in rows if row["now"] != row["before"]]
    return {
        "at": event["at"], "suggestion_id": earlier, "before": sum(before.values()), "now": sum(now.values()),
        "steps": moved,
    }  # fmt: skip


def _told_before(journal: Journal, name: str, as_of: datetime) -> tuple[str, Mapping[str, object]] | None:
    """The event with which a plan asked for this need before the plan of `as_of` did, if that told of it anew."""
    state = journal.state(name)
    if state is None:
        return None
    for generation in (state.generation, state.generation - 1):
        if generation < 0:
            return None
        earlier = suggestion_id(*state.key, generation)
        told = [event for event in journal.events(earlier) if event["kind"] in TOLD]
        if generation == state.generation and told and datetime.fromisoformat(str(told[-1]["at"])) >= as_of:
            told.pop()
        if told:
            return earlier, told[-1]
    return None


def _read(spelt: str, quantity: float) -> dict[str, float]:
    """The steps of ``demand 129; safety 87``, and what was approved while the plan was made."""
    steps = {step: float(number) for step, _, number in (part.rpartition(" ") for part in spelt.split("; "))}
    left = quantity - sum(steps.values())
    return steps | {MEANWHILE: left} if left else steps
