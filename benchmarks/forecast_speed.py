"""Seconds and memory of a forecast: ``python -m benchmarks.forecast_speed --series 60000 --periods 52``.

``--period-days 1`` forecasts days; ``--origins 4`` backtests at so many origins, eight weeks each, instead.
"""

import argparse
import resource
import time
from datetime import date

import numpy as np
import polars as pl

from forecasting import Params, backtest, demand_over, fit, predict

LEVELS = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99]


HORIZON = 8  # weeks
SUMS = {7: (1, 2, 3, 4, 6, 8, 13), 1: (1, 2, 4, 7, 14, 28, 56)}


def made_up_history(series: int, periods: int, period_days: int, seed: int) -> pl.DataFrame:
    """Poisson demand around gamma-distributed levels, most of them slow, one period in twenty stocked out."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(0.5, 6.0, size=(series, 1))
    days = pl.date_range(date(2024, 1, 1), interval=f"{period_days}d", end=date(2044, 1, 1), eager=True).head(periods)
    return pl.DataFrame(
        {
            "unique_id": pl.Series([f"S{k:06d}" for k in range(series)]).gather(np.repeat(np.arange(series), periods)),
            "ds": days.gather(np.tile(np.arange(periods), series)),
            "y": rng.poisson(level, size=(series, periods)).ravel().astype(float),
            "in_stock": rng.random(series * periods) > 0.05,
        }
    )


def main() -> None:
    """Print seconds of fit, predict (8 weeks) and demand over 3.5 weeks, or of a backtest, and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--series", type=int, default=60_000)
    parser.add_argument("--periods", type=int, default=52)
    parser.add_argument("--period-days", type=int, choices=(7, 1), default=7)
    parser.add_argument("--origins", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    history = made_up_history(asked.series, asked.periods, asked.period_days, asked.seed)
    params = Params(period_days=asked.period_days, sum_periods=SUMS[asked.period_days])
    horizon = HORIZON * 7 // asked.period_days
    spent = _backtest(history, params, horizon, asked.origins) if asked.origins else _once(history, params, horizon)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    told = " ".join(f"{part}={seconds:.1f}s" for part, seconds in spent.items())
    print(
        f"series={asked.series} periods={asked.periods} of {asked.period_days} days {told} "
        f"total={sum(spent.values()):.1f}s cpu={time.process_time():.0f}s peak_rss={peak:.2f}GB"
    )


def _backtest(history: pl.DataFrame, params: Params, horizon: int, origins: int) -> dict[str, float]:
    began = time.perf_counter()
    backtest(history, horizon, origins, horizon, params)
    return {f"backtest of {origins} origins": time.perf_counter() - began}


def _once(history: pl.DataFrame, params: Params, horizon: int) -> dict[str, float]:
    began = time.perf_counter()
    model = fit(history, params)
    fitted = time.perf_counter()
    predict(model, horizon, LEVELS)
    predicted = time.perf_counter()
    demand_over(model, model.series.select("unique_id", periods=pl.lit(horizon * 3.5 / HORIZON)), LEVELS)
    return {"fit": fitted - began, "predict": predicted - fitted, "demand_over": time.perf_counter() - predicted}


if __name__ == "__main__":
    main()
