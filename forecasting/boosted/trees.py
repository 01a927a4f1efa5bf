"""LightGBM, as used here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lightgbm import Booster, Dataset

# OpenMP reads it once, when LightGBM is loaded. Threads that spin while they wait for each other cost three times the
# CPU and four times the time where other work shares the cores (docs/benchmarks.md).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Ke et al. (2017), "LightGBM". Strong shrinkage of leaves, since many series are a handful of sales; the same
# result on any number of threads.
SETTINGS = {
    "learning_rate": 0.08,
    "num_leaves": 31,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "feature_fraction": 0.35,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "max_bin": 63,
    "seed": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}
# Between Poisson (1) and gamma (2): the mean of demand that is often zero.
MEAN = {"objective": "tweedie", "tweedie_variance_power": 1.25}
MEDIAN = {"objective": "l1"}


def quantile(level: float) -> dict[str, object]:
    """The objective of one quantile."""
    return {"objective": "quantile", "alpha": level}


def dataset(features: np.ndarray, target: np.ndarray, level: np.ndarray, names: list[str]) -> Dataset:
    """Rows binned once for all objectives; weighed by level, so that errors count in units of demand."""
    import lightgbm

    return lightgbm.Dataset(
        features, target, weight=level / level.mean(), feature_name=names, params=SETTINGS, free_raw_data=False
    )


def grow(rows: Dataset, objectives: Sequence[dict[str, object]], trees: int, threads: int) -> list[Booster]:
    """One ensemble of trees for each objective, as many side by side as there are threads.

    Threads that share an ensemble meet at every leaf, which takes four times as long where other work keeps the cores
    busy. The result is the same.
    """
    import lightgbm

    rows.construct()
    side_by_side = min(threads, len(objectives))
    each = {"num_threads": max(1, threads // side_by_side)}

    def one(objective: dict[str, object]) -> Booster:
        return lightgbm.train({**SETTINGS, **objective, **each}, rows, num_boost_round=trees)

    with ThreadPoolExecutor(side_by_side) as pool:
        return list(pool.map(one, objectives))
