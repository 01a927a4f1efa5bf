"""A race over past days: the same demand for all, stock conserved, differences with their doubt."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment.race import Runner, Track, compare, reorder_point, score
from optimization.replenishment.race.reorder_point import Terms
from optimization.replenishment.race.runner import NEVER
from optimization.replenishment.race.score import Rules

DAYS = 6


def track(demand, opening, arriving=None, lead=2, cost=10.0, margin=4.0, holding=0.0, order_cost=0.0,
          sellable=None, skus=None, served_share=0.0, waits=False) -> Track:  # fmt: skip
    demand = np.array(demand, np.int64)
    count = len(demand)
    items = pl.DataFrame({"sku_id": skus or [f"K{k}" for k in range(count)],
                          "location_id": [f"W{k}" if skus else "W" for k in range(count)],
                          "served_share": [served_share] * count, "waits": [waits] * count,
                          "waiting_cost": [0.5] * count,
                          "supplier_id": ["S"] * count, "unit_cost": [cost] * count, "unit_margin": [margin] * count,
                          "holding_cost": [holding] * count, "order_cost": [order_cost] * count,
                          "sellable_days": pl.Series([sellable] * count, dtype=pl.Float64)})  # fmt: skip
    arriving = np.zeros_like(demand) if arriving is None else np.array(arriving, np.int64)
    return Track(items, demand, np.array(opening, np.int64), arriving, np.full_like(demand, lead))


def orders(*quantities: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array(quantities, np.int64), np.full(len(quantities), 2, np.int64)


def test_goods_come_after_the_lead_time_in_the_morning_and_what_is_not_there_is_not_sold():
    runner = Runner(track([[3, 3, 3, 3, 3, 3]], [5]), "me")
    runner.order(*orders(4))
    runner.live(DAYS)
    assert runner.served.tolist() == [[3, 2, 3, 1, 0, 0]]
    assert runner.left.tolist() == [[2, 0, 1, 0, 0, 0]]
    found = score(runner)
    assert (found.fill_rate, found.lost_units, found.orders, found.lines) == (0.5, 9, 1, 1)
    assert found.cash == (4 - 9) * 10


def test_what_a_place_lacks_comes_from_where_there_is_most_of_it_as_far_as_places_send_for_others():
    demand = [[4, 4, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [0] * DAYS, [3] * DAYS]
    runner = Runner(track(demand, [5, 9, 4, 0], skus=["S", "S", "S", "T"], served_share=0.5), "me")
    runner.live(DAYS)
    assert runner.served[0].tolist() == [4, 3, 0, 0, 0, 0], "of three that are short two are sent"
    assert runner.served[3].sum() == 0, "another SKU helps nobody"
    assert runner.left[:, -1].tolist() == [0, 1, 4, 0]


def test_who_waits_is_served_first_by_what_comes_next_and_every_evening_of_it_costs():
    runner = Runner(track([[3, 3, 0, 0, 1, 0]], [2], waits=True), "me")
    runner.order(*orders(4))
    runner.live(2)
    assert runner.waiting.tolist() == [4] and runner.stock.tolist() == [0]
    runner.live(DAYS - 2)
    assert runner.served.tolist() == [[2, 0, 4, 0, 0, 0]] and runner.waiting.tolist() == [1]
    found = score(runner)
    # One waits on the first evening, four on the second, nobody until the last two.
    assert found.profit == 6 * 4 - 0.5 * (1 + 4 + 1 + 1)
    assert (found.fill_rate, found.lost_units) == (2 / 7, 1), "served late is not served at once, and not lost"


def test_whom_another_place_serves_waits_no_more():
    demand = [[4, 0, 0, 0, 0, 0], [0] * DAYS]
    runner = Runner(track(demand, [0, 2], skus=["S", "S"], served_share=1.0, waits=True), "me")
    runner.live(1)
    assert runner.served[0].tolist() == [2, 0, 0, 0, 0, 0] and runner.waiting.tolist() == [2, 0]
    runner.live(1)
    assert runner.waiting.tolist() == [2, 0], "who waits has chosen his place"


def test_what_is_under_way_is_known_with_the_day_it_was_told_for_until_it_comes():
    runner = Runner(track([[0] * DAYS], [0], lead=4), "me")
    runner.order(*orders(7))
    runner.live(3)
    item, quantity, expected = runner.under_way()
    assert (item.tolist(), quantity.tolist(), expected.tolist()) == ([0], [7], [2]), "late, and still supply"
    runner.live(1)
    assert runner.under_way()[1].tolist() == [7], "it comes this morning"
    runner.live(1)
    assert runner.under_way()[1].tolist() == []


def test_what_is_to_be_moved_sells_until_the_day_on_which_it_leaves():
    runner = Runner(track([[1, 1, 0, 0, 0, 0], [0] * DAYS], [3, 0]), "me")
    runner.move(*(np.array([value]) for value in (0, 1, 3, 2, 4, 9.0)))
    assert runner.stock.tolist() == [3, 0] and runner.to_leave().tolist() == [3, 0]
    assert [each.tolist() for each in runner.under_way()] == [[1], [3], [4]], "supply elsewhere already"
    runner.live(2)
    assert runner.served[0, :2].tolist() == [1, 1], "customers of the days before are served"
    runner.live(1)
    assert runner.stock.tolist() == [0, 0] and runner.to_leave().tolist() == [0, 0]
    assert runner.move_cost.tolist() == [0, 3.0], "one of three was left"
    runner.live(2)
    assert runner.stock.tolist() == [0, 1]


def test_what_is_moved_leaves_in_the_morning_is_supply_until_it_comes_and_costs_its_freight():
    runner = Runner(track([[1] + [0] * (DAYS - 1), [0, 0, 2, 0, 0, 0]], [5, 0]), "me")
    pair = np.array([0, 0]), np.array([1, 1])
    runner.move(*pair, np.array([4, 6]), np.array([0, 0]), np.array([2, DAYS]), np.array([8.0, 12.0]))
    runner.live(1)
    assert runner.stock.tolist() == [1 - 1, 0], "no more leaves than is there, and it leaves before customers come"
    assert sorted(runner.under_way()[1].tolist()) == [1, 4]
    assert runner.on_order()[1].tolist() == [], "nobody pays a supplier for it"
    runner.live(DAYS - 1)
    assert runner.served[1].tolist() == [0, 0, 2, 0, 0, 0] and runner.left[1, -1] == 2
    found = score(runner, Rules(write_down_share=0.0))
    assert (found.transfers, found.lines) == (1, 0), "two batches of a SKU are one line of a trip"
    assert found.profit == 2 * 4 - 8 - 12 / 6


def test_real_orders_come_on_their_real_days_and_some_never():
    runner = Runner(track([[0] * DAYS], [0]), "as ordered")
    pair = np.zeros(2, np.int64)
    runner.order_as_it_was(pair, np.array([3, 9]), np.array([5, NEVER]), np.array([2, 2]))
    runner.live(DAYS)
    assert runner.left[0].tolist() == [0, 0, 0, 0, 0, 3]
    assert runner.ordered.sum() == 12
    assert runner.under_way()[1].tolist() == [9]


def test_one_order_to_a_supplier_costs_once_however_many_lines_it_has():
    runner = Runner(track([[0] * DAYS, [0] * DAYS], [0, 0], order_cost=30.0), "me")
    runner.order(*orders(1, 1))
    runner.live(3)
    runner.order(*orders(0, 1))
    runner.live(3)
    found = score(runner, Rules(write_down_share=0.0))
    assert (found.orders, found.lines, found.profit) == (2, 3, -60.0)


def test_what_lasts_beyond_the_sound_cover_is_written_down():
    runner = Runner(track([[1] * DAYS], [100 + DAYS]), "me")
    runner.live(DAYS)
    assert score(runner, Rules(cover_days=60, write_down_share=0.5)).write_offs == (100 - 60) * 10 * 0.5


def test_what_would_expire_before_it_sells_is_lost_whole_and_the_rest_beyond_cover_in_part():
    runner = Runner(track([[1] * DAYS], [100 + DAYS], sellable=80.0), "me")
    runner.live(DAYS)
    assert score(runner, Rules(cover_days=60, write_down_share=0.5)).write_offs == 20 * 10 + (80 - 60) * 10 * 0.5
    idle = Runner(track([[0] * DAYS], [7], sellable=80.0), "me")
    idle.live(DAYS)
    assert score(idle).write_offs == 7 * 10


def test_a_race_that_is_not_over_has_no_score():
    runner = Runner(track([[1] * DAYS], [9]), "me")
    runner.live(2)
    with pytest.raises(ValueError, match="has run 2 of 6 days"):
        score(runner)


@pytest.mark.parametrize(
    ("part", "wrong", "message"),
    [
        ("demand", np.full((1, DAYS), -1), "demand must hold whole numbers"),
        ("opening", np.zeros(2, np.int64), "opening must have the shape"),
        ("lead_days", np.zeros((1, 2), np.int64), "lead_days must have the shape"),
    ],
)
def test_a_track_with_faults_is_refused(part, wrong, message):
    good = track([[1] * DAYS], [1])
    parts = {name: getattr(good, name) for name in ("items", "demand", "opening", "arriving", "lead_days")}
    with pytest.raises(ValueError, match=message):
        Track(**parts | {part: wrong})


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_stock_is_conserved_whatever_is_ordered(seed):
    random = np.random.default_rng(seed)
    met = track(random.poisson(3, (4, DAYS)), random.integers(0, 9, 4), random.poisson(1, (4, DAYS)), lead=3)
    runner = Runner(met, "me")
    for _ in range(3):
        runner.order(random.integers(0, 5, 4), np.full(4, 3))
        runner.live(2)
    waiting, quantity, _ = runner.under_way()
    under_way = np.bincount(waiting, quantity, 4)
    came = met.opening + met.arriving.sum(1) + runner.ordered.sum(1)
    assert (came == runner.served.sum(1) + runner.stock + under_way).all()
    assert (runner.served <= met.demand).all()


def test_a_contestant_does_not_differ_from_himself_and_clearly_from_one_who_sold_nothing():
    met = track([[2] * DAYS] * 30, [12] * 30)
    seller, empty = Runner(met, "seller"), Runner(track([[2] * DAYS] * 30, [0] * 30), "empty")
    for runner in (seller, empty):
        runner.live(DAYS)
    same = compare(seller, seller)
    assert {(found.low, found.difference, found.high) for found in same.values()} == {(0.0, 0.0, 0.0)}
    found = compare(seller, empty)
    assert found["fill_rate"].low == found["fill_rate"].difference == 1.0
    assert found["profit"].low == found["profit"].difference == 30 * 12 * 4


def test_the_interval_is_as_wide_as_skus_differ_and_holds_the_difference():
    random = np.random.default_rng(3)
    demand = random.poisson(3, (60, DAYS))
    mine, theirs = (Runner(track(demand, random.integers(0, 20, 60)), name) for name in ("a", "b"))
    for runner in (mine, theirs):
        runner.live(DAYS)
    profit = compare(mine, theirs)["profit"]
    assert profit.low < profit.difference < profit.high


def terms(count: int = 1, least: int = 0, step: int = 1) -> Terms:
    same = {"lead_days": 6.0, "lead_std_days": 0.0, "review_days": 1.0, "order_cost": 50.0, "holding_cost": 0.1}
    return Terms(**{name: np.full(count, value) for name, value in same.items()},
                 least=np.full(count, least), step=np.full(count, step))  # fmt: skip


def test_the_reorder_point_covers_lead_time_and_review_and_orders_whole_lots():
    daily = np.full((1, 28), 4.0)  # no spread: s = 4 × 7 = 28, Q = √(2·50·4/0.1) = 63.2
    assert reorder_point(daily, np.array([29]), terms(), z=2.0).tolist() == [0]
    assert reorder_point(daily, np.array([28]), terms(), z=2.0).tolist() == [64]
    assert reorder_point(daily, np.array([28]), terms(step=12), z=2.0).tolist() == [72]
    assert reorder_point(daily, np.array([28]), terms(least=100), z=2.0).tolist() == [100]
    assert reorder_point(daily, np.array([-120]), terms(), z=2.0).tolist() == [192]
    assert reorder_point(np.zeros((1, 28)), np.array([0]), terms(), z=2.0).tolist() == [0], "never sold"


def test_more_safety_never_orders_later():
    random = np.random.default_rng(5)
    daily, position = random.poisson(2, (50, 91)), random.integers(0, 60, 50)
    low, high = (reorder_point(daily, position, terms(50), z) for z in (0.5, 2.33))
    assert (high >= low).all()
    assert (high > 0).sum() > (low > 0).sum()
