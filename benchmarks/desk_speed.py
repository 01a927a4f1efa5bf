"""The planner's desk over many suggestions, through HTTP: ``python -m benchmarks.desk_speed [--suggestions N]``.

Publishes a workspace of so many suggestions with their bridges, forecasts and days of demand (``--folder`` keeps it for
the next time), serves it in a process of its own on this machine, and asks what a planner's page asks. Prints of
each question the shortest and the middle wall time and the server's own processor time, and the server's memory.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from benchmarks.many_suggestions import PASSWORD, make, served

TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print what each question of the desk takes over so many suggestions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suggestions", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=180, help="of demand, of each")
    parser.add_argument("--times", type=int, default=20, help="how often each question is asked")
    parser.add_argument("--folder", type=Path, help="where the workspace is kept; a temporary folder by default")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = make((asked.folder or Path(folder)) / "many", asked.suggestions, asked.days)
        with served(workspace, ["ann"]) as (base, pid):
            measure(base, pid, asked.suggestions, asked.times)


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
