"""One gradient-boosting model for all series, direct for every window ahead."""

from forecasting.boosted.fit import BoostedModel, Trees, asked_of, fit_boosted
from forecasting.boosted.panel import Panel, read_panel
from forecasting.boosted.predict import forecast_periods, forecast_sums

__all__ = [
    "BoostedModel",
    "Panel",
    "Trees",
    "asked_of",
    "fit_boosted",
    "forecast_periods",
    "forecast_sums",
    "read_panel",
]
