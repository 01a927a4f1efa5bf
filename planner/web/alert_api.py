"""Alerts on the desk, as JSON: what stands, who looks after it, what was told and how it went."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from feedback.alerts.notices import last_notices
from feedback.alerts.standings import alerts, take_on, watched_rules
from planner.web.guard import Call, Denied
from planner.within import alerts_within


def show(call: Call) -> Response:
    """Alerts that stand, the most money first; rules; what was told last. Who sees some places: those of these."""
    store = call.place.tenant.journal.store
    standing, rules, notices = alerts(store), watched_rules(store), last_notices(store)
    if call.places is not None:
        standing, notices = alerts_within(standing, call.places), alerts_within(notices, call.places)
        # How many a rule watches tells of the others too.
        open_ = Counter(row["rule"] for row in standing)
        rules = [row | {"watched": None, "open": open_[row["rule"]]} for row in rules if row["rule"] in open_]
    return call.answer({"alerts": standing, "rules": rules, "notices": notices})


def take(call: Call) -> Response:
    """Look after an alert: it stays until it ends, and its owner is not reminded."""
    rule, member = str(call.body.get("rule") or ""), str(call.body.get("member") or "")
    if call.places is not None and not alerts_within([{"member": member}], call.places):
        raise Denied(403, "this alert is of a place that your roles do not see")
    take_on(call.place.tenant.journal.store, rule, member, call.person.name)
    call.desk.deeds.note(call.person.name, call.tenant_id, "take_alert", f"{rule} {member}".strip(), "")
    return show(call)
