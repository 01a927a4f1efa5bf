"""Analysts' questions: one SELECT over the published marts."""

from planner.access.roles import QUERY
from planner.web import board_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("sql", QUERY, "sql.html"),),
    reads={"marts": Address(board_api.marts, QUERY)},
    changes={"ask": Address(board_api.ask, QUERY, {"sql": "string"})},
)
