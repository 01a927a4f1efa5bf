"""Bulk orders of companies on top of a forecast."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import bulk_orders, bulk_units, plus_bulk_over
from forecasting.bulk.compound import some_orders

LEVELS = (0.05, 0.25, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
NAMES = [f"q_{level:g}" for level in LEVELS]


def sums_of(means: list[float], quantiles: np.ndarray) -> pl.DataFrame:
    columns = {name: quantiles[:, k] for k, name in enumerate(NAMES)}
    names = [f"s{row}" for row in range(len(means))]
    return pl.DataFrame({"unique_id": names, "periods": 2.0, "y_hat": means, **columns})


def sales_of(units: list[float]) -> pl.DataFrame:
    return pl.DataFrame({"unique_id": [f"s{row}" for row in range(len(units))], "units": units, "lines": units})


def orders_of(rows: list[tuple[int, float]]) -> pl.DataFrame:
    return pl.DataFrame(
        [(f"s{row}", qty) for row, qty in rows], schema={"unique_id": pl.String, "qty": pl.Float64}, orient="row"
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(0.1, 300), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 200)), max_size=30),
)
def test_bulk_orders_only_add_and_quantiles_do_not_cross(means, orders):
    curve = np.rint(np.array(means)[:, None] * np.array([0.3, 0.6, 0.9, 1.3, 1.6, 2.0, 2.5, 3.0]))
    sums = sums_of(means, curve)
    bulk = bulk_orders(orders_of(orders), sales_of([10 * mean for mean in means]), 26)
    after = plus_bulk_over(sums, bulk)
    table = after.select(NAMES).to_numpy()
    assert (table >= curve).all()
    assert (np.diff(table, axis=1) >= 0).all()
    assert (table == np.rint(table)).all()
    assert after["y_hat"].to_list() == pytest.approx((sums["y_hat"] + bulk_units(sums, bulk)).to_list())
    if not orders:
        assert after.equals(sums)


def test_the_quantiles_are_those_of_a_long_simulation():
    rng = np.random.default_rng(7)
    sizes = np.sort(rng.geometric(1 / 24, 4000)).astype(float)
    bulk = bulk_orders(orders_of([(0, size) for size in sizes]), sales_of([4000 * 60.0]), 26)
    assert bulk.of_series["units_per_order"][0] == pytest.approx(sizes.mean(), rel=0.02)
    for mean in (12.0, 60.0, 600.0):
        draws = rng.poisson(mean, 200_000) * rng.gamma(20, 1 / 20, 200_000)
        rate = mean * bulk.of_series["orders_per_unit"][0]
        count = rng.poisson(rate, 200_000)
        total = np.bincount(np.repeat(np.arange(200_000), count), rng.geometric(1 / 24, count.sum()), 200_000)
        after = plus_bulk_over(sums_of([mean], np.quantile(draws, LEVELS)[None]), bulk)
        found = after.select(NAMES).to_numpy()[0]
        expected = np.quantile(draws + total, LEVELS)
        assert found == pytest.approx(expected, rel=0.05, abs=2.0)
        assert after["y_hat"][0] == pytest.approx((draws + total).mean(), rel=0.03)


def test_who_is_rarely_asked_for_is_drawn_to_all_and_who_often_is_keeps_its_own():
    orders = [(0, 20.0)] * 60 + [(row, 20.0) for row in range(1, 20)]
    bulk = bulk_orders(orders_of(orders), sales_of([1000.0] * 20 + [0.0]), 26)
    rates = dict(bulk.of_series.select("unique_id", "orders_per_unit").iter_rows())
    assert rates["s0"] > 0.8 * 60 / 1060
    assert bulk.orders_per_unit > rates["s5"] > 1 / 1001
    assert rates["s20"] == pytest.approx(bulk.orders_per_unit, rel=0.05)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 400), st.floats(1, 5)), min_size=1, max_size=8))
def test_of_the_past_is_expected_what_came(series):
    orders = orders_of([(row, 20.0) for row, (count, _, _) in enumerate(series) for _ in range(count)])
    lines = pl.DataFrame(
        [(f"s{row}", n * per, float(n)) for row, (_, n, per) in enumerate(series)],
        schema=["unique_id", "units", "lines"],
        orient="row",
    )
    bulk = bulk_orders(orders, lines, 26)
    came = dict(orders.group_by("unique_id").len().iter_rows())
    assert (bulk.of_series.select("orders_per_unit").to_numpy() >= 0).all()
    expected = bulk.of_series.join(lines, on="unique_id").select(pl.col("orders_per_unit").dot("units")).item() or 0.0
    assert expected == pytest.approx(sum(came.values()), rel=1e-6)
    if came:
        sizes = dict(bulk.of_series.select("unique_id", "units_per_order").iter_rows())
        assert sum(sizes[name] * count for name, count in came.items()) == pytest.approx(20.0 * orders.height, rel=0.05)


def test_televisions_are_not_ordered_like_screws():
    orders = orders_of([(0, 4.0)] * 3 + [(1, 200.0)] * 97)
    sales = pl.DataFrame({"unique_id": ["s0", "s1"], "units": [100.0, 40_000.0], "lines": [100.0, 1_000.0]})
    bulk = bulk_orders(orders, sales, 26)
    sizes = dict(bulk.of_series.select("unique_id", "units_per_order").iter_rows())
    assert sizes["s0"] < 8 and sizes["s1"] == pytest.approx(200, rel=0.1)
    assert bulk.sizes.max() < 2.5


def test_one_tender_does_not_move_everybody():
    few = [(row % 10, 24.0) for row in range(199)]
    usual = bulk_orders(orders_of(few), sales_of([500.0] * 10), 26)
    tender = bulk_orders(orders_of([*few, (3, 90_000.0)]), sales_of([500.0] * 10), 26)
    assert tender.units_per_order == pytest.approx(usual.units_per_order, rel=0.01)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.floats(0.1, 12))
def test_goods_that_only_companies_buy_are_expected_as_often_as_they_were_bought(sizes, periods):
    orders = orders_of([(0, float(size)) for size in sizes] + [(1, 9.0)])
    bulk = bulk_orders(orders, sales_of([0.0, 500.0]), 26)
    nothing = sums_of([0.0, 10.0], np.zeros((2, len(LEVELS)))).with_columns(periods=pl.lit(periods))
    [first, _] = bulk_units(nothing, bulk)
    of_series = bulk.of_series.row(0, named=True)
    assert of_series["orders_per_unit"] == 0 and of_series["orders_per_period"] == len(sizes) / 26
    assert first == pytest.approx(len(sizes) / 26 * periods * of_series["units_per_order"])
    none = np.exp(-len(sizes) / 26 * periods)
    found = plus_bulk_over(nothing, bulk).row(0, named=True)
    assert found["y_hat"] == pytest.approx(first)
    assert all(
        (found[name] > 0) == (level > none)
        for name, level in zip(NAMES, LEVELS, strict=True)
        if abs(level - none) > 0.05
    )


def test_what_only_companies_buy_changes_nothing_for_goods_that_others_buy():
    alone, without = [(0, 30.0)] * 9, [(1, 20.0)] * 4
    sales = sales_of([0.0, 400.0, 800.0])
    beside, apart = (bulk_orders(orders_of(rows), sales, 26).of_series for rows in ([*alone, *without], without))
    others = pl.col("unique_id") != "s0"
    assert beside.filter(others)["orders_per_unit"].to_list() == pytest.approx(
        apart.filter(others)["orders_per_unit"].to_list(), rel=0.1
    )


def test_many_orders_become_normal():
    quantiles = some_orders(np.ones(64), np.array([150.0, 900.0]), (np.arange(101) + 0.5) / 101)
    assert quantiles[:, 50] == pytest.approx([150, 900], rel=0.01)
    # The sixteenth and the eighty-fourth level lie a deviation of √n from the middle.
    assert quantiles[:, 84] - quantiles[:, 16] == pytest.approx([2 * 150**0.5, 2 * 900**0.5], rel=0.1)


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="qty must be above zero"):
        bulk_orders(orders_of([(0, 0.0)]), sales_of([1.0]), 26)
    with pytest.raises(ValueError, match="occurs more than once"):
        bulk_orders(orders_of([]), pl.concat([sales_of([1.0])] * 2), 26)
