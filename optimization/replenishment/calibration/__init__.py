"""What being short must weigh so that orders up to the forecast's quantiles would have cost least in one's own past."""

from optimization.replenishment.calibration.replay import replayed_costs
from optimization.replenishment.calibration.weights import calibrate

__all__ = ["calibrate", "replayed_costs"]
