"""A month of daily deliveries ends in the same tables in whatever order they arrive, with late, corrected and
deleted rows among them."""

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from contracts import table
from tests.pipelines.ingestion.test_order_of_arrival import LEDGER, ORDERS, PRICES, STOCK, Sent, receive

DAYS = 30
FIRST = datetime(2026, 9, 1, 9)


def at(day: int, hours: int = 0) -> str:
    return (FIRST + timedelta(days=day, hours=hours)).strftime("%Y-%m-%d %H:%M:%S")


def orders(day: int, draw: random.Random) -> Sent:
    """New orders, today's state of earlier ones, a correction of the same second, a late state, a deletion."""
    lines = [f"O{day},{at(day)},paid,10.00,{at(day)},,"]
    for earlier in draw.sample(range(day), min(day, 2)):
        lines.append(f"O{earlier},{at(earlier)},shipped,10.00,{at(day)},1,")
        lines.append(f"O{earlier},{at(earlier)},closed,{draw.randint(1, 9)}.00,{at(day)},2,")
        lines.append(f"O{earlier},{at(earlier)},audited,10.00,{at(earlier, 1)},,")
    if day % 5 == 4:
        lines.append(f"O{draw.randrange(day)},,,,{at(day, 2)},,1")
    if day % 7 == 6:
        lines.append(f"O{draw.randrange(day)},{at(0)},returned,3.00,,,")  # without a version of its own
    return Sent(tuple(lines), day)


def ledger(day: int, draw: random.Random) -> Sent:
    """New facts, a fact told again, one that comes days late, one that contradicts what was told."""
    line = "L{},{},W1,SKU,po_in,{},on_hand,{}"
    lines = [line.format(day, at(day), day + 1, at(day)), line.format(f"{day}b", at(day), 1, "")]
    if day >= 3:
        told = draw.randrange(day)
        lines.append(line.format(told, at(told), told + 1, at(told)))
        lines.append(line.format(f"{day - 3}late", at(day - 3), 5, at(day - 3)))
        changed = draw.randrange(day)
        lines.append(line.format(changed, at(changed), -draw.randint(1, 3), at(day)))
    return Sent(tuple(lines), day)


def stock(day: int, draw: random.Random) -> Sent:
    """Today's slices, or some days a corrected slice of the past in which a row is gone or added."""
    of = draw.randrange(day) if day % 3 == 2 else day
    skus = draw.sample("ABCDE", draw.randint(2, 5))
    warehouses = ("W1", "W2") if of == day else ("W1",)
    lines = [f"{w},{sku},sellable,{at(of)},{draw.randint(0, 9)}" for w in warehouses for sku in skus]
    return Sent(tuple(lines), day, complete=day % 4 != 3)


def prices(day: int, draw: random.Random) -> Sent:
    """A new price, the end of an earlier one, a back-dated one, a deletion."""
    header = "S{},base,S1,{},{},{}.00,{},{}"
    begins = [at(draw.randrange(DAYS))[:10] for _ in range(3)]
    lines = [header.format(day % 4, begin, "", draw.randint(1, 20), at(day), "") for begin in dict.fromkeys(begins)]
    if day >= 2:
        lines.append(header.format((day - 1) % 4, begins[0], at(day)[:10], draw.randint(1, 20), at(day - 2), ""))
    if day % 6 == 5:
        lines.append(header.format(day % 4, begins[1], "", 1, at(day, 1), 1))
    return Sent(tuple(lines), day)


MONTHS = {
    "order.sales_order": (ORDERS, orders),
    "inventory.stock_ledger": (LEDGER, ledger),
    "inventory.stock_snapshot": (STOCK, stock),
    "product.price": (PRICES + ",is_deleted", prices),
}


def test_the_months_are_of_all_four_semantics():
    assert {table(contract).semantics for contract in MONTHS} == {"upsert", "append", "snapshot", "scd2"}


@pytest.mark.parametrize("contract", MONTHS)
def test_thirty_days_end_the_same_in_any_order(shared_desk, contract):
    header, of_day = MONTHS[contract]
    draw = random.Random(f"{contract} 30")
    month = [of_day(day, draw) for day in range(DAYS)]
    expected = receive(shared_desk, contract, header, month)
    assert len(expected["raw"]) >= DAYS

    @settings(max_examples=1, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 2**32))
    def ends_the_same(seed):
        assume(seed)  # the first seed that is tried is always nought
        arrived = list(month)
        random.Random(seed).shuffle(arrived)
        assert receive(shared_desk, contract, header, arrived) == expected

    ends_the_same()
