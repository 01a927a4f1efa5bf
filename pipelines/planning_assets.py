"""Forecasts and plans as Dagster assets: read frames under the lock, compute without it, write under it."""

from collections.abc import Callable, Iterator
from datetime import datetime

import dagster as dg
import duckdb
import polars as pl

from feedback.adopted_policy import adopted
from pipelines.cycle import Cycle, begin_stage, current_as_of, finish_stage, is_done
from pipelines.planning.backtest import look_back, read_look_back
from pipelines.planning.backtest_page import page
from pipelines.planning.calibration import calibrated, read_calibration
from pipelines.planning.carriers import choose_carriers, read_carriers
from pipelines.planning.cash import look_at_cash, read_cash
from pipelines.planning.channels import allocate, read_channels
from pipelines.planning.clearance import clear, read_clearance
from pipelines.planning.demand import EXPLAINED, WRITTEN, choice_in_use, explanation, forecast, read_demand
from pipelines.planning.echelons import read_echelons, set_echelons
from pipelines.planning.freight import audit_freight, read_freight
from pipelines.planning.kept_trees import KeptTrees
from pipelines.planning.living import CLEARING, settle, settle_others
from pipelines.planning.moves import change_and_move, read_moves
from pipelines.planning.outlook import look_ahead, read_outlook
from pipelines.planning.overrides import STAGE, decided_before, take_overrides
from pipelines.planning.promotions import judge_promotions, read_promotions
from pipelines.planning.purchase_problem import purchase_plan
from pipelines.planning.replenishment import replenish
from pipelines.planning.replenishment_frames import read_replenishment
from pipelines.planning.tables import write
from pipelines.planning.transit import learn_transit, read_transit
from pipelines.planning.waves import plan_waves, read_waves

BILLED = (
    "logistics.freight_bill_line", "logistics.shipment", "logistics.carrier_rate", "logistics.carrier_zone",
    "warehouse.warehouse", "aftersales.rma",
)  # fmt: skip
IN_FLIGHT = dg.AssetKey(["feedback", "in_flight"])
Frames = dict[str, pl.DataFrame]
# Fewer rows are computed sooner than the warehouse closes and opens.
ROWS_TO_RELEASE_FOR = 50_000


def mart(name: str) -> dg.AssetKey:
    """The asset of a published mart."""
    return dg.AssetKey(["marts", name])


def _specs(names: list[str], deps: list[dg.AssetKey]) -> list[dg.AssetSpec]:
    return [dg.AssetSpec(["plan", name], group_name="planning", deps=deps, kinds={"python"}) for name in names]


def _run(
    cycle: Cycle,
    stage: str,
    read: Callable[[duckdb.DuckDBPyConnection], Frames],
    compute: Callable[[Frames, Cycle, object], Frames],
) -> Iterator[tuple[str, int | None]]:
    """Name and rows of every table the stage wrote (None where it stood already)."""
    cycle.report(stage, "reading")
    with cycle.warehouse.opened(stage) as connection:
        if is_done(connection, cycle, stage):
            return
        begin_stage(connection, stage)
        frames, as_of = read(connection), current_as_of(connection)
    if sum(frame.height for frame in frames.values()) > ROWS_TO_RELEASE_FOR:
        cycle.lend()
    cycle.report(stage, "computing")
    result = compute(frames, cycle, as_of)
    cycle.report(stage, "writing")
    with cycle.warehouse.opened(stage) as connection:
        write(connection, result)
        finish_stage(connection, cycle, stage)
    for name, frame in result.items():
        yield name, frame.height


def _stage_assets(
    stage: str,
    tables: list[str],
    deps: list[dg.AssetKey],
    read: Callable[[duckdb.DuckDBPyConnection], Frames],
    compute: Callable[[Frames, Cycle, object], Frames],
) -> dg.AssetsDefinition:
    @dg.multi_asset(name=stage, specs=_specs(tables, deps))
    def assets(cycle: dg.ResourceParam[Cycle]) -> Iterator:
        rows = dict(_run(cycle, stage, read, compute))
        for table in tables:
            metadata = {"rows": rows[table]} if table in rows else {"unchanged": True}
            yield dg.MaterializeResult(asset_key=["plan", table], metadata=metadata)

    return assets


@dg.multi_asset(name=STAGE, specs=_specs(["forecast_override"], [dg.AssetKey("inbox")]))
def override_assets(cycle: dg.ResourceParam[Cycle]) -> dg.MaterializeResult:
    """Planners' overrides of the forecast, as the journal knew them at the turn's instant."""
    cycle.report(STAGE, "reading")
    with cycle.warehouse.opened(STAGE) as connection:
        rows = take_overrides(connection, cycle)
    return dg.MaterializeResult(metadata={"rows": rows})


def _kept_trees(cycle: Cycle, as_of: datetime, anew: bool) -> KeptTrees:
    return KeptTrees(cycle.workspace.models, cycle.code, as_of, anew)


FORECAST_READS = [
    mart("contracted_demand"),
    mart("demand_history"),
    mart("predecessor"),
    mart("promotion_week"),
    mart("replenishment_input"),
    dg.AssetKey(["plan", "forecast_override"]),
]
forecast_assets = _stage_assets(
    "forecast",
    list(WRITTEN),
    FORECAST_READS,
    read_demand,
    lambda frames, cycle, as_of: forecast(
        frames,
        cycle.business_date(as_of),
        cycle.settings.forecasting,
        _kept_trees(cycle, as_of, anew=cycle.force),
    ),
)
# The causes are for people to read: no decision waits for them.
explanation_assets = _stage_assets(
    "explanation",
    list(EXPLAINED),
    [*FORECAST_READS, dg.AssetKey(["plan", "demand_forecast"])],
    read_demand,
    lambda frames, cycle, as_of: explanation(
        frames,
        cycle.business_date(as_of),
        cycle.settings.forecasting,
        _kept_trees(cycle, as_of, anew=False),
    ),
)


def _backtest(frames: Frames, cycle: Cycle, as_of: datetime) -> Frames:
    today, settings = cycle.business_date(as_of), cycle.settings.forecasting
    found = look_back(frames, today, settings, lambda day: decided_before(cycle, day))
    choice = choice_in_use(frames, today, settings, _kept_trees(cycle, as_of, anew=False))
    aside = cycle.workspace.backtest_page.with_suffix(".part")
    aside.write_text(page(found, choice, today, cycle.settings.tenant_id), encoding="utf-8")
    aside.replace(cycle.workspace.backtest_page)
    tables = {"accuracy": found.accuracy, "value_added": found.value_added, "choice": choice}
    return {f"forecast_{name}": rows for name, rows in tables.items()}


backtest_assets = _stage_assets(
    "backtest",
    ["forecast_accuracy", "forecast_value_added", "forecast_choice"],
    FORECAST_READS,
    read_look_back,
    _backtest,
)


def _calibration(frames: Frames, cycle: Cycle, as_of: datetime) -> Frames:
    today = cycle.business_date(as_of)
    found = calibrated(frames, today, cycle.settings.forecasting)
    return {"policy_calibration": found.with_columns(calibrated_on=pl.lit(today))}


calibration_assets = _stage_assets(
    "calibration",
    ["policy_calibration"],
    [*FORECAST_READS, mart("unit_economics")],
    read_calibration,
    _calibration,
)


def _supply(frames: Frames, cycle: Cycle, as_of: datetime) -> Frames:
    """What to buy; and on the same futures what to change in open orders and what to move."""
    today, journal = cycle.business_date(as_of), cycle.journal
    plan = purchase_plan(frames, today, cycle.settings.replenishment, adopted(journal))
    bought = replenish(plan, frames, today, lambda needs, counted: settle(journal, needs, counted, as_of))
    return bought | change_and_move(
        plan, frames, today, cycle.settings.order_changes,
        lambda needs, counted: settle_others(journal, needs, counted, as_of),
    )  # fmt: skip


replenishment_assets = _stage_assets(
    "replenishment",
    [
        "replenishment_level",
        "replenishment_suggestion",
        "replenishment_bridge",
        "replenishment_curve",
        "replenishment_limit",
        "replenishment_proof",
        "plan_stability",
        "purchase_order_action",
        "transfer_suggestion",
    ],
    [
        dg.AssetKey(["plan", "interval_demand"]),
        dg.AssetKey(["plan", "demand_forecast"]),
        mart("replenishment_input"),
        mart("unit_economics"),
        mart("open_to_buy"),
        mart("price_step"),
        mart("supplier_option"),
        mart("supplier_capacity"),
        mart("supplier_container"),
        mart("storage_room"),
        mart("contract_attainment"),
        mart("buying_hold"),
        mart("expected_return"),
        mart("expiry_projection"),
        mart("transfer_lane"),
        IN_FLIGHT,
    ],
    lambda connection: read_replenishment(connection) | read_moves(connection),
    _supply,
)
clearance_assets = _stage_assets(
    "clearance",
    ["clearance_suggestion", "marketing_push_pull", "price_guardrail"],
    [
        dg.AssetKey(["plan", "interval_demand"]),
        dg.AssetKey(["plan", "demand_forecast"]),
        dg.AssetKey(["plan", "replenishment_suggestion"]),
        dg.AssetKey(["plan", "transfer_suggestion"]),
        mart("clearance_input"),
        mart("demand_history"),
        mart("inventory_health"),
        mart("inventory_position"),
        mart("replenishment_input"),
        mart("unit_economics"),
        mart("transfer_lane"),
        IN_FLIGHT,
    ],
    read_clearance,
    lambda frames, cycle, as_of: clear(
        frames,
        cycle.business_date(as_of),
        cycle.settings.clearance,
        lambda needs, counted: settle_others(cycle.journal, needs, counted, as_of, CLEARING),
    ),
)
# For people to read: no decision waits for it.
promotion_assets = _stage_assets(
    "promotions",
    ["promotion_break_even"],
    [
        dg.AssetKey(["plan", "demand_forecast"]),
        mart("clearance_input"),
        mart("planned_price"),
        mart("replenishment_input"),
    ],
    read_promotions,
    lambda frames, cycle, as_of: judge_promotions(frames),
)
echelon_assets = _stage_assets(
    "echelons",
    ["echelon_target"],
    [
        dg.AssetKey(["plan", "interval_demand"]),
        mart("replenishment_input"),
        mart("transfer_lane"),
        mart("unit_economics"),
    ],
    read_echelons,
    lambda frames, cycle, as_of: set_echelons(frames),
)
channel_assets = _stage_assets(
    "channels",
    ["channel_allocation"],
    [
        dg.AssetKey(["plan", "interval_demand"]),
        dg.AssetKey(["plan", "demand_forecast"]),
        mart("channel_input"),
        mart("inventory_health"),
        mart("replenishment_input"),
    ],
    read_channels,
    lambda frames, cycle, as_of: allocate(frames, cycle.business_date(as_of), cycle.settings.channels),
)
outlook_assets = _stage_assets(
    "outlook",
    ["supplier_outlook"],
    [
        dg.AssetKey(["plan", "demand_forecast"]),
        dg.AssetKey(["plan", "replenishment_level"]),
        dg.AssetKey(["plan", "replenishment_suggestion"]),
        mart("replenishment_input"),
        IN_FLIGHT,
    ],
    read_outlook,
    lambda frames, cycle, as_of: look_ahead(frames, cycle.business_date(as_of)),
)
cash_assets = _stage_assets(
    "cash",
    ["cash_week"],
    [
        dg.AssetKey(["plan", "demand_forecast"]),
        dg.AssetKey(["plan", "replenishment_suggestion"]),
        dg.AssetKey(["plan", "supplier_outlook"]),
        mart("cash_commitment"),
        mart("cash_rate"),
        mart("replenishment_input"),
        IN_FLIGHT,
    ],
    read_cash,
    lambda frames, cycle, as_of: look_at_cash(frames, cycle.business_date(as_of)),
)
wave_assets = _stage_assets(
    "waves",
    [
        "wave",
        "wave_cart",
        "wave_order",
        "pick_task",
        "wave_replenishment",
        "wave_unplanned",
        "wave_labour",
        "wave_proof",
    ],
    [
        mart("open_outbound"),
        mart("open_outbound_line"),
        mart("pick_location"),
        mart("labour_shift"),
        mart("labour_standard"),
        mart("work_station"),
        mart("wave_rule"),
        IN_FLIGHT,
    ],
    read_waves,
    lambda frames, cycle, as_of: plan_waves(frames, cycle.settings.waves, as_of),
)
transit_assets = _stage_assets(
    "transit",
    ["transit_time"],
    [mart("transit_history"), mart("carrier_rate_current")],
    read_transit,
    lambda frames, cycle, as_of: learn_transit(frames, cycle.business_date(as_of)),
)
carrier_assets = _stage_assets(
    "carriers",
    ["carrier_choice", "carrier_offer", "carrier_unassigned", "carrier_contract_price", "carrier_offset"],
    [
        mart("parcel_input"),
        mart("carrier_rate_current"),
        mart("commitment_status"),
        dg.AssetKey(["raw", "logistics", "shipment"]),
        dg.AssetKey(["raw", "reference", "calendar"]),
        dg.AssetKey(["raw", "warehouse", "warehouse"]),
        dg.AssetKey(["plan", "transit_time"]),
        IN_FLIGHT,
    ],
    read_carriers,
    lambda frames, cycle, as_of: choose_carriers(frames, cycle.settings.carriers),
)
# For people to read: no decision waits for it.
freight_assets = _stage_assets(
    "freight",
    ["freight_claim", "freight_accrual"],
    [dg.AssetKey(["raw", *name.split(".")]) for name in BILLED],
    read_freight,
    lambda frames, cycle, as_of: audit_freight(frames),
)
