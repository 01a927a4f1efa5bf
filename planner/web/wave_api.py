"""The page of waves, as JSON: the plan, a wave's tour, other rules tried."""

from __future__ import annotations

from starlette.responses import Response

from optimization.waves.params import Params
from optimization.waves.what_if import changed
from planner import waves
from planner.trying import TryError
from planner.web.guard import Call, Denied


def show(call: Call) -> Response:
    """Waves to their cut-offs, work by zone and stage, what is left out and why, what must be refilled."""
    return call.answer(waves.shown(call.place.snapshot()))


def tour(call: Call) -> Response:
    """One wave's carts drawn over its warehouse."""
    wave_id = call.request.query_params.get("wave_id", "")
    found = waves.tour(call.place.snapshot(), wave_id)
    if found is None:
        raise Denied(404, f"there is no wave {wave_id!r} in the current plan")
    return call.answer(found)


def attempt(call: Call) -> Response:
    """Totals of the plan beside those by another rule."""
    levers = {name: value for name, value in call.body.items() if value is not None}
    changed(Params(), levers)
    try:
        return call.answer(call.desk.trying.waves(call.place.tenant, levers))
    except TryError as error:
        raise Denied(422, str(error)) from error
