"""Schema `plan`: what forecasting and optimisation hand to the second dbt pass."""

from __future__ import annotations

import duckdb
import polars as pl

from pipelines.ingestion.schema import quote

TABLES = {
    "forecast_override": """
        override_id VARCHAR, author VARCHAR, reason VARCHAR, made_on DATE, expires_on DATE, "level" VARCHAR,
        member VARCHAR, first_ds DATE, last_ds DATE, kind VARCHAR, "value" DOUBLE""",
    "demand_forecast": """
        sku_id VARCHAR, location_id VARCHAR, week_start DATE, y_hat DOUBLE, y_model DOUBLE,
        q_0_1 DOUBLE, q_0_5 DOUBLE, q_0_9 DOUBLE, q_0_95 DOUBLE, bulk_qty DOUBLE default 0""",
    "interval_demand": """
        sku_id VARCHAR, location_id VARCHAR, "interval" VARCHAR, demand_mean DOUBLE, "level" DOUBLE, quantity DOUBLE""",
    "forecast_total": """
        "level" VARCHAR, member VARCHAR, week_start DATE, y_hat DOUBLE, y_model DOUBLE""",
    "forecast_move": """
        override_id VARCHAR, sku_id VARCHAR, location_id VARCHAR, week_start DATE, before DOUBLE, after DOUBLE""",
    "forecast_explanation": """
        sku_id VARCHAR, location_id VARCHAR, week_start DATE, baseline DOUBLE, season DOUBLE, events DOUBLE,
        promotion DOUBLE, contracted DOUBLE, y_hat DOUBLE""",
    "demand_part": """
        sku_id VARCHAR, location_id VARCHAR, week_start DATE, y DOUBLE, contracted DOUBLE, unconstrained DOUBLE,
        baseline DOUBLE, uplift DOUBLE, extreme_over DOUBLE""",
    "forecast_accuracy": """
        "level" VARCHAR, segment VARCHAR, member VARCHAR, weeks_ahead INTEGER, periods BIGINT, demand DOUBLE,
        wape DOUBLE, bias DOUBLE, score DOUBLE, rmsse DOUBLE, pinball DOUBLE,
        coverage_0_5 DOUBLE, coverage_0_9 DOUBLE, coverage_0_95 DOUBLE""",
    "forecast_value_added": """
        segment VARCHAR, member VARCHAR, place INTEGER, step VARCHAR, periods BIGINT, wape DOUBLE, bias DOUBLE,
        score DOUBLE, value_added DOUBLE, against_moving_average DOUBLE, against_seasonal_naive DOUBLE,
        against_auto_ets DOUBLE""",
    "forecast_choice": """
        segment VARCHAR, candidate VARCHAR, mean_share DOUBLE, is_total_drawn BOOLEAN, origin DATE, score DOUBLE,
        is_usual BOOLEAN, is_chosen BOOLEAN, series BIGINT, demand_share DOUBLE""",
    "replenishment_level": """
        sku_id VARCHAR, location_id VARCHAR, supplier_id VARCHAR, status VARCHAR, service_target DOUBLE,
        lead_time_days DOUBLE, review_days DOUBLE, demand_mean_qty DOUBLE, safety_qty DOUBLE,
        reorder_point_qty BIGINT, order_up_to_qty BIGINT, stock_known BOOLEAN, reason VARCHAR, defaults VARCHAR[],
        policy VARCHAR, policy_reason VARCHAR, critical_ratio DOUBLE, need_qty BIGINT, money_at_stake DECIMAL(18, 4),
        reason_zh VARCHAR, policy_reason_zh VARCHAR""",
    "replenishment_suggestion": """
        suggestion_id VARCHAR, action VARCHAR, sku_id VARCHAR, location_id VARCHAR, supplier_id VARCHAR,
        suggested_qty BIGINT, suggested_packs BIGINT, unit_cost DECIMAL(18, 4), amount DECIMAL(18, 4),
        money_at_stake DECIMAL(18, 4), stock_out_date DATE, requested_date DATE, reason VARCHAR,
        unit_margin DECIMAL(18, 4), "value" DOUBLE, short_qty_if_nothing DOUBLE, short_qty DOUBLE, left_over_qty DOUBLE,
        next_pack_value DOUBLE, warning VARCHAR, reason_zh VARCHAR, runner_up_supplier_id VARCHAR,
        runner_up_value DOUBLE, purchase_uom VARCHAR, pack_numerator BIGINT, pack_denominator BIGINT,
        currency VARCHAR""",
    "replenishment_bridge": """
        suggestion_id VARCHAR, sku_id VARCHAR, location_id VARCHAR, seq INTEGER, step VARCHAR, quantity BIGINT,
        text_en VARCHAR, text_zh VARCHAR""",
    "replenishment_curve": """
        suggestion_id VARCHAR, sku_id VARCHAR, location_id VARCHAR, supplier_id VARCHAR, quantity BIGINT, spend DOUBLE,
        "value" DOUBLE, short_qty DOUBLE, left_qty DOUBLE""",
    "purchase_order_action": """
        suggestion_id VARCHAR, action VARCHAR, po_id VARCHAR, po_line_id VARCHAR, supplier_id VARCHAR, sku_id VARCHAR,
        location_id VARCHAR, current_quantity BIGINT, new_quantity BIGINT, current_arrival_date DATE,
        new_arrival_date DATE, charges DECIMAL(18, 4), money_at_stake DECIMAL(18, 4), currency VARCHAR, reason VARCHAR,
        reason_zh VARCHAR""",
    "transfer_suggestion": """
        suggestion_id VARCHAR, sku_id VARCHAR, from_location_id VARCHAR, to_location_id VARCHAR, quantity BIGINT,
        ship_date DATE, arrival_date DATE, est_cost DECIMAL(18, 4), money_at_stake DECIMAL(18, 4), currency VARCHAR,
        reason VARCHAR, reason_zh VARCHAR""",
    "clearance_suggestion": """
        suggestion_id VARCHAR, sku_id VARCHAR, location_id VARCHAR, batch_no VARCHAR, supplier_id VARCHAR,
        to_location_id VARCHAR, bundle_sku_id VARCHAR, action VARCHAR, runner_up VARCHAR, quantity BIGINT,
        markdown_rate DOUBLE,
        floor_price DECIMAL(18, 4), value_at_cost DECIMAL(18, 4), expected_recovery DECIMAL(18, 4),
        money_at_stake DECIMAL(18, 4), runner_up_gain DECIMAL(18, 4), currency VARCHAR, clear_by DATE,
        expiry_date DATE, reason VARCHAR, reason_zh VARCHAR""",
    "marketing_push_pull": """
        sku_id VARCHAR, action VARCHAR, driver VARCHAR, available_qty BIGINT, units_to_move BIGINT,
        days_of_cover DOUBLE, next_arrival_date DATE, unit_margin DECIMAL(18, 4), money_at_stake DECIMAL(18, 4),
        currency VARCHAR, reason VARCHAR, reason_zh VARCHAR""",
    "price_guardrail": """
        sku_id VARCHAR, shop_id VARCHAR, price DECIMAL(18, 4), min_price DECIMAL(18, 4), max_price DECIMAL(18, 4),
        units_to_clear BIGINT, below_floor BOOLEAN, clear_by DATE, currency VARCHAR, reason VARCHAR,
        reason_zh VARCHAR""",
    "channel_allocation": """
        sku_id VARCHAR, location_id VARCHAR, shop_id VARCHAR, available_qty BIGINT, allocated_qty BIGINT,
        ring_fenced BOOLEAN, expected_demand_qty DOUBLE, committed_qty BIGINT, owed_qty BIGINT,
        unit_margin DECIMAL(18, 4), fence_gain DECIMAL(18, 4), split_until_date DATE, currency VARCHAR, reason VARCHAR,
        reason_zh VARCHAR""",
    "echelon_target": """
        sku_id VARCHAR, location_id VARCHAR, central_id VARCHAR, role VARCHAR, holds_safety BOOLEAN, safety_qty BIGINT,
        order_up_to_qty BIGINT, echelon_order_up_to_qty BIGINT, is_worth_stocking BOOLEAN, stocking_gain DOUBLE""",
    "policy_calibration": """
        segment VARCHAR, weight DOUBLE, best_weight DOUBLE, trust DOUBLE, items BIGINT, origins BIGINT,
        usual_cost DOUBLE, saved_cost DOUBLE, saved_error DOUBLE, calibrated_on DATE""",
    "cash_week": """
        scenario VARCHAR, week_no BIGINT, week_start DATE, receipts DOUBLE, fees DOUBLE, refunds DOUBLE, payouts DOUBLE,
        supplier_invoice DOUBLE, goods_not_invoiced DOUBLE, open_orders DOUBLE, approved_orders DOUBLE,
        suggested_orders DOUBLE, later_orders DOUBLE, net DOUBLE, net_p10 DOUBLE, net_p50 DOUBLE, net_p90 DOUBLE,
        cumulative_p10 DOUBLE, cumulative_p50 DOUBLE, cumulative_p90 DOUBLE, left_out_currencies VARCHAR[]""",
    "replenishment_limit": """
        "limit" VARCHAR, name VARCHAR, location_id VARCHAR, price DOUBLE""",
    "replenishment_proof": """
        "value" DOUBLE, bound DOUBLE, gap DOUBLE, spend DOUBLE, orders BIGINT, why VARCHAR""",
    "promotion_break_even": """
        campaign_id VARCHAR, sku_id VARCHAR, shop_id VARCHAR, first_date DATE, last_date DATE, planned_qty DOUBLE,
        expected_qty DOUBLE, baseline_qty DOUBLE, units_needed DOUBLE, uplift_needed DOUBLE, unit_cost DECIMAL(18, 4),
        usual_price DECIMAL(18, 4), promo_price DECIMAL(18, 4), usual_margin DECIMAL(18, 4),
        promo_margin DECIMAL(18, 4), lowest_price DECIMAL(18, 4), keeps_floor BOOLEAN, expected_gain DECIMAL(18, 4),
        verdict VARCHAR""",
    "plan_stability": """
        lines_before BIGINT, lines_kept BIGINT, lines_changed BIGINT, lines_dropped BIGINT, lines_new BIGINT,
        amount_before DECIMAL(18, 4), amount_changed DECIMAL(18, 4), changed_share DOUBLE""",
    "supplier_outlook": """
        sku_id VARCHAR, location_id VARCHAR, supplier_id VARCHAR, week_start DATE, expected_qty DOUBLE, p10_qty DOUBLE,
        p50_qty DOUBLE, p90_qty DOUBLE, committed_qty DOUBLE, reason VARCHAR""",
    "wave": """
        wave_id VARCHAR, warehouse_id VARCHAR, cutoff_at TIMESTAMPTZ, order_count BIGINT, line_count BIGINT,
        unit_count BIGINT, distance_m DOUBLE, baseline_distance_m DOUBLE, reason VARCHAR, wave_no BIGINT,
        wave_type VARCHAR, zone_id VARCHAR, planned_start_at TIMESTAMPTZ, picked_at TIMESTAMPTZ, ready_at TIMESTAMPTZ,
        cart_count BIGINT, pick_count BIGINT, s_shape_distance_m DOUBLE, labour_minutes DOUBLE,
        largest_gap_distance_m DOUBLE""",
    "wave_cart": """
        wave_id VARCHAR, cart_no BIGINT, zone_id VARCHAR, is_bulk BOOLEAN, order_count BIGINT, unit_count BIGINT,
        volume_l DOUBLE, distance_m DOUBLE, pick_minutes DOUBLE, planned_start_at TIMESTAMPTZ, picked_at TIMESTAMPTZ,
        ready_at TIMESTAMPTZ, sort_station_id VARCHAR, check_station_id VARCHAR, pack_station_id VARCHAR""",
    "wave_order": """
        wave_id VARCHAR, outbound_id VARCHAR, sequence INTEGER, flag VARCHAR, cart_no BIGINT, slot BIGINT,
        basket VARCHAR, ready_at TIMESTAMPTZ, is_late BOOLEAN, cart_count BIGINT""",
    "pick_task": """
        wave_id VARCHAR, cart_no BIGINT, seq BIGINT, slot BIGINT, outbound_id VARCHAR, sku_id VARCHAR, bin_id VARCHAR,
        batch_no VARCHAR, zone_id VARCHAR, aisle BIGINT, x_m DOUBLE, y_m DOUBLE, qty BIGINT""",
    "wave_replenishment": """
        wave_id VARCHAR, warehouse_id VARCHAR, task_no BIGINT, sku_id VARCHAR, owner_id VARCHAR, batch_no VARCHAR,
        from_bin_id VARCHAR, to_bin_id VARCHAR, qty BIGINT, needed_by TIMESTAMPTZ""",
    "wave_unplanned": "outbound_id VARCHAR, warehouse_id VARCHAR, reason VARCHAR, detail VARCHAR, wave_id VARCHAR",
    "wave_labour": """
        warehouse_id VARCHAR, stage VARCHAR, needed_minutes DOUBLE, available_minutes DOUBLE, zone_id VARCHAR,
        station_id VARCHAR""",
    "wave_proof": """
        misses BIGINT, misses_bound DOUBLE, minutes DOUBLE, minutes_bound DOUBLE, gap DOUBLE, fullest_share DOUBLE,
        why VARCHAR, input_hash VARCHAR""",
    "carrier_choice": """
        outbound_id VARCHAR, carrier_id VARCHAR, service_code VARCHAR, billed_weight_g BIGINT,
        est_cost DECIMAL(18, 4), currency VARCHAR, runner_up_carrier_id VARCHAR, runner_up_service_code VARCHAR,
        runner_up_cost DECIMAL(18, 4), reason VARCHAR, expected_cost DECIMAL(18, 4), late_probability DOUBLE,
        runner_up_expected_cost DECIMAL(18, 4), bound_by VARCHAR, is_drawn BOOLEAN, draw_amount DECIMAL(18, 4),
        insured_value DECIMAL(18, 4), insured_amount DECIMAL(18, 4)""",
    "carrier_offer": """
        outbound_id VARCHAR, carrier_id VARCHAR, service_code VARCHAR, place BIGINT, billed_weight_g BIGINT,
        est_cost DECIMAL(18, 4), expected_cost DECIMAL(18, 4), late_probability DOUBLE, offset_amount DOUBLE,
        insured_amount DECIMAL(18, 4)""",
    "carrier_contract_price": """
        kind VARCHAR, service_id VARCHAR, contract VARCHAR, price DOUBLE, cost_amount DOUBLE,
        left_over BIGINT""",
    "carrier_offset": """
        service_id VARCHAR, warehouse_id VARCHAR, province_id VARCHAR, per_parcel DOUBLE, per_kg DOUBLE""",
    "transit_time": """
        carrier_id VARCHAR, service_code VARCHAR, origin_region VARCHAR, dest_region VARCHAR, promise_days BIGINT,
        parcels BIGINT, late_rate DOUBLE, late_low DOUBLE, late_high DOUBLE, late_today_rate DOUBLE, failed_rate DOUBLE,
        mean_days DOUBLE, arrived_within DOUBLE[]""",
    "freight_claim": """
        carrier_id VARCHAR, waybill_no VARCHAR, charge_type VARCHAR, kind VARCHAR, bill_no VARCHAR,
        billed_amount DECIMAL(18, 4), expected_amount DECIMAL(18, 4), claim_amount DECIMAL(18, 4),
        billed_weight_g BIGINT, expected_weight_g BIGINT, billed_zone VARCHAR, expected_zone VARCHAR""",
    "freight_accrual": """
        carrier_id VARCHAR, service_code VARCHAR, month_start DATE, parcels BIGINT, accrued_amount DECIMAL(18, 4)""",
    "carrier_unassigned": "outbound_id VARCHAR, carrier_id VARCHAR, service_code VARCHAR, reason VARCHAR",
}

# Columns that a warehouse of an earlier version lacks.
ADDED = {
    "replenishment_level": {
        "policy": "VARCHAR", "policy_reason": "VARCHAR", "critical_ratio": "DOUBLE", "need_qty": "BIGINT",
        "money_at_stake": "DECIMAL(18, 4)", "reason_zh": "VARCHAR", "policy_reason_zh": "VARCHAR",
    },
    "replenishment_suggestion": {
        "unit_margin": "DECIMAL(18, 4)", "value": "DOUBLE", "short_qty_if_nothing": "DOUBLE", "short_qty": "DOUBLE",
        "left_over_qty": "DOUBLE", "next_pack_value": "DOUBLE", "warning": "VARCHAR",
        "reason_zh": "VARCHAR", "runner_up_supplier_id": "VARCHAR", "runner_up_value": "DOUBLE",
        "purchase_uom": "VARCHAR", "pack_numerator": "BIGINT", "pack_denominator": "BIGINT", "currency": "VARCHAR",
    },
    "replenishment_bridge": {"text_en": "VARCHAR", "text_zh": "VARCHAR"},
    "wave": {
        "wave_no": "BIGINT", "wave_type": "VARCHAR", "zone_id": "VARCHAR", "planned_start_at": "TIMESTAMPTZ",
        "picked_at": "TIMESTAMPTZ", "ready_at": "TIMESTAMPTZ", "cart_count": "BIGINT", "pick_count": "BIGINT",
        "s_shape_distance_m": "DOUBLE", "labour_minutes": "DOUBLE", "largest_gap_distance_m": "DOUBLE",
    },
    "wave_order": {
        "cart_no": "BIGINT", "slot": "BIGINT", "basket": "VARCHAR", "ready_at": "TIMESTAMPTZ", "is_late": "BOOLEAN",
        "cart_count": "BIGINT",
    },
    "wave_unplanned": {"wave_id": "VARCHAR"},
    "wave_cart": {
        "sort_station_id": "VARCHAR", "check_station_id": "VARCHAR", "pack_station_id": "VARCHAR",
    },
    "wave_labour": {"zone_id": "VARCHAR", "station_id": "VARCHAR"},
    "clearance_suggestion": {"bundle_sku_id": "VARCHAR"},
    "echelon_target": {"is_worth_stocking": "BOOLEAN", "stocking_gain": "DOUBLE"},
    "cash_week": {"left_out_currencies": "VARCHAR[]"},
    "carrier_choice": {
        "expected_cost": "DECIMAL(18, 4)", "late_probability": "DOUBLE", "runner_up_expected_cost": "DECIMAL(18, 4)",
        "bound_by": "VARCHAR", "is_drawn": "BOOLEAN", "draw_amount": "DECIMAL(18, 4)",
        "insured_value": "DECIMAL(18, 4)", "insured_amount": "DECIMAL(18, 4)",
    },
    "carrier_offer": {"insured_amount": "DECIMAL(18, 4)"},
    "carrier_contract_price": {"left_over": "BIGINT"},
}  # fmt: skip


def create_plan_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that are missing, empty."""
    for name, columns in TABLES.items():
        connection.execute(f"create table if not exists plan.{name} ({columns})")
    connection.execute("alter table plan.demand_forecast add column if not exists y_model DOUBLE")
    connection.execute("alter table plan.demand_forecast add column if not exists bulk_qty DOUBLE default 0")
    connection.execute("alter table plan.forecast_explanation add column if not exists events DOUBLE default 0")
    connection.execute("alter table plan.forecast_explanation add column if not exists contracted DOUBLE default 0")
    for name, added in ADDED.items():
        for column, kind in added.items():
            connection.execute(f'alter table plan.{name} add column if not exists "{column}" {kind}')


def write(connection: duckdb.DuckDBPyConnection, frames: dict[str, pl.DataFrame]) -> None:
    """Replace the content of the named tables in one transaction; a frame may lack nullable columns."""
    connection.execute("begin")
    for name, frame in frames.items():
        connection.execute(f"delete from plan.{name}")
        known = [row[0] for row in connection.execute(f"describe plan.{name}").fetchall()]
        columns = ", ".join(quote(column) for column in known if column in frame.columns)
        if columns:
            connection.register("planned", frame.to_arrow())
            connection.execute(f"insert into plan.{name} ({columns}) select {columns} from planned")
            connection.unregister("planned")
    connection.execute("commit")


def read(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """The result of a query as a polars frame."""
    return connection.sql(sql).pl()
