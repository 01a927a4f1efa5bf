"""Daily hazards of arriving and of failing, learned stage by stage."""

from dataclasses import dataclass, replace

import polars as pl

from optimization.carriers.on_time import OnTimeModel, OnTimeParams, fit
from optimization.carriers.transit.steps import LANE, at_risk

SERVICE = ("carrier_id", "service_code")
# What each stage depends on, from coarse to fine. A stage is fitted by itself: lanes that miss their promise often are
# not those that come early often, nor those that are slow to make good.
STAGES = {
    "early": (("step",), (*SERVICE, "step"), (*SERVICE, "promise_days", "step"), LANE),
    "due": (SERVICE, (*SERVICE, "promise_days"), (*SERVICE, "weight_class"), LANE),
    "overdue": (("step",), SERVICE, (*SERVICE, "step"), LANE),
}
# What parcels that chance gave to a service say beyond those that some rule chose for it: rules choose by what they
# know of a parcel, so only the former tell what any parcel may expect. Their own effect is shrunk to none.
BY_CHANCE = {"early": ((*SERVICE, "drawn"),), "due": ((*SERVICE, "drawn"),), "overdue": ()}
# Damage shows at the door, loss is admitted days after the promise.
FAILING = (("step",), SERVICE)
# Lanes differ for long, and weeks of one are too few parcels to see by how much; what services have come to of late is
# learned again, by the half-life that is asked for.
LASTING = 240.0
DRIFTING = {"early": ((*SERVICE, "step"),), "due": (SERVICE,), "overdue": (SERVICE,)}
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
            params = OnTimeParams(
                kinds=tuple(tuple(kind) for kind in kinds),
                levels=LEVELS.get(stage, ()),
                half_life_days=max(LASTING, half_life_days),
                drifting=DRIFTING[stage],
                drift_half_life_days=half_life_days,
            )
            stages[stage] = at_usual_weights(fit(rows, params), rows)
    failing = fit(risks.rename({"failed": "hit"}), OnTimeParams(FAILING, (), half_life_days))
    return TransitModel(stages, failing)


def at_usual_weights(known: OnTimeModel, rows: pl.DataFrame) -> OnTimeModel:
    """The model with effects of weight counted from what all services together carry, in the stages that have them.

    Who carries the heavy parcels is not blamed for them: a row without a weight class is one of the usual weights.
    """
    kind = (*SERVICE, "weight_class")
    if kind not in known.params.kinds:
        return known
    parcels = rows.group_by("weight_class").agg(pl.col("tried").sum())
    share = dict(parcels.with_columns(pl.col("tried") / pl.col("tried").sum()).iter_rows())
    whole, fine = (known.params.kinds.index(each) for each in (SERVICE, kind))
    means = [each.copy() for each in known.effects.means]
    for service, place in known.names[whole].items():
        begin = service + "\x1f"
        mine = {name.removeprefix(begin): at for name, at in known.names[fine].items() if name.startswith(begin)}
        usual = sum(share[weight] * means[fine][at] for weight, at in mine.items())
        means[whole][place] += usual
        means[fine][list(mine.values())] -= usual
    return replace(known, effects=replace(known.effects, means=tuple(means)))
