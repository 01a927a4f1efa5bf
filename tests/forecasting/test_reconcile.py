from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import aggregate, reconcile, reconcile_to_totals, split_by

MONDAY = date(2026, 11, 2)
ATTRIBUTES = pl.DataFrame(
    {"unique_id": ["A", "B", "C"], "category": ["shoes", "shoes", "socks"], "brand": ["x", "y", None]}
)


def series(values, variance=1.0, ids=("A", "B", "C")) -> pl.DataFrame:
    return pl.DataFrame({"unique_id": ids, "ds": MONDAY, "y_hat": values}).with_columns(
        variance=pl.Series([variance] * len(ids) if isinstance(variance, float) else variance)
    )


NOTHING = series([1.0, 1.0, 1.0]).clear()


def values(frame: pl.DataFrame) -> dict[str, float]:
    return dict(frame.select("unique_id", "y_hat").rows())


def test_without_anything_above_it_is_bottom_up():
    found = values(reconcile(series([1.0, 2.0, 4.0]), NOTHING, ATTRIBUTES))
    assert found == {
        "A": 1,
        "B": 2,
        "C": 4,
        "category=shoes": 3,
        "category=socks": 4,
        "brand=x": 1,
        "brand=y": 2,
        "total": 7,
    }


def test_a_sure_total_moves_the_unsure_series_most():
    above = series([14.0], 1e-9, ("total",))
    found = values(reconcile(series([1.0, 2.0, 4.0], [1.0, 1.0, 5.0]), above, ATTRIBUTES))
    assert found["total"] == pytest.approx(14)
    assert [found[name] for name in "ABC"] == pytest.approx([2, 3, 9])


POSITIVE = st.floats(0.01, 100)


@settings(max_examples=50, deadline=None)
@given(*(st.lists(POSITIVE, min_size=n, max_size=n) for n in (3, 3, 2, 2)))
def test_everything_adds_up_and_it_is_the_least_change_in_units_of_variance(base, variance, sums, sure):
    above = series(sums, sure, ("category=shoes", "total"))
    found = values(reconcile(series(base, variance), above, ATTRIBUTES))
    assert found["category=shoes"] == pytest.approx(found["A"] + found["B"])
    assert found["total"] == pytest.approx(found["A"] + found["B"] + found["C"])
    add = np.vstack([np.eye(3), [1, 1, 0], [1, 1, 1]])
    weight = np.diag(1 / np.array([*variance, *sure]))
    best = np.linalg.solve(add.T @ weight @ add, add.T @ weight @ np.array([*base, *sums]))
    if (best > 0).all():
        assert [found[name] for name in "ABC"] == pytest.approx(list(best), rel=1e-6, abs=1e-6)


def test_aggregate_sums_every_member():
    frame = pl.DataFrame({"unique_id": ["A", "B", "C"] * 2, "ds": [MONDAY] * 6, "y": range(6)}).unique(
        ["unique_id"], keep="first", maintain_order=True
    )
    assert dict(aggregate(frame, ATTRIBUTES).select("unique_id", "y").rows())["category=shoes"] == 1


def test_a_sum_of_nothing_is_refused():
    with pytest.raises(ValueError, match="category=hats"):
        reconcile(series([1.0, 2.0, 4.0]), series([1.0], 1.0, ("category=hats",)), ATTRIBUTES)
    with pytest.raises(ValueError, match="variance must be above zero"):
        reconcile(series([1.0, 2.0, 4.0], 0.0), NOTHING, ATTRIBUTES)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=3, max_size=3), st.lists(st.integers(0, 9), min_size=4, max_size=4))
def test_members_of_a_split_add_up_to_the_forecast(base, bought):
    frame = pl.DataFrame({"unique_id": ["A", "B", "C"], "ds": MONDAY, "y_hat": base})
    by = pl.DataFrame({"unique_id": ["A", "A", "B", "X"], "member": ["app", "jd", "jd", "app"], "y": bought})
    split = split_by(frame, by)
    assert split["y_hat"].sum() == pytest.approx(sum(base) if any(bought) else 0)


def test_a_series_is_split_as_its_own_members_bought_and_a_new_one_as_all_did():
    frame = pl.DataFrame({"unique_id": ["A", "NEW"], "ds": MONDAY, "y_hat": [8.0, 10.0]})
    by = pl.DataFrame({"unique_id": ["A", "A", "B"], "member": ["app", "jd", "jd"], "y": [3, 1, 1]})
    found = dict(split_by(frame, by).select("member", "y_hat").iter_rows())
    assert found == pytest.approx({"app": 6 + 6, "jd": 2 + 4})


def test_series_are_drawn_to_what_their_totals_did_and_still_add_up():
    weeks = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(34)]
    random = np.random.default_rng(3)
    history = pl.concat(
        pl.DataFrame({"unique_id": name, "ds": weeks[:30], "y": random.poisson(10, 30).astype(float)}) for name in "ABC"
    )
    low = pl.DataFrame({"unique_id": list("ABC") * 4, "ds": [week for week in weeks[30:] for _ in "ABC"], "y_hat": 5.0})
    drawn = reconcile_to_totals(low, history, ATTRIBUTES, 7)
    first = values(drawn.filter(pl.col("ds") == weeks[30]))
    assert first["total"] == pytest.approx(first["A"] + first["B"] + first["C"]) and 20 < first["total"] < 31
    assert first["category=shoes"] == pytest.approx(first["A"] + first["B"])
    assert drawn.filter(unique_id="A")["ds"].to_list() == weeks[30:]
