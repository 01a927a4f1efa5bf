"""Demand history to quantiles: pure functions over long frames (``unique_id, ds, y``)."""

from forecasting.backend import LOCAL, Backend
from forecasting.backtest import backtest
from forecasting.backtest_over import backtest_over
from forecasting.backtest_sums import backtest_sums
from forecasting.boosted import Trees
from forecasting.bulk import BulkOrders, bulk_orders, bulk_units, plus_bulk_over
from forecasting.chosen import chosen
from forecasting.classical import classical
from forecasting.complete_periods import complete_periods
from forecasting.contracted import contracted_days, less_contracted, plus_contracted, plus_contracted_over
from forecasting.demand_over import demand_over, quantile_column, unpivot_quantiles
from forecasting.demand_over_random import demand_over_random
from forecasting.demand_parts import demand_parts
from forecasting.evaluate import evaluate
from forecasting.explain import explain, scale_causes
from forecasting.fit import fit
from forecasting.model import Model
from forecasting.override import override
from forecasting.override_sums import override_sums
from forecasting.params import Params
from forecasting.predict import predict
from forecasting.reconcile import TOTAL, aggregate, reconcile
from forecasting.reconcile_to_totals import reconcile_to_totals
from forecasting.sample_paths import sample_paths
from forecasting.shared_error import SharedError, shared_error
from forecasting.split_backtest import split_backtest
from forecasting.split_by import split_by
from forecasting.succession import borrow_history, cut_at_end, less_predecessor, until_end
from forecasting.sum_quantiles import sum_quantiles
from forecasting.usual_forecasts import USUAL, usual_forecasts
from forecasting.value_added import value_added
from forecasting.weekly_history import weekly_history

__all__ = [
    "LOCAL",
    "TOTAL",
    "USUAL",
    "Backend",
    "BulkOrders",
    "Model",
    "Params",
    "SharedError",
    "Trees",
    "aggregate",
    "backtest",
    "backtest_over",
    "backtest_sums",
    "borrow_history",
    "bulk_orders",
    "bulk_units",
    "chosen",
    "classical",
    "complete_periods",
    "contracted_days",
    "cut_at_end",
    "demand_over",
    "demand_over_random",
    "demand_parts",
    "evaluate",
    "explain",
    "fit",
    "less_contracted",
    "less_predecessor",
    "override",
    "override_sums",
    "plus_bulk_over",
    "plus_contracted",
    "plus_contracted_over",
    "predict",
    "quantile_column",
    "reconcile",
    "reconcile_to_totals",
    "sample_paths",
    "scale_causes",
    "shared_error",
    "split_backtest",
    "split_by",
    "sum_quantiles",
    "unpivot_quantiles",
    "until_end",
    "usual_forecasts",
    "value_added",
    "weekly_history",
]
