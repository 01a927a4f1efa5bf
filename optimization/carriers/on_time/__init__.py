"""How likely a parcel is on time: effects that borrow from each other, and the day's level."""

from optimization.carriers.on_time.model import OnTimeModel, OnTimeParams, fit, predict, uncertainty

__all__ = ["OnTimeModel", "OnTimeParams", "fit", "predict", "uncertainty"]
