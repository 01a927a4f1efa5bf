"""Whatever the order in which deliveries arrive, the same rows end in `raw` and in `history`."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import table
from pipelines.ingestion.ingest import Clock

EXTRACTED = datetime(2026, 9, 1, tzinfo=UTC)
FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@dataclass(frozen=True)
class Sent:
    """A delivery: its rows as lines of CSV, whether it is complete, and when it was extracted (by its place)."""

    lines: tuple[str, ...]
    place: int
    complete: bool = True

    @property
    def extracted_at(self) -> str:
        return (EXTRACTED + timedelta(days=self.place)).isoformat()


def receive(desk, contract: str, header: str, deliveries: list[Sent]) -> dict[str, list[tuple]]:
    """Take the deliveries in, each on a day of its own, and tell what is known after the last."""
    desk.empty(contract)
    for day, sent in enumerate(deliveries):
        clock = Clock(datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day), "Asia/Shanghai")
        manifest = {"contract": contract, "complete": sent.complete, "extracted_at": sent.extracted_at}
        outcome = desk.deliver(
            f"{contract}.all.20260901.{sent.place + 1}.csv",
            "\n".join([header, *sent.lines]) + "\n",
            manifest,
            clock=clock,
        )
        assert outcome.status in ("loaded", "duplicate"), outcome.reason
        assert outcome.accounted == outcome.rows_in
    assert_one_row_for_each_key(desk, contract)
    return desk.known(contract)


def assert_one_row_for_each_key(desk, contract: str) -> None:
    key = ", ".join(table(contract).primary_key)
    raw = table(contract).raw_name
    assert desk.rows(f"select {key} from raw.{raw} group by all having count(*) > 1") == []


def deliveries_of(rows: st.SearchStrategy[str], at_least: int = 2) -> st.SearchStrategy[list[Sent]]:
    lines = st.lists(st.lists(rows, min_size=1, max_size=4).map(tuple), min_size=at_least, max_size=4)
    return lines.map(lambda found: [Sent(some, place) for place, some in enumerate(found)])


@st.composite
def permuted(draw, deliveries: st.SearchStrategy[list[Sent]]) -> tuple[list[Sent], list[Sent]]:
    sent = draw(deliveries)
    return sent, draw(st.permutations(sent))


# ----------------------------------------------------------------------- upsert

ORDERS = "order_id,ordered_at,status,goods_amount,updated_at,source_seq,is_deleted"
order_rows = st.tuples(
    st.sampled_from(["A", "B"]),
    st.sampled_from(["paid", "shipped", "closed"]),
    st.sampled_from(["", "2026-09-01 10:00:00", "2026-09-02 10:00:00"]),
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["", "", "1"]),
).map(lambda row: f"{row[0]},2026-09-01 09:00:00,{row[1]},10.00,{row[2]},{row[3]},{row[4]}")


@FEW
@given(orders=permuted(deliveries_of(order_rows)))
def test_versions_of_a_row_end_the_same_in_any_order(shared_desk, orders):
    sent, arrived = orders
    assert receive(shared_desk, "order.sales_order", ORDERS, arrived) == receive(
        shared_desk, "order.sales_order", ORDERS, sent
    )


VERSIONS = [
    "A,2026-09-01 09:00:00,paid,10.00,2026-09-01 10:00:00,,",
    "A,2026-09-01 09:00:00,shipped,10.00,2026-09-02 10:00:00,1,",
    "A,2026-09-01 09:00:00,delivered,10.00,2026-09-02 10:00:00,2,",
    "A,2026-09-01 09:00:00,completed,12.00,2026-09-03 10:00:00,,",
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::9])
def test_in_one_file_the_newest_version_stands_wherever_its_line_is(desk, order):
    known = receive(desk, "order.sales_order", ORDERS, [Sent(tuple(VERSIONS[n] for n in order), 0)])
    statuses = "select status from {}.order__sales_order order by updated_at, source_seq"
    assert len(known["raw"]) == 1
    assert desk.rows(statuses.format("raw")) == [("completed",)]
    assert desk.rows(statuses.format("history")) == [("paid",), ("shipped",), ("delivered",)]


def test_without_versions_of_its_own_a_row_stands_as_of_the_latest_delivery(desk):
    """A status that comes back is not mistaken for the old row it equals."""
    lines = [f"A,2026-09-01 09:00:00,{status},10.00,,," for status in ("paid", "audited", "paid")]
    sent = [Sent((line,), place) for place, line in enumerate(lines)]
    for arrived in itertools.permutations(sent):
        known = receive(desk, "order.sales_order", ORDERS, list(arrived))
        assert desk.rows("select status from raw.order__sales_order") == [("paid",)]
        assert [row for row in known["history"] if "audited" in row] == known["history"] != []


def test_a_deleted_row_may_name_its_key_alone_and_a_later_version_brings_it_back(desk):
    gone = "A,,,,2026-09-02 10:00:00,,1"
    back = "A,2026-09-01 09:00:00,paid,10.00,2026-09-03 10:00:00,,0"
    state = "select is_deleted, status from raw.order__sales_order"
    receive(desk, "order.sales_order", ORDERS, [Sent((VERSIONS[0],), 0), Sent((gone,), 1)])
    assert desk.rows(state) == [(True, None)]
    for arrived in itertools.permutations([Sent((VERSIONS[0],), 0), Sent((gone,), 1), Sent((back,), 2)]):
        receive(desk, "order.sales_order", ORDERS, list(arrived))
        assert desk.rows(state) == [(False, "paid")]


def test_a_row_that_does_not_say_whether_it_is_deleted_is_not(desk):
    receive(desk, "order.sales_order", ORDERS, [Sent((VERSIONS[0],), 0)])
    assert desk.rows("select count(*) from raw.order__sales_order where not is_deleted") == [(1,)]


# ----------------------------------------------------------------------- append

LEDGER = "ledger_id,occurred_at,warehouse_id,sku_id,move_type,qty_delta,bucket,updated_at"
ledger_rows = st.tuples(
    st.sampled_from(["L1", "L2"]),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["", "2026-09-01 10:00:00", "2026-09-02 10:00:00"]),
).map(lambda row: f"{row[0]},2026-09-01 09:00:00,W1,SKU,po_in,{row[1]},on_hand,{row[2]}")


@FEW
@given(facts=permuted(deliveries_of(ledger_rows)))
def test_facts_end_the_same_in_any_order_contradicting_ones_too(shared_desk, facts):
    sent, arrived = facts
    assert receive(shared_desk, "inventory.stock_ledger", LEDGER, arrived) == receive(
        shared_desk, "inventory.stock_ledger", LEDGER, sent
    )


@pytest.mark.parametrize("late", [False, True])
def test_of_contradicting_facts_the_first_told_stands_and_the_other_is_quarantined(desk, late):
    told = Sent(("L1,2026-09-01 09:00:00,W1,SKU,po_in,1,on_hand,2026-09-01 10:00:00",), 0)
    changed = Sent(("L1,2026-09-01 09:00:00,W1,SKU,po_in,9,on_hand,2026-09-05 10:00:00",), 1)
    known = receive(desk, "inventory.stock_ledger", LEDGER, [changed, told] if late else [told, changed])
    assert desk.rows("select qty_delta from raw.inventory__stock_ledger") == [(1,)]
    assert known["history"] == []
    [(name, line, reason, columns, raw_line, sha256)] = desk.rows(
        "select file_name, line_no, reason_code, columns, raw_line, file_sha256 from control.quarantine"
    )
    assert (name, line, reason) == ("inventory.stock_ledger.all.20260901.2.csv", 2, "mutated_fact")
    assert columns == ["source_system", "ledger_id"]
    assert len(sha256) == 64
    assert '"qty_delta":9' in raw_line.replace(" ", "") if late else raw_line == changed.lines[0]


def test_an_empty_key_part_is_its_default_and_the_same_fact_is_a_duplicate(desk):
    header = "carrier_id,waybill_no,event_at,event_code,event_seq"
    line = "SF,W1,2026-09-01 09:00:00,collected,{}"
    receive(
        desk,
        "logistics.tracking_event",
        header,
        [Sent((line.format(""),), 0), Sent((line.format("0"), line.format("")), 1)],
    )
    assert desk.rows("select event_seq from raw.logistics__tracking_event") == [(0,)]
    assert desk.rows("select rows_loaded, rows_duplicate from control.delivery order by file_name") == [(1, 0), (0, 2)]


# --------------------------------------------------------------------- snapshot

STOCK = "warehouse_id,sku_id,stock_status,as_of,on_hand_qty"
stock_rows = st.tuples(
    st.sampled_from(["W1", "W2"]), st.sampled_from(["A", "B", "C"]), st.sampled_from(["1", "2"])
).map(lambda row: f"{row[0]},{row[1]},sellable,2026-09-01 00:00:00,{row[2]}")


@st.composite
def stock_deliveries(draw) -> list[Sent]:
    sent = draw(deliveries_of(stock_rows, at_least=3))
    return [Sent(one.lines, one.place, draw(st.booleans())) for one in sent]


@FEW
@given(stock=permuted(stock_deliveries()))
def test_slices_end_the_same_in_any_order_complete_or_not(shared_desk, stock):
    sent, arrived = stock
    assert receive(shared_desk, "inventory.stock_snapshot", STOCK, arrived) == receive(
        shared_desk, "inventory.stock_snapshot", STOCK, sent
    )


def stock(*rows: tuple[str, str, str, int]) -> tuple[str, ...]:
    return tuple(f"{w},{sku},sellable,2026-09-0{day} 00:00:00,{quantity}" for w, sku, day, quantity in rows)


def on_hand(desk) -> list[tuple]:
    return desk.rows(
        "select warehouse_id, sku_id, day(as_of), on_hand_qty::int from raw.inventory__stock_snapshot order by all"
    )


def test_a_delivery_replaces_its_slice_and_no_other(desk):
    first = Sent(stock(("W1", "A", "1", 5), ("W1", "B", "1", 6), ("W2", "A", "1", 7), ("W1", "A", "2", 8)), 0)
    again = Sent(stock(("W1", "A", "1", 50), ("W1", "C", "1", 60)), 1)
    expected = [("W1", "A", 1, 50), ("W1", "A", 2, 8), ("W1", "C", 1, 60), ("W2", "A", 1, 7)]
    for arrived in ([first, again], [again, first]):
        receive(desk, "inventory.stock_snapshot", STOCK, arrived)
        assert on_hand(desk) == expected


def test_an_incomplete_delivery_adds_to_its_slice_whichever_comes_first(desk):
    whole = Sent(stock(("W1", "A", "1", 5), ("W1", "B", "1", 6)), 0)
    some = Sent(stock(("W1", "B", "1", 60), ("W1", "C", "1", 70)), 1, complete=False)
    for arrived in ([whole, some], [some, whole]):
        receive(desk, "inventory.stock_snapshot", STOCK, arrived)
        assert on_hand(desk) == [("W1", "A", 1, 5), ("W1", "B", 1, 60), ("W1", "C", 1, 70)]


def test_without_a_time_of_extraction_the_delivery_that_comes_later_stands(desk):
    header = STOCK + "\n"
    for day, quantity in enumerate((5, 6, 7)):
        clock = Clock(datetime(2026, 11, 1 + day, tzinfo=UTC), "Asia/Shanghai")
        name = f"inventory.stock_snapshot.{'zyx'[day]}.20260901.1.csv"
        desk.deliver(name, header + stock(("W1", "A", "1", quantity))[0] + "\n", clock=clock)
    assert on_hand(desk) == [("W1", "A", 1, 7)]


def test_of_two_rows_of_one_key_in_a_snapshot_the_later_line_stands(desk):
    receive(desk, "inventory.stock_snapshot", STOCK, [Sent(stock(("W1", "A", "1", 5), ("W1", "A", "1", 6)), 0)])
    assert on_hand(desk) == [("W1", "A", 1, 6)]
    assert desk.rows("select on_hand_qty::int from history.inventory__stock_snapshot") == [(5,)]


# ------------------------------------------------------------------------- scd2

PRICES = "sku_id,price_type,shop_id,valid_from,valid_to,price,updated_at"
price_rows = st.tuples(
    st.sampled_from(["2026-09-01", "2026-09-10"]),
    st.sampled_from(["", "2026-09-20"]),
    st.sampled_from(["10.00", "12.00"]),
    st.sampled_from(["", "2026-09-01 10:00:00", "2026-09-02 10:00:00"]),
).map(lambda row: f"SKU,base,S1,{row[0]},{row[1]},{row[2]},{row[3]}")


@FEW
@given(prices=permuted(deliveries_of(price_rows)))
def test_dated_versions_end_the_same_in_any_order(shared_desk, prices):
    sent, arrived = prices
    assert receive(shared_desk, "product.price", PRICES, arrived) == receive(shared_desk, "product.price", PRICES, sent)


def test_a_back_dated_version_is_spliced_in(desk):
    prices = ["SKU,base,S1,2026-09-10,,12.00,2026-09-01 10:00:00", "SKU,base,S1,2026-09-01,,10.00,2026-09-02 10:00:00"]
    receive(desk, "product.price", PRICES, [Sent((line,), place) for place, line in enumerate(prices)])
    assert desk.rows("select price::int from raw.product__price order by valid_from") == [(10,), (12,)]
