"""Boards: how the business stands, how good the forecast was, who carries for how much, what came in and went out."""

from planner.access.roles import HALT, READ
from planner.web import board_api, exchange_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("health", READ), Page("forecast", READ), Page("carriers", READ), Page("feeds", READ)),
    reads={
        "boards/{board}": Address(board_api.show_board, READ),
        "quarantined.csv": Address(exchange_api.quarantined, READ),
    },
    changes={
        "sending/stop": Address(board_api.stop_sending, HALT, {"reason": "string"}),
        "sending/resume": Address(board_api.resume_sending, HALT, {"reason": "string"}),
    },
)
