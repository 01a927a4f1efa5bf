"""Demand history to quantiles: pure functions over long frames (``unique_id, ds, y``)."""

from forecasting.backtest import backtest
from forecasting.boosted import Trees
from forecasting.classical import classical
from forecasting.complete_periods import complete_periods
from forecasting.demand_over import demand_over, quantile_column, unpivot_quantiles
from forecasting.demand_over_random import demand_over_random
from forecasting.evaluate import evaluate
from forecasting.explain import explain
from forecasting.fit import fit
from forecasting.model import Model
from forecasting.override import override
from forecasting.params import Params
from forecasting.predict import predict
from forecasting.reconcile import aggregate, reconcile
from forecasting.sample_paths import sample_paths
from forecasting.value_added import value_added
from forecasting.weekly_history import weekly_history

__all__ = [
    "Model",
    "Params",
    "Trees",
    "aggregate",
    "backtest",
    "classical",
    "complete_periods",
    "demand_over",
    "demand_over_random",
    "evaluate",
    "explain",
    "fit",
    "override",
    "predict",
    "quantile_column",
    "reconcile",
    "sample_paths",
    "unpivot_quantiles",
    "value_added",
    "weekly_history",
]
