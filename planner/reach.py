"""How far another forecast would reach, before anybody decides it: which orders change, by how much, for what money.

Every item in reach is asked for again by the same rule at both forecasts, so what the rule leaves out cancels: the need
is mean plus safety less the position, rounded up to the minimum and whole packs. Mean and spread of demand over the
protection interval move in proportion, for the part of the interval that the changed weeks cover (as in
`planner.preview`, demand is even over it). The next run plans it exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta

from feedback.blast_radius import BlastRadius
from planner.snapshot import Snapshot

# Of what a line is one, from the narrowest: what it is called by, and which items it holds.
LEVELS: Mapping[str, str] = {
    "series": "i.sku_id = $sku and i.location_id = $place",
    "sku": "i.sku_id = $sku",
    "category": "i.category_id = $category",
    "total": "true",
}
MOST_WEEKS = 52
ITEMS = """
    with items as (
        select
            i.sku_id, coalesce(l.demand_mean_qty, 0) + coalesce(l.safety_qty, 0) as level,
            i.inventory_position_qty::double as position, coalesce(i.home_unit_cost, 0)::double as unit_cost,
            greatest(coalesce(i.order_multiple_qty, 1)::double, 1) as pack, coalesce(i.moq_qty, 0)::double as minimum,
            least(1, $days / greatest(coalesce(i.lead_time_days, 0) + coalesce(i.review_days, 0), 1)) as covered
        from replenishment_input as i
        inner join replenishment_level as l using (sku_id, location_id)
        where i.not_orderable_reason is null and {which}
    ),

    needed as (
        select
            *, level - position as before, level * (1 + ($factor - 1) * covered) - position as after
        from items
    ),

    asked as (
        select
            sku_id, unit_cost,
            if(after > 0, ceil(greatest(after, minimum) / pack) * pack, 0)
            - if(before > 0, ceil(greatest(before, minimum) / pack) * pack, 0) as more
        from needed
    )

    select
        count(distinct sku_id) as skus, count(*) as suggestions,
        coalesce(sum(more), 0)::decimal(18, 4) as quantity,
        coalesce(sum(more * unit_cost), 0)::decimal(18, 4) as amount
    from asked
    where more <> 0
"""


def reach(
    snapshot: Snapshot, line: Mapping[str, object], level: str, factor: float, weeks: int
) -> tuple[str, BlastRadius]:
    """The member of `level` that a line is of, and how far a forecast `factor` times as high for `weeks` weeks reaches.

    Raises
    ------
    ValueError
        If the level is unknown, the line is of no category, or a number is out of bounds.
    """
    if level not in LEVELS:
        raise ValueError(f"a forecast is changed for {', '.join(LEVELS)}; found {level!r}")
    if not 0 <= factor <= 10 or factor == 1 or not 1 <= weeks <= MOST_WEEKS:
        raise ValueError(f"a forecast changes by −100 to 900 per cent, not 0, for 1 to {MOST_WEEKS} weeks")
    if level == "category" and line["category_id"] is None:
        raise ValueError(f"{line['sku_id']} is of no category")
    if line["currency"] is None:
        raise ValueError(f"{line['sku_id']} has no price, so nobody can say what money moves")
    named = {"sku": line["sku_id"], "place": line["location_id"], "category": line["category_id"]}
    which = {name: value for name, value in named.items() if f"${name}" in LEVELS[level]}
    _, last = span(snapshot.today, weeks)
    days = float((last + timedelta(days=7) - snapshot.today).days)
    home = snapshot.row("select max(home_currency) as currency from replenishment_input", {})["currency"]
    found = snapshot.row(ITEMS.format(which=LEVELS[level]), which | {"days": days, "factor": factor})
    member = {
        "series": f"{line['sku_id']}@{line['location_id']}", "sku": line["sku_id"], "category": line["category_id"],
        "total": "total",
    }[level]  # fmt: skip
    return str(member), BlastRadius(**found, currency=str(home or line["currency"]))


def span(today: date, weeks: int) -> tuple[date, date]:
    """The Mondays of the first and the last of so many weeks from this one on."""
    first = today - timedelta(days=today.weekday())
    return first, first + timedelta(weeks=weeks - 1)


def told(radius: BlastRadius) -> dict[str, object]:
    """A radius as the journal keeps it: decimals as text."""
    return {name: value if isinstance(value, int) else str(value) for name, value in asdict(radius).items()}
