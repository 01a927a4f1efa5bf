"""Transit times: the twin's lanes are found again, parcels on the way are not forgotten, what is rare borrows."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.carriers.transit import HORIZON, arrivals, fit_transit
from simulator.transit import Transit, lane_factors

LANE = ["carrier_id", "service_code", "origin_region", "dest_region"]
TODAY = 120
UNTOLD = (pl.lit(False).alias("is_drawn"), pl.lit("0-1 kg").alias("weight_class"))


def cells(rows: list[tuple[int, int, str, int, int]], lane: tuple[str, ...] = ("C", "S", "A", "B")) -> pl.DataFrame:
    """Rows of (day, promise, outcome, days, parcels) of one lane."""
    names = ["day", "promise_days", "outcome", "days", "parcels"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(UNTOLD)
    return frame.with_columns(pl.lit(name).alias(column) for column, name in zip(LANE, lane, strict=True))


def lanes(*promises: int, lane: tuple[str, ...] = ("C", "S", "A", "B")) -> pl.DataFrame:
    named = {column: [name] * len(promises) for column, name in zip(LANE, lane, strict=True)}
    return pl.DataFrame(named | {"promise_days": promises})


@pytest.fixture(scope="module")
def twin() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Two hundred parcels on each of sixty lanes of the twin, and the true late share of each lane."""
    draw = np.random.default_rng(7)
    service, origin, dest = (
        np.repeat(axis.ravel(), 200) for axis in np.meshgrid(np.arange(3), np.arange(2), np.arange(10), indexing="ij")
    )
    promise, day = np.array([2, 3, 1])[service], draw.integers(0, TODAY, len(service))
    late = np.array([0.05, 0.15, 0.08])[service] * lane_factors(5, 3, 2, 10)[service, origin, dest]
    early = np.where(promise > 1, 0.2, 0.0)
    way = Transit(promise, early, late, np.full(len(late), 0.5), np.zeros(len(late), bool))
    days, seen = way.days(draw.random(len(late))), TODAY - 1 - day
    frame = pl.DataFrame({
        "carrier_id": np.char.add("C", (service // 2).astype(str)),
        "service_code": np.char.add("S", service.astype(str)),
        "origin_region": np.char.add("W", origin.astype(str)), "dest_region": np.char.add("P", dest.astype(str)),
        "day": day, "promise_days": promise, "days": np.minimum(days, seen),
        "outcome": np.where(days <= seen, "arrived", "on_the_way"), "late": late,
    })  # fmt: skip
    truth = frame.group_by(LANE).agg(pl.col("late").first(), pl.col("promise_days").first()).sort(LANE)
    counted = frame.group_by(pl.exclude("late")).len("parcels").with_columns(pl.col("parcels").cast(pl.Int64))
    return counted.with_columns(UNTOLD), truth


def test_lanes_of_two_hundred_parcels_are_found_closer_than_by_counting(twin) -> None:
    history, truth = twin
    found = arrivals(fit_transit(history, half_life_days=1000.0), truth.drop("late"), TODAY)
    error = 100 * (found["late_rate"] - truth["late"])
    by_counting = 100 * np.sqrt(truth["late"] * (1 - truth["late"]) / 200)
    # The mean over sixty such lanes is itself known to a quarter of a point only.
    assert abs(error.mean()) < 0.75
    assert np.sqrt((error**2).mean()) < np.sqrt((by_counting**2).mean())


def test_nineteen_of_twenty_intervals_hold_the_true_share(twin) -> None:
    history, truth = twin
    found = arrivals(fit_transit(history), truth.drop("late"), TODAY)
    held = (found["late_low"] <= truth["late"]) & (truth["late"] <= found["late_high"])
    assert 0.88 <= held.mean() <= 1.0


def test_what_chance_gave_a_service_tells_more_of_any_parcel_than_what_a_rule_chose_for_it() -> None:
    # By rule the service gets what it is good at: 4 % late; parcels that it got by chance are late in 20 of 100.
    chosen = [(day, 2, "arrived", days, parcels) for day in range(60) for days, parcels in ((2, 96), (3, 4))]
    drawn = [(day, 2, "arrived", days, parcels) for day in range(60) for days, parcels in ((2, 8), (3, 2))]
    by_rule = cells(chosen)
    both = pl.concat([by_rule, cells(drawn).with_columns(is_drawn=pl.lit(True))])
    blind = pl.concat([by_rule, cells(drawn)])
    late = [arrivals(fit_transit(history), lanes(2), 61)["late_rate"][0] for history in (by_rule, blind, both)]
    assert late[0] == pytest.approx(0.04, abs=0.01) and late[1] == pytest.approx(0.055, abs=0.01)
    assert late[2] == pytest.approx(0.20, abs=0.03)


def test_who_carries_the_heavy_parcels_is_not_blamed_for_them() -> None:
    # Of both services 4 of 100 light and 30 of 100 heavy parcels are late; one has nine tenths of the heavy ones.
    sent = [
        cells([(day, 2, "arrived", days, parcels) for day in range(60)], lane=("C", service, "A", "B")).with_columns(
            weight_class=pl.lit(weight)
        )
        for service, much, little in (("S1", 9, 1), ("S10", 1, 9))
        for weight, times, late in (("heavy", much, 30), ("light", little, 4))
        for days, parcels in ((2, times * (100 - late)), (3, times * late))
    ]
    asked = pl.concat([lanes(2, lane=("C", service, "A", "B")) for service in ("S1", "S10")])
    late = arrivals(fit_transit(pl.concat(sent)), asked, 61)["late_rate"]
    assert late[0] == pytest.approx(late[1], abs=0.02) and late[0] == pytest.approx(0.13, abs=0.03)


def test_the_record_of_a_lane_is_of_its_own_days_and_the_outlook_of_the_next_one() -> None:
    # Everybody is late on ten bad days; only one lane sent most of its parcels then.
    rows = []
    for day in range(100):
        late = 6 if 40 <= day < 50 else 1
        for dest, parcels in (("B", 1), ("D", 20 if 40 <= day < 50 else 1)):
            counts = ((2, parcels * (10 - late)), (3, parcels * late))
            lane = ("C", "S", "A", dest)
            rows.append(cells([(day, 2, "arrived", days, count) for days, count in counts], lane=lane))
    asked = pl.concat([lanes(2, lane=("C", "S", "A", dest)) for dest in ("B", "D")])
    found = arrivals(fit_transit(pl.concat(rows)), asked, 101)
    assert found["late_rate"].to_list() == pytest.approx([0.15, 0.45], abs=0.05)
    assert found["late_today_rate"].to_list() == pytest.approx([0.12, 0.12], abs=0.07)


def test_parcels_on_the_way_count_for_as_long_as_they_were_seen_not_to_come() -> None:
    arrived = [(day, 2, "arrived", 2, 20) for day in range(30)]
    waiting = [(day, 2, "on_the_way", 6, 20) for day in range(24)]
    late = arrivals(fit_transit(cells(arrived + waiting)), lanes(2), 31)["late_rate"][0]
    without = arrivals(fit_transit(cells(arrived)), lanes(2), 31)["late_rate"][0]
    assert late == pytest.approx(24 / 54, abs=0.05) and without < 0.05


def test_parcels_of_today_say_nothing_of_late_ones() -> None:
    known = cells([(day, 2, "arrived", 2, 20) for day in range(30)])
    fresh = pl.concat([known, cells([(30, 2, "on_the_way", 0, 500)]).select(known.columns)])
    for history in (known, fresh):
        assert arrivals(fit_transit(history), lanes(2), 31)["late_rate"][0] < 0.05


def test_lost_parcels_never_arrive() -> None:
    history = cells([(day, 1, *end) for day in range(40) for end in (("arrived", 1, 90), ("failed", 5, 10))])
    found = arrivals(fit_transit(history), lanes(1), 41)
    assert found["arrived_within"][0][-1] == pytest.approx(0.9, abs=0.02)
    assert found["failed_rate"][0] == pytest.approx(0.1, abs=0.02)
    assert found["late_rate"][0] == pytest.approx(0.1, abs=0.03)


def test_a_new_lane_is_like_its_service_and_less_sure(twin) -> None:
    history, _ = twin
    model = fit_transit(history)
    new, old = (
        arrivals(model, lanes(3, lane=("C0", "S1", "W0", dest)), TODAY).row(0, named=True) for dest in ("P99", "P1")
    )
    usual = history.filter(pl.col("service_code") == "S1", pl.col("outcome") == "arrived")
    share = usual.filter(pl.col("days") > 3)["parcels"].sum() / usual["parcels"].sum()
    assert new["late_rate"] == pytest.approx(share, abs=0.03)
    assert new["late_high"] - new["late_low"] > old["late_high"] - old["late_low"]


def test_the_order_of_rows_and_their_split_change_nothing(twin) -> None:
    history, truth = twin
    halves = history.with_columns(parcels=pl.col("parcels") * 2)
    split = pl.concat([history, history]).sample(fraction=1.0, shuffle=True, seed=3)
    first, second = (arrivals(fit_transit(frame), truth.drop("late"), TODAY) for frame in (halves, split))
    assert first.equals(second)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 20), st.integers(0, 4), st.sampled_from(["arrived", "failed", "on_the_way"]),
            st.integers(0, 9), st.integers(1, 50),
        ),
        min_size=1, max_size=12,
    ),
    st.integers(0, 8),
)  # fmt: skip
def test_whatever_was_seen_shares_are_shares_and_parcels_do_not_turn_back(rows, promise) -> None:
    found = arrivals(fit_transit(cells(rows)), lanes(promise), 21)
    within = found["arrived_within"][0].to_numpy()
    assert len(within) == HORIZON + 1 and (np.diff(within) >= -1e-12).all()
    assert (within >= 0).all() and (within <= 1 + 1e-9).all()
    row = found.row(0, named=True)
    assert 0 <= row["late_low"] <= row["late_rate"] <= row["late_high"] <= 1
    assert 0 <= row["failed_rate"] <= 1


def test_an_impossible_row_is_refused_with_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="days must be 0 or more, found -1"):
        fit_transit(cells([(0, 1, "arrived", -1, 1)]))
    with pytest.raises(ValueError, match=r"outcome must be one of .* found 'gone'"):
        fit_transit(cells([(0, 1, "gone", 1, 1)]))
    with pytest.raises(ValueError, match="there is no parcel to learn from"):
        fit_transit(cells([(0, 1, "arrived", 1, 1)]).clear())
