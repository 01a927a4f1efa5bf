"""Another forecast instead of another quantity: how far it reaches, and the decision, which carries that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal

from starlette.responses import Response

from feedback.journal import overrides_known
from planner import deciding
from planner.access.roles import DECIDE_MANY, allowed
from planner.reach import Reach, span, told
from planner.reach import reach as reach_of
from planner.web.guard import Call, Denied
from planner.web.worklist_api import line_of

# What one planner decides alone: one item. More is for approvers.
OF_ONE = frozenset({"series", "sku"})


def reach(call: Call) -> Response:
    """How many SKUs and orders a forecast changed by `change` per cent would move, and what money."""
    words = call.request.query_params
    line = line_of(call.place.lines(), call.request.path_params["suggestion"])
    factor, weeks = _factor(words.get("change")), _weeks(words.get("weeks"))
    found = _reach(call, line, words.get("level", ""), factor, weeks)
    return call.answer(asdict(found.radius) | {"standing": found.standing, "unknown": found.unknown})


def override(call: Call) -> Response:
    """Change the forecast from the next run on; the radius that was shown goes into the trail."""
    level = str(call.body.get("level") or "")
    factor, weeks = _factor(call.body.get("change")), _weeks(call.body.get("weeks"))
    if level not in OF_ONE and not allowed(call.roles, DECIDE_MANY):
        raise Denied(403, "a forecast of more than one item is changed by an approver")
    if call.places is not None and level != "series":
        raise Denied(403, "your roles see the rows of some places only; change the forecast of this item here")
    line = line_of(call.place.lines(), str(call.body.get("suggestion_id") or ""))
    found = _reach(call, line, level, factor, weeks)
    reason = deciding.told_reason(str(call.body.get("reason") or ""), str(call.body.get("note") or "")[:2000])
    first, last = span(call.place.snapshot().today, weeks)
    said = {
        "level": level, "member": found.member, "first_week": first.isoformat(), "last_week": last.isoformat(),
        "kind": "factor", "quantity": str(factor), "reason": reason, "expires_on": None,
        "blast_radius": told(found.radius),
    }  # fmt: skip
    # Each is a decision of its own: its reach was shown on top of those that stand, and so it is laid.
    journal, now = call.place.tenant.journal, call.desk.now()
    name = f"desk {level} {found.member} {now.isoformat()}"
    journal.decide("forecast_override", name, said, call.person.name, now)
    return call.answer({"name": name} | asdict(found.radius))


def _reach(call: Call, line: Mapping[str, object], level: str, factor: Decimal, weeks: int) -> Reach:
    decided = overrides_known(call.place.tenant.journal.store, call.desk.now())
    return reach_of(call.place.snapshot(), line, level, float(factor), weeks, decided)


def _factor(change: object) -> Decimal:
    try:
        per_cent = Decimal(str(change))
    except ArithmeticError:
        per_cent = Decimal("NaN")
    if not per_cent.is_finite():
        raise ValueError(f"change is per cent, found {change!r}")
    return 1 + per_cent / 100


def _weeks(weeks: object) -> int:
    if not str(weeks).isdigit() or len(str(weeks)) > 3:
        raise ValueError(f"weeks is a whole number, found {weeks!r}")
    return int(str(weeks))
