"""What another rule would do: wave size, cut-offs, zones, staff, release without waves."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from optimization.waves.params import Params
from optimization.waves.plan import Plan

# Lever → least, most (numbers); a bool or one of the settings' words otherwise.
NUMBERS = {
    "max_orders": (1, 10_000),
    "most_units": (1, 10_000_000),
    "cutoff_minutes": (-1_440, 1_440),
    "staff": (0, 10),
}
WHOLE = ("max_orders", "most_units")


def changed(params: Params, levers: Mapping[str, object]) -> Params:
    """The settings with other values of the levers: these numbers, ``zones_apart`` and ``release``.

    Raises
    ------
    ValueError
        For another lever, or a value outside its range.
    """
    told: dict[str, object] = {}
    for name, value in levers.items():
        if name in NUMBERS:
            low, high = NUMBERS[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise ValueError(f"{name} is a number from {low} to {high}, found {value!r}")
            told[name] = int(value) if name in WHOLE else float(value)
        elif name == "zones_apart" and isinstance(value, bool):
            told[name] = value
        elif name == "release":
            told[name] = str(value)
        else:
            raise ValueError(f"{name} = {value!r} is no rule of waves that can be tried")
    return replace(params, **told)


def totals(plan: Plan) -> dict[str, float | int | None]:
    """What a plan comes to."""
    late = plan.wave_orders["is_late"].sum()
    ready = plan.waves["ready_at"].max()
    begun = plan.waves["planned_start_at"].min()
    return {
        "waves": plan.waves.height,
        "carts": plan.carts.height,
        "orders": plan.wave_orders.height,
        "late": int(late),
        "left_out": int(plan.unplanned.select(pl.col("wave_id").is_null().sum()).item()),
        "misses": plan.misses,
        "metres": round(plan.distance_m, 1),
        "minutes": round(plan.objective, 1),
        "fullest": None if plan.evenness is None else round(plan.evenness, 4),
        "hours": None if ready is None or begun is None else round((ready - begun).total_seconds() / 3600, 2),
    }
