"""Daily hazards of arriving and of failing, learned stage by stage."""

from dataclasses import dataclass

import polars as pl

from optimization.carriers.on_time import OnTimeModel, OnTimeParams, fit
from optimization.carriers.transit.steps import LANE, at_risk

SERVICE = ("carrier_id", "service_code")
# What each stage depends on, from coarse to fine. A stage is fitted by itself: lanes that miss their promise often are
# not those that come early often, nor those that are slow to make good.
STAGES = {
    "early": (("step",), (*SERVICE, "step"), (*SERVICE, "promise_days", "step"), LANE),
    "due": (SERVICE, (*SERVICE, "promise_days"), LANE),
    "overdue": (("step",), SERVICE, (*SERVICE, "step"), LANE),
}
# What parcels that chance gave to a service say beyond those that some rule chose for it: rules choose by what they
# know of a parcel, so only the former tell what any parcel may expect. Their own effect is shrunk to none.
BY_CHANCE = {"early": ((*SERVICE, "drawn"),), "due": ((*SERVICE, "drawn"),), "overdue": ()}
# Damage shows at the door, loss is admitted days after the promise.
FAILING = (("step",), SERVICE)
# Good and bad days show where most parcels are due: for all, and for each province (weather).
LEVELS = {"due": ((), ("dest_region",))}


@dataclass(frozen=True)
class TransitModel:
    """What was learned.

    Parameters
    ----------
    stages
        For each stage in which parcels were seen, the chance to arrive on a day of it if not arrived before.
    failing
        The chance to be lost or damaged on a day.
    """

    stages: dict[str, OnTimeModel]
    failing: OnTimeModel


def fit_transit(history: pl.DataFrame, half_life_days: float = 60.0) -> TransitModel:
    """Learn from parcels that ended and from those on the way; `history` is that of ``steps.at_risk``, not empty.

    Arriving and failing compete: each takes parcels out of the other's risk (cause-specific hazards in discrete time,
    Allison 1982; Prentice et al. 1978).

    Raises
    ------
    ValueError
        When the history is empty or a row of it impossible.
    """
    if history.is_empty():
        raise ValueError("history: there is no parcel to learn from")
    risks = at_risk(history)
    has_drawn = history["is_drawn"].any()
    stages = {}
    for stage, kinds in STAGES.items():
        rows = risks.filter(pl.col("stage") == stage).rename({"arrived": "hit"})
        if not rows.is_empty():
            kinds = (*kinds, *BY_CHANCE[stage]) if has_drawn else kinds
            params = OnTimeParams(tuple(tuple(kind) for kind in kinds), LEVELS.get(stage, ()), half_life_days)
            stages[stage] = fit(rows, params)
    failing = fit(risks.rename({"failed": "hit"}), OnTimeParams(FAILING, (), half_life_days))
    return TransitModel(stages, failing)
