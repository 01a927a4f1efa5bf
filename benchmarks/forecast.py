"""Answer one task of a forecasting benchmark: ``python -m benchmarks.forecast FOLDER``."""

import argparse
import json
from pathlib import Path

import polars as pl

from forecasting import Params, complete_periods, demand_over, fit, predict

PERIOD_DAYS = {"W": 7, "D": 1}
# Lengths of sums to learn, up to the task's horizon.
SUMS = {"W": (1, 2, 3, 4, 6, 8, 13, 26), "D": (1, 2, 4, 7, 14, 28, 56)}


def answer(folder: Path, params: dict[str, object]) -> None:
    """Read history, future, items and task from a folder; write forecast and sums into it.

    Parameters
    ----------
    folder
        ``history.parquet`` (``unique_id, ds, y``, perhaps ``in_stock`` and drivers ``x_…``),
        ``future.parquet`` (``unique_id, ds`` and the drivers), ``items.parquet`` and ``task.json`` with
        ``freq`` (``W`` or ``D``), ``horizon``, ``levels`` and ``sum_periods``.
    params
        Settings other than the defaults.
    """
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    history, future, items = (pl.read_parquet(folder / f"{name}.parquet") for name in ("history", "future", "items"))
    sums = tuple(length for length in SUMS[task["freq"]] if length <= task["horizon"])
    settings = Params(period_days=PERIOD_DAYS[task["freq"]], sum_periods=sums, **params)
    model = fit(complete_periods(history, settings.period_days), settings, items)
    forecast = predict(model, task["horizon"], planned=future)
    known = model.series.select("unique_id", periods=pl.lit(float(task["sum_periods"])))
    quantiles = demand_over(model, known, task["levels"], planned=future)
    asked = future.select("unique_id", "ds").join(forecast, on=["unique_id", "ds"], how="left")
    asked.write_parquet(folder / "forecast.parquet")
    quantiles.drop("periods", "y_hat").write_parquet(folder / "sums.parquet")


def main() -> None:
    """Answer the task in the folder given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--settings", type=json.loads, default={}, help="settings of forecasting as JSON")
    asked = parser.parse_args()
    answer(asked.folder, asked.settings)


if __name__ == "__main__":
    main()
