from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.carriers import Params, Problem, contracts, solve
from optimization.carriers.contracts import CONTRACT_TERMS
from optimization.carriers.day import Cap, Terms, Tier
from optimization.carriers.problem import PARCELS, RATES, SERVICES, ZONES

TYPES = {
    "text": pl.String,
    "integer": pl.Int64,
    "money": pl.Decimal(18, 6),
    "bool": pl.Boolean,
    "date": pl.Date,
    "number": pl.Float64,
}
PARCEL = dict.fromkeys(PARCELS) | {
    "outbound_id": "P",
    "origin_region": "east",
    "dest_province": "zhejiang",
    "weight_g": 900,
    "is_cod": False,
    "needs_cold": False,
    "is_hazmat": False,
    "no_air": False,
    "handover_date": date(2025, 6, 2),
    "promised_date": date(2025, 6, 5),
    "rest_days": 0,
}
SERVICE = dict.fromkeys(SERVICES) | {
    "carrier_id": "SF",
    "service_code": "std",
    "cod_ok": True,
    "cold_ok": True,
    "hazmat_ok": True,
    "insured_ok": True,
    "is_air": False,
}
RATE = dict.fromkeys(RATES) | {
    "carrier_id": "SF",
    "service_code": "std",
    "origin_zone": "E",
    "dest_zone": "Z",
    "weight_from_g": 0,
    "first_weight_g": 1000,
    "first_fee": Decimal("8"),
    "step_g": 1000,
    "step_fee": Decimal("2"),
    "rounding": "up_1kg",
}
ZONE = dict.fromkeys(ZONES) | {
    "carrier_id": "SF",
    "service_code": "std",
    "origin_region": "east",
    "dest_region": "zhejiang",
    "origin_zone": "E",
    "dest_zone": "Z",
    "is_remote": False,
    "is_stopped": False,
    "transit_days": 2.0,
}


def frame(columns, base, changes):
    schema = {name: TYPES[kind.rstrip("?")] for name, kind in columns.items()}
    return pl.DataFrame([base | change for change in changes], schema=schema)


def problem(parcels=({},), services=({},), rates=({},), zones=({},), **more):
    return Problem(
        frame(PARCELS, PARCEL, parcels),
        frame(SERVICES, SERVICE, services),
        frame(RATES, RATE, rates),
        frame(ZONES, ZONE, zones),
        **more,
    )


def two_services(parcels: int, **more) -> Problem:
    """Parcels that SF carries for 8 yuan and YT for 6.5."""
    other = {"carrier_id": "YT"}
    rates = [{}, other | {"first_fee": Decimal("6.5")}]
    return problem([{"outbound_id": f"P{n}"} for n in range(parcels)], [{}, other], rates, [{}, other], **more)


def cost(parcel=None, rate=None, zone=None):
    given_problem = problem([parcel or {}], [{}], [rate or {}], [zone or {}])
    plan = solve(given_problem, Params(insure_from=1000))
    assert plan.check(given_problem) == []
    return plan.choices["cost_amount"].item()


@pytest.mark.parametrize(
    ("parcel", "rate", "zone", "expected"),
    [
        ({"weight_g": 1}, {}, {}, "8"),
        ({"weight_g": 1000}, {}, {}, "8"),
        ({"weight_g": 1001}, {}, {}, "10"),
        ({"weight_g": 2001}, {}, {}, "12"),
        ({"weight_g": 1001}, {"rounding": "up_500g"}, {}, "9"),
        ({"weight_g": 1001}, {"rounding": "up_100g"}, {}, "8.20"),
        ({"weight_g": 1003}, {"rounding": "exact"}, {}, "8.01"),
        ({"weight_g": 1002}, {"rounding": "exact"}, {}, "8.00"),
        ({"volume_cm3": 12001}, {"volumetric_divisor": 6000}, {}, "12"),
        ({"volume_cm3": 12000}, {"volumetric_divisor": 6000}, {}, "10"),
        ({"volume_cm3": 90000}, {}, {}, "8"),
        ({}, {"min_fee": Decimal("9.99")}, {}, "9.99"),
        ({}, {"fuel_rate": Decimal("0.125")}, {}, "9"),
        ({}, {"remote_fee": Decimal("5")}, {}, "8"),
        ({}, {"remote_fee": Decimal("5")}, {"is_remote": True}, "13"),
        ({}, {"peak_fee": Decimal("1.5")}, {}, "9.50"),
        ({"declared_value": Decimal("1001")}, {"insured_rate": Decimal("0.005")}, {}, "13.01"),
        ({"declared_value": Decimal("1001")}, {}, {}, "8"),
        ({"declared_value": Decimal("999")}, {"insured_rate": Decimal("0.005")}, {}, "8"),
        ({"is_cod": True, "cod_amount": Decimal("200")}, {"cod_rate": Decimal("0.02")}, {}, "12"),
        ({"is_cod": False, "cod_amount": Decimal("200")}, {"cod_rate": Decimal("0.02")}, {}, "8"),
    ],
)
def test_every_charge_of_a_rate_card_is_priced_to_the_fen(parcel, rate, zone, expected):
    assert cost(parcel, rate, zone) == Decimal(expected)


def test_a_weight_at_the_edge_of_two_brackets_belongs_to_the_lower():
    rates = [{"weight_to_g": 1000}, {"weight_from_g": 1000, "first_fee": Decimal("7")}]
    parcels = [{"outbound_id": "at", "weight_g": 1000}, {"outbound_id": "over", "weight_g": 1001}]
    given_problem = problem(parcels, rates=rates)
    plan = solve(given_problem)
    assert plan.choices["cost_amount"].to_list() == [Decimal("8"), Decimal("9")]
    assert plan.check(given_problem) == []


def test_the_runner_up_and_the_difference_are_shown():
    other = {"carrier_id": "YT"}
    given_problem = problem(services=[{}, other], rates=[{}, other | {"first_fee": Decimal("6.5")}], zones=[{}, other])
    plan = solve(given_problem)
    row = plan.choices.row(0, named=True)
    assert (row["carrier_id"], row["runner_up_carrier_id"], row["eligible_count"]) == ("YT", "SF", 2)
    assert (row["cost_amount"], row["difference_amount"]) == (Decimal("6.5"), Decimal("1.5"))
    assert row["reason"] == "cheapest of 2 eligible services"
    assert plan.objective == plan.bound == Decimal("6.5") and plan.gap == 0
    assert plan.choices.schema["cost_amount"] == pl.Decimal(18, 4)


def test_a_service_that_keeps_the_promise_goes_before_a_cheaper_late_one():
    slow = {"carrier_id": "YT"}
    services, zones = [{}, slow], [{}, slow | {"transit_days": 3.5}]
    rates = [{}, slow | {"first_fee": Decimal("5")}]
    given_problem = problem(services=services, rates=rates, zones=zones)
    plan = solve(given_problem)
    row = plan.choices.row(0, named=True)
    assert (row["carrier_id"], row["is_late"], row["difference_amount"]) == ("SF", False, Decimal("-3"))
    assert row["reason"] == "cheapest with the chance of being late priced in" and plan.check(given_problem) == []
    cheapest = solve(given_problem, Params(late_penalty=0))
    assert cheapest.choices["carrier_id"].item() == "YT" and cheapest.check(given_problem) == []


def test_what_policy_says_a_late_parcel_costs_goes_before_the_setting():
    slow = {"carrier_id": "YT"}
    parcels = [{"outbound_id": f"P{cost}", "late_cost": cost} for cost in (None, Decimal("0.5"), Decimal(40))]
    rates, zones = [{}, slow | {"first_fee": Decimal("5")}], [{}, slow | {"transit_days": 3.5}]
    given_problem = problem(parcels, [{}, slow], rates, zones)
    for penalty, unpriced in ((12, "SF"), (1, "YT")):
        plan = solve(given_problem, Params(late_penalty=penalty))
        assert plan.choices.sort("outbound_id")["carrier_id"].to_list() == ["YT", "SF", unpriced]
        assert plan.check(given_problem) == []


def test_a_parcel_that_nobody_can_deliver_in_time_goes_by_the_cheapest_and_is_marked_late():
    plan = solve(problem([{"promised_date": date(2025, 6, 3)}]))
    assert plan.choices["is_late"].item()
    assert "keeps the promised date" in plan.choices["reason"].item()


@pytest.mark.parametrize(
    ("parcel", "service", "rate", "zone", "reason"),
    [
        ({"is_cod": True, "cod_amount": Decimal("1")}, {"cod_ok": False}, {}, {}, "no_cod"),
        ({"needs_cold": True}, {"cold_ok": False}, {}, {}, "no_cold"),
        ({"is_hazmat": True}, {"hazmat_ok": False}, {}, {}, "no_hazmat"),
        ({"no_air": True}, {"is_air": True}, {}, {}, "no_air"),
        (
            {"declared_value": Decimal("9")},
            {"max_declared_value": Decimal("8")},
            {},
            {},
            "declared_value_too_high",
        ),
        ({"declared_value": Decimal("1000")}, {"insured_ok": False}, {}, {}, "no_insurance"),
        ({"weight_g": 9000}, {"max_weight_g": 8999}, {}, {}, "too_heavy"),
        ({"longest_side_mm": 900}, {"max_side_mm": 899}, {}, {}, "too_long"),
        ({"designated_carrier_id": "YT"}, {}, {}, {}, "not_designated"),
        ({"designated_service_code": "air"}, {}, {}, {}, "not_designated"),
        ({}, {}, {}, {"is_stopped": True}, "stopped"),
        ({"dest_province": "tibet"}, {}, {}, {}, "not_served"),
        ({}, {}, {"weight_to_g": 500}, {}, "no_rate"),
    ],
)
def test_a_parcel_that_no_service_may_carry_is_listed_with_the_rule(parcel, service, rate, zone, reason):
    given_problem = problem([parcel], [service], [rate], [zone])
    plan = solve(given_problem, Params(insure_from=1000))
    assert plan.choices.height == 0 and plan.unassigned.rows() == [("P", "SF", "std", reason)]
    assert plan.check(given_problem) == []


def test_without_any_service_every_parcel_is_listed():
    good = problem()
    none = Problem(good.parcels, good.services.clear(), good.rates.clear(), good.zones.clear())
    plan = solve(none)
    assert plan.unassigned.rows() == [("P", None, None, "no_service")] and plan.check(none) == []


MONEY = st.integers(0, 3000).map(lambda fen: Decimal(fen) / 100)
SHARE = st.one_of(st.none(), st.integers(0, 1000).map(lambda value: Decimal(value) / 10000))
RATE_CHANGE = st.fixed_dictionaries(
    {
        "first_fee": MONEY,
        "step_fee": MONEY,
        "first_weight_g": st.sampled_from([0, 500, 1000]),
        "step_g": st.sampled_from([100, 300, 500, 1000]),
        "min_fee": st.one_of(st.none(), MONEY),
        "volumetric_divisor": st.sampled_from([None, 5000, 6000, 12000]),
        "rounding": st.sampled_from(["up_100g", "up_500g", "up_1kg", "exact"]),
        "fuel_rate": SHARE,
        "remote_fee": st.one_of(st.none(), MONEY),
        "insured_rate": SHARE,
        "cod_rate": SHARE,
    }
)
PARCEL_CHANGE = st.fixed_dictionaries(
    {
        "weight_g": st.integers(1, 30_000),
        "volume_cm3": st.one_of(st.none(), st.integers(0, 200_000)),
        "declared_value": st.one_of(st.none(), MONEY),
        "is_cod": st.booleans(),
        "cod_amount": MONEY,
        "needs_cold": st.booleans(),
        "promised_date": st.one_of(st.none(), st.dates(date(2025, 6, 2), date(2025, 6, 7))),
    }
)
LOST = {"service_code": "std", "origin_region": "east", "dest_region": "zhejiang", "late_rate": 0.1}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(PARCEL_CHANGE, min_size=1, max_size=4),
    st.lists(st.tuples(RATE_CHANGE, st.booleans(), st.booleans(), st.integers(1, 5)), min_size=1, max_size=4),
    st.lists(st.floats(0, 0.1), min_size=4, max_size=4),
    st.sampled_from([0, 12.5, 20]),
)
def test_no_eligible_service_is_better_when_priced_again_in_decimals(parcels, cards, lost, insure_from):
    names = [{"carrier_id": f"C{number}"} for number in range(len(cards))]
    learnt = [
        LOST | {"carrier_id": f"C{number}", "arrived_within": [0.0, 0.5, 0.9, 0.95], "failed_rate": share}
        for number, share in enumerate(lost)
    ]
    given_problem = problem(
        [parcel | {"outbound_id": f"P{number}"} for number, parcel in enumerate(parcels)],
        [name | {"cold_ok": cold, "insured_ok": not cold} for name, (_, cold, _, _) in zip(names, cards, strict=True)],
        [name | rate for name, (rate, _, _, _) in zip(names, cards, strict=True)],
        [
            name | {"is_remote": remote, "transit_days": days}
            for name, (_, _, remote, days) in zip(names, cards, strict=True)
        ],
        lateness=pl.DataFrame(learnt),
    )
    plan = solve(given_problem, Params(insure_from=insure_from))
    assert plan.check(given_problem) == []
    assert plan.choices.height + plan.unassigned["outbound_id"].n_unique() == len(parcels)


def test_a_full_cap_is_named_where_it_keeps_a_parcel_from_its_cheapest_service():
    given_problem = two_services(5, caps=[Cap("YT std", "parcels", 3)])
    plan = solve(given_problem)
    assert plan.check(given_problem) == []
    moved = plan.choices.filter(pl.col("carrier_id") == "SF").rows(named=True)
    assert {row["bound_by"] for row in moved} == {"cap of YT std: room for 3 parcels today"} and len(moved) == 2
    assert moved[0]["reason"] == "1.50 yuan dearer than the cheapest: cap of YT std: room for 3 parcels today"
    assert plan.contracts.rows() == [
        ("cap", "YT std", "cap of YT std: room for 3 parcels today", pytest.approx(1.5), 3.0, 0)
    ]
    prices = plan.offers.filter(outbound_id=moved[0]["outbound_id"]).select("place", "carrier_id", "expected_amount")
    assert prices.rows() == [(1, "SF", Decimal("8")), (2, "YT", Decimal("6.5"))]
    assert plan.offers.filter(carrier_id="YT")["offset_amount"].to_list() == pytest.approx([1.5] * 5)
    offsets = dict(plan.offsets.select("service_id", "per_parcel").iter_rows())
    assert offsets["YT std"] - offsets["SF std"] == pytest.approx(1.5)


def test_what_a_cap_costs_is_money_that_somebody_bills_and_parcels_it_leaves_over_are_counted():
    caps = [Cap("YT std", "parcels", 3), Cap("SF std", "parcels", 4)]
    given_problem = two_services(10, caps=caps)
    plan = solve(given_problem)
    assert plan.check(given_problem) == [] and plan.choices.height == 7
    found = {row["service_id"]: row for row in plan.contracts.iter_rows(named=True)}
    # Four of the seven parcels that have a service pay 1.50 more than by YT; without SF's cap all ten have one.
    assert found["YT std"]["cost_amount"] == pytest.approx(6.0) and found["YT std"]["left_over"] == 3
    assert found["SF std"]["cost_amount"] == 0.0 and found["SF std"]["left_over"] == 3
    assert 0 <= found["YT std"]["price"] <= 1.5 + 1e-6 and found["SF std"]["price"] == pytest.approx(0.0, abs=1e-6)


def test_a_cap_on_the_services_of_a_rebate_has_a_price_of_its_own_beside_the_rebates():
    terms = Terms("YT std", 0, 0.0, (Tier(0, 0.2),))
    plan = solve(two_services(5, terms=[terms], caps=[Cap("YT std", "parcels", 3)]))
    price = dict(plan.contracts.select("kind", "price").iter_rows())
    # One more place with YT saves 1.50 of freight and earns the rebate.
    assert price == {"terms": pytest.approx(-0.2), "cap": pytest.approx(1.7)}
    cost = dict(plan.contracts.select("kind", "cost_amount").iter_rows())
    assert cost == {"terms": pytest.approx(-0.6), "cap": pytest.approx(2 * 1.7)}


def test_days_on_which_nothing_moves_are_no_days_to_arrive_on():
    lane = {"service_code": "std", "origin_region": "east", "dest_region": "zhejiang", "late_rate": 0.1}
    learnt = pl.DataFrame([lane | {"carrier_id": "SF", "arrived_within": [0.0, 0.5, 0.9, 1.0], "failed_rate": 0.0}])
    # Handed over on the eve of a festival of seven days, promised on the ninth day after: two days are left to move.
    eve = {"handover_date": date(2025, 1, 27), "promised_date": date(2025, 2, 5), "rest_days": 7}
    festival = problem([eve], lateness=learnt)
    stated = problem([eve | {"rest_days": 8}])
    for given_problem, chance, is_late in ((festival, 0.1, False), (stated, 1.0, True)):
        plan = solve(given_problem)
        assert plan.check(given_problem) == []
        assert plan.choices["late_probability"].item() == pytest.approx(chance)
        assert plan.choices["is_late"].item() == is_late


def test_a_minimum_of_a_carrier_draws_parcels_when_its_fee_is_dearer():
    terms = Terms("SF *", 4, 2.0, shipped=1, covers=("SF std",))
    given_problem = two_services(6, terms=[terms])
    plan = solve(given_problem)
    assert plan.check(given_problem) == [] and plan.choices["carrier_id"].to_list().count("SF") == 3
    assert plan.choices.filter(pl.col("carrier_id") == "SF")["bound_by"].unique().to_list() == [
        "volume of SF * (minimum 4)"
    ]


def test_parcels_still_to_come_may_fulfil_a_commitment_of_the_month():
    terms = Terms("SF std", 4, 2.0)
    now = solve(two_services(4, terms=[terms]))
    later = solve(
        two_services(4, terms=[terms], expected_ahead=400.0, days_ahead=10.0, caps=[Cap("YT std", "parcels", 30)])
    )
    assert now.choices["carrier_id"].to_list() == ["SF"] * 4
    assert later.choices["carrier_id"].to_list() == ["YT"] * 4


def test_parcels_beyond_every_cap_are_listed_with_the_reason():
    given_problem = two_services(3, caps=[Cap("YT std", "parcels", 1), Cap("SF std", "kg", 1.5)])
    plan = solve(given_problem)
    assert plan.check(given_problem) == []
    assert plan.unassigned["reason"].to_list() == ["caps_full", "caps_full"]


def test_a_day_without_parcels_is_planned_whatever_the_contracts():
    full = two_services(1, terms=[Terms("SF std", 4, 2.0)], expected_ahead=10.0, days_ahead=2.0)
    empty = replace(full, parcels=full.parcels.clear())
    plan = solve(empty)
    assert plan.choices.height == plan.unassigned.height == 0 and plan.check(empty) == []


def test_a_lane_that_is_often_late_costs_its_penalty():
    lane = {"service_code": "std", "origin_region": "east", "dest_region": "zhejiang", "late_rate": 0.1}
    learnt = pl.DataFrame(
        [
            lane | {"carrier_id": "SF", "arrived_within": [0.0, 0.5, 0.9, 0.98], "failed_rate": 0.0},
            lane | {"carrier_id": "YT", "arrived_within": [0.0, 0.2, 0.5, 0.7], "failed_rate": 0.001},
        ]
    )
    given_problem = two_services(1, lateness=learnt)
    plan = solve(given_problem)
    row = plan.choices.row(0, named=True)
    assert plan.check(given_problem) == [] and row["carrier_id"] == "SF"
    assert row["late_probability"] == pytest.approx(0.02)
    assert (row["expected_amount"], row["runner_up_expected_amount"]) == (Decimal("8.24"), Decimal("10.1"))


def test_contract_terms_of_exports_become_caps_and_volumes():
    row = dict.fromkeys(CONTRACT_TERMS) | {
        "carrier_id": "SF",
        "service_code": "*",
        "from_volume": Decimal(0),
        "month_volume": Decimal(7),
        "month_parcels": Decimal(400),
        "today_volume": Decimal(0),
        "held_volume": Decimal(0),
    }
    of_w1 = {"month_volume": Decimal(3), "month_parcels": Decimal(150)}
    of_p2 = {"province_id": "P2", "month_volume": Decimal(2)}
    rows = [
        row | {"term_kind": "monthly_minimum", "target_volume": Decimal(100), "shortfall_fee": Decimal("1.5")},
        row | {"term_kind": "rebate_tier", "from_volume": Decimal(50), "rebate_per_parcel": Decimal("0.2")},
        row | {"term_kind": "share_limit", "limit_share": Decimal("0.25")},
        row | {"term_kind": "share_limit", "limit_share": Decimal("0.5"), "warehouse_id": "W1"} | of_w1,
        row | {"term_kind": "monthly_minimum", "target_volume": Decimal(30), "warehouse_id": "W1"} | of_w1,
        row | {"term_kind": "rebate_tier", "rebate_per_parcel": Decimal(1), "from_volume": Decimal(9)} | of_p2,
        row | {"term_kind": "kg_cap", "service_code": "air", "target_volume": Decimal(40), "warehouse_id": "W1"},
        row | {"term_kind": "kg_cap", "target_volume": Decimal(900), "month_volume": Decimal(4000)},
        row
        | {
            "term_kind": "daily_cap",
            "target_volume": Decimal(60),
            "today_volume": Decimal(45),
            "held_volume": Decimal(4),
        },
        row | {"term_kind": "daily_cap", "target_volume": Decimal(60), "from_volume": Decimal(1)},  # the same, looser
        row
        | {"term_kind": "daily_cap", "service_code": "air", "target_volume": Decimal(5), "today_volume": Decimal(8)},
        row | {"term_kind": "daily_cap", "service_code": "std"},  # without a limit it is none
        row | {"term_kind": "daily_cap", "carrier_id": "gone", "target_volume": Decimal(9)},
    ]
    types = TYPES | {"money": pl.Decimal(18, 4)}
    frame_of = pl.DataFrame(rows, schema={name: types[kind.rstrip("?")] for name, kind in CONTRACT_TERMS.items()})
    services = pl.DataFrame({"carrier_id": ["SF", "SF", "YT"], "service_code": ["air", "std", "std"]})
    both = ("SF air", "SF std")
    parcels = pl.DataFrame({"warehouse_id": ["W1", "W2", "W1", None], "dest_province": ["P1", "P2", "P1", "P1"]})
    # A quarter of 400 that left and 600 to come; half of 150 that left W1 and of the half of 600 that leaves it.
    assert contracts(frame_of, services, parcels, 600.0) == (
        [
            Terms("SF *", 100, 1.5, (Tier(0, 0.0), Tier(50, 0.2)), True, 7, 250.0, both),
            Terms("SF *", 0, 0.0, (Tier(0, 0.0), Tier(9, 1.0)), True, 2, None, both, None, "P2"),
            Terms("SF *", 30, 0.0, (Tier(0, 0.0),), True, 3, 225.0, both, "W1"),
        ],
        [
            Cap("SF *", "kg", 900.0, None, None, both),
            Cap("SF *", "parcels", 11.0, None, None, both),
            Cap("SF air", "kg", 40.0, "W1", None, ("SF air",)),
            Cap("SF air", "parcels", 0.0, None, None, ("SF air",)),
        ],
    )


def test_a_tampered_plan_is_found_out():
    given_problem = problem()
    plan = solve(given_problem)
    cheaper = plan.choices.with_columns(pl.col("cost_amount") - Decimal("1"))
    tampered = replace(plan, choices=cheaper)
    assert "costs 8.00" in " ".join(tampered.check(given_problem))


def test_float_money_and_impossible_values_are_refused_by_name():
    good = problem()
    with pytest.raises(ValueError, match="column 'first_fee' must be money, found Float64"):
        Problem(
            good.parcels,
            good.services,
            good.rates.with_columns(pl.col("first_fee").cast(pl.Float64)),
            good.zones,
        )
    with pytest.raises(ValueError, match="weight_g must be between 1 and 100000000, found 0"):
        problem([{"weight_g": 0}])
    with pytest.raises(ValueError, match=r"rounding must be one of .* found 'up_2kg'"):
        problem(rates=[{"rounding": "up_2kg"}])
    with pytest.raises(ValueError, match="cod_amount must be known for COD"):
        problem([{"is_cod": True}])
    with pytest.raises(ValueError, match="unknown setting"):
        Params.from_mapping({"caps": 1})
