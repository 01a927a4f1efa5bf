"""A few services by chance: always the same ones, all alike, told and priced, and never against a rule."""

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from optimization.carriers import Params, solve
from optimization.carriers.day import Cap, Terms
from tests.optimization.test_carriers import two_services

DRAW = Params(explore_share=0.05)


def test_nothing_is_drawn_unless_asked_for():
    assert not solve(two_services(200)).choices["is_drawn"].any()


def test_a_share_of_parcels_is_drawn_half_for_each_service_and_told_and_priced():
    given_problem = two_services(4000)
    plan = solve(given_problem, DRAW)
    drawn = plan.choices.filter("is_drawn")
    assert plan.check(given_problem) == []
    assert drawn.height / 4000 == pytest.approx(0.05, abs=0.01)
    assert (drawn["carrier_id"] == "SF").mean() == pytest.approx(0.5, abs=0.12)
    assert dict(drawn.select("carrier_id", "draw_amount").unique().iter_rows()) == {
        "SF": Decimal("1.5"),
        "YT": Decimal("0"),
    }
    assert drawn.filter(carrier_id="SF")["reason"][0] == "drawn by chance to learn, 1.50 yuan dearer than the cheapest"
    assert plan.choices.filter(~pl.col("is_drawn"))["carrier_id"].unique().to_list() == ["YT"]


def test_a_parcel_is_drawn_alike_whatever_waits_beside_it():
    whole = solve(two_services(2000), DRAW).choices.filter("is_drawn")
    some = two_services(2000)
    alone = solve(replace(some, parcels=some.parcels.sample(500, seed=1)), DRAW).choices.filter("is_drawn")
    kept = whole.join(alone, on="outbound_id", how="semi").select("outbound_id", "carrier_id").sort("outbound_id")
    assert alone.height and kept.equals(alone.select("outbound_id", "carrier_id").sort("outbound_id"))


def test_a_service_too_dear_is_not_drawn():
    plan = solve(two_services(1000), Params(explore_share=0.05, explore_most=1.0))
    assert not plan.choices["is_drawn"].any()


def test_draws_keep_caps_and_count_for_minimums():
    caps, terms = [Cap("YT std", "parcels", 900)], [Terms("SF std", 100, 3.0)]
    given_problem = two_services(1000, caps=caps, terms=terms)
    plan = solve(given_problem, DRAW)
    assert plan.check(given_problem) == [] and plan.choices["is_drawn"].sum() > 20
    assert plan.choices["carrier_id"].value_counts().sort("carrier_id").rows() == [("SF", 100), ("YT", 900)]


def test_on_a_day_that_leaves_parcels_over_chance_takes_nobodys_room():
    given_problem = two_services(1000, caps=[Cap("YT std", "parcels", 600), Cap("SF std", "parcels", 390)])
    plan = solve(given_problem, DRAW)
    assert plan.check(given_problem) == [] and plan.choices.height == 990
    assert not plan.choices["is_drawn"].any()


def test_a_draw_that_was_not_asked_for_is_found_out():
    given_problem = two_services(400)
    plan = solve(given_problem, DRAW)
    assert "is drawn for" in " ".join(replace(plan, params=Params()).check(given_problem))


@pytest.mark.parametrize(("setting", "message"), [({"explore_share": 0.2}, "0.05"), ({"explore_most": -1}, "100 yuan")])
def test_a_setting_out_of_range_is_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        Params.from_mapping(setting)
