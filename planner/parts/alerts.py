"""Alerts: metrics beyond the limits that somebody set, and who looks after them."""

from planner.access.roles import DECIDE, READ
from planner.web import alert_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("alerts", READ, "alerts.html"),),
    reads={"alerts": Address(alert_api.show, READ)},
    changes={"alerts/take": Address(alert_api.take, DECIDE, {"rule": "string", "member": "string"})},
)
