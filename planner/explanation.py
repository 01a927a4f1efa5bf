"""Everything the right panel tells of one suggestion, from the publication and the journal."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal

from feedback.identity import suggestion_id
from feedback.journal import Journal
from planner.difference import difference
from planner.orders import order_with
from planner.preview import Item, Prices, curve, effect
from planner.projection import Arrival, Week, project, spread_scale_of
from planner.snapshot import Snapshot
from planner.worklist import Lines
from planner.worklist.other_actions import MART_OF, TERMS, WHY

HISTORY_WEEKS = 26
# Past generations of one key; older ones are in the audit page.
REMEMBERED = 12

LEVEL = """
    select
        i.inventory_position_qty::double as position,
        coalesce(l.demand_mean_qty, 0) as mean,
        coalesce(l.safety_qty, 0) as safety,
        coalesce(i.service_target, 0.95) as service_target,
        i.lead_time_days, i.lead_time_std_days, i.review_days, i.lead_time_source, i.lead_time_samples,
        i.moq_qty::double as moq_qty, i.order_multiple_qty::double as order_multiple_qty,
        i.min_order_amount::double as min_order_amount,
        -- At a rate that nobody told nothing is ordered, so a better price spares nothing.
        coalesce(i.home_unit_cost / nullif(i.unit_cost, 0), 0)::double as rate,
        coalesce(i.unit_cost, 0)::double as unit_cost, coalesce(e.unit_margin, 0)::double as unit_margin,
        i.available_qty::double as available_qty, i.defaults{more}
    from replenishment_input as i
    left join unit_economics as e using (sku_id, location_id)
    left join replenishment_level as l using (sku_id, location_id)
    where i.sku_id = ? and i.location_id = ?
"""
# Prices that larger orders reach with the supplier of a line.
STEPS = """
    select from_quantity::double as from_quantity, unit_cost::double as unit_cost, kind from price_step
    where sku_id = ? and location_id = ? and supplier_id = ?
    order by from_quantity
"""
CURVE = """
    select quantity::double as quantity, value_amount::double as value from suggestion_curve
    where suggestion_id = ? and value_amount is not null
    order by quantity
"""
BRIDGE = """
    select step, quantity, running_quantity from replenishment_bridge
    where suggestion_id = ? and quantity <> 0
    order by seq
"""
HISTORY = """
    select
        date_trunc('week', demand_date)::date as week_start,
        sum(gross_demand_qty)::double as demand,
        sum({bulk})::double as bulk,
        sum(shipped_qty)::double as shipped,
        count(*) filter (where is_stocked_out) as censored_days,
        count(*) filter (where is_promoted) as promoted_days,
        count(*) filter (where is_complete_day) as days
    from demand_history
    where sku_id = ? and location_id = ? and demand_date >= ?
    group by all
    order by week_start
"""
# Bulk orders come on top, in the mean: the plan keeps stock for them.
FORECAST = """
    select
        week_start, y_hat + {bulk} as mean, q_0_1 + {bulk} as low, q_0_5 + {bulk} as middle, q_0_9 + {bulk} as high,
        {bulk} as bulk
    from demand_forecast
    where sku_id = ? and location_id = ?
    order by week_start
"""
ARRIVALS = """
    select
        po_line_id, po_id, supplier_id, tracking_status, open_qty::double as quantity, is_acknowledged,
        coalesce(expected_arrival_date, expected_date, requested_date) as day, latest_arrival_date as latest_day
    from purchase_order_tracking
    where sku_id = ? and location_id = ? and open_qty > 0
    order by day nulls last, po_id
"""
# Batches that may not be sold any more within the weeks that are drawn.
EXPIRIES = """
    select
        last_sale_date as day, sum(sellable_qty)::double as quantity, sum(unsold_qty)::double as unsold
    from expiry_projection
    where sku_id = ? and location_id = ? and last_sale_date is not null and sellable_qty > 0
    group by last_sale_date
    order by last_sale_date
    limit 40
"""
CLOSURES = "select closed_from, closed_to from supplier_closure where supplier_id = ? order by closed_from"
HOLDING = """
    select coalesce(max_by(holding_rate, outcome_date), 0)::double as holding
    from purchase_outcome
    where sku_id = ? and location_id = ?
"""


def item_of(snapshot: Snapshot, line: dict[str, object]) -> tuple[Item, dict[str, object]] | None:
    """What the effect of a quantity depends on, and the row it was read from; None where nothing is planned there."""
    place = [line["sku_id"], line["location_id"]]
    # Columns that a publication of an older version may lack.
    told = "not_orderable_reason_zh" in snapshot.published.columns.get("replenishment_input", ())
    more = ", i.not_orderable_reason, i.not_orderable_reason_zh" if told else ""
    found = snapshot.rows(LEVEL.format(more=more), place)
    if not found:
        return None
    [level] = found
    lead, review = float(level["lead_time_days"] or 0), float(level["review_days"] or 0)
    item = Item(
        float(level["position"] or 0), float(level["mean"]), float(level["safety"]), float(level["service_target"]),
        lead + review, lead, float(level["unit_cost"]), float(level["unit_margin"]),
        float(snapshot.row(HOLDING, place)["holding"]), _prices(snapshot, line), level["rate"],
    )  # fmt: skip
    return item, level


def _prices(snapshot: Snapshot, line: dict[str, object]) -> Prices:
    if not snapshot.has("price_step"):
        return Prices()
    found = snapshot.rows(STEPS, [line["sku_id"], line["location_id"], line["supplier_id"]])
    steps = tuple((row["from_quantity"], row["unit_cost"]) for row in found)
    return Prices(steps, any(row["kind"] == "incremental" for row in found))


def explain(snapshot: Snapshot, journal: Journal, line: dict[str, object]) -> dict[str, object]:
    """The bridge and how it moved, demand, stock with and without the order, the money curve, past decisions.

    Of what is no purchase `terms` say what is changed, moved or cleared, and there is no bridge and no curve.
    Quantities are base units; days are business days.
    """
    place = [line["sku_id"], line["location_id"]]
    told = item_of(snapshot, line)
    planned = float(line["quantity"] or 0) if line["quantity"] == line["quantity"] else float(line["suggested_qty"])
    since = snapshot.today - timedelta(weeks=HISTORY_WEEKS, days=snapshot.today.weekday())
    arrivals = snapshot.rows(ARRIVALS, place)
    forecast = snapshot.rows(FORECAST.format(bulk=_bulk(snapshot, "demand_forecast")), place)
    if told and line["action"] == "buy":
        of_it = _purchase(snapshot, journal, line, *told, planned)
    else:
        of_it = _other(snapshot, line)
    return {
        "history": snapshot.rows(HISTORY.format(bulk=_bulk(snapshot, "demand_history")), [*place, since]),
        "forecast": forecast,
        "only_in_bulk": any(row["bulk"] for row in forecast) and all(row["mean"] == row["bulk"] for row in forecast),
        "arrivals": arrivals,
        "supplier_closures": snapshot.rows(CLOSURES, [line["supplier_id"]]),
        "expiries": snapshot.rows(EXPIRIES, place),
        "projection": told and _projection(snapshot.today, line, told[0], forecast, arrivals, planned),
        "level": told and told[1],
        "decisions": decisions(journal, line),
        "why": _why(snapshot, MART_OF[str(line["action"])], line["suggestion_id"]),
        **of_it,
    }


def _bulk(snapshot: Snapshot, mart: str) -> str:
    """What companies order in bulk; a publication of an older version knows nothing of it."""
    return "coalesce(bulk_qty, 0)" if "bulk_qty" in snapshot.published.columns.get(mart, ()) else "0"


def _why(snapshot: Snapshot, mart: str, name: object) -> dict[str, object] | None:
    """The reason in words, and of a purchase what the next pack would bring."""
    has_next = "next_pack_amount" in snapshot.published.columns.get(mart, ())
    more = ", next_pack_amount::double as next_pack_amount" if has_next else ""
    return next(iter(snapshot.rows(WHY.format(mart=mart, more=more), [name])), None)


def _purchase(
    snapshot: Snapshot,
    journal: Journal,
    line: dict[str, object],
    item: Item,
    level: dict[str, object],
    planned: float,
) -> dict[str, object]:
    pack = float(line["pack_qty"] or level["order_multiple_qty"] or 1)
    bridge = snapshot.rows(BRIDGE, [line["suggestion_id"]])
    return {
        "bridge": bridge,
        "since": difference(journal, str(line["suggestion_id"]), bridge, snapshot.published.as_of),
        "effect": {"without": asdict(effect(item, 0)), "with": asdict(effect(item, planned))},
        "curve": _plans_curve(snapshot, line) or [asdict(each) for each in curve(item, planned, pack)],
        "terms": [],
    }


def _plans_curve(snapshot: Snapshot, line: dict[str, object]) -> list[dict[str, object]]:
    """What quantities earn as the plan counted it; nothing where it looked at one alone."""
    found = snapshot.rows(CURVE, [line["suggestion_id"]]) if snapshot.has("suggestion_curve") else []
    return found if len(found) > 1 else []


def _other(snapshot: Snapshot, line: dict[str, object]) -> dict[str, object]:
    question = TERMS.get(str(line["action"]))
    terms = snapshot.rows(question, [line["suggestion_id"]]) if question else []
    return {"bridge": [], "since": None, "effect": None, "curve": [], "terms": terms}


def decisions(journal: Journal, line: dict[str, object]) -> list[dict[str, object]]:
    """What was planned and decided for this key so far, the latest first."""
    state = journal.state(str(line["suggestion_id"]))
    if state is None:
        return []
    found = []
    for generation in range(state.generation, max(-1, state.generation - REMEMBERED), -1):
        name = suggestion_id(*state.key, generation)
        told = [_event(row, generation) for row in journal.events(name)]
        found += reversed(told)
    return found


def _event(row: dict[str, object], generation: int) -> dict[str, object]:
    payload = json.loads(str(row["payload"]))
    kept = (
        "quantity", "reason", "why", "until", "needed", "seen", "received", "accepted", "earned", "edit_earned",
        "system_earned", "decided", "planned",
    )  # fmt: skip
    told = {name: payload[name] for name in kept if payload.get(name) is not None}
    return {"at": row["at"], "actor": row["actor"], "kind": row["kind"], "generation": generation} | told


def _projection(
    today: date,
    line: dict[str, object],
    item: Item,
    forecast: list[dict[str, object]],
    arrivals: list[dict[str, object]],
    quantity: float,
) -> dict[str, object]:
    weeks = [Week(row["week_start"], *(float(row[name] or 0) for name in ("mean", "low", "high"))) for row in forecast]
    coming = {str(row["po_line_id"]): Arrival(row["day"], float(row["quantity"])) for row in arrivals if row["day"]}
    arrives = line["requested_date"] or today + timedelta(days=round(item.lead_days))
    scale = spread_scale_of(weeks, item.interval_days, item.deviation)
    stock = max(0.0, float(line["available_qty"] or 0))
    days, without = project(today, stock, weeks, list(coming.values()), scale)
    then = {name: each for name, each in coming.items() if name != line["po_line_id"]}
    if line["action"] == "clear":
        stock = max(0.0, stock - quantity)
    else:
        then["this"] = Arrival(arrives, quantity)
    _, with_order = project(today, stock, weeks, list(then.values()), scale)
    return {
        "days": days, "without": asdict(without), "with": asdict(with_order), "order_arrives": arrives,
        "protected_until": today + timedelta(days=round(item.interval_days)),
    }  # fmt: skip


def previewed(lines: Lines, line: dict[str, object], quantity: Decimal) -> dict[str, object]:
    """What this quantity would do against the plan's number, and what to mind about it; of purchases and transfers.

    Of purchases ``order`` is the whole order of this supplier to this place, with the plan's number and with this one.
    """
    snapshot = lines.snapshot
    told = item_of(snapshot, line) if line["action"] in ("buy", "transfer") else None
    if told is None:
        return {"asked": {}, "planned": {}, "packs": float(quantity), "minds": []}
    item, level = told
    asked, planned = float(quantity), float(line["suggested_qty"] or 0)
    pack = float(line["pack_qty"] or level["order_multiple_qty"] or 1)
    minimum = float(level["moq_qty"] or 0)
    minds = []
    if asked % pack:
        minds.append({"mind": "not_whole_packs", "pack": pack})
    if 0 < asked < minimum:
        minds.append({"mind": "below_minimum", "minimum": minimum})
    after = effect(item, asked)
    if after.cover_days is not None and after.cover_days > max(180.0, 3 * item.interval_days):
        minds.append({"mind": "long_cover", "days": after.cover_days})
    if after.service < item.service_target - 0.05:
        minds.append({"mind": "below_service", "target": item.service_target})
    return {
        "asked": asdict(after), "planned": asdict(effect(item, planned)), "packs": asked / pack, "minds": minds,
        "order": order_with(snapshot, lines.frame()[1], line, asked) if line["action"] == "buy" else None,
    }  # fmt: skip
