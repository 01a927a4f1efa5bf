"""Waves: the timeline to cut-offs, who has how much to do, what is left out, tours, and what another rule would do."""

from planner.access.roles import QUERY, READ
from planner.web import wave_api
from planner.web.part import Address, Page, Part

RULES = {
    "max_orders": "integer", "most_units": "integer", "cutoff_minutes": "number", "zones_apart": "boolean",
    "staff": "number", "release": "string",
}  # fmt: skip

PART = Part(
    pages=(Page("waves", READ, "waves.html"),),
    reads={"waves": Address(wave_api.show, READ), "waves/tour": Address(wave_api.tour, READ, {"wave_id": "string"})},
    changes={"waves/try": Address(wave_api.attempt, QUERY, RULES)},
)
