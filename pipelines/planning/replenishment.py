"""What to buy: marts and interval demand to levels, suggestions and their bridges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl

from feedback.identity import Matching
from optimization.replenishment import Params, Plan, Problem, solve
from optimization.replenishment.order_days import order_days
from optimization.replenishment.orders.expected_returns import returns_as_supply
from optimization.replenishment.supplier_agreements import supplier_agreements
from optimization.replenishment.what_if import Levers, changed
from pipelines.planning.living import Buying, buying
from pipelines.planning.tables import read

ITEMS = """
    with mean as (
        select sku_id, location_id, any_value(demand_mean) as demand_mean
        from plan.interval_demand
        where "interval" = 'protection'
        group by all
    )
    select
        i.sku_id, i.location_id, i.supplier_id, i.stock_known,
        i.on_hand_qty::bigint as on_hand_qty,
        i.in_transit_transfer_qty::bigint as in_transit_qty,
        i.on_order_qty::bigint as on_order_qty,
        i.approved_unseen_qty::bigint as approved_qty,
        i.reserved_qty::bigint as reserved_qty,
        i.lead_time_days, i.lead_time_std_days, i.review_days,
        coalesce(i.moq_qty, 0)::bigint as moq,
        coalesce(i.order_multiple_qty, 1)::bigint as order_multiple,
        coalesce(i.pack_numerator, 1) as pack_numerator,
        coalesce(i.pack_denominator, 1) as pack_denominator,
        i.unit_cost, i.unit_margin, e.later_unit_cost, coalesce(o.add_on_cost, 0)::double as unit_extra,
        e.handling_cost::double as sale_cost, e.shortage_penalty,
        e.capital_cost_day + e.storage_cost_day as holding_cost, e.disposal_cost::double as disposal_cost,
        e.yield_share, floor(e.capacity_qty)::bigint as capacity_qty, i.abc as segment,
        i.service_target, m.demand_mean,
        i.sku_name, i.purchase_uom, i.currency, i.category_id,
        list_sort(list_distinct(i.defaults || e.defaults)) as defaults
    from marts.replenishment_input as i
    join marts.unit_economics as e on e.sku_id = i.sku_id and e.location_id = i.location_id
    left join marts.supplier_option as o
        on o.sku_id = i.sku_id and o.location_id = i.location_id and o.supplier_id = i.supplier_id
    left join mean as m on m.sku_id = i.sku_id and m.location_id = i.location_id
    -- Without a supplier there is nothing to order, but a level to hold.
    where i.not_orderable_reason is null or i.supplier_id is null
    order by i.sku_id, i.location_id
"""
DEMAND = """
    select sku_id, location_id, "interval", "level", quantity
    from plan.interval_demand
    semi join marts.replenishment_input using (sku_id, location_id)
    order by all
"""
WEEKLY = """
    select sku_id, location_id, week_start, y_hat
    from plan.demand_forecast
    semi join marts.replenishment_input using (sku_id, location_id)
    order by all
"""
# Who else would deliver: the offers that stand beside the planned supplier's.
OTHERS = """
    select
        sku_id, location_id, supplier_id, lead_time_days, lead_time_std_days, moq_qty::bigint as moq,
        order_multiple_qty::bigint as order_multiple, pack_numerator, pack_denominator, unit_cost, later_unit_cost,
        add_on_cost::double as unit_extra, yield_share, floor(capacity_qty)::bigint as capacity_qty,
        purchase_uom, currency
    from marts.supplier_option
    where place > 1 and lead_time_days is not null
        -- Prices in another currency cannot be compared.
        and currency is not distinct from (
            select first(planned.currency) from marts.supplier_option as planned
            where planned.place = 1 and planned.sku_id = supplier_option.sku_id
                and planned.location_id = supplier_option.location_id
        )
    order by all
"""
# A supplier looks at one order, and there is one per place it ships to.
TERMS = """
    with limits as (
        select scope, min(open_amount) as open_amount from marts.open_to_buy where scope <> '*' group by scope
    ),
    asked as (
        select supplier_id, location_id, lead_time_days, min_order_amount
        from marts.replenishment_input where supplier_id is not null
        union all
        select o.supplier_id, o.location_id, o.lead_time_days, s.min_order_amount
        from marts.supplier_option as o
        left join intermediate.int_supplier as s on s.supplier_id = o.supplier_id
        where o.place > 1
    )
    select
        i.supplier_id, i.location_id, coalesce(max(i.min_order_amount), 0)::decimal(18, 4) as minimum_value,
        coalesce(max(s.order_cost), 0)::decimal(18, 4) as order_cost,
        any_value(l.open_amount)::decimal(18, 4) as capacity_value,
        max(i.lead_time_days)::double as lead_time_days,
        least(any_value(s.contract_to), any_value(s.licence_to)) as contract_ends,
        any_value(s.calendar_id) as calendar_id
    from asked as i
    left join intermediate.int_supplier as s on s.supplier_id = i.supplier_id
    left join limits as l on l.scope = i.supplier_id
    group by i.supplier_id, i.location_id
    order by all
"""
# How many containers or trucks hold; a supplier's volume and weight are two rows.
CONTAINERS = """
    with held as (
        select
            supplier_id, coalesce(nullif(scope, ''), '*') as scope, measure, arg_max(term_value, valid_from) as held
        from staging.stg_policy__supplier_term
        where
            term_kind = 'container' and measure in ('volume_l', 'weight_kg') and term_value > 0
            and valid_from <= (select as_of::date from control.latest)
            and (valid_to is null or valid_to > (select as_of::date from control.latest))
        group by all
    ),
    lanes as (select distinct supplier_id, location_id from marts.supplier_option)
    -- The place's own before general ones.
    select
        l.supplier_id, l.location_id,
        arg_min(h.held, h.scope = '*') filter (where h.measure = 'volume_l') as volume,
        arg_min(h.held, h.scope = '*') filter (where h.measure = 'weight_kg') as weight
    from lanes as l
    join held as h on h.supplier_id = l.supplier_id and h.scope in ('*', l.location_id)
    group by l.supplier_id, l.location_id
    order by all
"""
AGREEMENTS = """
    select
        supplier_id, term_kind, scope, measure, coalesce(term_value, 0)::double as term_value,
        target_volume::double as target_volume, attained_volume::double as attained_volume,
        open_volume::double as open_volume, bought_amount::double as amount, elapsed_share::double as elapsed_share,
        days_left::bigint as days_left
    from marts.contract_attainment
    order by all
"""
STORAGE = "select location_id, storage_class, free_l as free_volume from marts.storage_room order by all"
SHUTDOWNS = """
    select distinct calendar_id, calendar_date
    from known.reference__calendar
    where is_shutdown and calendar_date >= (select as_of::date from control.latest)
    order by all
"""
PRICE_BREAKS = """
    select sku_id, location_id, supplier_id, from_quantity, unit_cost, kind from marts.price_step order by all
"""
INBOUND = """
    select
        sku_id, location_id, (expected_date - (select as_of::date from control.latest))::bigint as due_in_days,
        floor(sum(open_qty))::bigint as quantity
    from intermediate.int_purchase_line
    where is_own_supply and open_qty > 0
    group by all
    order by all
"""
# Suppliers owe us the days that must remain at receipt; customers must have some left.
GOODS = """
    select
        s.sku_id, h.reason as hold_reason, coalesce(s.storage_class, 'ambient') as storage_class,
        (s.length_mm * s.width_mm * s.height_mm / 1e6)::double as unit_volume,
        (s.weight_g / 1000)::double as unit_weight,
        case
            when s.shelf_life_days is not null
                then
                    greatest(
                        coalesce(s.min_remaining_days_in, s.shelf_life_days) - coalesce(s.min_remaining_days_out, 0), 0
                    )
        end::bigint as sellable_days
    from intermediate.int_sku as s
    left join marts.buying_hold as h on h.sku_id = s.sku_id
    semi join marts.replenishment_input as i on i.sku_id = s.sku_id
    order by s.sku_id
"""
# What is approved and in no export yet is money spent already.
BUDGET = """
    with unseen as (
        select sum(f.in_flight_qty * i.unit_cost) as amount
        from feedback.in_flight as f
        join marts.replenishment_input as i on i.sku_id = f.sku_id and i.location_id = f.location_id
        where f.action = 'buy'
    )
    select min(greatest(open_amount - coalesce((select amount from unseen), 0), 0))::double as budget
    from marts.open_to_buy where scope = '*'
"""
# What left and should come back, and be fit to sell; shares of a unit become units over the days.
RETURNING = """
    select sku_id, location_id, expected_date, resellable_qty::double as resellable_qty
    from marts.expected_return
    where location_id <> '*' and resellable_qty > 0
    order by all
"""
# What being short should weigh by segment, as the last replay of the past found.
WEIGHTS = "select segment, weight from plan.policy_calibration order by segment"
# What is counted as approved and not yet seen, suggestion by suggestion.
IN_FLIGHT = "select suggestion_id, in_flight_qty from feedback.in_flight order by all"
KEY = ["sku_id", "location_id"]
TOLD = ("sku_name", "purchase_uom", "currency", "category_id", "defaults")


def read_replenishment(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What replenishment needs, as frames."""
    items = read(connection, ITEMS)
    planned = {"demand": DEMAND, "weekly": WEEKLY, "price_breaks": PRICE_BREAKS, "inbound": INBOUND,
               "returning": RETURNING, "others": OTHERS}  # fmt: skip
    found = {
        name: read(connection, sql).join(items, on=["sku_id", "location_id"], how="semi", maintain_order="left")
        for name, sql in planned.items()
    }
    whole = {"terms": TERMS, "shutdowns": SHUTDOWNS, "budget": BUDGET, "in_flight": IN_FLIGHT, "goods": GOODS,
             "storage": STORAGE, "containers": CONTAINERS, "agreements": AGREEMENTS, "weights": WEIGHTS}  # fmt: skip
    return {"items": items} | found | {name: read(connection, sql) for name, sql in whole.items()}


def purchase_plan(
    frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict, adopted: Mapping[str, object] | None = None
) -> Plan:
    """Solve, and check the plan against its problem; by the policy that was adopted of a scenario, if one was.

    Raises
    ------
    AssertionError
        When the plan fails its own check; nothing of it is written then.
    """
    settings = with_weights(settings, frames["weights"])
    problem = problem_of(frames, as_of_date, Params.from_mapping(settings))
    return checked_plan(*planned_by(problem, settings, adopted))


def with_weights(settings: dict, weights: pl.DataFrame) -> dict:
    """The settings with the weights that the replay found, where they ask for them; their own weights stand above."""
    params = Params.from_mapping(settings)
    found = dict(weights.iter_rows()) if params.calibrated else {}
    return settings | {"weight_of": found | dict(params.weight_of)}


def planned_by(problem: Problem, settings: dict, adopted: Mapping[str, object] | None) -> tuple[Problem, Params]:
    """The problem and the settings as the adopted policy has them; as they are without one."""
    params = Params.from_mapping(settings)
    if not adopted:
        return problem, params
    levers = Levers(**adopted)
    return changed(problem, levers), levers.params(params)


def problem_of(frames: dict[str, pl.DataFrame], as_of_date: date, params: Params) -> Problem:
    """What is to be decided, of the frames of `read_replenishment`."""
    items, others, agreements = rebated(frames, params)
    return Problem(
        items.drop(TOLD),
        frames["demand"],
        as_of_date,
        weekly=frames["weekly"],
        terms=_terms(frames["terms"], frames["shutdowns"], as_of_date),
        price_breaks=frames["price_breaks"],
        inbound=frames["inbound"],
        returning=_returning(frames["returning"], as_of_date, params),
        goods=frames["goods"],
        others=others.drop("purchase_uom", "currency"),
        storage=frames["storage"],
        containers=frames["containers"].with_columns(
            least_fill=pl.lit(params.container_fill), cost=pl.lit(params.container_cost)
        ),
        agreements=agreements,
        budget=frames["budget"]["budget"].item(),
    )


def _returning(expected: pl.DataFrame, as_of_date: date, params: Params) -> pl.DataFrame:
    """Whole units that come back from customers, by the days until they are on sale."""
    supply = returns_as_supply(expected, params.days_to_shelf)
    due = (pl.col("date") - pl.lit(as_of_date)).dt.total_days().clip(lower_bound=0)
    return supply.select(*KEY, due_in_days=due, quantity="quantity")


def rebated(frames: dict[str, pl.DataFrame], params: Params) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Items and other offers at what agreements leave of their prices, and the agreements that orders can reach."""
    items, others = frames["items"], frames["others"]
    offer = [*KEY, "supplier_id", "lead_time_days"]
    known = items.select(*KEY, "category_id", "review_days")
    offers = pl.concat([items.select(offer).drop_nulls("supplier_id"), others.select(offer)], how="vertical_relaxed")
    offers = offers.join(known, on=KEY, how="inner")
    found = supplier_agreements(frames["agreements"], offers, params.commitment_shortfall_share)

    def less(rows: pl.DataFrame) -> pl.DataFrame:
        joined = rows.join(found.shares, on=[*KEY, "supplier_id"], how="left", maintain_order="left")
        back = pl.col("share").fill_null(0.0) * pl.col("unit_cost").cast(pl.Float64).fill_null(0.0)
        return joined.with_columns(unit_extra=pl.col("unit_extra") - back).drop("share")

    return less(items), less(others), found.bonuses


def checked_plan(problem: Problem, params: Params) -> Plan:
    """Solve a problem, and check the plan against it; raises as `purchase_plan`."""
    plan = solve(problem, params)
    faults = plan.check(problem)
    if faults:
        raise AssertionError(f"the replenishment plan fails its check: {faults[:5]}")
    return plan


def replenish(
    plan: Plan,
    frames: dict[str, pl.DataFrame],
    as_of_date: date,
    settle: Callable[[Buying, dict[str, Decimal]], Matching],
) -> dict[str, pl.DataFrame]:
    """Settle a plan with what is known of earlier suggestions.

    `settle` takes what the plan asks for and what it counted as in flight; it says which suggestion answers which
    need, and how much of it is left if something was approved meanwhile.
    """
    known = frames["items"].select("sku_id", "location_id", "stock_known", "lead_time_days", "review_days", "defaults")
    lines = plan.lines.join(known, on=KEY, maintain_order="left")
    ordered = _with_packs(_ordered(plan, as_of_date), frames)
    bridge = _bridges(plan)
    wanted = buying(ordered, lines, bridge, frames["others"])
    living = _living(settle(wanted, dict(frames["in_flight"].iter_rows())))
    suggestions = _suggestions(ordered, living)
    return {
        "replenishment_level": lines.drop("demand_mean_qty").rename(
            {"demand_mean": "demand_mean_qty", "safety_stock_qty": "safety_qty"}
        ),
        "replenishment_suggestion": suggestions,
        "replenishment_bridge": _bridge(bridge, suggestions),
        "replenishment_curve": _curve(plan.curve, suggestions),
        "replenishment_limit": plan.shadow_prices,
        "replenishment_proof": _proof(plan),
    }


def _terms(terms: pl.DataFrame, shutdowns: pl.DataFrame, today: date) -> pl.DataFrame:
    """The terms of every order, with why its supplier cannot take it today.

    Weekdays close nobody: an order on another day waits for the supplier's next one, and so did those whose lead
    times were measured.
    """
    named = terms.group_by("supplier_id").agg(
        pl.col("contract_ends", "calendar_id").first(), lead=pl.col("lead_time_days").max().ceil().cast(pl.Int64)
    )
    days = shutdowns.join(named, on="calendar_id").select(
        "supplier_id", first_date="calendar_date", last_date="calendar_date"
    )
    suppliers = named.sort("supplier_id").with_columns(order_weekdays=pl.lit(None, dtype=pl.String))
    closed = order_days(suppliers, days, dict(named.select("supplier_id", "lead").iter_rows()), today)
    return terms.join(closed, on="supplier_id", how="left", maintain_order="left").select(
        "supplier_id", "location_id", "minimum_value", "order_cost", "capacity_value", "closed_reason"
    )


def _ordered(plan: Plan, as_of_date: date) -> pl.DataFrame:
    """Every order of the plan; what comes beside an item's first order has its supplier for its target."""
    orders = pl.concat(
        [
            plan.lines.filter(status="order").with_columns(target=pl.lit("")),
            plan.further.with_columns(target="supplier_id"),
        ]
    )
    lead_time = pl.duration(days=pl.col("order_lead_days").ceil().cast(pl.Int64))
    return orders.with_columns(action=pl.lit("buy"), requested_date=pl.lit(as_of_date) + lead_time)


def _with_packs(orders: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The orders with name and currency of their goods, and the packs that their supplier sells."""
    packs = ("purchase_uom", "pack_numerator", "pack_denominator")
    told = frames["items"].select(*KEY, "sku_name", "currency", *packs)
    his = frames["others"].select(
        *KEY, "supplier_id", *(pl.col(name).alias(f"his_{name}") for name in packs), other=pl.lit(True)
    )
    joined = orders.join(told, on=KEY, how="left", maintain_order="left").join(
        his, on=[*KEY, "supplier_id"], how="left", maintain_order="left"
    )
    another = pl.col("other").fill_null(False)
    return joined.with_columns(
        pl.when(another).then(f"his_{name}").otherwise(name).alias(name) for name in packs
    ).drop("other", *(f"his_{name}" for name in packs))  # fmt: skip


def _bridges(plan: Plan) -> pl.DataFrame:
    """The bridges of all orders, by item and target."""
    return pl.concat(
        [
            plan.bridge.with_columns(target=pl.lit("")),
            plan.further_bridge.rename({"supplier_id": "target"}).select(*plan.bridge.columns, "target"),
        ]
    )


def _living(matching: Matching) -> pl.DataFrame:
    """The suggestion of every need that is left, and the base units it asks for."""
    living = [c for c in (*matching.new, *matching.revised, *matching.unchanged) if c.need is not None]
    columns = dict.fromkeys((*KEY, "target", "suggestion_id"), pl.String) | {"left_qty": pl.Int64}
    rows = [
        (c.need.sku_id, c.need.destination_id, c.need.target or "", c.suggestion_id, int(c.quantity)) for c in living
    ]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _suggestions(ordered: pl.DataFrame, living: pl.DataFrame) -> pl.DataFrame:
    """The lines to order under their living ids, less what was approved while the plan was computed."""
    found = ordered.join(living, on=[*KEY, "target"], maintain_order="left")
    return found.with_columns(
        approved_meanwhile_qty=pl.col("left_qty") - pl.col("suggested_qty"),
        suggested_qty="left_qty",
        suggested_packs=pl.col("left_qty") * pl.col("pack_denominator") // pl.col("pack_numerator"),
        amount=(pl.col("left_qty") * pl.col("unit_cost")).cast(ordered.schema["amount"]),
    )


def _bridge(steps: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    """The steps of every suggestion, with one more where something was approved while the plan was computed."""
    named = suggestions.select("suggestion_id", *KEY, "target", "approved_meanwhile_qty")
    bridge = steps.join(named, on=[*KEY, "target"]).drop("approved_meanwhile_qty", "target")
    meanwhile = named.filter(pl.col("approved_meanwhile_qty") != 0).select(
        "suggestion_id", *KEY,
        seq=pl.lit(steps["seq"].max(), pl.Int64) + 1,
        step=pl.lit("approved_meanwhile"), quantity="approved_meanwhile_qty",
        text_en=pl.lit("approved while the plan was computed"), text_zh=pl.lit("计算期间已批准"),
    )  # fmt: skip
    return pl.concat([bridge, meanwhile], how="diagonal").sort("suggestion_id", "seq")


def _curve(curve: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    """What every quantity looked at would earn, of the lines that are suggested."""
    named = suggestions.select("suggestion_id", *KEY, "supplier_id")
    return curve.join(named, on=[*KEY, "supplier_id"]).sort("suggestion_id", "quantity")


def _proof(plan: Plan) -> pl.DataFrame:
    """What the plan as a whole earns, and how much more any plan could."""
    parts = plan.economics.parts
    placed = pl.concat(part.orders.select("supplier_id") for part in parts)
    return pl.DataFrame(
        {
            "value": [-plan.objective],
            "bound": [-plan.bound],
            "gap": [plan.gap],
            "spend": [float(sum(part.lines["spend"].sum() for part in parts))],
            "orders": [placed.n_unique()],
            "why": [plan.why],
        }
    )
