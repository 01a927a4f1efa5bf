"""The worklist: the list, what explains a line, decisions, saved views, the list as a sheet and back."""

from planner.access.roles import DECIDE, DECIDE_MANY, READ
from planner.web import decision_api, exchange_api, override_api, own_api, worklist_api
from planner.web.part import Address, Page, Part

VIEW = {"view": "string", "search": "string", "filters": "string", "order": "string"}
SEEN = {"suggestion_id": "string", "version": "integer", "quantity": "string"}
WHY = {"reason": "string", "note": "string"}
OVERRIDE = {"level": "string", "change": "number", "weeks": "integer"}

PART = Part(
    pages=(Page("desk", READ, "desk.html"),),
    reads={
        "opening": Address(worklist_api.opening, READ),
        "worklist": Address(worklist_api.rows, READ, {"start": "integer", "end": "integer"} | VIEW),
        "suggestions/{suggestion}": Address(worklist_api.details, READ),
        "suggestions/{suggestion}/behind/{step}": Address(worklist_api.behind, READ),
        "suggestions/{suggestion}/preview": Address(worklist_api.preview, READ, {"quantity": "string"}),
        "suggestions/{suggestion}/reach": Address(override_api.reach, READ, OVERRIDE),
        "views": Address(own_api.views, READ),
        "export.{ending}": Address(exchange_api.export, READ, VIEW),
    },
    changes={
        "approve": Address(decision_api.approve, DECIDE, SEEN),
        "edit": Address(decision_api.edit, DECIDE, SEEN | {"new_quantity": "string", "until": "string"} | WHY),
        "override": Address(override_api.override, DECIDE, {"suggestion_id": "string"} | OVERRIDE | WHY),
        "reject": Address(decision_api.reject, DECIDE, SEEN | WHY),
        "snooze": Address(decision_api.snooze, DECIDE, SEEN | {"until": "string"}),
        "reopen": Address(decision_api.reopen, DECIDE, SEEN),
        "undo": Address(decision_api.undo, DECIDE, {"suggestion_ids": "array", "reason": "string"}),
        "total": Address(decision_api.total, DECIDE_MANY, {"suggestion_ids": "array", "query": "object"}),
        "approve_many": Address(
            decision_api.approve_many, DECIDE_MANY, {"suggestion_ids": "array", "query": "object", "seal": "string"}
        ),
        "views/save": Address(own_api.save_view, READ, {"title": "string", "asked": "object"}),
        "views/remove": Address(own_api.remove_view, READ, {"title": "string"}),
        "import/preview": Address(exchange_api.preview, DECIDE, {"content": "string"}),
        "import/apply": Address(exchange_api.apply, DECIDE_MANY, {"content": "string", "seal": "string"} | WHY),
    },
)
