"""Alerts on the desk, as JSON: what stands, who looks after it, what was told and how it went."""

from __future__ import annotations

from starlette.responses import Response

from feedback.alerts.notices import last_notices
from feedback.alerts.standings import alerts, take_on, watched_rules
from planner.web.guard import Call


def show(call: Call) -> Response:
    """Alerts that stand, the most money first; rules; what was told last."""
    call.need_every_row()
    store = call.place.tenant.journal.store
    return call.answer(
        {"alerts": alerts(store), "rules": watched_rules(store), "notices": last_notices(store)}
    )  # fmt: skip


def take(call: Call) -> Response:
    """Look after an alert: it stays until it ends, and its owner is not reminded."""
    call.need_every_row()
    rule, member = str(call.body.get("rule") or ""), str(call.body.get("member") or "")
    take_on(call.place.tenant.journal.store, rule, member, call.person.name)
    call.desk.deeds.note(call.person.name, call.tenant_id, "take_alert", f"{rule} {member}".strip(), "")
    return show(call)
