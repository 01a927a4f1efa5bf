"""From a mart's row to the lines of the files: every mart that says so is asked, on the tiny world's export."""

import csv

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.settings import load_settings
from pipelines.trace import TraceError, _step, _to_contracts, trace, traceable, untraced
from pipelines.transformation import PROJECT, manifest
from pipelines.warehouse import open_warehouse


@pytest.fixture
def connection(planned):
    with open_warehouse(planned, load_settings(planned.settings_file), "test") as connection:
        yield connection


def any_row(connection, mart: str) -> list[str]:
    key = traceable()[mart].key
    columns = ", ".join(f'cast("{column}" as varchar)' for column in key)
    row = connection.execute(f"select {columns} from marts.{mart} order by all limit 1").fetchone()
    return [f"{column}={value}" for column, value in zip(key, row, strict=True) if value is not None]


# Nothing of the kind happens in a tiny, clean world whose decisions are new.
EMPTY = {
    *("freight_audit", "illegal_transition", "key_exception", "stuck_lock", "buying_hold", "lifecycle_proposal"),
    *("echelon_target", "predecessor", "supplier_container", "transfer_suggestion", "channel_allocation"),
    *("wave_replenishment_task", "wave_unplanned", "purchase_order_action"),
}


def test_every_mart_is_traced_or_says_why_it_cannot_be():
    marts = {path.stem for path in (PROJECT / "models" / "marts").rglob("*.yml")}
    assert traceable().keys() | untraced().keys() == marts
    assert not traceable().keys() & untraced().keys()
    named = {step.mart for mart in traceable().values() for step in mart.steps if step.mart}
    assert named <= traceable().keys()


def test_every_other_traceable_mart_has_rows_here(connection):
    counted = {mart: connection.execute(f"select count(*) from marts.{mart}").fetchone()[0] for mart in traceable()}
    assert {mart for mart, rows in counted.items() if not rows} == EMPTY


@pytest.mark.parametrize("mart", sorted(traceable().keys() - EMPTY))
def test_a_row_of_every_traceable_mart_leads_to_source_lines(connection, mart):
    rows, steps = trace(connection, mart, any_row(connection, mart), 5)
    assert rows == 1 and any(step.total for step in steps)
    for step in steps:
        assert step.columns[:2] == ["file_name", "line_no"]
        assert len(step.rows) == min(step.total, 5)
        assert all(file and line for file, line, *_ in step.rows)


def test_the_line_that_is_named_holds_the_row(planned, connection):
    mart_row = any_row(connection, "profit_waterfall")
    _, [line, *_] = trace(connection, "profit_waterfall", mart_row, 5)
    [(file, number, *key)] = line.rows
    with (planned.inbox / file).open(encoding="utf-8", newline="") as lines:
        source = list(csv.DictReader(lines))[number - 2]  # line 1 is the header
    assert f"order_line_id={source['order_line_id']}" in mart_row and source["order_line_id"] in key


def test_what_a_row_adds_up_is_listed_to_a_limit_and_counted_whole(connection):
    supplier, counted = connection.execute(
        "select supplier_id, count(*) from intermediate.int_purchase_line group by 1 order by 2 desc, 1 limit 1"
    ).fetchone()
    _, [_, lines, _] = trace(connection, "supplier_scorecard", [supplier], 2)
    assert lines.total == counted > len(lines.rows) == 2


@pytest.mark.parametrize("mart", sorted(EMPTY))
def test_the_steps_of_a_mart_without_rows_can_be_asked_too(connection, mart):
    key = traceable()[mart].key[0]
    with pytest.raises(TraceError, match="has no row"):
        trace(connection, mart, [f"{key}=none"], 5)
    of_nothing = f"(select * from marts.{mart} where $1 is null)"
    assert all(
        not _step(connection, step, rows, ["1"], 5).total for step, rows in _to_contracts(traceable()[mart], of_nothing)
    )


def test_a_mart_is_traced_to_tables_that_it_is_made_of(planned):
    nodes = manifest(planned, load_settings(planned.settings_file))["nodes"]
    for mart in traceable().values():
        upstream, seen = [f"model.supplyloop.{mart.name}"], set()
        while upstream:
            parents = nodes.get(upstream.pop(), {"depends_on": {"nodes": []}})["depends_on"]["nodes"]
            upstream += [parent for parent in parents if parent not in seen]
            seen.update(parents)
        if any(source.startswith(("source.supplyloop.plan.", "source.supplyloop.feedback.")) for source in seen):
            continue  # planning or its journal stands between the mart and those it is made of
        for step in mart.steps:
            table = "control.key" if step.contract == "reference.key_map" else step.contract
            made_of = f"source.supplyloop.{table}" if table else f"model.supplyloop.{step.mart}"
            assert made_of in seen, f"{mart.name} is not made of {made_of}"


@pytest.mark.parametrize(
    ("mart", "key", "says"),
    [
        ("no_such_mart", ["a=b"], "cannot be traced; these can: "),
        (
            "forecast_total",
            ["all"],
            "cannot be traced: it sums over all items; demand_forecast traces each",
        ),
        ("supplier_scorecard", ["vendor=S01"], "no column 'vendor'; it is named by supplier_id"),
        ("supplier_scorecard", ["S01", "S02"], "too many values"),
        ("supplier_scorecard", [], "name a row of supplier_scorecard"),
        ("supplier_scorecard", ["nobody"], "has no row with supplier_id = nobody"),
    ],
)
def test_what_cannot_be_traced_is_said_with_what_can(connection, mart, key, says):
    with pytest.raises(TraceError, match=says):
        trace(connection, mart, key, 5)


def test_the_command_counts_and_lists(planned):
    with open_warehouse(planned, load_settings(planned.settings_file), "test") as opened:
        key = any_row(opened, "inventory_position")
    said = CliRunner().invoke(app, ["--workspace", str(planned.root), "trace", "inventory_position", *key])
    assert said.exit_code == 0, said.output
    assert "inventory_position: 1 row" in said.output and "inventory.stock_snapshot: " in said.output
