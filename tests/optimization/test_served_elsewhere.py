"""What a location cannot serve, the others serve from what they have: no more, and nothing appears or vanishes."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.served_elsewhere import lost_share, serve_elsewhere

ITEMS = pl.DataFrame({"sku_id": ["S", "S", "T"], "location_id": ["A", "B", "A"]})
SHARING = pl.DataFrame({"location_id": ["A", "B"], "lost_share": [0.2, 0.5], "served_share": [1.0, 1.0]})


def exchange(demand, here, until, sharing=SHARING, coming=(), covered=(9, 9, 9), expiring=(), waits=()):
    batches = pl.DataFrame(
        [{"item": n, "bucket": "on_hand" if q >= 0 else "reserved", "quantity": abs(q)} for n, q in enumerate(here)]
        + [{"item": n, "bucket": "on_order", "quantity": q} for n, q, _ in coming]
    ).with_columns(last_sellable_period=pl.when(pl.col("item").is_in(expiring)).then(0))
    demand = np.array(demand, dtype=np.float32)[:, None, :]
    when = np.array([0] * len(here) + [day for *_, day in coming])[:, None]
    days = (np.array(one)[:, None] for one in (until, covered))
    waiting = pl.Series([n in waits for n in range(ITEMS.height)])
    moved = serve_elsewhere(demand, ITEMS, batches, when, *days, sharing, waiting)
    return demand[:, 0, :], moved[:, 0]


def test_what_is_short_here_is_taken_from_where_there_is_some() -> None:
    demand, moved = exchange([[4, 4, 4], [1, 1, 1], [4, 4, 4]], [5, 20, 0], [3, 3, 3])
    assert demand.tolist() == [[4, 1, 0], [1, 4, 5], [4, 4, 4]]  # another SKU's stock helps nobody
    assert moved.tolist() == [-7, 7, 0]


def test_what_comes_later_helps_later_and_those_who_wait_go_first() -> None:
    demand, moved = exchange([[2, 2, 2], [0, 0, 0], [0, 0, 0]], [0, -3, 0], [3, 3, 3], coming=[(1, 5, 1)])
    assert demand.tolist() == [[2, 0, 2], [0, 2, 0], [0, 0, 0]]
    assert moved.tolist() == [-2, 2, 0]


def test_from_the_arrival_of_an_order_of_today_on_a_location_serves_its_own() -> None:
    demand, _ = exchange([[4, 4, 4], [1, 1, 1], [0, 0, 0]], [0, 20, 0], [1, 3, 3])
    assert demand.tolist() == [[0, 4, 4], [5, 1, 1], [0, 0, 0]]


def test_where_nobody_sends_for_others_all_is_lost() -> None:
    none = SHARING.clear()
    demand, moved = exchange([[4, 4, 4], [1, 1, 1], [0, 0, 0]], [0, 20, 0], [3, 3, 3], none)
    assert demand.tolist() == [[4, 4, 4], [1, 1, 1], [0, 0, 0]] and not moved.any()
    assert lost_share(ITEMS, none).to_list() == [1.0, 1.0, 1.0]
    assert lost_share(ITEMS, SHARING).to_list() == [0.2, 0.5, 1.0], "what only one place keeps nobody else sends"


def test_what_comes_goes_first_to_those_who_wait_and_others_get_what_is_left() -> None:
    wanted, half = [[0, 0, 4], [3, 0, 0], [0, 0, 0]], SHARING.with_columns(served_share=pl.Series([1.0, 0.0]))
    for waits, left in (((), 4), ((1,), 2)):
        demand, moved = exchange(wanted, [0, 0, 0], [3, 3, 3], half, coming=[(1, 5, 1)], waits=waits)
        assert demand.tolist() == [[0, 0, 4 - left], [3, 0, left], [0, 0, 0]] and moved[1] == left


def test_what_is_exchanged_is_told_until_the_next_order_comes_that_is_looked_at() -> None:
    demand, moved = exchange([[4, 4, 4], [1, 1, 1], [0, 0, 0]], [0, 20, 0], [3, 3, 3], covered=(2, 1, 3))
    assert demand.tolist() == [[0, 0, 0], [5, 5, 5], [0, 0, 0]]
    assert moved.tolist() == [-8, 4, 0]


def test_of_goods_that_expire_nothing_is_given() -> None:
    demand, moved = exchange([[4, 4, 4], [1, 1, 1], [0, 0, 0]], [0, 20, 0], [3, 3, 3], expiring=(1,))
    assert demand.tolist() == [[4, 4, 4], [1, 1, 1], [0, 0, 0]] and not moved.any()


units = st.lists(st.integers(0, 9), min_size=3, max_size=3)


@settings(deadline=None)
@given(st.lists(units, min_size=3, max_size=3), st.lists(st.integers(-5, 30), min_size=3, max_size=3), units)
def test_demand_is_conserved_and_nobody_gives_what_his_own_customers_take(demand, here, until) -> None:
    after, moved = exchange(demand, here, until)
    before = np.array(demand, dtype=float)
    assert np.allclose(after[:2].sum(axis=0), before[:2].sum(axis=0)) and (after >= 0).all()
    assert np.allclose(moved, (after - before).sum(axis=1)) and (after[2] == before[2]).all()
    stock = np.array(here[:2], dtype=float)
    for day in range(3):
        gave = after[:2, day] > before[:2, day]
        assert (stock[gave] >= after[:2, day][gave] - 1e-6).all()
        stock -= np.minimum(np.maximum(stock, 0), after[:2, day])
