"""Managing people of a workspace."""

from planner.access.roles import MANAGE
from planner.web import people_api
from planner.web.part import Address, Page, Part

PART = Part(
    pages=(Page("people", MANAGE, "people.html"),),
    reads={"people": Address(people_api.people, MANAGE)},
    changes={
        "people/add": Address(people_api.add, MANAGE, {"name": "string", "roles": "array"}),
        "people/grant": Address(people_api.grant, MANAGE, {"name": "string", "roles": "array"}),
        "people/reset": Address(people_api.reset, MANAGE, {"name": "string"}),
        "people/shut_out": Address(people_api.shut_out, MANAGE, {"name": "string"}),
    },
)
