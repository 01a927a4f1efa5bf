"""Scenarios, as JSON: asked here, solved by another process, compared side by side."""

from __future__ import annotations

from starlette.responses import Response

from feedback.adopted_policy import adopt, adopted, give_up
from feedback.scenarios import ask, is_waiting, remove, scenarios
from optimization.replenishment.what_if import Levers
from planner.web.guard import Call, Denied
from planner.within import scenario_within

NUMBERS = ("budget", "demand", "lead_time_days", "service_target")
MOST_SUPPLIERS = 50


def show(call: Call) -> Response:
    """Every scenario with its totals beside those of the plan as it is; solves what waits.

    Who sees some places: the lines of these that a scenario moves, and no totals, which are over all.
    """
    store = call.place.tenant.journal.store
    if is_waiting(store, call.desk.now()):
        call.desk.solving.begin(call.place.tenant)
    found = scenarios(store)
    if call.places is not None:
        found = [scenario_within(each, call.places) for each in found]
    return call.answer({"scenarios": found, "adopted": adopted(call.place.tenant.journal)})


def begin(call: Call) -> Response:
    """Ask "what if": other budget, demand, lead times, policy, one service level, suppliers who are out."""
    levers = {name: _number(call, name) for name in NUMBERS if call.body.get(name) is not None}
    out = call.body.get("suppliers_out") or []
    if not isinstance(out, list) or len(out) > MOST_SUPPLIERS:
        raise ValueError(f"suppliers_out is a list of at most {MOST_SUPPLIERS} ids")
    levers["suppliers_out"] = [str(each) for each in out]
    if call.body.get("policy"):
        levers["policy"] = str(call.body["policy"])
    Levers(**levers)
    store, title = call.place.tenant.journal.store, str(call.body.get("title") or "")
    ask(store, title, levers, call.person.name, call.desk.now())
    call.desk.deeds.note(call.person.name, call.tenant_id, "ask_scenario", title.strip(), "")
    return show(call)


def forget(call: Call) -> Response:
    """Remove a scenario; who sees some places, one of their own."""
    store, scenario_id = call.place.tenant.journal.store, str(call.body.get("scenario_id") or "")
    if call.places is not None and not _is_own(call, scenario_id):
        raise Denied(403, "your roles see the rows of some places only; remove what you asked yourself")
    remove(store, scenario_id)
    call.desk.deeds.note(call.person.name, call.tenant_id, "remove_scenario", scenario_id, "")
    return show(call)


def promote(call: Call) -> Response:
    """Put the policy of a solved scenario, which somebody else asked for, in the place of the settings'."""
    call.need_every_row()
    journal, scenario_id = call.place.tenant.journal, str(call.body.get("scenario_id") or "")
    found = next((each for each in scenarios(journal.store) if each["scenario_id"] == scenario_id), None)
    if found is None:
        raise ValueError(f"there is no scenario {scenario_id!r}; somebody may have removed it")
    adopt(journal, found, call.person.name, str(call.body.get("reason") or ""), call.desk.now())
    return show(call)


def settle(call: Call) -> Response:
    """Plan by the settings again."""
    call.need_every_row()
    give_up(call.place.tenant.journal, call.person.name, str(call.body.get("reason") or ""), call.desk.now())
    return show(call)


def _is_own(call: Call, scenario_id: str) -> bool:
    found = scenarios(call.place.tenant.journal.store)
    return any(each["scenario_id"] == scenario_id and each["asked_by"] == call.person.name for each in found)


def _number(call: Call, name: str) -> float | int:
    told = call.body[name]
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise ValueError(f"{name} is a number, found {told!r}")
    return told
