"""Every fault that the dirt dial puts into a delivery is found by ingestion as what it is, and none is invented."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from reading import Reading
from statement_samples import LINE, statement_lines

from contracts import table as contract
from pipelines.ingestion.arrival import arrived
from simulator.exports.arrow import rows_table
from simulator.exports.dialects import ForeignFile, speak
from simulator.exports.dirt import Dirt
from simulator.exports.files import Delivery, write_file
from simulator.parameters import Dirt as Dials
from simulator.streams import Streams
from simulator.times import CHINA

FIRST = datetime(2026, 1, 5, tzinfo=CHINA)
ORDER, LEDGER, STOCK = "order.sales_order", "inventory.stock_ledger", "inventory.stock_snapshot"
PRICE, SHOP = "product.price", "order.shop"
TABLES = (ORDER, LEDGER, STOCK, PRICE, SHOP)
DAYS, AFTERWARDS = 4, 3
DELAY = 2
HEAVY = Dials(
    bad_row_share=0.12, duplicate_row_share=0.05, late_row_share=0.06, corrected_row_share=0.05, older_row_share=0.05,
    mutated_row_share=0.05, ghost_row_share=0.04, delay_days_max=DELAY, repeated_file_share=0.08, drift_file_share=0.2,
    growing_file_share=0.05, wrong_total_file_share=0.08, truncated_file_share=0.08,
)  # fmt: skip
STATES = ["pending_pay", "paid", "audited", "allocated", "shipped", "delivered", "completed"]


def tables_of(day: int) -> dict[str, pa.Table]:
    """A day's news: new orders, earlier ones a state further, moves, the stock of the night, prices, shops."""
    dawn, night = FIRST + timedelta(days=day), FIRST + timedelta(days=day + 1)
    orders = [
        {
            "order_id": f"O{born:02d}-{n}", "order_no": f"69{born}{n:05d}", "shop_id": "S1", "order_type": "normal",
            "fulfil_mode": "own", "status": STATES[day - born], "currency": "CNY", "is_cod": False,
            "ordered_at": FIRST + timedelta(days=born, minutes=n), "goods_amount": Decimal(100 + n),
            "paid_amount": Decimal(100 + n), "payable_amount": Decimal(100 + n), "warehouse_id": "WH1",
            "updated_at": dawn + timedelta(hours=12, seconds=n),
        }
        for born in range(max(0, day - 3), day + 1) for n in range(40)
    ]  # fmt: skip
    ledger = [
        {"ledger_id": f"L{day:02d}{n:04d}", "occurred_at": dawn + timedelta(minutes=n), "warehouse_id": "WH1",
         "sku_id": f"K{n % 7}", "stock_status": "sellable", "move_type": "sale_out", "qty_delta": -1,
         "bucket": "on_hand", "qty_before": 1000 - n, "qty_after": 999 - n, "ref_type": "sales_order"}
        for n in range(100)
    ]  # fmt: skip
    stock = [
        {"warehouse_id": f"WH{n % 2}", "sku_id": f"K{n // 2}", "stock_status": "sellable", "owner_party_id": "self",
         "as_of": night, "on_hand_qty": 50 + n, "locked_qty": n, "unit_cost": Decimal("12.34")}
        for n in range(40)
    ]  # fmt: skip
    prices = [
        {"sku_id": f"K{n}", "price_type": "promo", "shop_id": "*", "min_qty": 1, "valid_from": night,
         "price": Decimal("99.90") + n, "currency": "CNY", "updated_at": dawn + timedelta(hours=9)}
        for n in range(90)
    ]  # fmt: skip
    shops = [{"shop_id": f"S{n}", "shop_name": f"店 {n}", "platform": "tmall"} for n in range(12)] if day == 0 else []
    rows = {ORDER: orders, LEDGER: ledger, STOCK: stock, PRICE: prices, SHOP: shops}
    return {name: rows_table(name, found) for name, found in rows.items() if found}


def delivery_of(day: int) -> Delivery:
    return Delivery(FIRST + timedelta(days=day), FIRST + timedelta(days=day + 1))


def truth_of(folder: Path) -> list[dict]:
    files = sorted(folder.glob("*.dirt.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]


class Run:
    """The same days delivered with dirt, read after each day."""

    def __init__(self, folder: Path, dials: Dials, seed: int = 52) -> None:
        self.reading = Reading(folder / "inbox")
        dirt = Dirt(dials, Streams(seed), folder / "truth")
        self.outcomes = []
        for day in range(DAYS + AFTERWARDS):
            dirt.deliver(tables_of(day) if day < DAYS else {}, self.reading.inbox, delivery_of(day))
            dirt.finish_growing()
            self.outcomes += self.reading.load()
        self.truth = truth_of(folder / "truth")

    def told(self, *outcomes: str) -> list[dict]:
        return [fault for fault in self.truth if fault["outcome"] in outcomes]


@pytest.fixture(scope="module")
def dirty(tmp_path_factory) -> Run:
    return Run(tmp_path_factory.mktemp("dirty"), HEAVY)


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Reading:
    reading = Reading(tmp_path_factory.mktemp("clean") / "inbox")
    for name in TABLES:
        rows = pa.concat_tables(tables_of(day)[name] for day in range(DAYS) if name in tables_of(day))
        write_file(reading.inbox, name, rows.unify_dictionaries(), delivery_of(DAYS))
    assert {one.status for one in reading.load()} == {"loaded"}
    return reading


def test_every_bad_row_is_quarantined_for_its_own_reason_and_no_other_row_is(dirty):
    told = sorted((fault["file"], fault["line"], fault["reason"]) for fault in dirty.told("quarantined"))
    found = dirty.reading.rows("select file_name, line_no, reason_code from control.quarantine order by all")
    assert found == told and len(told) > 50


def test_all_kinds_of_bad_rows_of_a_feed_come_in_turn(dirty):
    kinds = {fault["kind"] for fault in dirty.told("quarantined")}
    assert kinds >= {
        "wrong_type", "missing_key", "missing_value", "bad_date", "negative", "unknown_value", "float_id",
        "mangled_id", "truncated_id", "long_id", "control_character", "surplus", "whitespace_id", "too_large",
        "undecodable", "fraction", "mutated_fact",
    }  # fmt: skip


def test_files_are_kept_out_whole_only_where_the_truth_says_so(dirty):
    told = {(f["file"], f["outcome"], f["reason"]) for f in dirty.told("held", "refused")}
    kept_out = [one for one in dirty.outcomes if one.status in ("held", "refused")]
    assert {(one.file_name, one.status, one.reason.split(":")[0]) for one in kept_out} == told
    assert {reason for *_, reason in told} == {"totals_differ", "content_differs", "missing_column"}
    repeated = {fault["file"] for fault in dirty.told("duplicate") if fault["kind"] == "repeated_file"}
    assert {one.file_name for one in dirty.outcomes if one.status == "duplicate"} == repeated and repeated


def test_rows_of_every_file_add_up_to_what_the_truth_expects(dirty):
    loaded = [one for one in dirty.outcomes if one.status == "loaded"]
    expected = {
        outcome: Counter(fault["file"] for fault in dirty.told(outcome) if fault["line"])
        for outcome in ("quarantined", "duplicate", "history")
    }
    for one in loaded:
        assert one.rows_in == one.rows_loaded + one.rows_quarantined + one.rows_duplicate + one.rows_superseded
        assert (one.rows_quarantined, one.rows_duplicate, one.rows_superseded) == tuple(
            expected[outcome][one.file_name] for outcome in expected
        ), one
    assert all(sum(expected[outcome].values()) > 10 for outcome in expected)


def test_changed_columns_are_listed_as_drift_and_no_others(dirty, clean):
    told = {(f["file"], f["reason"], f["column"]) for f in dirty.told("drift")}
    listed = "select file_name, kind, column_name from control.drift"
    usual = {(contract_name(file), kind, column) for file, kind, column in clean.rows(listed)}
    found = {row for row in dirty.reading.rows(listed) if (contract_name(row[0]), *row[1:]) not in usual}
    assert found == told and told


def contract_name(file: str) -> str:
    return ".".join(file.split(".")[:2])


@pytest.mark.parametrize("name", TABLES)
def test_in_the_end_the_same_is_known_as_of_clean_files(dirty, clean, name):
    """But for states that were bad on their day, columns that were renamed, and what was deleted."""
    renamed = {f["column"].removesuffix("_v2") for f in dirty.told("drift") if f["table"] == name}
    columns = [c.name for c in contract(name).columns if c.name not in renamed]
    listed = ", ".join(columns)
    raw = f"raw.{contract(name).raw_name}"
    known = f"select {listed} from {raw} where not coalesce(is_deleted, false)"
    only_dirty = dirty.reading.rows(known)
    expected = clean.rows(known)
    lost = sum(fault["table"] == name for fault in dirty.told("quarantined"))
    assert set(only_dirty) <= set(expected), set(only_dirty) - set(expected)
    if contract(name).semantics == "snapshot":
        assert len(expected) - len(only_dirty) == lost > 0
    else:
        assert len(only_dirty) == len(expected)


def test_ghosts_end_as_deleted_rows(dirty):
    ghosts = {tuple(fault["key"]) for fault in dirty.truth if fault["kind"] == "ghost"}
    deleted = {tuple(fault["key"]) for fault in dirty.told("deleted")}
    found = dirty.reading.rows("select source_system, order_id from raw.order__sales_order where is_deleted")
    assert ghosts == deleted and {key for key in ghosts if key[1].startswith("GHOST")} == ghosts
    assert set(found) <= ghosts and found


def test_without_dirt_the_files_are_the_clean_ones(tmp_path):
    dirt = Dirt(Dials(), Streams(1), tmp_path / "truth")
    paths = dirt.deliver(tables_of(0), tmp_path / "dial", delivery_of(0))
    (tmp_path / "clean").mkdir()
    for name, rows in tables_of(0).items():
        write_file(tmp_path / "clean", name, rows, delivery_of(0))
    assert contents(tmp_path / "dial") == contents(tmp_path / "clean") and len(paths) == len(TABLES)
    assert truth_of(tmp_path / "truth") == []


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_dirt(tmp_path):
    for name in ("one", "two"):
        dirt = Dirt(HEAVY, Streams(3), tmp_path / name / "truth")
        for day in range(3):
            dirt.deliver(tables_of(day), tmp_path / name / "inbox", delivery_of(day))
    for part in ("inbox", "truth"):
        assert contents(tmp_path / "one" / part) == contents(tmp_path / "two" / part)


def test_the_truth_lies_outside_the_inbox_and_tells_where_each_fault_stands(dirty):
    assert not [path for path in dirty.reading.inbox.rglob("*") if "dirt" in path.name]
    for fault in dirty.told("quarantined"):
        line = (dirty.reading.inbox / fault["file"]).read_bytes().split(b"\n")[fault["line"] - 1]
        became = fault["became"]
        assert became == "\ue000" or became.encode() in line


def test_a_growing_file_is_left_alone_until_its_rest_is_there(tmp_path):
    dirt = Dirt(Dials(growing_file_share=1.0), Streams(1), tmp_path / "truth")
    reading = Reading(tmp_path / "inbox")
    tables = {ORDER: tables_of(0)[ORDER]}
    [path] = dirt.deliver(tables, reading.inbox, delivery_of(0))
    rests = path.stat().st_mtime
    assert arrived([path], 10, now=lambda: rests, sleep=lambda seconds: dirt.finish_growing()) == ([], [path])
    assert arrived([path], 10, now=lambda: rests) == ([path], [])
    [outcome] = reading.load()
    assert (outcome.status, outcome.rows_in, outcome.rows_loaded) == ("loaded", 40, 40)


def test_faults_of_whole_files_reach_real_formats_too(tmp_path):
    reading = Reading(tmp_path / "inbox", ["wechat_pay", "alipay"])
    dials = (Dials(drift_file_share=1.0), Dials(truncated_file_share=1.0), Dials(repeated_file_share=1.0))
    told = []
    for number, some in enumerate(dials, 1):
        dirt = Dirt(some, Streams(1), tmp_path / "truth")
        dirt.deliver({}, reading.inbox, delivery_of(0), bills(number))
        told += truth_of(tmp_path / "truth")
        dirt.deliver({}, reading.inbox, delivery_of(1))
    found = Counter((one.status, one.reason and one.reason.split(":")[0]) for one in reading.load())
    assert found[("loaded", None)] == 6 and found[("refused", "content_differs")] == 2
    assert found.total() == 10 and sum(n for (status, _), n in found.items() if status == "duplicate") == 2
    drifts = {(f["file"], f["reason"], f["column"]) for f in told if f["outcome"] == "drift"}
    assert drifts == set(
        reading.rows("select file_name, kind, column_name from control.drift where kind like 'renamed%'")
    )
    assert {column for *_, column in drifts} == {"应结订单金额", "收入金额（+元）"}
    assert reading.rows("select count(*) from raw.payment__channel_statement_line") == [(60,)]


def bills(number: int) -> list[ForeignFile]:
    lines = statement_lines("wechat", f"190000000{number}") + statement_lines("alipay", f"208800000000000{number}")
    rest, files = speak({LINE: rows_table(LINE, lines)}, delivery_of(0), ["wechat_pay", "alipay"])
    assert not rest
    return files
