"""Master data of a world: complete, in proportion, the same on every run."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import masters
from simulator.masters.campaigns import NO_AMOUNT
from simulator.parameters import read
from simulator.times import day_number

WORLDS = Path(__file__).parents[2] / "simulator" / "worlds"


@pytest.fixture(scope="module")
def small():
    parameters = read(WORLDS / "small.toml")
    return masters.make(parameters), parameters


@pytest.fixture(scope="module")
def reference():
    parameters = read(WORLDS / "reference.toml")
    return masters.make(parameters), parameters


def resized(skus: int, seed: int = 3):
    parameters = read(WORLDS / "small.toml")
    return replace(
        parameters,
        world=replace(parameters.world, seed=seed),
        catalogue=replace(parameters.catalogue, skus=skus),
    )


def test_the_reference_world_has_about_300_skus_on_sale_throughout(reference):
    made, _ = reference
    days = range(made.first_day, made.last_day, 90)
    on_sale = [((made.launch_day <= day) & (made.end_day >= day)).sum() for day in days]

    assert min(on_sale) >= 260 and max(on_sale) <= 340
    assert len(made.supplier_ids) == 12
    assert len(made.warehouse_ids) == 3
    assert len(made.province_ids) == 31
    assert len(made.carrier_id) == 8


def test_ordinary_own_lines_average_what_the_world_asks_for(reference):
    made, parameters = reference
    days = range(made.first_day, made.last_day + 1)
    lines = [(masters.ordinary_rate(made, parameters, day) * made.modes[:, 0]).sum() for day in days]

    assert np.mean(lines) == pytest.approx(900, rel=0.01)


def test_gross_margins_lie_between_25_and_55_per_cent(reference):
    made, _ = reference
    goods = ~made.is_bundle
    margin = 1 - made.purchase_price[goods] / (made.list_price[goods] / 1.13)

    assert margin.min() > 0.25
    assert margin.max() < 0.551  # prices are whole yuan


def test_one_seed_always_makes_the_same_masters_and_another_seed_others(small):
    made, parameters = small
    again = masters.make(parameters)
    other = masters.make(replace(parameters, world=replace(parameters.world, seed=8)))

    assert np.array_equal(made.base_rate, again.base_rate)
    assert np.array_equal(made.campaigns.promo_price, again.campaigns.promo_price)
    assert not np.array_equal(made.base_rate, other.base_rate)


@settings(max_examples=10, deadline=None)
@given(skus=st.integers(20, 400), seed=st.integers(0, 1000))
def test_a_catalogue_of_any_size_is_sound(skus, seed):
    made = masters.make(resized(skus, seed))
    count = len(made.sku_ids)

    assert skus - 1 <= count <= skus  # where nothing lasting is left, a bundle is not made
    assert len(set(made.sku_ids)) == count
    assert np.allclose(made.modes.sum(axis=1), 1)
    assert (made.modes[made.dropshipper_of < 0, 1] == 0).all()
    assert (made.modes[made.merchant_of < 0, 2] == 0).all()
    assert (made.moq % made.case_units == 0).all()
    assert (made.spu_of[made.next_size] == made.spu_of).all()
    assert (made.colour == np.array(made.colour)[made.next_size]).all()
    assert (made.base_rate > 0).all()
    assert (made.launch_day < made.end_day).all()
    assert all((np.sort(faces) == np.arange(count)).all() for faces in made.bin_of)


def test_bundles_consist_of_own_lasting_goods_and_share_their_price(reference):
    made, _ = reference

    assert made.is_bundle.sum() == 3
    assert not made.is_bundle[made.bundle_component].any()
    assert (made.modes[made.bundle_component, 0] == 1).all()
    shares = np.bincount(made.bundle_sku, weights=made.bundle_share)[made.bundle_sku]
    assert (shares == 1_000_000).all()


def test_suppliers_rest_over_spring_festival(reference):
    made, _ = reference
    new_year = day_number(masters.calendar.SPRING_FESTIVALS[2026]) - made.calendar_start

    assert made.is_shutdown[:, new_year].all()
    assert not made.is_shutdown[:, new_year + 60].any()


def test_campaigns_are_published_before_they_start_and_sell_nobody_at_a_loss(reference):
    made, _ = reference
    calendar = made.campaigns
    tools = np.repeat(calendar.tool, np.diff(calendar.sku_start))
    priced = (calendar.promo_price != NO_AMOUNT) & (tools != "clearance")
    net = calendar.promo_price[priced] / 1.13

    assert (calendar.published_at < calendar.starts_at).all()
    assert (calendar.starts_at < calendar.ends_at).all()
    assert (net >= made.purchase_price[calendar.sku[priced]]).all()
    assert (calendar.uplift >= 1).all()


def test_the_lowest_running_price_stands_on_the_tag(reference):
    made, _ = reference
    day = int(made.campaigns.first_day[made.campaigns.tool.index("flash_sale")])
    price, campaign, uplift = made.campaigns.prices(day, made.list_price, len(made.shop_ids))

    assert (price <= made.list_price).all()
    assert (price < made.list_price).any()
    assert (campaign[price < made.list_price] >= 0).all()
    assert (uplift[campaign < 0] == 1).all()


def test_a_larger_order_never_costs_more_a_unit(reference):
    made, _ = reference
    skus = np.flatnonzero(made.case_units > 1)
    few, many = (
        masters.purchase_prices(made, made.first_day, made.supplier_of[skus], skus, made.case_units[skus] * cases)
        for cases in (1, 50)
    )

    assert np.array_equal(few, made.purchase_price[skus])
    assert (many <= few).all() and (many < few).any()
