import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.stock import NO_BATCH, SELF, SELLABLE, Stock, choose
from simulator.tables import Facts
from simulator.worth import Worth

LEDGER = "inventory.stock_ledger"
MOVES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(1, 40), st.booleans()), max_size=30)


def small_stock() -> Stock:
    return Stock(2, 3, 1, np.zeros((2, 3), np.int64), Facts(LEDGER))


def arrays(*values):
    return tuple(np.array([value], np.int64) for value in values)


def day_of_moves(stock: Stock, moves, day: int) -> None:
    """Goods come in at a price, or as many as there are go out."""
    for number, (warehouse, sku, units, comes) in enumerate(moves):
        place = arrays(warehouse, sku)
        slot = stock.slots(*place, NO_BATCH, SELLABLE, SELF)
        qty = units if comes else -min(units, int(stock.on_hand[slot[0]]))
        at = np.array([day * 86_400 + number])
        ref = {"ref_type": "adjustment", "ref_id": 1, "reason": "correction"}
        if qty:
            stock.move(at, "po_in" if comes else "sale_out", slot, np.array([qty]), **ref)
        if comes:
            stock.worth.bring(at, *place, np.array([units]), np.array([units * (100 + number)]))
        elif qty:
            stock.worth.take(at, *place, np.array([-qty]), lambda fen: None)
    stock.close_day()
    stock.worth.close_day()


@settings(max_examples=60, deadline=None)
@given(MOVES, MOVES)
def test_the_ledger_explains_the_difference_of_any_two_snapshots(first, second):
    stock = small_stock()
    day_of_moves(stock, first, 1)
    before = np.zeros(100, np.int64)
    before[: stock.count] = stock.on_hand
    stock.ledger.take()
    day_of_moves(stock, second, 2)
    rows = stock.ledger.take()

    moved = np.zeros(stock.shape, np.int64)
    if rows:
        np.add.at(moved, (rows["warehouse_id"], rows["sku_id"]), rows["qty_delta"])
        assert (rows["qty_after"] - rows["qty_before"] == rows["qty_delta"]).all()
        assert (rows["qty_after"] >= 0).all()
    difference = np.zeros(stock.shape, np.int64)
    np.add.at(difference, (stock.warehouse, stock.sku), stock.on_hand - before[: stock.count])
    assert (moved == difference).all()


@settings(max_examples=60, deadline=None)
@given(MOVES)
def test_worth_is_what_came_less_what_left_and_nothing_where_nothing_lies(moves):
    stock = small_stock()
    day_of_moves(stock, moves, 1)

    worth, month = stock.worth, stock.worth.month
    assert (worth.fen == month["in_fen"] - month["out_fen"]).all()
    assert (worth.units == month["in_qty"] - month["out_qty"]).all()
    assert (worth.fen >= 0).all()
    assert (worth.fen[worth.units == 0] == 0).all()


def test_what_came_back_in_the_morning_counts_for_what_left_in_the_evening_whatever_was_booked_first():
    worth, told = Worth((1, 1)), []
    one = arrays(0, 0)
    worth.bring(1, *one, np.array([10]), np.array([1000]))
    worth.take(9, *one, np.array([4]), lambda fen: told.append(("left", fen.tolist())))
    worth.bring(5, *one, np.array([10]), np.array([3000]))
    worth.bring(7, *one, np.array([1]), tell=lambda fen: told.append(("found", fen.tolist())))
    assert worth.units.tolist() == [[17]]

    worth.close_day()

    assert told == [("left", [800]), ("found", [200])]
    assert worth.fen.tolist() == [[3400]]


def test_a_slot_that_would_fall_below_zero_stops_the_day():
    stock = small_stock()
    slot = stock.slots(*arrays(0, 0), NO_BATCH, SELLABLE, SELF)
    stock.move(np.array([5]), "sale_out", slot, np.array([-1]), ref_type="other", ref_id=1, reason="sale")

    with pytest.raises(AssertionError, match="falls to -1"):
        stock.close_day()


def test_what_expires_first_is_taken_first_and_a_line_comes_from_one_batch():
    stock = small_stock()
    place = np.zeros(3, np.int64), np.zeros(3, np.int64)
    slots = stock.slots(*place, np.array([0, 1, 2]), SELLABLE, SELF, np.array([300, 100, 200]))
    stock.move(1, "po_in", slots, np.array([9, 2, 5]), ref_type="other", ref_id=1, reason="purchase")

    taken, units = choose(
        np.zeros(4, np.int64), np.zeros(4, np.int64), np.array([2, 4, 20, 20]), np.zeros(4, np.int64),
        stock.first_slot, stock.next_slot, stock.available(),
    )  # fmt: skip

    assert stock.expiry[taken].tolist()[:3] == [100, 200, 300]
    assert units.tolist() == [2, 4, 9, 1]
