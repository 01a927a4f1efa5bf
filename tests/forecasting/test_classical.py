import numpy as np
import polars as pl
import pytest

from forecasting import classical


def series(name: str, values) -> pl.DataFrame:
    return pl.DataFrame({"unique_id": name, "step": np.arange(len(values)), "y": np.asarray(values, dtype=float)})


def test_a_season_is_carried_on_and_odd_series_stand_beside_it():
    months = np.arange(60)
    seasonal = 100 + 30 * np.sin(months / 12 * 2 * np.pi) + np.random.default_rng(0).normal(0, 2, 60)
    frame = pl.concat([series("year", seasonal), series("flat", [7.0] * 20), series("new", [3.0, 5.0])])
    ahead = classical(frame, 12, 12)
    year = ahead.filter(unique_id="year")
    assert year["step"].to_list() == list(range(60, 72))
    truth = 100 + 30 * np.sin(np.arange(60, 72) / 12 * 2 * np.pi)
    assert np.abs(year["y_hat"].to_numpy() - truth).mean() < 6
    assert ahead.filter(unique_id="flat")["y_hat"].to_list() == [7.0] * 12
    assert ahead.filter(unique_id="new")["y_hat"].to_list() == [5.0] * 12


def test_what_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match="y must be a demand of zero or more, found -1"):
        classical(series("A", [1.0, -1.0]), 12, 3)
    with pytest.raises(ValueError, match="season must be at least 1"):
        classical(series("A", [1.0]), 0, 3)
