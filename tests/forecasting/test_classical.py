import numpy as np
import polars as pl
import pytest

from forecasting import classical
from forecasting.fitted_ahead import fitted_ahead


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


class Says:
    """A method that answers what it is told to."""

    def __init__(self, answer: list[float] | Exception) -> None:
        self.answer = answer

    def forecast(self, y: np.ndarray, h: int) -> dict[str, list[float]]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"mean": self.answer}


def test_a_method_that_cannot_fit_a_series_says_nothing_and_a_fault_is_raised():
    y = np.array([1.0, 2.0, 1.0, 2.0])
    assert fitted_ahead(Says(Exception("no model able to be fitted")), y, 2) is None
    assert fitted_ahead(Says(NotImplementedError("tiny datasets")), y, 2) is None
    assert fitted_ahead(Says([3.0, 21.0]), y, 2) is None, "a runaway trend"
    assert fitted_ahead(Says([3.0, -1.0]), y, 2).tolist() == [3.0, 0.0]
    with pytest.raises(IndexError, match="of our own"):
        fitted_ahead(Says(IndexError("of our own")), y, 2)
