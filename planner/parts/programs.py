"""Tokens by which programs ask in one's own name."""

from planner.access.roles import READ
from planner.web import own_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("api", READ, "api.html"),),
    reads={"tokens": Address(own_api.tokens, READ)},
    changes={
        "tokens/make": Address(own_api.make_token, READ, {"label": "string", "days": "integer"}),
        "tokens/revoke": Address(own_api.revoke_token, READ, {"label": "string"}),
    },
)
