"""Proposals: waves, carriers and what others are told; each kind a list, approved or rejected."""

from planner.access.roles import DECIDE, DECIDE_MANY, READ
from planner.web import proposal_api
from planner.web.part import Address, Page, Part

NAMED = {"action": "string", "names": "array", "publication_id": "string"}

PART = Part(
    pages=(Page("proposals", READ, "proposals.html"),),
    reads={
        "proposals": Address(proposal_api.kinds, READ),
        "proposals/rows": Address(
            proposal_api.show, READ, {"action": "string", "start": "integer", "end": "integer", "search": "string"}
        ),
    },
    changes={
        "proposals/approve": Address(proposal_api.approve, DECIDE, NAMED),
        "proposals/approve_many": Address(proposal_api.approve_many, DECIDE_MANY, NAMED),
        "proposals/reject": Address(proposal_api.reject, DECIDE, NAMED | {"reason": "string", "note": "string"}),
        "proposals/reopen": Address(proposal_api.reopen, DECIDE, NAMED),
    },
)
