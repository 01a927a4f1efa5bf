"""Rows in quarantine are closed by what mends them, and by nothing else."""

from datetime import UTC, datetime

import pytest

from pipelines.ingestion.ingest import Clock
from pipelines.ingestion.replay import replay_files
from pipelines.ingestion.resolution import QuarantineError, find, waive

HEADER = "order_id,shop_id,ordered_at,status,goods_amount,updated_at\n"
FIRST = "order.sales_order.all.20260901.1.csv"
LATER = Clock(datetime(2026, 12, 1, tzinfo=UTC), "Asia/Shanghai")
TILLS = """
  - pattern: "till*.csv"
    profile: {format: csv}
    targets:
      - table: order.shop
        columns: {shop_id: ID, shop_name: NAME, merchant_id: %s}
"""


def line(order: str, amount: str = "10.00", updated_at: str = "2026-09-01 10:00:00") -> str:
    return f"{order},S1,2026-09-01 09:00:00,paid,{amount},{updated_at}\n"


# Few bad rows are let through, a file full of them is held.
GOOD = "".join(line(f"A{n}") for n in range(8))


def statuses(desk) -> list[tuple]:
    return desk.rows("select line_no, reason_code, status from control.quarantine order by first_seen, line_no, status")


def loaded(desk) -> list[tuple]:
    return desk.rows("select order_id, goods_amount::text from raw.order__sales_order where order_id > 'A9' order by 1")


def test_a_later_delivery_of_the_key_in_order_closes_the_row(desk):
    desk.deliver(FIRST, HEADER + GOOD + line("B", "lots"))
    desk.deliver("order.sales_order.all.20260902.1.csv", HEADER + line("C"), clock=LATER)
    assert statuses(desk) == [(10, "not_an_amount", "open")]
    mended = "order.sales_order.all.20260903.1.csv"
    desk.deliver(mended, HEADER + line("B", "12.00", "2026-09-01 11:00:00"), clock=LATER)
    assert statuses(desk) == [(10, "not_an_amount", "superseded")]
    assert desk.rows("select resolved_by, resolved_load_id is null from control.quarantine") == [(mended, False)]
    assert ("B", "12.0000") in loaded(desk)


def test_an_older_version_of_the_key_does_not_close_the_row(desk):
    desk.deliver(FIRST, HEADER + GOOD + line("B", "lots", "2026-09-01 12:00:00"))
    desk.deliver("order.sales_order.all.20260903.1.csv", HEADER + line("B", "9.00", "2026-09-01 11:00:00"), clock=LATER)
    assert statuses(desk) == [(10, "not_an_amount", "open")]


def test_an_older_delivery_that_arrives_late_does_not_close_the_row(desk):
    known = {"contract": "order.sales_order", "extracted_at": "2026-09-05T00:00:00+08:00"}
    desk.deliver(FIRST, HEADER + GOOD + line("B", "lots", ""), known)
    older = {"contract": "order.sales_order", "extracted_at": "2026-09-04T00:00:00+08:00"}
    desk.deliver("order.sales_order.all.20260831.1.csv", HEADER + line("B", "9.00", ""), older, clock=LATER)
    assert statuses(desk) == [(10, "not_an_amount", "open")]


def test_the_corrected_file_under_its_dated_name_closes_all_its_rows_and_loads_nothing_twice(desk):
    """Rows that cannot be taken apart have no key: only the file itself can answer for them."""
    desk.deliver(FIRST, HEADER + GOOD + "B,S1,too,short\n" + line("C", "lots"))
    assert [status for *_, status in statuses(desk)] == ["open", "open"]
    desk.deliver(FIRST, HEADER + GOOD + line("B") + line("C"), clock=LATER)
    assert [status for *_, status in statuses(desk)] == ["superseded", "superseded"]
    assert loaded(desk) == [("B", "10.0000"), ("C", "10.0000")]


def test_the_next_file_of_an_undated_name_does_not_close_rows_it_does_not_hold(desk, map_from):
    tills = [map_from(TILLS % "STATE")]
    desk.deliver("till.csv", "ID,NAME,STATE\n" + "S1,One,open\n" * 9 + "S2,Two\n", mappings=tills)
    desk.deliver("till.csv", "ID,NAME,STATE\nS3,Three,open\n", mappings=tills, clock=LATER)
    assert [status for *_, status in statuses(desk)] == ["open"]


def test_a_fact_that_contradicts_a_known_one_stays_open_when_the_known_one_is_sent_again(desk):
    header = "ledger_id,occurred_at,warehouse_id,sku_id,move_type,qty_delta,bucket\n"
    name = "inventory.stock_ledger.all.2026090{}.1.csv"
    fact = "L1,2026-09-01 10:00:00,W1,SKU1,receipt,{},on_hand\n"
    for day, quantity in enumerate((5, 7, 5), start=1):
        desk.deliver(name.format(day), header + fact.format(quantity) + fact.format(5).replace("L1", f"M{day}"))
    assert [status for _, reason, status in statuses(desk) if reason == "mutated_fact"] == ["open"]


def test_a_mended_mapping_loads_the_rows_at_the_next_run_and_closes_them_as_replayed(desk, map_from):
    file = desk.file("till.csv", "ID,NAME,STATE\n" + "".join(f"S{n},Shop {n},\n" for n in range(9)) + ",Nameless,\n")
    broken = map_from(TILLS % "STATE", version="1.0")
    desk.ingest(file, mappings=[broken])
    assert statuses(desk) == [(11, "missing_key", "open")]
    mended = map_from(
        TILLS.replace("shop_id: ID", "shop_id: \"coalesce(nullif(ID, ''), 'unnamed')\"") % "STATE", version="1.1"
    )
    desk.ingest(file, mappings=[mended], clock=LATER)
    assert statuses(desk) == [(11, "missing_key", "replayed")]
    assert desk.rows("select count(*) from raw.order__shop") == [(10,)]


def test_replay_under_the_same_rules_leaves_a_bad_row_open_under_its_old_date_and_doubles_nothing(desk):
    file = desk.file(FIRST, HEADER + GOOD + line("B", "lots"))
    desk.ingest(file)
    before, seen = desk.known("order.sales_order"), desk.rows("select min(first_seen) from control.quarantine")
    for _ in range(2):
        [outcome], absent = replay_files(desk.connection, [file], [], LATER)
        assert outcome.accounted == outcome.rows_in == 9 and absent == []
    assert desk.known("order.sales_order") == before
    assert sorted(status for *_, status in statuses(desk)) == ["open", "replayed", "replayed"]
    assert desk.rows("select min(first_seen) from control.quarantine where status = 'open'") == seen


def test_replay_names_the_files_that_are_gone_or_changed(desk):
    file = desk.file(FIRST, HEADER + GOOD + line("B", "lots"))
    desk.ingest(file)
    file.unlink()
    assert replay_files(desk.connection, [], [], LATER) == ([], [FIRST])
    with pytest.raises(QuarantineError, match=r"nobody\.csv"):
        replay_files(desk.connection, [], [], LATER, "nobody.csv")


def test_a_row_is_waived_for_a_reason_once(desk):
    desk.deliver(FIRST, HEADER + GOOD + line("B", "lots"))
    [(row,)] = desk.rows("select quarantine_id from control.quarantine")
    with pytest.raises(QuarantineError, match="reason"):
        waive(desk.connection, [row], "  ", "li", LATER.loaded_at)
    assert waive(desk.connection, [row[:8]], "test order", "li", LATER.loaded_at) == [(FIRST, 10, "not_an_amount")]
    kept = find(desk.connection, row)
    assert (kept["status"], kept["resolved_by"], kept["resolution"]) == ("waived", "li", "test order")
    with pytest.raises(QuarantineError, match="waived already"):
        waive(desk.connection, [row], "again", "li", LATER.loaded_at)
    with pytest.raises(QuarantineError, match="no row"):
        waive(desk.connection, ["zz"], "none", "li", LATER.loaded_at)
