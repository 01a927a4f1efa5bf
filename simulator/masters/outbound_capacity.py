"""What can leave a warehouse in a day."""

import numpy as np

from simulator.parameters import Parameters

__all__ = ["units_per_day"]

LEAST = 100


def units_per_day(masters, parameters: Parameters) -> np.ndarray:
    """Most base units out of each warehouse per day, int64 [W]: a multiple of its ordinary demand, in hundreds."""
    ordinary = float((masters.base_rate * masters.modes[:, 0] * masters.units_per_line).sum()) * masters.demand_share
    most = np.array([row.units_per_day_factor for row in parameters.warehouses]) * ordinary
    return np.maximum(most // 100 * 100, LEAST).astype(np.int64)
