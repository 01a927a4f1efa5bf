"""No mart makes every row of one table meet every row of another.

A condition on one side alone (`and move_type = 'po_in'`) in a left join takes the hash join away from DuckDB: the join
becomes a loop over all pairs, which is fast on a sample and takes a minute on half a year. The side that the condition
is about computes its key beforehand instead.
"""

import json
import re
from pathlib import Path

import duckdb
import pytest

BETWEEN_COLUMNS = re.compile(r"\(\w+ = \w+\)")
OF_ONE_SIDE = re.compile(r"\w+ (?:=|!=|<|>|<=|>=) '|\w+ IS (?:NOT )?NULL")


def loops(plan: dict) -> list[str]:
    """Conditions of the outer joins in a plan that are loops although columns of both sides are equal."""
    condition = str(plan.get("extra_info", {}).get("Condition") or plan.get("extra_info", {}).get("Conditions"))
    outer = plan.get("extra_info", {}).get("Join Type") in ("LEFT", "RIGHT", "OUTER")
    found = [condition] if "NL_JOIN" in plan["name"] and outer and BETWEEN_COLUMNS.search(condition) else []
    found = [text for text in found if OF_ONE_SIDE.search(text)]
    return found + [text for child in plan.get("children", []) for text in loops(child)]


def test_no_outer_join_of_a_mart_is_a_loop_for_want_of_a_key(planned):
    compiled = sorted(Path(planned.dbt_target).glob("compiled/supplyloop/models/**/*.sql"))
    models = [path for path in compiled if not path.parent.name.endswith(".yml")]
    assert len(models) > 50
    with duckdb.connect(str(planned.warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'")
        plans = {path.stem: _plans(connection, path.read_text(encoding="utf-8")) for path in models}
    assert {name: found for name, found in plans.items() if found} == {}


def _plans(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    [(_, text)] = connection.execute(f"explain (format json) {sql}").fetchall()
    return [condition for plan in json.loads(text) for condition in loops(plan)]


@pytest.mark.parametrize(("condition", "is_loop"), [("and a.kind = 'x'", True), ("and a.b >= b.b", False), ("", False)])
def test_the_promise_sees_such_a_loop(condition, is_loop):
    connection = duckdb.connect()
    connection.execute("create table a as select range::varchar as id, 'x' as kind, range as b from range(5000)")
    connection.execute("create table b as select range::varchar as id2, range as b from range(5000)")
    found = _plans(connection, f"select * from a left join b on a.id = b.id2 {condition}")
    assert bool(found) == is_loop
