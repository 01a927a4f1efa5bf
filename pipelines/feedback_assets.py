"""Decision files in the outbox as Dagster assets: a dry run. What is approved goes by `feedback.sending` instead."""

from collections.abc import Iterator

import dagster as dg
import duckdb

from contracts import outbox
from feedback import suggestion_id
from feedback.at_once import standing_at_once
from feedback.at_once_rows import ROWS, needs_of
from feedback.outbox import withdraw_decisions, write_decisions
from pipelines.cycle import Cycle, current_as_of
from pipelines.planning_assets import mart

PURCHASES = """
    select
        s.suggestion_id, s.action, s.supplier_id, s.supplier_item_no, s.sku_id, s.sku_name,
        s.location_id as ship_to_warehouse_id,
        s.decided_qty as quantity,
        s.purchase_uom,
        cast(s.decided_qty * s.pack_denominator / s.pack_numerator as decimal(18, 4)) as quantity_uom,
        s.pack_numerator as uom_ratio_numerator,
        s.pack_denominator as uom_ratio_denominator,
        s.unit_cost as unit_price, s.currency, false as tax_included,
        cast(s.decided_qty * s.unit_cost as decimal(18, 4)) as amount, s.requested_date, s.reason
    from marts.replenishment_suggestion as s
    where s.decided_qty > 0 and s.status not in ('rejected', 'snoozed')
    order by s.supplier_id, s.suggestion_id
"""
ORDER_ACTIONS = """
    select
        suggestion_id, action, po_id, po_line_id, supplier_id, sku_id, location_id as ship_to_warehouse_id,
        current_quantity::decimal(18, 4) as current_quantity, new_quantity::decimal(18, 4) as new_quantity,
        current_arrival_date, new_arrival_date, money_at_stake, currency, reason
    from marts.purchase_order_action
    where status not in ('rejected', 'snoozed')
    order by supplier_id, po_line_id
"""
TRANSFERS = """
    select
        suggestion_id, 'transfer' as action, sku_id, from_location_id as from_warehouse_id,
        to_location_id as to_warehouse_id, decided_qty as quantity, ship_date, arrival_date, est_cost, money_at_stake,
        currency, 'rebalance' as transfer_reason, reason
    from marts.transfer_suggestion
    where decided_qty > 0 and status not in ('rejected', 'snoozed')
    order by from_location_id, to_location_id, sku_id
"""
CLEARANCES = """
    select
        suggestion_id, action, sku_id, location_id as warehouse_id, batch_no, decided_qty as quantity, clear_by,
        expiry_date, round(markdown_rate, 2)::decimal(9, 6) as markdown_rate, floor_price, supplier_id,
        to_location_id as to_warehouse_id, bundle_sku_id,
        (value_at_cost * decided_qty / quantity)::decimal(18, 4) as value_at_cost,
        (expected_recovery * decided_qty / quantity)::decimal(18, 4) as expected_recovery, currency, reason
    from marts.clearance_suggestion
    where decided_qty > 0 and status not in ('rejected', 'snoozed')
    order by location_id, sku_id
"""


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict]:
    found = connection.execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _named(action: str, row: dict) -> dict:
    """A row of what is proposed only when it is approved, under the id that its first approval would give it."""
    [need] = needs_of(action, list(row), [list(row.values())])
    return {"suggestion_id": suggestion_id(*need.key), **row}


def _without_rejected(action: str, rows: list[dict], cycle: Cycle) -> list[dict]:
    """Rows but for those that somebody rejected."""
    needs = needs_of(action, list(rows[0]) if rows else [], [list(row.values()) for row in rows])
    standing = standing_at_once(cycle.journal.known, needs)
    rejected = {row.need.key for row in standing if row.status == "rejected"}
    return [row for row, need in zip(rows, needs, strict=True) if need.key not in rejected]


def _decision(name: str, sql: str, deps: list[str], action: str | None) -> dg.AssetsDefinition:
    """One decision's files. `action` names the rows that have no living suggestion of their own."""

    @dg.multi_asset(
        name=f"send_{name}",
        specs=[dg.AssetSpec(["outbox", name], group_name="outbox", deps=[mart(d) for d in deps])],
    )
    def asset(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.MaterializeResult]:
        cycle.report("outbox", name)
        with cycle.warehouse.opened(name) as connection:
            rows, as_of = _rows(connection, sql), current_as_of(connection)
        if action:
            # A fact that only the journal keeps (a service drawn by chance) is no column of the file.
            rows = _without_rejected(action, rows, cycle)
            known = {column.name for column in outbox()[name].columns}
            rows = [{key: value for key, value in _named(action, row).items() if key in known} for row in rows]
        if not rows:
            withdraw_decisions(cycle.workspace.outbox, outbox()[name], as_of, dry_run=True)
            yield dg.MaterializeResult(metadata={"rows": 0, "written": False})
            return
        tenant = cycle.settings.tenant_id
        written = write_decisions(cycle.workspace.outbox, outbox()[name], rows, as_of, tenant, dry_run=True)
        yield dg.MaterializeResult(metadata={"rows": written.rows, "file": written.csv.name})

    return asset


purchase_asset = _decision("purchase_suggestions", PURCHASES, ["replenishment_suggestion", "replenishment_input"], None)
order_action_asset = _decision("purchase_order_actions", ORDER_ACTIONS, ["purchase_order_action"], None)
transfer_asset = _decision("transfers", TRANSFERS, ["transfer_suggestion"], None)
clearance_asset = _decision("clearance", CLEARANCES, ["clearance_suggestion"], None)
wave_asset = _decision("wave_plan", ROWS["pick"].format(schema="marts."), ["wave_order", "pick_task"], "pick")
carrier_asset = _decision("carrier_choice", ROWS["ship"].format(schema="marts."), ["carrier_choice"], "ship")
outlook_asset = _decision("supplier_outlook", ROWS["outlook"].format(schema="marts."), ["supplier_outlook"], "outlook")
push_asset = _decision(
    "marketing_push_pull", ROWS["promote"].format(schema="marts."), ["marketing_push_pull"], "promote"
)
price_asset = _decision("price_guardrails", ROWS["guard"].format(schema="marts."), ["price_guardrail"], "guard")
channel_asset = _decision("channel_allocation", ROWS["fence"].format(schema="marts."), ["channel_allocation"], "fence")
count_asset = _decision("cycle_counts", ROWS["count"].format(schema="marts."), ["cycle_count_list"], "count")
lifecycle_asset = _decision(
    "lifecycle_proposals", ROWS["stage"].format(schema="marts."), ["lifecycle_proposal"], "stage"
)
stocking_asset = _decision("worth_stocking", ROWS["adopt"].format(schema="marts."), ["worth_stocking"], "adopt")
