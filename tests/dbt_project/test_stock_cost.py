"""What leaves stock costs what a clerk with a card per shelf would write, by both methods."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction

import duckdb
import pytest
from hand_made_warehouse import Built
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# A movement of one shelf: signed units and, where something came in, its price if anybody wrote it down.
Move = tuple[int, float | None]
SHELVES = 6  # at most, valued at once
LATEST = 5  # what the SKU costs by other sources
CENT = 0.011  # figures are rounded to a hundredth of a cent; a hundred movements stay within a cent


def fifo(moves: list[Move]) -> list[Fraction]:
    """Signed worth of each movement, layer by layer."""
    layers: deque[list[Fraction]] = deque()
    last, worth = Fraction(LATEST), []
    for qty, price in moves:
        if qty > 0:
            last = last if price is None else Fraction(price)
            layers.append([Fraction(qty), last])
            worth.append(qty * last)
            continue
        wanted, cost = Fraction(-qty), Fraction(0)
        while wanted:
            taken = min(wanted, layers[0][0])
            cost += taken * layers[0][1]
            wanted -= taken
            layers[0][0] -= taken
            if not layers[0][0]:
                layers.popleft()
        worth.append(-cost)
    return worth


def moving_average(moves: list[Move]) -> list[Fraction]:
    """Signed worth of each movement at the average of its moment."""
    held, total, last, worth = Fraction(0), Fraction(0), Fraction(LATEST), []
    for qty, price in moves:
        if qty > 0 and price is not None:
            last = Fraction(price)
            moved = qty * last
        elif held:
            moved = qty * total / held
        else:
            moved = qty * last
        held, total = held + qty, total + moved
        worth.append(moved)
    return worth


@st.composite
def shelves(draw: st.DrawFn) -> list[Move]:
    """Movements that never take more than there is."""
    held, moves = 0, []
    for _ in range(draw(st.integers(1, 25))):
        if held and draw(st.booleans()):
            qty = -draw(st.one_of(st.just(held), st.integers(1, held)))
            moves.append((qty, None))
        else:
            qty = draw(st.integers(1, 1000))
            moves.append((qty, draw(st.none() | st.integers(1, 99999).map(lambda cents: cents / 100))))
        held += qty
    return moves


Cost = Callable[[list[list[Move]]], list[list[tuple[float, float]]]]


@pytest.fixture(scope="module")
def cost(built: Built) -> Iterator[Cost]:
    """The SQL of `int_stock_cost` over shelves: worth of each movement (first in first out, moving average)."""
    assert built.dbt("compile", "--select", "int_stock_cost").success
    compiled = built.target / "compiled/supplyloop/models/intermediate/int_stock_cost.sql"
    model = compiled.read_text(encoding="utf-8")
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as warehouse")
    connection.execute("create schema warehouse.intermediate")
    connection.execute(
        "create table warehouse.intermediate.int_stock_move (source_system varchar, ledger_id varchar, "
        "sku_id varchar, location_id varchar, ref_id varchar, ref_line_id varchar, move_type varchar, "
        "ref_type varchar, move_no bigint, qty decimal(18, 4), unit_cost decimal(18, 4), occurred_at timestamptz)"
    )
    connection.execute(
        f"create table warehouse.intermediate.int_unit_cost as select 'S' || range as sku_id, '*' as location_id, "
        f"cast({LATEST} as decimal(18, 4)) as unit_cost from range({SHELVES})"
    )

    def run(shelves: list[list[Move]]) -> list[list[tuple[float, float]]]:
        rows = [(f"S{s}", n, qty, price) for s, moves in enumerate(shelves) for n, (qty, price) in enumerate(moves, 1)]
        connection.execute("truncate warehouse.intermediate.int_stock_move")
        connection.executemany(
            "insert into warehouse.intermediate.int_stock_move (sku_id, location_id, move_no, qty, unit_cost) "
            "values (?, 'W', ?, ?, ?)",
            rows,
        )
        found = {
            (sku, n): (float(by_layer), float(at_average))
            for sku, n, by_layer, at_average in connection.execute(
                f"select sku_id, move_no, fifo_amount, average_amount from ({model})"
            ).fetchall()
        }
        return [[found[f"S{s}", n] for n in range(1, len(moves) + 1)] for s, moves in enumerate(shelves)]

    yield run
    connection.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(shelves(), min_size=1, max_size=SHELVES))
def test_both_methods_equal_a_card_kept_row_by_row(cost, shelves):
    for moves, found in zip(shelves, cost(shelves), strict=True):
        assert [by_layer for by_layer, _ in found] == pytest.approx([float(w) for w in fifo(moves)], abs=CENT)
        assert [at_average for _, at_average in found] == pytest.approx(
            [float(w) for w in moving_average(moves)], rel=1e-9, abs=CENT * 10
        )


def test_an_average_of_a_thousand_receipts_stays_exact(cost):
    moves: list[Move] = []
    for n in range(1000):  # the first receipt weighs e to the minus 1,600 at the end
        moves += [(5, 10 + n % 7), (-4, None)]
    [found] = cost([moves])
    expected = [float(w) for w in moving_average(moves)]
    assert [at_average for _, at_average in found] == pytest.approx(expected, abs=0.0002)


def test_what_is_sold_before_it_is_received_costs_what_comes_next(cost):
    [found] = cost([[(-3, None), (10, 7.0), (-2, None)]])
    assert [by_layer for by_layer, _ in found] == [-21, 70, -14]
