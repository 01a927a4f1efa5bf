"""What an operator is told of tables that did not change."""

import logging

import dagster as dg

from pipelines.runner import silent_about_unchanged


def test_a_check_left_out_because_nothing_changed_is_not_warned_of(caplog):
    held = dg.AssetCheckSpec("honours_contract", asset="carrier_rate", blocking=True)

    @dg.multi_asset(specs=[dg.AssetSpec("carrier_rate", skippable=True)], check_specs=[held], can_subset=True)
    def carrier_rate(context):
        yield dg.MaterializeResult("carrier_rate")

    @dg.asset(deps=["carrier_rate"])
    def freight():
        return dg.MaterializeResult()

    log = logging.getLogger("dagster._core.execution.plan.active")
    with silent_about_unchanged():
        assert dg.materialize([carrier_rate, freight]).success
        log.warning("other news")
    assert [record.message for record in caplog.records if record.name == log.name] == ["other news"]

    with caplog.at_level(logging.WARNING):
        dg.materialize([carrier_rate, freight])
    assert any("emitted no result" in record.message for record in caplog.records)
