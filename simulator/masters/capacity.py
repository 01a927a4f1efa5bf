"""What suppliers can deliver in a week."""

from dataclasses import dataclass

import numpy as np

from simulator.masters.catalogue import Catalogue
from simulator.masters.rhythm import Rhythm
from simulator.masters.suppliers import Suppliers
from simulator.parameters import Parameters

__all__ = ["Capacity", "make_capacity"]

SMALL_ORDERS = 3


@dataclass(frozen=True)
class Capacity:
    """Weekly capacity in base units."""

    sku_capacity_per_week: np.ndarray
    """int64 [S]: most of a SKU from its supplier, whole cases and at least three smallest orders for each
    warehouse: slow goods are ordered for months."""
    capacity_per_week: np.ndarray
    """int64 [V]: most of all its SKUs together; 0 for who delivers nothing to us."""


def make_capacity(parameters: Parameters, goods: Catalogue, rhythm: Rhythm, suppliers: Suppliers) -> Capacity:
    days = np.array([row.capacity_days for row in parameters.suppliers])[suppliers.template_of]
    daily = rhythm.base_rate * goods.modes[:, 0] * goods.units_per_line
    cases = np.ceil(daily * days[goods.supplier_of] / goods.case_units)
    capacity = np.maximum(
        cases.astype(np.int64) * goods.case_units, goods.moq * SMALL_ORDERS * len(parameters.warehouses)
    )
    own = (goods.modes[:, 0] > 0) & ~goods.is_bundle
    # a week's worth of every SKU at once is more than a supplier can do; half of it is what it has hands for
    total = np.bincount(goods.supplier_of[own], capacity[own], len(days)) / 2
    return Capacity(sku_capacity_per_week=capacity, capacity_per_week=total.astype(np.int64))
