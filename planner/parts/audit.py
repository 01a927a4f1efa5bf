"""The audit page: what was decided, done to accounts and refused, and whether the trail is whole."""

from planner.access.roles import AUDIT
from planner.web import board_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("audit", AUDIT, "audit.html"),),
    reads={"audit": Address(board_api.audit, AUDIT), "audit/verified": Address(board_api.verified, AUDIT)},
)
