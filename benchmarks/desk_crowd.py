"""Many planners at the desk at once, through HTTP: ``python -m benchmarks.desk_crowd [--planners N] [--seconds N]``.

Each is a person with a session of their own who does one thing after the other, with a pause to think between: looks at
rows, filters, sorts, opens a line, tries a quantity, approves. Prints errors, and of each kind of question how often it
was asked and the middle and 95th percentile of its wall time. An approval of what was decided already is refused with
both values (409), which is an answer and no error.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import httpx

from benchmarks.desk_speed import memory, sign_in
from benchmarks.many_suggestions import make, served

API = "/t/many/api/"
SORTED = ("sku_id", "amount", "quantity", "supplier_name", "stock_out_date")
# How often of a hundred steps.
STEPS = {"rows": 30, "filter": 15, "sort": 10, "detail": 20, "preview": 15, "approve": 10}


class Planner(threading.Thread):
    """One person: takes steps until the time is over."""

    def __init__(self, base: str, number: int, until: float, think: float, took: dict[str, list[float]]) -> None:
        super().__init__(name=f"p{number}")
        self.random, self.until, self.think, self.took = random.Random(number), until, think, took
        self.errors: list[str] = []
        self.browser = httpx.Client(base_url=base, timeout=60, follow_redirects=True)
        self.word = sign_in(self.browser, self.name)
        self.lines = self.browser.get(
            API + "worklist", params={"start": 100 * number, "end": 100 * number + 100}
        ).json()

    def run(self) -> None:
        """Step, think, step."""
        while time.monotonic() < self.until:
            [kind] = self.random.choices(list(STEPS), list(STEPS.values()))
            start = time.perf_counter()
            try:
                answer = getattr(self, kind)()
                if answer.status_code not in (200, 409):
                    self.errors.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
            except httpx.HTTPError as error:
                self.errors.append(f"{kind}: {error!r}")
            self.took[kind].append(time.perf_counter() - start)
            time.sleep(self.random.expovariate(1 / self.think))

    def rows(self) -> httpx.Response:
        start = 100 * self.random.randrange(40)
        return self._get("worklist", start=start, end=start + 100)

    def filter(self) -> httpx.Response:
        some = {"amount": {"filterType": "number", "type": "greaterThan", "filter": self.random.randrange(5000)}}
        return self._get("worklist", end=100, filters=json.dumps(some))

    def sort(self) -> httpx.Response:
        order = [{"colId": self.random.choice(SORTED), "sort": self.random.choice(("asc", "desc"))}]
        return self._get("worklist", end=100, order=json.dumps(order))

    def detail(self) -> httpx.Response:
        return self._get(f"suggestions/{self._line()['suggestion_id']}")

    def preview(self) -> httpx.Response:
        return self._get(f"suggestions/{self._line()['suggestion_id']}/preview", quantity=self.random.randrange(400))

    def approve(self) -> httpx.Response:
        line = self._line()
        seen = {name: line[name] for name in ("suggestion_id", "version", "quantity")}
        return self.browser.post(API + "approve", json=seen, headers={"x-csrf-token": self.word})

    def _get(self, path: str, **words: object) -> httpx.Response:
        return self.browser.get(API + path, params=words)

    def _line(self) -> dict:
        return self.random.choice(self.lines["lines"])


def main() -> None:
    """Let them work, and print what they waited."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--planners", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--think", type=float, default=1.0, help="mean seconds between two steps of one planner")
    parser.add_argument("--suggestions", type=int, default=50_000)
    parser.add_argument("--days", type=int, default=180, help="of demand, of each")
    asked = parser.parse_args()
    took: dict[str, list[float]] = defaultdict(list)
    names = [f"p{number}" for number in range(asked.planners)]
    with (
        tempfile.TemporaryDirectory() as folder,
        served(make(Path(folder) / "many", asked.suggestions, asked.days), names) as (base, pid),
    ):
        # Signing in is slow on purpose: it is not part of the crowd.
        people = [Planner(base, number, 0.0, asked.think, took) for number in range(asked.planners)]
        until = time.monotonic() + asked.seconds
        for planner in people:
            planner.until = until
            planner.start()
        for planner in people:
            planner.join()
        errors = [error for planner in people for error in planner.errors]
        print(
            f"{asked.planners} planners, {asked.seconds:g} s, {asked.suggestions:,} suggestions: {len(errors)} errors"
        )
        together = [each for times in took.values() for each in times]
        for kind, times in [*sorted(took.items()), ("all", together)]:
            ordered = sorted(times)
            p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
            print(f"{kind:<10} n={len(times):5} median={statistics.median(times) * 1e3:7.1f}ms p95={p95 * 1e3:7.1f}ms")
        print(f"server memory now {memory(pid, 'VmRSS')} MB, most {memory(pid, 'VmHWM')} MB")
        for error in errors[:10]:
            print(error)


if __name__ == "__main__":
    main()
