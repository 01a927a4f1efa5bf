"""What-if: the plan in other circumstances, side by side."""

from planner.access.roles import QUERY
from planner.web import scenario_api
from planner.web.part import Address, Page, Part

LEVERS = {
    "title": "string", "budget": "number", "demand": "number", "lead_time_days": "number", "service_target": "number",
    "suppliers_out": "array",
}  # fmt: skip

PART = Part(
    pages=(Page("scenarios", QUERY, "scenarios.html"),),
    reads={"scenarios": Address(scenario_api.show, QUERY)},
    changes={
        "scenarios/ask": Address(scenario_api.begin, QUERY, LEVERS),
        "scenarios/remove": Address(scenario_api.forget, QUERY, {"scenario_id": "string"}),
    },
)
