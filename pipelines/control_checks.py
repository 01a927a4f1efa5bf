"""The twelve controls as Dagster checks: what `control_result` measured, seen where runs are watched."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from pipelines.cycle import Cycle

__all__ = ["CONTROLS", "control_checks"]

RESULT = dg.AssetKey(["marts", "control_result"])

# Number to name and description, in the order of the input contract.
CONTROLS = {
    1: ("ledger_against_counts", "The stock ledger explains the difference of any two counts."),
    2: ("three_way_match", "Order, receipt and invoice of a purchase line agree."),
    3: ("order_identity", "Amounts of an order and of its lines add up."),
    4: ("payments_against_statements", "Refunds stay within payments; our books and the channels' statements agree."),
    5: ("statement_lines", "Every line of a statement or bill is loaded or in quarantine."),
    6: ("freight_bills", "Carriers bill our parcels, once, by the rate card, as estimated."),
    7: ("shipped_quantities", "Warehouse, ledger and order say the same of what was shipped."),
    8: ("returned_quantities", "Returns are in the ledger, and sellable where inspection says so."),
    9: ("inventory_valuation", "Valuation equals the count and the general ledger at the month end."),
    10: ("vouchers", "Vouchers balance; what was posted stands."),
    11: ("order_steps", "Orders take allowed steps, in time's order."),
    12: ("completeness", "No delivery is missing or short."),
}

MEASURED = """
    select control_no, sum(rows_checked)::bigint, sum(rows_off)::bigint, sum(money_at_stake)::double,
        list({'check': check_name, 'scope': scope, 'difference': difference::double, 'unit': unit, 'rows off': rows_off}
            order by doubt_rank) filter (where status = 'failed')
    from marts.control_result group by 1 order by 1
"""
# More than this are in the mart, not in the event log.
SHOWN = 20


def control_checks() -> dg.AssetChecksDefinition:
    """One check per control; a failing one warns, since figures that disagree are shown and not withheld."""

    @dg.multi_asset_check(
        specs=[dg.AssetCheckSpec(name, asset=RESULT, description=text) for name, text in CONTROLS.values()],
        name="controls",
    )
    def controls(cycle: dg.ResourceParam[Cycle]) -> Iterator[dg.AssetCheckResult]:
        with cycle.warehouse.opened("controls") as connection:
            measured = connection.execute(MEASURED).fetchall()
        for number, checked, off, stake, failed in measured:
            yield dg.AssetCheckResult(
                asset_key=RESULT,
                check_name=CONTROLS[number][0],
                passed=off == 0,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={
                    "rows checked": checked,
                    "rows off": off,
                    "money at stake": stake,
                    "measured differences": dg.JsonMetadataValue((failed or [])[:SHOWN]),
                },
            )

    return controls
