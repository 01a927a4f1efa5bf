"""The choice over a whole day: what it promises, on days small enough to count, and against a full program."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from optimization.carriers.day import Cap, Day, Terms, Tier, choose
from optimization.carriers.day import whole as whole_module
from optimization.carriers.day.check import bill
from optimization.carriers.day.choose import Search
from optimization.carriers.day.classes import gather
from optimization.carriers.day.volume import Box, pieces, volume_cost

SERVICES = ["EMS", "SF", "YTO", "ZTO"]


def day_of(costs, terms=(), caps=(), grams=None, warehouse=None, province=None) -> Day:
    """A day from a table of costs (yuan, None where not quoted): one row per parcel, one column per service."""
    n = len(costs)
    rows = [
        (parcel, SERVICES[s], cost, 1000 if grams is None else grams[parcel][s])
        for parcel, row in enumerate(costs)
        for s, cost in enumerate(row)
        if cost is not None
    ]
    parcels = pl.DataFrame(
        {
            "parcel_id": range(n),
            "warehouse_id": ["W1"] * n if warehouse is None else warehouse,
            "province_id": ["zhejiang"] * n if province is None else province,
        }
    )
    schema = ["parcel_id", "service_id", "expected_cost", "billed_g"]
    return Day(parcels, pl.DataFrame(rows, schema=schema, orient="row"), list(terms), list(caps))


def drawn_day(n: int, seed: int) -> Day:
    """A day with everything: two warehouses, four provinces, caps of every kind, minimums and tiers."""
    rng = np.random.default_rng(seed)
    warehouse, province = rng.choice(["W1", "W2"], n), rng.choice(["A", "B", "C", "D"], n)
    kg = np.ceil(rng.lognormal(0, 0.8, n))
    costs = np.round(rng.uniform(2, 5, 4) + np.outer(kg, rng.uniform(0.4, 1.6, 4)) + rng.normal(0, 0.6, (n, 4)), 1)
    costs = [[None if rng.random() < 0.08 and s else max(c, 0.5) for s, c in enumerate(row)] for row in costs]
    terms = [
        Terms("SF", n // 10, 3.0, (Tier(0, 0.0), Tier(n // 8, 0.5), Tier(n // 4, 1.1))),
        Terms("YTO", n // 5, 1.2, (Tier(0, 0.0), Tier(n // 3, 0.4)), is_all_unit=False),
        Terms("ZTO", n // 4, 1.0, (Tier(0, 0.0), Tier(n // 3, 0.35))),
        Terms("ZTO", n // 6, 0.8, (Tier(0, 0.0), Tier(n // 5, 0.3)), warehouse_id="W2"),
        Terms("EMS", 0, 0.0, (Tier(0, 0.0), Tier(n // 12, 0.9)), warehouse_id="W1", province_id="A"),
    ]
    caps = [
        Cap("ZTO", "parcels", int(0.45 * n)),
        Cap("YTO", "parcels", int(0.25 * n), warehouse_id="W1"),
        Cap("ZTO", "parcels", int(0.12 * n), province_id="B"),
        Cap("SF", "kg", float(kg.sum() * 0.2)),
        Cap("YTO", "kg", float(kg.sum() * 0.1), warehouse_id="W2", province_id="C"),
    ]
    return day_of(costs, terms, caps, [[int(w * 1000)] * 4 for w in kg], warehouse, province)


def full_program(day: Day) -> tuple[float, float]:
    """Objective and bound of the day as one integer program, a column per quote."""
    quotes = day.quotes.join(day.parcels, on="parcel_id").with_row_index("column")
    columns = quotes.height
    cost, high, whole, rows = list(quotes["expected_cost"]), [1.0] * columns, [1] * columns, []
    for (_,), mine in quotes.group_by("parcel_id"):
        rows.append((dict.fromkeys(mine["column"], 1.0), 1, 1))
    for cap in day.caps:
        inside = quotes.filter(pl.col("service_id") == cap.service_id)
        for name in ("warehouse_id", "province_id"):
            if getattr(cap, name) is not None:
                inside = inside.filter(pl.col(name) == getattr(cap, name))
        amount = [1.0] * inside.height if cap.measure == "parcels" else (inside["billed_g"] / 1000).to_list()
        rows.append((dict(zip(inside["column"], amount, strict=True)), 0, cap.limit))
    for terms in day.terms:
        counted = quotes.filter(pl.col("service_id") == terms.service_id)
        for name in ("warehouse_id", "province_id"):
            if getattr(terms, name) is not None:
                counted = counted.filter(pl.col(name) == getattr(terms, name))
        mine = counted["column"].to_list()
        links, switches = dict.fromkeys(mine, 1.0), {}
        for piece in pieces(terms, len(mine)):
            cost += [piece.fixed, piece.slope]
            high += [1.0, piece.high]
            whole += [1, 0]
            switch, volume = len(cost) - 2, len(cost) - 1
            rows += [({volume: 1.0, switch: -piece.low}, 0, np.inf), ({volume: 1.0, switch: -piece.high}, -np.inf, 0)]
            switches[switch] = 1.0
            links[volume] = -1.0
        cost.append(terms.shortfall_fee)
        high.append(np.inf)
        whole.append(0)
        rows += [(switches, 1, 1), (links, 0, 0)]
        rows.append((dict.fromkeys(mine, 1.0) | {len(cost) - 1: 1.0}, terms.minimum_parcels, np.inf))
    row = np.repeat(np.arange(len(rows)), [len(each) for each, _, _ in rows])
    column = np.concatenate([list(each) for each, _, _ in rows])
    value = np.concatenate([list(each.values()) for each, _, _ in rows])
    matrix = csr_array((value, (row, column)), shape=(len(rows), len(cost)))
    limits = LinearConstraint(matrix, [low for _, low, _ in rows], [high for _, _, high in rows])
    found = milp(
        np.array(cost), integrality=whole, bounds=Bounds(0, high), constraints=limits, options={"mip_rel_gap": 1e-5}
    )
    return found.fun, found.mip_dual_bound


def test_a_full_integer_program_finds_nothing_noticeably_better():
    day = drawn_day(200, 3)
    choice = choose(day)
    objective, bound = full_program(day)
    assert choice.check(day) == []
    assert choice.bound <= objective * (1 + 1e-6)
    assert choice.objective <= bound * 1.001


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(20, 80))
def test_no_choice_breaks_a_cap_or_claims_more_than_it_proves(seed, n):
    day = drawn_day(n, seed)
    assert choose(day).check(day) == []


@settings(max_examples=20, deadline=None)
@given(
    costs=st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=1, max_size=5),
    minimum=st.integers(0, 4),
    start=st.integers(1, 5),
)
def test_no_way_to_carry_a_few_parcels_costs_less_than_the_bound(costs, minimum, start):
    terms = [Terms("EMS", minimum, 2.0), Terms("SF", 0, 0.0, (Tier(0, 0.0), Tier(start, 1.5)))]
    day = day_of(costs, terms)
    choice = choose(day)
    ways = [
        sum(row[s] for row, s in zip(costs, way, strict=True))
        + sum(bill(each, sum(SERVICES[s] == each.service_id for s in way)) for each in terms)
        for way in product(range(3), repeat=len(costs))
    ]
    assert choice.check(day) == []
    assert choice.bound <= min(ways) + 1e-4 <= choice.objective + 2e-4


def test_a_minimum_is_met_where_that_costs_less_than_its_fee():
    day = day_of([[5.0, 6.0]] * 10 + [[5.0, 9.0]] * 10, [Terms("SF", 10, 2.0)])
    assert choose(day).assignment["service_id"].to_list() == ["SF"] * 10 + ["EMS"] * 10


def test_a_tier_is_reached_where_its_rebate_on_all_parcels_pays_for_the_detour():
    tiers = (Tier(0, 0.0), Tier(12, 1.0))
    costs = [[5.0, 4.9]] * 8 + [[5.0, 5.5]] * 8
    assert choose(day_of(costs, [Terms("SF", 0, 0.0, tiers)])).objective == pytest.approx(8 * 4.9 + 8 * 5.5 - 16)
    increments = Terms("SF", 0, 0.0, tiers, is_all_unit=False)
    assert choose(day_of(costs, [increments])).objective == pytest.approx(8 * 4.9 + 8 * 5.0)


def test_parcels_that_left_before_count_for_the_tier():
    terms = Terms("SF", 100, 3.0, (Tier(0, 0.0), Tier(100, 1.0)), shipped=98)
    choice = choose(day_of([[5.0, 8.0]] * 4, [terms]))
    assert choice.assignment["service_id"].to_list().count("SF") == 2
    assert choice.objective == pytest.approx(2 * 5 + 2 * 8 - 100)


def test_tiers_that_only_dearer_arcs_can_reach_are_not_taken_for_infeasible(monkeypatch):
    # One class stays open inside the first window, and no arc in it reaches the tier: rows must give way, not end it.
    monkeypatch.setattr(whole_module, "OPEN_AT_LEAST", 1)
    costs = [[5.0, 5.01]] + [[5.0, 6.0 + parcel / 10] for parcel in range(30)]
    day = day_of(costs, [Terms("SF", 0, 0.0, (Tier(0, 0.0), Tier(20, 9.0)))], [Cap("SF", "parcels", 21)])
    classes = gather(day)
    box = Box.of([Search(classes).pieces[0][1]])
    found = whole_module.whole_parcels(classes, box, np.zeros(classes.size))
    assert found.parcels.sum(axis=0).tolist() == [10, 21, 0]
    assert choose(day).objective == pytest.approx(sum(sorted(c[1] for c in costs)[:21]) + 50 - 189)


def test_parcels_that_no_cap_leaves_room_for_stay_unassigned():
    day = day_of([[5.0]] * 5, caps=[Cap("EMS", "parcels", 3)])
    choice = choose(day)
    assert choice.assignment["service_id"].null_count() == 2
    assert choice.check(day) == []


def test_heavy_parcels_leave_a_service_whose_kilograms_are_capped():
    day = day_of([[5.0, 6.0]] * 4, caps=[Cap("EMS", "kg", 10)], grams=[[9000] * 2, [1000] * 2, [5000] * 2, [4000] * 2])
    choice = choose(day)
    assert choice.check(day) == []
    assert choice.assignment["service_id"].to_list() == ["SF", "EMS", "EMS", "EMS"]


@settings(max_examples=20, deadline=None)
@given(
    costs=st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=2, max_size=5),
    minimum=st.integers(1, 4),
    start=st.integers(1, 3),
)
def test_volumes_of_a_warehouse_or_a_province_count_its_parcels_alone(costs, minimum, start):
    warehouse = [["W1", "W2"][parcel % 2] for parcel in range(len(costs))]
    province = [["A", "B"][parcel // 2 % 2] for parcel in range(len(costs))]
    terms = [
        Terms("EMS", minimum, 2.0, warehouse_id="W1"),
        Terms("EMS", minimum, 1.0, warehouse_id="W2"),
        Terms("SF", 0, 0.0, (Tier(0, 0.0), Tier(start, 1.5)), province_id="B", warehouse_id="W2"),
        Terms("SF", 0, 0.0, (Tier(0, 0.0), Tier(start, 0.5)), province_id="A"),
    ]
    day = day_of(costs, terms, warehouse=warehouse, province=province)
    choice = choose(day)

    def billed(way) -> float:
        places = list(zip(way, warehouse, province, strict=True))
        return sum(bill(each, sum((SERVICES[s], w, p) in counted(each, w, p) for s, w, p in places)) for each in terms)

    def counted(each: Terms, w: str, p: str) -> list[tuple]:
        return [(each.service_id, each.warehouse_id or w, each.province_id or p)]

    ways = [
        sum(row[s] for row, s in zip(costs, way, strict=True)) + billed(way)
        for way in product(range(3), repeat=len(costs))
    ]
    assert choice.check(day) == []
    assert choice.bound <= min(ways) + 1e-4 <= choice.objective + 2e-4
    assert choice.objective <= min(ways) + 1e-3


def test_a_label_system_is_told_what_a_parcel_of_one_warehouse_is_worth():
    # Ten parcels of W1 by SF spare 2 yuan each of a fee; those of W2 count nowhere.
    terms = [Terms("SF", 10, 2.0, warehouse_id="W1")]
    day = day_of([[5.0, 6.0 + n / 10] for n in range(20)] * 2, terms, warehouse=["W1"] * 20 + ["W2"] * 20)
    choice = choose(day)
    offset = choice.offsets.filter(service_id="SF")
    by_place = dict(zip(offset["warehouse_id"], offset["per_parcel"], strict=True))
    assert choice.assignment["service_id"].to_list().count("SF") == 10
    assert -2.0 <= by_place["W1"] <= -1.8 and by_place["W2"] == 0
    assert choice.contracts["price"][0] == pytest.approx(by_place["W1"])


def labelled(day: Day, offset: dict[str, tuple[float, float]]) -> float:
    """What a label system pays that takes parcel by parcel the cheapest service, offsets added, that has room."""
    room = {number: cap.limit for number, cap in enumerate(day.caps)}
    quotes = day.quotes.partition_by("parcel_id", as_dict=True)
    cost, volumes = 0.0, dict.fromkeys(SERVICES, 0)
    for parcel, warehouse, province in day.parcels.select("parcel_id", "warehouse_id", "province_id").iter_rows():
        offers = [
            (paid + offset[s][0] + offset[s][1] * grams / 1000, s, paid, grams)
            for _, s, paid, grams in quotes[(parcel,)].iter_rows()
        ]
        for _, service, paid, grams in sorted(offers):
            held = [
                number
                for number, cap in enumerate(day.caps)
                if service in cap.services
                and cap.warehouse_id in (None, warehouse)
                and cap.province_id in (None, province)
            ]
            used = [1.0 if day.caps[number].measure == "parcels" else grams / 1000 for number in held]
            if all(room[number] >= amount for number, amount in zip(held, used, strict=True)):
                for number, amount in zip(held, used, strict=True):
                    room[number] -= amount
                cost, volumes[service] = cost + paid, volumes[service] + 1
                break
    return cost + sum(bill(terms, volumes[terms.service_id]) for terms in day.terms)


def test_a_label_system_that_adds_the_offsets_comes_near_the_plan_where_rate_shopping_does_not():
    caps = [Cap("ZTO", "parcels", 140), Cap("YTO", "parcels", 70)]
    drawn = drawn_day(400, 5)
    terms = [each for each in drawn.terms if each.warehouse_id is None]
    day = Day(drawn.parcels, drawn.quotes, terms, caps)
    choice = choose(day)
    offset = {row[0]: row[3:] for row in choice.offsets.iter_rows()}
    with_offsets, without = labelled(day, offset), labelled(day, dict.fromkeys(SERVICES, (0.0, 0.0)))
    best = float(choice.objective)
    assert with_offsets < best + 0.3 * (without - best)


@given(volume=st.integers(0, 60), shipped=st.integers(0, 30), is_all_unit=st.booleans())
def test_what_a_volume_costs_agrees_with_its_bill_and_its_piece(volume, shipped, is_all_unit):
    tiers = (Tier(0, 0.1), Tier(10, 0.5), Tier(25, 0.4))
    terms = Terms("SF", 20, 2.0, tiers, is_all_unit, shipped)
    box = [Box.of([piece]) for piece in pieces(terms, 60.0) if piece.low <= volume <= piece.high]
    assert volume_cost(terms, volume) == pytest.approx(bill(terms, volume))
    assert box[-1].cost(np.array([float(volume)]))[0] == pytest.approx(bill(terms, volume))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"quotes": pl.DataFrame({"parcel_id": [0], "service_id": ["SF"], "billed_g": [1]})},
            "'expected_cost' is missing",
        ),
        ({"terms": [Terms("SF"), Terms("SF")]}, "more than one"),
        ({"quotes": day_of([[5.0]]).quotes.clear()}, "nothing to choose"),
        (
            {"parcels": pl.DataFrame({"parcel_id": [0, 0], "warehouse_id": [1, 1], "province_id": [1, 1]})},
            "more than once",
        ),
    ],
)
def test_a_day_that_cannot_be_read_says_why(change, message):
    good = day_of([[5.0]])
    parts = {"parcels": good.parcels, "quotes": good.quotes, "terms": good.terms} | change
    with pytest.raises(ValueError, match=message):
        Day(**parts)
