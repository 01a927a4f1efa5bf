"""How many days parcels take by service and lane, and how likely each promise is broken."""

from optimization.carriers.transit.arrivals import HORIZON, arrivals
from optimization.carriers.transit.model import TransitModel, fit_transit

__all__ = ["HORIZON", "TransitModel", "arrivals", "fit_transit"]
