"""Seconds and memory of a forecast: ``python -m benchmarks.forecast_speed --series 60000 --weeks 52``."""

import argparse
import resource
import time
from datetime import date

import numpy as np
import polars as pl

from forecasting import Params, demand_over, fit, predict

LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99]


def made_up_history(series: int, weeks: int, seed: int) -> pl.DataFrame:
    """Poisson demand around gamma-distributed levels, most of them slow, one week in twenty stocked out."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(0.5, 6.0, size=(series, 1))
    days = pl.date_range(date(2024, 1, 1), interval="1w", end=date(2034, 1, 1), eager=True).head(weeks)
    return pl.DataFrame(
        {
            "unique_id": pl.Series([f"S{k:06d}" for k in range(series)]).gather(np.repeat(np.arange(series), weeks)),
            "ds": days.gather(np.tile(np.arange(weeks), series)),
            "y": rng.poisson(level, size=(series, weeks)).ravel().astype(float),
            "in_stock": rng.random(series * weeks) > 0.05,
        }
    )


def main() -> None:
    """Print seconds of fit, predict (8 weeks) and demand over 3.5 weeks, and the peak resident memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=60_000)
    parser.add_argument("--weeks", type=int, default=52)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    history = made_up_history(asked.series, asked.weeks, asked.seed)
    began = time.perf_counter()
    model = fit(history, Params())
    fitted = time.perf_counter()
    predict(model, 8, LEVELS)
    predicted = time.perf_counter()
    demand_over(model, model.series.select("unique_id", periods=pl.lit(3.5)), LEVELS)
    summed = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(
        f"series={asked.series} weeks={asked.weeks} fit={fitted - began:.1f}s "
        f"predict={predicted - fitted:.1f}s demand_over={summed - predicted:.1f}s "
        f"total={summed - began:.1f}s peak_rss={peak:.2f}GB"
    )


if __name__ == "__main__":
    main()
