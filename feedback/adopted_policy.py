"""A scenario's policy in the place of the settings': who adopted it, why, and what runs plan by now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from feedback.journal import Journal
from feedback.states import RefusedError

SUBJECT = "replenishment policy"
# Of a scenario's levers these are policy; budgets, demand, lead times and suppliers who are out are circumstances.
LEVERS = ("policy", "service_target")


def adopt(
    journal: Journal, scenario: Mapping[str, object], actor: str, reason: str, at: datetime
) -> Mapping[str, object]:
    """Put the policy of a scenario in the place of the settings', for every plan from the next run on.

    Parameters
    ----------
    scenario
        As `feedback.scenarios.scenarios` tells it.

    Returns
    -------
    Mapping
        The levers that hold now.

    Raises
    ------
    RefusedError
        If the scenario is not solved, changes no policy, changes circumstances too, or `actor` asked for it: whoever
        approves it is another person.
    """
    levers = {name: value for name, value in dict(scenario["levers"]).items() if value not in (None, [], 1, 0)}
    told = str(scenario["title"])
    if scenario["status"] != "done":
        raise RefusedError(f"scenario {told!r} is not solved yet; nobody has seen what it would do")
    if beyond := sorted(levers.keys() - set(LEVERS)):
        raise RefusedError(f"scenario {told!r} changes {', '.join(beyond)} too, which no policy can; ask one without")
    if not levers:
        raise RefusedError(f"scenario {told!r} changes no policy; choose a policy or a service level in it")
    if scenario["asked_by"] == actor:
        raise RefusedError(f"{actor} asked for scenario {told!r}; another person approves it")
    if not reason.strip():
        raise RefusedError("a change of policy needs a reason")
    _decide(journal, levers, f"{reason.strip()} (scenario {told!r} of {scenario['asked_by']})", actor, at)
    return levers


def give_up(journal: Journal, actor: str, reason: str, at: datetime) -> None:
    """Plan by the settings again.

    Raises
    ------
    RefusedError
        If no scenario's policy holds, or no reason is given.
    """
    if adopted(journal) is None:
        raise RefusedError("no scenario's policy holds; runs plan by the settings")
    if not reason.strip():
        raise RefusedError("a change of policy needs a reason")
    _decide(journal, {}, reason.strip(), actor, at)


def adopted(journal: Journal) -> Mapping[str, object] | None:
    """The levers that hold in the place of the settings' policy; None where the settings hold."""
    found = journal.setting(SUBJECT)
    if found is None:
        return None
    levers = dict(found[1]["value"])
    if "service_target" in levers:
        levers["service_target"] = float(levers["service_target"])
    return levers or None


def _decide(journal: Journal, levers: Mapping[str, object], reason: str, actor: str, at: datetime) -> None:
    # The trail takes no floats: what it says is what a replay reads.
    value = {name: str(level) for name, level in levers.items()}
    journal.decide("policy_change", SUBJECT, {"value": value, "reason": reason}, actor, at)
