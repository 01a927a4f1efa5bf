"""Scores and approval without a person as Dagster assets: what decisions earned, and what that lets pass."""

import dagster as dg

from pipelines.approval_policy import limits_of
from pipelines.cycle import Cycle, current_as_of
from pipelines.outcomes import OURS, score_outcomes
from pipelines.planning.recognition import is_look_back
from pipelines.planning_assets import IN_FLIGHT, mart
from pipelines.trust import approve_what_is_trusted

SCORED, AUTO_APPROVED = dg.AssetKey(["feedback", "scored"]), dg.AssetKey(["feedback", "auto_approved"])
LIMITS = "select * from marts.approval_limit"


@dg.asset(key=SCORED, group_name="feedback", deps=[mart("purchase_outcome"), dg.AssetKey(["feedback", "event"])])
def scored_asset(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """What decisions earned whose outcome is known now."""
    cycle.report("feedback", "scoring")
    with cycle.warehouse.opened("scoring") as connection:
        as_of = current_as_of(connection)
        if is_look_back(cycle.journal, as_of):
            return dg.MaterializeResult(metadata={"scored": 0, "look_back": True})
        rows = connection.execute(OURS).fetchall()
    return dg.MaterializeResult(metadata={"scored": score_outcomes(cycle.journal, rows, as_of)})


@dg.asset(
    key=AUTO_APPROVED,
    group_name="feedback",
    deps=[dg.AssetKey(["plan", "replenishment_suggestion"]), IN_FLIGHT, mart("approval_limit")],
)
def auto_approved_asset(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """What classes that earned it, and a person granted it to, propose: approved, unless it is out of the ordinary."""
    if cycle.settings.auto_approval is None:
        return dg.MaterializeResult(metadata={"approved": 0, "off": True})
    cycle.report("feedback", "approving what is trusted")
    with cycle.warehouse.opened("trust") as connection:
        as_of = current_as_of(connection)
        found = connection.execute(LIMITS)
        columns = [column[0] for column in found.description]
        limits = limits_of(columns, found.fetchall(), cycle.business_date(as_of))
    if is_look_back(cycle.journal, as_of):
        return dg.MaterializeResult(metadata={"approved": 0, "look_back": True})
    approved, told = approve_what_is_trusted(cycle.journal, cycle.settings, limits, as_of)
    return dg.MaterializeResult(metadata={"approved": len(approved), "waiting": told})
