"""A warm process does a dbt pass by what dbt asked before, and decides what an ordinary run decides."""

import shutil
from datetime import datetime

import duckdb
import pytest
from sample_workspace import table_hashes

from pipelines.cycle import MARTS_BESIDE, PASS_END, TESTS_BESIDE, Cycle
from pipelines.lineage import Lineage
from pipelines.rehearsal import Rehearsal, Statement, UnrehearsedError
from pipelines.runner import in_parts, run_job, turn, waits_for
from pipelines.simulation import LEFT_OUT, Loop
from pipelines.transformation import AFTER_PLAN, PLANNING, rehearsal
from pipelines.workspace import Workspace
from simulator.times import as_datetime, moment

SENT = (
    "marts.replenishment_suggestion", "marts.purchase_order_action", "marts.transfer_suggestion", "marts.pick_task",
    "marts.carrier_choice",
)  # fmt: skip
MODEL, TEST, OF_SOURCE = "model.shop.sold", "test.shop.some_sold", "test.shop.orders_have_ids"


def event(node: str) -> dict:
    return {"data": {"node_info": {"unique_id": node, "node_name": node}}}


PASSED = Statement("select 0, false, false", [(0, False, False)])


def kept(model: list[Statement], test: Statement = PASSED) -> Rehearsal:
    parents = {TEST: (MODEL,), OF_SOURCE: ("source.shop.order.sales_order",)}
    made = Rehearsal(Lineage(parents, {"sold": MODEL}))
    made.learn({MODEL: model, TEST: [test]}, [event(node) for node in (MODEL, TEST, OF_SOURCE)], ["order.sales_order"])
    return made


def test_statements_are_said_again_in_their_order():
    told, insert = [], Statement("insert into sold values (2)", None)
    made = kept([Statement("create or replace table sold as select 1 as units", None), insert])
    with duckdb.connect() as connection:
        made.perform([connection], [MODEL, TEST], told.append)
        assert connection.execute("from sold").fetchall() == [(1,), (2,)]
    assert told == [event(MODEL), event(TEST)]


def test_whether_it_is_a_pass_is_asked_once_and_all_else_as_often_as_before():
    is_pass = "/* {} */ select /* once in a pass */ exists (from duckdb_tables() where table_name = 'increment')"
    asked = [Statement(is_pass.format(node), [(True,)]) for node in ("one", "other")]
    counted = Statement("select nextval('asked')", [(1,)])
    made = kept([asked[0], counted, Statement("drop table increment", None), asked[1]])
    with duckdb.connect() as connection:
        connection.execute("create table increment (turn int); create sequence asked")
        made.perform([connection], [MODEL, TEST], lambda event: None)
        connection.execute("create table increment (turn int)")
        with pytest.raises(UnrehearsedError, match=MODEL):
            made.perform([connection], [MODEL, TEST], lambda event: None)


def test_what_is_answered_otherwise_ends_the_pass_and_is_for_dbt():
    failing = Statement("select 1, true, true", [(0, False, False)])
    made = kept([Statement("create table sold (units int)", None)], failing)
    with duckdb.connect() as connection:
        with pytest.raises(UnrehearsedError, match=TEST):
            made.perform([connection], [MODEL, TEST], lambda event: None)
        # It is built anew, whole.
        assert connection.execute("show tables").fetchall() == [("sold",)]


def test_a_node_that_fails_takes_back_what_was_built_with_it_on_either_connection():
    one, other, third = "model.shop.one", "model.shop.other", "model.shop.third"
    asked = {name: [Statement(f"create table {name.split('.')[2]} (units int)", None)] for name in (one, other)}
    asked[third] = [Statement("select no_such_column", None)]
    made = Rehearsal(Lineage({third: (one,), other: (one,)}, {}))
    made.learn(asked, [event(name) for name in (one, other, third)], [])
    with duckdb.connect() as connection, connection.cursor() as beside:
        with pytest.raises(UnrehearsedError, match=third):
            made.perform([connection, beside], [one, other, third], lambda event: None)
        assert connection.execute("show tables").fetchall() == [("one",)]


def test_models_side_by_side_see_what_they_stand_on():
    names = [f"model.shop.level_{level}_{number}" for level in range(4) for number in range(3)]
    parents = {name: tuple(names[at - at % 3 - 3 : at - at % 3]) for at, name in enumerate(names) if at >= 3}
    # Views stand as they are and are no nodes of the pass.
    parents[names[5]] = ("model.shop.view",)
    parents["model.shop.view"] = tuple(names[:3])
    asked = {}
    for name in names:
        above = parents.get(name, ())
        read = names[:3] if above == ("model.shop.view",) else above
        sums = " + ".join(f"(select units from {parent.split('.')[2]})" for parent in read) or "1"
        asked[name] = [Statement(f"create or replace table {name.split('.')[2]} as select {sums} as units", None)]
    made = Rehearsal(Lineage(parents, {}))
    made.learn(asked, [event(name) for name in names], [])
    with duckdb.connect() as connection, connection.cursor() as beside:
        for _ in range(5):
            assert made.perform([connection, beside], names, lambda event: None) == [event(name) for name in names]
        found = [connection.execute(f"select units from {name.split('.')[2]}").fetchone()[0] for name in names]
    assert found == [3**level for level in range(4) for _ in range(3)]


def test_marts_that_the_first_plan_does_not_read_are_a_part_of_their_own():
    fact, mart, other = "model.shop.fact", "model.shop.sold", "model.shop.shown"
    tests = [f"test.shop.{name}_holds" for name in ("sold", "shown")]
    parents = {mart: (fact,), other: (fact,), tests[0]: (mart,), tests[1]: (other,)}
    made = Rehearsal(Lineage(parents, {"sold": mart, "shown": other}))
    # A fact that replaces what changed is no mart that may wait.
    assert made.parts([other, tests[1], fact, mart, tests[0]], {"sold"}) == (
        [fact, mart],
        [other],
        [tests[1], tests[0]],
    )


ABOVE = {"forecast": {"dbt_planning"}, "waves": {"dbt_planning"}, "replenishment": {"dbt_planning", "forecast"}}


def test_the_first_plan_waits_for_no_other_mart_and_no_plan_for_tests():
    tasks = in_parts(["ingest", "dbt_planning", "forecast", "waves", "replenishment", "send"])
    assert tasks[2:-1] == ["marts_beside", "forecast", "replenishment", "waves", "tests_beside", "pass_end"]
    named = {
        name: {tasks[place] for place in before} for name, before in zip(tasks, waits_for(tasks, ABOVE), strict=True)
    }
    assert named["forecast"] == {"ingest", "dbt_planning"}
    assert named["waves"] == {"ingest", "dbt_planning", "marts_beside"}
    assert named["replenishment"] == named["waves"] | {"forecast"}
    assert named["tests_beside"] == named["waves"]
    assert named["pass_end"] == set(tasks[:-2]) and named["send"] == set(tasks[:-1])


def test_a_job_without_the_first_plan_is_not_parted():
    assert in_parts(["ingest", "dbt_planning", "waves"]) == ["ingest", "dbt_planning", "waves"]


def test_a_test_may_find_more_rows_but_not_fail_where_it_passed():
    warned = Statement("select 3, true, false", [(2, True, False)])
    failing = Statement("select 3, true, true", [(0, False, False)])
    with duckdb.connect() as connection:
        assert kept([], warned).perform([connection], [TEST], lambda event: None) == [event(TEST)]
        with pytest.raises(UnrehearsedError, match=TEST):
            kept([], failing).perform([connection], [TEST], print)


def test_tests_of_a_source_run_when_it_brought_something_and_an_unknown_source_is_for_dbt():
    made = kept([])
    assert made.nodes(["order.sales_order"]) == [MODEL, TEST, OF_SOURCE]
    assert made.nodes([]) == [MODEL, TEST]
    assert made.knows([]) and not made.knows(["order.shop"])
    made.forget()
    assert not made.knows([])


def test_a_mart_that_nobody_reads_is_left_out_with_its_tests_unless_another_stands_on_it():
    names = ("model.shop.fact", "model.shop.level", "model.shop.shown", "model.shop.chart", "test.shop.chart_is_right")
    fact, level, shown, chart, right = names
    parents = {level: (fact,), shown: (level,), chart: (level,), right: (chart,)}
    found = Lineage(parents, {"level": level, "shown": shown, "chart": chart})
    assert found.unread(names, ["shown"]) == {chart, right}
    assert found.unread(names, ["chart", "fact"]) == {shown}
    assert found.unread(names, []) == {level, shown, chart, right}


def test_a_day_of_a_warm_process_decides_what_an_ordinary_run_decides(loop, tmp_path):
    at = as_datetime(moment(loop.world.day))
    passes = [rehearsal(loop.workspace, loop.settings, which) for which in (PLANNING, AFTER_PLAN)]
    assert all(which.is_kept for which in passes), "the day before went the usual way"
    warm, sparing, ordinary = (day_again(loop, tmp_path / name, at) for name in ("warm", "sparing", "ordinary"))
    sparing.is_alone = True  # other marts and all tests are made beside plans
    turn(warm, "daily_decisions")
    turn(sparing, "daily_decisions", LEFT_OUT)
    assert set(sparing.left) == {MARTS_BESIDE, TESTS_BESIDE, PASS_END}
    for cycle in (warm, sparing):
        cycle.release()
    assert all(which.is_kept for which in passes), "dbt was not needed"
    for which in passes:
        which.forget()
    run_job(ordinary, "daily_decisions")
    hashes = table_hashes(ordinary.workspace)
    assert table_hashes(warm.workspace) == hashes
    # A simulated day makes less, and of what is sent the same.
    made = table_hashes(sparing.workspace)
    assert {name: made[name] for name in SENT} == {name: hashes[name] for name in SENT}
    assert made["marts.clearance_suggestion"] != hashes["marts.clearance_suggestion"]


def day_again(loop: Loop, folder, at: datetime) -> Cycle:
    """The loop's last day once more, from the warehouse that was kept before it."""
    shutil.copytree(loop.workspace.root, folder, ignore=shutil.ignore_patterns("warehouse.duckdb", "leases"))
    (folder / "day_before.duckdb").rename(folder / "warehouse.duckdb")
    return Cycle(Workspace(folder), loop.settings, loaded_at=at)
