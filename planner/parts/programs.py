"""What is one's own: tokens by which programs ask in one's name, and who acts in one's place."""

from planner.access.roles import READ
from planner.web import absence_api, own_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("api", READ, "api.html"),),
    reads={"tokens": Address(own_api.tokens, READ), "deputies": Address(absence_api.deputies, READ)},
    changes={
        "tokens/make": Address(own_api.make_token, READ, {"label": "string", "days": "integer"}),
        "deputies/name": Address(
            absence_api.name, READ, {"deputy": "string", "first_day": "string", "last_day": "string"}
        ),
        "deputies/end": Address(absence_api.end, READ, {"deputy": "string"}),
        "tokens/revoke": Address(own_api.revoke_token, READ, {"label": "string"}),
    },
)
