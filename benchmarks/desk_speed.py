"""The planner's desk over many suggestions, through HTTP: ``python -m benchmarks.desk_speed [--suggestions N]``.

Publishes a workspace of so many suggestions with their bridges, forecasts and half a year of demand, takes the plan
into the journal, serves it in a process of its own on this machine, and asks what a planner's page asks. Prints of
each question the shortest and the middle wall time and the server's own processor time, and the server's memory.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import httpx

from feedback.identity import Need, suggestion_id
from pipelines.publication import publish
from pipelines.serve import tenant_of
from pipelines.settings import load_settings
from pipelines.workspace import Workspace
from planner.access.accounts import Accounts
from planner.access.store import EVERY_TENANT, open_desk_store

AS_OF = datetime(2026, 11, 1, 6, tzinfo=ZoneInfo("Asia/Shanghai"))
PASSWORD = "only for this benchmark"
SETTINGS = 'tenant_id = "many"\n\n[destinations.erp]\ndecisions = ["purchase_suggestions"]\nfolder = "to_erp"\n'
TICK = os.sysconf("SC_CLK_TCK")

# One row per suggestion, from which every mart is made; 200 suppliers, three warehouses.
SUGGESTED = """
    create temp table item as
    select
        i, names.name as suggestion_id,
        'SKU' || lpad((i // 3)::varchar, 6, '0') as sku_id, 'W' || (i % 3) as location_id,
        'S' || lpad((hash(i // 3) % 200)::varchar, 3, '0') as supplier_id, 12 * (1 + hash(i) % 20)::bigint as quantity,
        ((hash(i, 1) % 100000) / 10)::decimal(18, 4) as stake,
        (1 + (hash(i, 2) % 500) / 10)::decimal(18, 4) as unit_cost
    from names
"""
MARTS = {
    "replenishment_suggestion": """
        select suggestion_id, sku_id, location_id, supplier_id, 'buy' as action, '跑鞋 Runner ' || sku_id as sku_name,
            '供应商 ' || supplier_id as supplier_name, 'CNY' as currency, 'below its level' as reason,
            'proposed' as status, 0 as generation, 1 as version, quantity as suggested_qty,
            quantity::decimal(18, 4) as decided_qty, quantity // 12 as suggested_packs, '箱' as purchase_uom,
            (i % 40)::decimal(18, 4) as available_qty, 0::decimal(18, 4) as on_order_qty,
            0::decimal(18, 4) as on_order_unacknowledged_qty, 0::decimal(18, 4) as approved_unseen_qty,
            0::decimal(18, 4) as in_transit_transfer_qty, quantity as order_up_to_qty,
            quantity * 0.7::double as demand_mean_qty, quantity * 0.3::double as safety_qty,
            5.5::double as cover_days_before, 30.5::double as cover_days_after, unit_cost,
            (unit_cost * quantity)::decimal(18, 4) as amount, stake::decimal(18, 4) as money_at_stake,
            true as stock_known, date '2026-11-01' + (i % 30)::int as stock_out_date,
            date '2026-11-15' as requested_date, []::varchar[] as defaults from item""",
    "replenishment_bridge": """
        select suggestion_id, sku_id, location_id, step, seq, share * quantity // 12 as quantity,
            quantity as running_quantity
        from item, (values ('demand_over_protection_interval', 1, 9), ('safety_stock', 2, 4), ('on_hand', 3, -2),
            ('pack_rounding', 4, 1)) as steps(step, seq, share)""",
    "replenishment_input": """
        select sku_id, location_id, supplier_id, 'CNY' as currency, 12 as moq_qty, 12 as order_multiple_qty,
            14.0::double as lead_time_days, 2.0::double as lead_time_std_days,
            'measured on this SKU' as lead_time_source,
            9 as lead_time_samples, 4.0::double as review_days, unit_cost, 6::decimal(18, 4) as unit_margin,
            0.95::double as service_target, 5::decimal(18, 4) as available_qty,
            5::decimal(18, 4) as inventory_position_qty,
            (i % 50 = 0)::int::decimal(18, 4) as on_order_late_qty, 0::decimal(18, 4) as in_transit_po_qty,
            1000::decimal(18, 4) as min_order_amount, 'A' as abc, 'C' || (i % 20) as category_id,
            case when i % 9 = 0 then 'new' else 'active' end as lifecycle, true as stock_known,
            []::varchar[] as defaults
        from item""",
    "replenishment_level": """
        select sku_id, location_id, quantity * 0.7::double as demand_mean_qty,
            quantity * 0.3::double as safety_qty
        from item""",
    "suggestion_change": """
        select suggestion_id, sku_id, location_id, 'buy' as action, 'new' as change,
            null::decimal(18, 4) as quantity_before, quantity::decimal(18, 4) as quantity from item""",
    "promotion_week": "select sku_id, date '2026-11-09' as week_start from item where i % 7 = 0",
    "inventory_position": """
        select sku_id, location_id, 5::decimal(18, 4) as available_qty, 0::decimal(18, 4) as on_order_qty,
            unit_cost as on_hand_amount from item""",
    "inventory_health": "select sku_id, 'at_risk' as status, stake::decimal(18, 4) as money_at_stake from item",
    "exceptions": "select sku_id, stake::decimal(18, 4) as money_at_stake from item",
    "sku_lifecycle": "select sku_id, 'launch' as stage, 'new' as recorded_lifecycle from item where i % 9 = 0",
    "delivery_status": "select false as is_late, []::varchar[] as blocks",
    "approval_limit": """
        select 'manager' as role, '*' as action, date '2026-01-01' as valid_from, null::date as valid_to,
            100000::decimal(18, 4) as max_amount, 'CNY' as currency""",
    "demand_history": """
        select sku_id, location_id, date '2026-11-01' - d::int as demand_date,
            (hash(i, d) % 5)::decimal(18, 4) as gross_demand_qty, (hash(i, d) % 4)::decimal(18, 4) as shipped_qty,
            hash(i, d) % 30 = 0 as is_stocked_out, d % 60 < 4 as is_promoted, true as is_complete_day
        from item, range(1, 181) as days(d)""",
    "demand_forecast": """
        select sku_id, location_id, date '2026-10-26' + 7 * w::int as week_start, 10.0::double as y_hat,
            5.0::double as q_0_1,
            10.0::double as q_0_5, 15.0::double as q_0_9
        from item, range(8) as weeks(w)""",
    "purchase_order_tracking": """
        select sku_id, location_id, 'P' || i as po_id, supplier_id, 'on_schedule' as tracking_status,
            24::decimal(18, 4) as open_qty, true as is_acknowledged, date '2026-11-20' as expected_arrival_date,
            date '2026-11-25' as latest_arrival_date, date '2026-11-20' as expected_date,
            date '2026-11-20' as requested_date
        from item where i % 4 = 0""",
    "purchase_outcome": """
        select sku_id, location_id, date '2026-10-01' as outcome_date, 0.01::decimal(18, 8) as holding_rate,
            6::decimal(18, 4) as shortage_rate
        from item""",
}


def main() -> None:
    """Print what each question of the desk takes over so many suggestions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suggestions", type=int, default=50_000)
    parser.add_argument("--times", type=int, default=20, help="how often each question is asked")
    asked = parser.parse_args()
    with served(asked.suggestions, ["ann"]) as (base, pid):
        measure(base, pid, asked.suggestions, asked.times)


@contextmanager
def served(suggestions: int, names: list[str]) -> Iterator[tuple[str, int]]:
    """Address and process of a desk over so many suggestions, with these approvers."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        workspace = make(root / "many", suggestions)
        people = open_desk_store(root / "desk.db")
        for name in names:
            Accounts(people).add(name, PASSWORD, frozenset({"approver"}), EVERY_TENANT, datetime.now(UTC))
            Accounts(people).change_password(name, PASSWORD)
        people.dispose()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = ["-m", "pipelines.cli", "-w", str(workspace.root), "serve", "--port", str(port)]
        server = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
        try:
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.terminate()
            server.wait()


def make(folder: Path, suggestions: int) -> Workspace:
    """A published and planned workspace."""
    folder.mkdir()
    (folder / "supplyloop.toml").write_text(SETTINGS, encoding="utf-8")
    workspace = Workspace.at(folder)
    workspace.create_folders()
    names = [suggestion_id("buy", f"SKU{i // 3:06}", f"W{i % 3}") for i in range(suggestions)]
    with duckdb.connect(str(workspace.warehouse)) as warehouse:
        warehouse.execute("set TimeZone = 'Asia/Shanghai'")
        warehouse.execute(
            "create temp table names as select generate_subscripts($1, 1) - 1 as i, unnest($1) as name", [names]
        )
        warehouse.execute(SUGGESTED)
        warehouse.execute("create schema marts")
        for name, rows in MARTS.items():
            warehouse.execute(f"create table marts.{name} as {rows}")
        items = warehouse.execute(
            "select sku_id, location_id, quantity, supplier_id, unit_cost from item order by i"
        ).fetchall()
        publish(warehouse, workspace, "many", AS_OF, AS_OF)
    workspace.warehouse.unlink()
    tenant = tenant_of(workspace, load_settings(workspace.settings_file))
    tenant.journal.take([_need(*item) for item in items], {}, "plan", AS_OF)
    tenant.journal.store.dispose()
    return workspace


def _need(sku: str, place: str, quantity: int, supplier: str, unit_cost: Decimal) -> Need:
    facts = {
        "supplier_id": supplier, "ship_to_warehouse_id": place, "unit_price": unit_cost, "currency": "CNY",
        "uom_ratio_numerator": 12, "uom_ratio_denominator": 1, "requested_date": "2026-11-15",
        "as_of": AS_OF.isoformat(), "reason": "below its level",
    }  # fmt: skip
    return Need("buy", sku, place, Decimal(quantity), due=date(2026, 11, 15), facts=facts)


def measure(base: str, pid: int, suggestions: int, times: int) -> None:
    """Ask what a page asks, and print what it took."""
    with httpx.Client(base_url=base, timeout=120, follow_redirects=True) as browser:
        word = sign_in(browser, "ann")
        api = "/t/many/api/"

        def get(path: str, **words: object) -> dict:
            answer = browser.get(api + path, params=words)
            answer.raise_for_status()
            return answer.json()

        def post(path: str, content: dict) -> dict:
            answer = browser.post(api + path, json=content, headers={"x-csrf-token": word})
            answer.raise_for_status()
            return answer.json()

        print(f"{suggestions:,} suggestions")
        tell("first rows, publication not yet open", pid, [lambda: get("worklist", end=100)])
        tell("opening line, not yet summed", pid, [lambda: get("opening")])
        lines = get("worklist", end=max(200, 2 * times))["lines"]
        tell(
            "next rows of the same view",
            pid,
            [lambda n=n: get("worklist", start=100 * n, end=100 * n + 100) for n in range(times)],
        )
        stakes = [
            {"money_at_stake": {"filterType": "number", "type": "greaterThan", "filter": n}} for n in range(times)
        ]
        tell(
            "filter by a number",
            pid,
            [lambda each=each: get("worklist", end=100, filters=json.dumps(each)) for each in stakes],
        )
        tell("search", pid, [lambda n=n: get("worklist", end=100, search=f"runner sku{n:04}") for n in range(times)])
        orders = [
            [{"colId": name, "sort": way}]
            for name in (
                "sku_id",
                "amount",
                "quantity",
                "supplier_name",
                "stock_out_date",
                "cover_days_before",
                "status",
            )
            for way in ("asc", "desc")
        ]
        tell("sort", pid, [lambda each=each: get("worklist", end=100, order=json.dumps(each)) for each in orders])
        names = [line["suggestion_id"] for line in lines]
        tell("detail with its charts", pid, [lambda name=name: get(f"suggestions/{name}") for name in names[:times]])
        tell(
            "preview of an edit",
            pid,
            [lambda name=name: get(f"suggestions/{name}/preview", quantity=48) for name in names[:times]],
        )
        seen = [{key: line[key] for key in ("suggestion_id", "version", "quantity")} for line in lines]
        tell("approve one", pid, [lambda each=each: post("approve", each) for each in seen[:times]])
        tell("first rows after an approval", pid, [lambda: get("worklist", end=100)])
        tell("opening line after an approval", pid, [lambda: get("opening")])
        some = {"query": {"filters": json.dumps({"supplier_id": {"filterType": "set", "values": ["S007"]}})}}
        total = post("total", some)
        tell(f"approve {total['lines']} at once", pid, [lambda: post("approve_many", some | {"seal": total["seal"]})])
        print(f"server memory now {memory(pid, 'VmRSS')} MB, most {memory(pid, 'VmHWM')} MB")


def sign_in(browser: httpx.Client, name: str) -> str:
    """Sign in once the server listens; returns the word that changes say."""
    while True:
        try:
            browser.get("/login")
            break
        except httpx.ConnectError:
            time.sleep(0.2)
    browser.post("/login", data={"name": name, "password": PASSWORD})
    return browser.get("/").text.partition('data-csrf="')[2].partition('"')[0]


def tell(what: str, pid: int, questions: list[Callable[[], object]]) -> None:
    """Ask each question once and print wall and processor time of one."""
    walls, cpu = [], _cpu(pid)
    for question in questions:
        start = time.perf_counter()
        question()
        walls.append((time.perf_counter() - start) * 1e3)
    cpu = (_cpu(pid) - cpu) / len(questions) * 1e3
    print(f"{what:<40} min={min(walls):7.1f}ms median={statistics.median(walls):7.1f}ms server cpu={cpu:7.1f}ms")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(pid: int, name: str) -> int:
    """Megabytes that a process holds now (`VmRSS`) or held at most (`VmHWM`)."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    main()
