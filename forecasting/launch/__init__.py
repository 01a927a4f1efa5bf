"""Cold start: what attributes, launch curves and first sales say of series without a past."""

from forecasting.launch.young import Young, fit_young

__all__ = ["Young", "fit_young"]
