"""How far another forecast would reach, before anybody decides it: which orders change, by how much, for what money.

Every item in reach is asked for again by the same rule at both forecasts, so what the rule leaves out cancels: the need
is mean plus safety less the position, rounded up to the minimum and whole packs. Mean and spread of demand over the
protection interval move in proportion, for the part of the interval that the changed weeks cover (as in
`planner.preview`, demand is even over it). What was changed since the last plan is laid below it, as the next run does.
That run plans it exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from feedback.blast_radius import BlastRadius
from feedback.forecast_override import ForecastOverride
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
            i.*, coalesce(l.demand_mean_qty, 0) + coalesce(l.safety_qty, 0) as level,
            i.inventory_position_qty::double as position, coalesce(i.home_unit_cost, 0)::double as cost,
            greatest(coalesce(i.order_multiple_qty, 1)::double, 1) as pack, coalesce(i.moq_qty, 0)::double as minimum,
            greatest(coalesce(i.lead_time_days, 0) + coalesce(i.review_days, 0), 1) as days
        from replenishment_input as i
        inner join replenishment_level as l using (sku_id, location_id)
        where i.not_orderable_reason is null and {which}
    ),

    needed as (
        select
            sku_id, cost, pack, minimum, level * ({standing}) / days - position as before,
            level * ({changed}) / days - position as after
        from items as i
    ),

    asked as (
        select
            sku_id, cost,
            if(after > 0, ceil(greatest(after, minimum) / pack) * pack, 0)
            - if(before > 0, ceil(greatest(before, minimum) / pack) * pack, 0) as more
        from needed
    )

    select
        count(distinct sku_id) as skus, count(*) as suggestions,
        coalesce(sum(more), 0)::decimal(18, 4) as quantity,
        coalesce(sum(more * cost), 0)::decimal(18, 4) as amount
    from asked
    where more <> 0
"""
# By how they call what they are about; of brands and styles the items here do not tell.
MEMBERS: Mapping[str, str] = {
    "series": "i.sku_id || '@' || i.location_id = ${name}",
    "sku": "i.sku_id = ${name}",
    "category": "i.category_id = ${name}",
    "warehouse": "i.location_id = ${name}",
    "total": "${name} = 'total'",
}


@dataclass(frozen=True)
class Window:
    """Days from today on, `end` not included, on which demand of what `of` says is `factor` times as high."""

    start: int
    end: int
    factor: float
    of: str


@dataclass(frozen=True)
class Reach:
    """How far a change reaches.

    Parameters
    ----------
    member
        What of its level the line is.
    radius
        What it moves, beyond `standing` changes that the last plan did not know yet.
    unknown
        Changes since the last plan whose part nobody can tell here: units in total, or of a brand or style.
    """

    member: str
    radius: BlastRadius
    standing: int
    unknown: int


def reach(
    snapshot: Snapshot,
    line: Mapping[str, object],
    level: str,
    factor: float,
    weeks: int,
    decided: Sequence[ForecastOverride] = (),
) -> Reach:
    """How far a forecast `factor` times as high for `weeks` weeks reaches.

    Parameters
    ----------
    decided
        Every change that the journal knows. What the publication does not list yet holds with the next plan too, and
        the new one is laid on top.

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
    later = _later(snapshot, decided)
    known = [each for each in later if each.kind == "factor" and each.level in MEMBERS]
    standing = [_window(each, snapshot.today, f"member{number}") for number, each in enumerate(known)]
    _, last = span(snapshot.today, weeks)
    new = Window(0, (last + timedelta(days=7) - snapshot.today).days, factor, LEVELS[level])
    question = ITEMS.format(which=LEVELS[level], standing=_weighed(standing), changed=_weighed([*standing, new]))
    found = snapshot.row(question, which | {f"member{number}": each.member for number, each in enumerate(known)})
    member = {
        "series": f"{line['sku_id']}@{line['location_id']}", "sku": line["sku_id"], "category": line["category_id"],
        "total": "total",
    }[level]  # fmt: skip
    radius = BlastRadius(**found, currency=str(snapshot.home_currency or line["currency"]))
    return Reach(str(member), radius, len(known), len(later) - len(known))


def _later(snapshot: Snapshot, decided: Sequence[ForecastOverride]) -> list[ForecastOverride]:
    """Changes that hold, ahead of today, and are not in the publication."""
    planned = set()
    if snapshot.has("forecast_override"):
        planned = {row["override_id"] for row in snapshot.rows("select override_id from forecast_override")}
    return [
        each
        for each in decided
        if each.override_id not in planned
        and (each.expires_on is None or each.expires_on > snapshot.today)
        and each.last_week + timedelta(days=7 - each.last_week.weekday()) > snapshot.today
    ]


def _window(change: ForecastOverride, today: date, name: str) -> Window:
    first, last = (day - timedelta(days=day.weekday()) for day in (change.first_week, change.last_week))
    start, end = ((day - today).days for day in (first, last + timedelta(days=7)))
    return Window(max(0, start), end, float(change.quantity), MEMBERS[change.level].format(name=name))


def _weighed(windows: Sequence[Window]) -> str:
    """SQL: days of an item's interval, each times what the windows on it make of its demand."""
    edges = sorted({0, *(each.start for each in windows), *(each.end for each in windows)})
    parts = []
    for start, end in zip(edges, [*edges[1:], None], strict=True):
        length = f"greatest(0, {'i.days' if end is None else f'least(i.days, {end})'} - {start})"
        holding = [each for each in windows if end is not None and each.start <= start and each.end >= end]
        parts.append(" * ".join([length, *(f"if({each.of}, {each.factor!r}, 1)" for each in holding)]))
    return " + ".join(parts)


def span(today: date, weeks: int) -> tuple[date, date]:
    """The Mondays of the first and the last of so many weeks from this one on."""
    first = today - timedelta(days=today.weekday())
    return first, first + timedelta(weeks=weeks - 1)


def told(radius: BlastRadius) -> dict[str, object]:
    """A radius as the journal keeps it: decimals as text."""
    return {name: value if isinstance(value, int) else str(value) for name, value in asdict(radius).items()}
