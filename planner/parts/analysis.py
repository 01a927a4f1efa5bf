"""Analysts' questions: one SELECT over the published marts."""

from planner.access.roles import QUERY
from planner.web import board_api, own_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("sql", QUERY, "sql.html"),),
    reads={"marts": Address(board_api.marts, QUERY), "questions": Address(own_api.questions, QUERY)},
    changes={
        "ask": Address(board_api.ask, QUERY, {"sql": "string", "parameters": "object"}),
        "questions/save": Address(own_api.save_question, QUERY, {"title": "string", "sql": "string"}),
        "questions/remove": Address(own_api.remove_question, QUERY, {"title": "string"}),
    },
)
