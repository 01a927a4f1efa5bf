"""Stock over shops: promises first, then rules, then what margins justify; the rest is open to all."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.replenishment import ChannelParams
from optimization.replenishment.channels import allocate_channels, check_allocation
from optimization.replenishment.channels.earnings import earned
from optimization.replenishment.channels.fences import owed
from optimization.replenishment.channels.protection import protection_levels

ANY_GAIN = ChannelParams(least_gain=0.0)
NAMES = {"shop_id": pl.String, "demand_share": pl.Float64, "committed_qty": pl.Int64, "service_target": pl.Float64,
         "unit_margin": pl.Float64}  # fmt: skip


def place(available, *shops):
    """Stock and shops of (name, share, committed, target, margin)."""
    key = {"sku_id": pl.lit("a"), "location_id": pl.lit("w")}
    stock = pl.DataFrame({"available_qty": [available]}).with_columns(**key)
    return stock, pl.DataFrame(shops, schema=NAMES, orient="row").with_columns(**key)


def paths(mean, spread=0.3, count=200):
    return np.maximum(np.random.default_rng(5).normal(mean, mean * spread, (1, count)), 0)


def kept(available, demand, *shops, params=ANY_GAIN):
    stock, rows = place(available, *shops)
    found = allocate_channels(stock, rows, demand, params)
    assert check_allocation(found, stock, rows) == []
    return dict(found.select("shop_id", "allocated_qty").rows())


OWN, MARKET = ("own", 0.5, 0, None, 9.0), ("market", 0.5, 0, None, 3.0)


def test_plenty_is_open_to_all():
    assert kept(500, paths(100), OWN, MARKET) == {}


def test_what_is_scarce_is_kept_for_the_shop_that_earns_more():
    found = kept(60, paths(100), OWN, MARKET)
    assert set(found) == {"own", "*"} and 30 <= found["own"] <= 60 and sum(found.values()) == 60


def test_shops_that_earn_the_same_share_an_open_pool():
    assert kept(60, paths(100), OWN, ("market", 0.5, 0, None, 9.0)) == {}


def test_a_fence_that_earns_less_than_setting_it_costs_is_not_set():
    assert kept(60, paths(100), OWN, MARKET, params=ChannelParams(least_gain=1e4)) == {}


def test_promises_come_first_and_share_what_is_short_of_them():
    assert kept(300, paths(10), ("presale", 0.5, 30, None, 1.0), OWN) == {"presale": 30, "*": 270}
    assert kept(10, paths(1), ("one", 0.5, 10, None, 1.0), ("other", 0.5, 20, None, 1.0)) == {
        "one": 3, "other": 7, "*": 0,
    }  # fmt: skip


def test_a_rule_keeps_what_its_shop_wants_with_that_chance_though_it_earns_less():
    demand = np.arange(0.0, 200.0)[None, :]
    stock, shops = place(150, ("poor", 1.0, 0, 0.9, 1.0))
    [fence, pool] = allocate_channels(stock, shops, demand, ANY_GAIN).iter_rows(named=True)
    # Nine of ten of the demands 0 to 199 are 179 or less: all there is.
    assert (fence["owed_qty"], fence["allocated_qty"], pool["allocated_qty"]) == (150, 150, 0)
    assert fence["reason"] == "150 wanted by its service rule" and fence["reason_zh"] == "服务规则要求 150 件"


def test_what_a_promise_costs_is_told():
    stock, shops = place(50, ("poor", 0.5, 40, None, 1.0), ("rich", 0.5, 0, None, 9.0))
    found = allocate_channels(stock, shops, paths(100), ANY_GAIN)
    assert found["fence_gain"].max() < 0


def test_protection_levels_are_those_of_the_newsvendor_between_two_shops():
    # A third of the margin: kept until the chance that the own shop wants another unit falls to a third.
    levels = protection_levels(
        np.array([[50.0, 50.0]]), np.array([[10.0, 10.0]]), np.array([[9.0, 3.0]]), np.ones((1, 2), bool)
    )
    assert levels[0] == pytest.approx([54.307, 54.307], abs=1e-3)


def test_a_shop_sells_its_own_first_and_shares_the_pool_by_who_still_waits():
    found = earned(np.array([[[10, 30]]]), np.array([[5.0, 1.0]]), np.array([[4, 0]]), np.array([22]))
    # Six and thirty still wait for a pool of eighteen: half of each is served.
    assert found[0, 0] == pytest.approx((4 + 3) * 5 + 15)


def test_the_same_seed_splits_alike_and_an_empty_warehouse_has_no_rows():
    stock, shops = place(60, OWN, MARKET)
    assert allocate_channels(stock, shops, paths(100)).equals(allocate_channels(stock, shops, paths(100)))
    assert allocate_channels(stock.clear(), shops.clear(), np.zeros((0, 8))).is_empty()


def test_demand_of_other_places_is_refused():
    stock, shops = place(60, OWN)
    with pytest.raises(ValueError, match="rows of stock = 1"):
        allocate_channels(stock, shops, np.zeros((2, 8)))


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("own", 50, True), ("*", 20, False)], "70 allocated of 60"),
        ([("market", 50, True), ("*", 10, False)], "promises of"),
        ([("own", 60, False)], "the pool, and nothing else"),
        ([], "nothing kept"),
    ],
)
def test_the_check_sees_what_does_not_add_up(rows, fault):
    stock, shops = place(60, ("own", 1.0, 10, None, 1.0))
    names = {"shop_id": pl.String, "allocated_qty": pl.Int64, "ring_fenced": pl.Boolean}
    found = pl.DataFrame(rows, schema=names, orient="row").with_columns(sku_id=pl.lit("a"), location_id=pl.lit("w"))
    assert any(fault in told for told in check_allocation(found, stock, shops))


SHOPS = st.lists(
    st.tuples(st.floats(0.1, 9), st.integers(0, 50), st.none() | st.floats(0, 1), st.floats(-5, 20)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300), st.floats(0, 300), SHOPS)
def test_fences_and_pool_are_what_is_there(available, mean, shops):
    found = kept(available, paths(mean, count=16), *[(f"s{number}", *shop) for number, shop in enumerate(shops)])
    assert not found or sum(found.values()) == available


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=5), st.integers(0, 200))
def test_nobody_is_owed_more_than_was_asked_and_nothing_owed_is_left_lying(asked, available):
    committed, wanted = (np.array([column]) for column in zip(*asked, strict=True))
    found = owed(committed, wanted, np.array([available]))
    want = np.maximum(committed, wanted)
    assert (found <= want).all() and found.sum() == min(available, want.sum())
