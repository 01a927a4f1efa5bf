"""How likely a parcel is on time: effects that borrow from each other, and the day's level."""

from optimization.carriers.on_time.model import OnTimeModel, OnTimeParams, fit, predict, uncertainty
from optimization.carriers.on_time.past import over_past

__all__ = ["OnTimeModel", "OnTimeParams", "fit", "over_past", "predict", "uncertainty"]
