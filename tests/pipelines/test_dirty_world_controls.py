"""On the export of a dirty world the controls measure what the truth file says is missing, and nothing else."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
from marts_alone import load_and_build
from sample_workspace import make_workspace

from contracts import table as contract
from simulator.choice import choose
from simulator.exports.daily import collect
from simulator.exports.dirt import Dirt
from simulator.exports.dirt.sheet import Row, Sheet, key_of
from simulator.exports.files import Delivery, write_file
from simulator.exports.policy import write_policy
from simulator.parameters import Dirt as Dials
from simulator.streams import Streams
from simulator.times import as_datetime, moment
from simulator.world import World

VOUCHER, TXN, STATEMENT, LEDGER = DIRTY = (
    "finance.voucher_line", "payment.payment_txn", "payment.channel_statement_line", "inventory.stock_ledger",
)  # fmt: skip
# What comes later comes within a day. Enough that every table misses some, and a posted line is among the rewritten.
DIALS = Dials(
    bad_row_share=0.02, late_row_share=0.02, duplicate_row_share=0.02, mutated_row_share=0.02, delay_days_max=1,
)  # fmt: skip
DAYS = 32  # a month's end is among them


@pytest.fixture(scope="module")
def dirty(tmp_path_factory) -> SimpleNamespace:
    """A workspace on the dirty export, its controls measured; what to deliver next, and the clean rows by table."""
    world = World.of(choose("tiny"))
    world.live(DAYS)
    tables = collect(world)
    folder = tmp_path_factory.mktemp("dirty")
    workspace = make_workspace(folder / "demo", sample=False)
    write_policy(world, workspace.policy)
    end = as_datetime(moment(world.day))
    first = Delivery(as_datetime(moment(world.masters.first_day)), end)
    for name in tables.keys() - set(DIRTY):
        write_file(workspace.inbox, name, tables[name], first)
    dirt = Dirt(DIALS, Streams(3), folder / "truth")
    dirt.deliver({name: tables[name] for name in DIRTY}, workspace.inbox, first)
    load_and_build(workspace, "control_result")
    return SimpleNamespace(
        workspace=workspace,
        clean={name: Sheet.of(name, rows).rows for name, rows in tables.items()},
        faults=_faults(folder / "truth"),
        catch_up=lambda: dirt.deliver({}, workspace.inbox, Delivery(end, end + timedelta(days=1))),
        truth=folder / "truth",
    )


def _faults(truth: Path) -> list[dict]:
    return [json.loads(line) for path in sorted(truth.glob("*.jsonl")) for line in path.read_text().splitlines()]


def _missing(dirty: SimpleNamespace, name: str) -> list[Row]:
    """Clean rows of a table that the platform cannot know yet."""
    gone = {tuple(f["key"]) for f in dirty.faults if f["table"] == name and f["outcome"] in ("quarantined", "absent")}
    rows = [row for row in dirty.clean[name] if key_of(contract(name), row) in gone]
    assert rows, f"the dials put nothing into {name}"
    return rows


def _sums(pairs: Iterable[tuple[object, Decimal]]) -> dict[object, Decimal]:
    sums: defaultdict[object, Decimal] = defaultdict(Decimal)
    for key, amount in pairs:
        sums[key] += amount
    return {key: amount for key, amount in sums.items() if amount}


def _off(sums: dict[object, Decimal]) -> tuple[int, Decimal]:
    return len(sums), sum(map(abs, sums.values()), Decimal(0))


def _vouchers(dirty: SimpleNamespace) -> dict[str, tuple[int, Decimal]]:
    lines = _missing(dirty, VOUCHER)
    stock = {row["account_code"] for row in dirty.clean["reference.account"] if row["role"] == "inventory"}
    balances, held = {}, Decimal(0)
    amounts = [(row, Decimal(row["debit"]) - Decimal(row["credit"])) for row in lines]
    for period in sorted({row["period"] for row in dirty.clean["finance.inventory_valuation"]}):
        held += sum(fen for row, fen in amounts if row["period"] == period and row["account_code"] in stock)
        balances[period] = held
    return {
        "voucher_balances": _off(_sums((row["voucher_id"], fen) for row, fen in amounts)),
        "valuation_is_ledger_balance": _off({period: fen for period, fen in balances.items() if fen}),
    }


def _payments(dirty: SimpleNamespace) -> dict[str, tuple[int, Decimal]]:
    def known(name: str) -> list[Row]:
        gone = {id(row) for row in _missing(dirty, name)}
        return [row for row in dirty.clean[name] if id(row) not in gone]

    ours, paid = defaultdict(Decimal), {}
    by_order: defaultdict[str, list[Decimal]] = defaultdict(list)
    for row in known(TXN):
        if row["order_id"]:
            by_order[row["order_id"]].append(Decimal(row["amount"]))
        if row["txn_kind"] in ("pay", "refund"):
            number = row["channel_txn_no"]
            ours[number] += Decimal(row["amount"])
            at = datetime.fromisoformat(row["paid_at"])
            paid[number] = (row["channel"], max(at, paid.get(number, (None, at))[1]))
    theirs, settled = defaultdict(Decimal), {}
    for row in known(STATEMENT):
        if row["line_kind"] in ("pay", "refund"):
            number, back = row["channel_txn_no"], row["line_kind"] == "refund"
            theirs[number] += -abs(Decimal(row["refund_amount"])) if back else Decimal(row["order_amount"])
            settled[number] = datetime.fromisoformat(row["settled_at"])
    both = ours.keys() & theirs.keys()
    # What was paid on the last day is still to be stated, by the last statement of its channel that we can tell.
    stated: dict[str, datetime] = {}
    for number in both:
        channel = paid[number][0]
        stated[channel] = max(settled[number], stated.get(channel, settled[number]))
    day = timedelta(days=1)
    refunds = {
        order: back - there
        for order, amounts in by_order.items()
        if (back := -sum(a for a in amounts if a < 0)) > (there := sum(a for a in amounts if a > 0))
    }
    return {
        "refunds_within_payments": _off(refunds),
        "statement_amount": _off({no: theirs[no] - ours[no] for no in both if theirs[no] != ours[no]}),
        "statement_is_booked": _off({no: theirs[no] for no in theirs.keys() - ours.keys()}),
        "payment_is_stated": _off({
            no: ours[no] for no in ours.keys() - theirs.keys()
            if paid[no][0] in stated and paid[no][1] < stated[paid[no][0]] - day
        }),
    }  # fmt: skip


def _stock(dirty: SimpleNamespace) -> dict[str, tuple[int, Decimal]]:
    moves = [row for row in _missing(dirty, LEDGER) if row["bucket"] == "on_hand"]
    counts = defaultdict(set)
    for row in dirty.clean["inventory.stock_snapshot"]:
        counts[row["warehouse_id"]].add(datetime.fromisoformat(row["as_of"]))

    def between_counts(row: Row) -> tuple[str, str, str, datetime] | None:
        at = datetime.fromisoformat(row["occurred_at"])
        place = row["warehouse_id"]
        following = min((count for count in counts[place] if count >= at), default=None)
        if following is None or following == min(counts[place]):
            return None
        return place, row["sku_id"], row["stock_status"], following

    def told(move_type: str) -> tuple[int, Decimal]:
        return _off(_sums((r["ref_line_id"], Decimal(r["qty_delta"])) for r in moves if r["move_type"] == move_type))

    unexplained = _sums((between_counts(row), Decimal(row["qty_delta"])) for row in moves)
    unexplained.pop(None, None)
    sorted_out = _sums(
        (row["ref_line_id"], Decimal(row["qty_delta"]))
        for row in moves
        if row["ref_type"] == "rma" and row["stock_status"] == "sellable"
    )
    return {
        "ledger_explains_counts": _off(unexplained),
        "outbound_is_ledger": told("sale_out"),
        "order_is_ledger": told("sale_out"),
        "returns_are_ledger": told("return_in"),
        "returns_are_sorted": _off(sorted_out),
    }


def _measured(dirty: SimpleNamespace) -> dict[str, tuple[int, Decimal]]:
    with duckdb.connect(str(dirty.workspace.warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select check_name, cast(sum(rows_off) as int), sum(difference) from marts.control_result "
            "where status = 'failed' group by all"
        ).fetchall()
    return {name: (off, difference) for name, off, difference in rows}


def test_every_control_measures_what_is_missing_and_no_other_fails(dirty):
    expected = _vouchers(dirty) | _payments(dirty) | _stock(dirty)
    assert _measured(dirty) == {name: off for name, off in expected.items() if off[0]}
    assert len(_measured(dirty)) >= 8


def test_once_all_has_come_only_posted_lines_told_otherwise_are_left(dirty):
    dirty.catch_up()
    load_and_build(dirty.workspace, "control_result")
    rewritten = Counter(f["table"] for f in _faults(dirty.truth) if f["kind"] == "mutated_fact")
    assert rewritten[VOUCHER] > 0
    assert _measured(dirty) == {"posted_lines_stand": (rewritten[VOUCHER], rewritten[VOUCHER])}
