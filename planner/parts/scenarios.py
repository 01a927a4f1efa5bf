"""What-if: the plan in other circumstances, side by side."""

from planner.access.roles import DECIDE_MANY, QUERY
from planner.web import scenario_api
from planner.web.part import Address, Page, Part

LEVERS = {
    "title": "string", "budget": "number", "demand": "number", "lead_time_days": "number", "service_target": "number",
    "suppliers_out": "array", "policy": "string",
}  # fmt: skip

PART = Part(
    pages=(Page("scenarios", QUERY, "scenarios.html"),),
    reads={"scenarios": Address(scenario_api.show, QUERY)},
    changes={
        "scenarios/ask": Address(scenario_api.begin, QUERY, LEVERS),
        "scenarios/promote": Address(scenario_api.promote, DECIDE_MANY, {"scenario_id": "string", "reason": "string"}),
        "scenarios/settle": Address(scenario_api.settle, DECIDE_MANY, {"reason": "string"}),
        "scenarios/remove": Address(scenario_api.forget, QUERY, {"scenario_id": "string"}),
    },
)
