"""Scorecards and costs of a real export equal figures computed from its files line by line."""

import csv
import os
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from sample_workspace import LOADED_AT

from contracts.mapping import mappings
from pipelines.ingestion.ingest import Clock, ingest_files
from pipelines.ingestion.schema import create_warehouse
from pipelines.initialise import initialise
from pipelines.journal_tables import create_feedback_tables
from pipelines.known import create_known_views, latest_known
from pipelines.settings import load_settings
from pipelines.transformation import Pass, run_pass
from pipelines.warehouse import open_warehouse, warehouse_lock
from pipelines.workspace import Workspace

ADVENTUREWORKS = os.environ.get("SUPPLYLOOP_ADVENTUREWORKS")
SEATTLE = "America/Los_Angeles"
PLACED = {"2", "4"}  # approved and complete; neither pending nor rejected
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not ADVENTUREWORKS, reason="SUPPLYLOOP_ADVENTUREWORKS names no folder with its tables"),
]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """The export loaded, and the scorecard and what it rests on built from it."""
    folder = tmp_path_factory.mktemp("works") / "demo"
    list(initialise(folder, "demo", SEATTLE, (), None, None))
    workspace = Workspace.at(folder)
    settings = load_settings(workspace.settings_file)
    with open_warehouse(workspace, settings, "test") as connection:
        create_warehouse(connection)
        create_feedback_tables(connection)
        for name in ("PurchaseOrderHeader", "PurchaseOrderDetail", "ProductVendor", "Vendor", "Product"):
            paths = [Path(ADVENTUREWORKS) / f"{name}.csv"]
            ingest_files(connection, paths, [mappings()["adventureworks"]], Clock(LOADED_AT, SEATTLE))
        create_known_views(connection, latest_known(connection))
    with warehouse_lock(workspace, "test"):
        built = run_pass(workspace, settings, Pass("test", "+supplier_scorecard", "resource_type:test", ""))
    assert built.error is None
    with open_warehouse(workspace, settings, "test") as connection:
        yield connection


@pytest.fixture(scope="module")
def lines() -> list[dict]:
    """Order lines as the files tell them, with vendor and status of their order."""

    def rows(name: str) -> list[list[str]]:
        with (Path(ADVENTUREWORKS) / f"{name}.csv").open(encoding="utf-8") as file:
            return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    orders = {row[0]: row for row in rows("PurchaseOrderHeader")}
    return [
        {"vendor": orders[row[0]][4], "status": orders[row[0]][2], "ordered_on": day(orders[row[0]][6]),
         "due": day(row[2]), "sku": row[4], "ordered": float(row[3]), "price": float(row[5]), "received": float(row[7]),
         "rejected": float(row[8]), "stocked": float(row[9]), "changed": day(row[10])}
        for row in rows("PurchaseOrderDetail")
    ]  # fmt: skip


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def test_scorecards_equal_figures_computed_from_the_files(warehouse, lines):
    (today,) = warehouse.execute("select cast(as_of as date) from control.latest").fetchone()
    by_vendor = defaultdict(list)
    for line in lines:
        by_vendor[line["vendor"]].append(line)
    cards = warehouse.execute(
        "select supplier_id, order_lines, request_samples, otif_requested_rate, fill_rate, defect_rate, "
        "lead_time_samples, lead_time_mean_days from marts.supplier_scorecard"
    ).fetchall()
    assert len(cards) == 104
    for vendor, placed, due_lines, otif, fill, defect, arrived_lines, lead_time in cards:
        mine = [line for line in by_vendor[vendor] if line["status"] in PLACED]
        due = [line for line in mine if line["due"] < today]
        came = [line for line in by_vendor[vendor] if line["received"] > 0]
        # A closed order waits for nothing more; an approved one does until all has come.
        whole = [
            line for line in mine
            if line["received"] > 0 and line["changed"] >= line["ordered_on"]
            and (line["status"] == "4" or line["received"] >= line["ordered"])
        ]  # fmt: skip
        assert (placed, due_lines, arrived_lines) == (len(mine), len(due), len(whole)), vendor
        on_time = [float(line["stocked"] >= line["ordered"] and line["changed"] <= line["due"]) for line in due]
        units = sum(min(line["stocked"], line["ordered"]) for line in due), sum(line["ordered"] for line in due)
        quality = sum(line["rejected"] for line in came), sum(line["received"] for line in came)
        assert otif == pytest.approx(mean(on_time)), vendor
        assert fill == pytest.approx(units[0] / units[1] if due else None), vendor
        assert defect == pytest.approx(quality[0] / quality[1] if came else None), vendor
        assert lead_time == pytest.approx(mean([(line["changed"] - line["ordered_on"]).days for line in whole])), vendor


def test_cost_of_goods_equals_what_was_paid_for_what_was_stocked(warehouse, lines):
    paid, stocked = defaultdict(float), defaultdict(float)
    for line in lines:
        paid[line["sku"]] += line["price"] * line["stocked"]
        stocked[line["sku"]] += line["stocked"]
    costs = dict(
        warehouse.execute(
            "select sku_id, unit_cost from intermediate.int_unit_cost where location_id = 'plant'"
        ).fetchall()
    )
    assert set(costs) == {sku for sku, units in stocked.items() if units}
    for sku, cost in costs.items():
        assert float(cost) == pytest.approx(paid[sku] / stocked[sku], abs=0.00006), sku
