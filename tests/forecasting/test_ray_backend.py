"""The same calls on a real Ray, started on this machine, and on this process alone."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import LOCAL, Params, backtest, fit, predict
from forecasting.backend import cut
from forecasting.door import check_levels

MONDAY, WEEKS = date(2025, 1, 6), 32
SMALL = Params(sum_periods=(1, 2, 4), trees=4, learned_rows=1500, least_rows=100, choice_origins=0)


@pytest.fixture(scope="module")
def history() -> pl.DataFrame:
    random = np.random.default_rng(4)
    days = [MONDAY + timedelta(weeks=week) for week in range(WEEKS)]
    frames = [
        pl.DataFrame({"unique_id": f"S{k:02d}", "ds": days, "y": random.poisson(0.3 + k, WEEKS).astype(float)})
        for k in range(12)
    ]
    return pl.concat(frames)


@pytest.fixture(scope="module")
def on_ray() -> Iterator:
    pytest.importorskip("ray", reason="Ray is in the extras scale and dev")
    from forecasting.ray_backend import RayBackend

    with RayBackend(partitions=3, cpus=1) as backend:
        yield backend


def test_ray_gives_what_this_process_gives(history, on_ray):
    here, there = (fit(history, SMALL, backend=backend) for backend in (LOCAL, on_ray))
    assert there.series.equals(here.series) and here.boosted is not None
    ahead = [predict(here, 4, [0.5, 0.9], backend=backend) for backend in (LOCAL, on_ray)]
    assert_same(*ahead)
    looked_back = [backtest(history, 4, 2, 4, SMALL, [0.5], backend=backend) for backend in (LOCAL, on_ray)]
    assert_same(*looked_back)


def assert_same(one: pl.DataFrame, other: pl.DataFrame) -> None:
    numbers = [name for name, dtype in one.schema.items() if dtype.is_float()]
    assert other.drop(numbers).equals(one.drop(numbers))
    np.testing.assert_allclose(other.select(numbers).to_numpy(), one.select(numbers).to_numpy(), rtol=1e-9)


def test_an_error_of_a_part_is_raised_here(on_ray):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        on_ray.map(check_levels, [[0.5], [2.0]])


def test_series_are_cut_into_parts_as_even_as_can_be():
    assert [len(part) for part in cut(10, 3)] == [3, 3, 4] and [len(part) for part in cut(2, 16)] == [1, 1]
    assert [list(part) for part in cut(0, 4)] == [[]]
