"""What stock is worth once later orders can make up for it: the same as a purchase is judged by."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.offers import filled_up_to, opening_soon
from optimization.replenishment.economics.problem import ReplenishmentProblem


@dataclass(frozen=True)
class Afterwards:
    """From when on later orders adapt, and what units are worth from then on; one row per item.

    Parameters
    ----------
    begins
        Shape (2, items, paths): first period in which an order makes up for what is missing; until then a sale earns
        its price. First that of the next order, for what is put off or comes to less; then that of an order of today,
        which whatever is hastened must come before: what it brings has been decided on with all orders as they stand.
    unit_cost
        What a unit sold from then on spares of a later order.
    excess_cost
        Of a unit and period beyond the level of later orders.
    level
        Shape (items, periods): what a later order would fill up to.
    salvage_value, slope, lasting
        Of what is left at the horizon beyond that level: unit n waits for its turn to sell, so units lose ``slope``
        times their square together, and those beyond ``lasting`` are worth their salvage.
    """

    begins: np.ndarray
    unit_cost: np.ndarray
    excess_cost: np.ndarray
    level: np.ndarray
    salvage_value: np.ndarray
    slope: np.ndarray
    lasting: np.ndarray

    @classmethod
    def never(cls, items: int, paths: int, periods: int) -> Self:
        """No later order: every sale earns its price, every unit left its terminal value."""
        nothing = np.zeros(items)
        level = np.full((items, periods), np.inf)
        return cls(np.full((2, items, paths), periods), nothing, nothing, level, nothing, nothing, nothing)

    @classmethod
    def of(cls, priced: ReplenishmentProblem, asked: np.ndarray) -> Self:
        """As a replenishment problem with one option per item has it.

        Parameters
        ----------
        priced
            The problem, options in the order of its items.
        asked
            Shape (items,), bool: which items are asked about; the levels of others are infinite.
        """
        arrays = Arrays.of(priced)
        periods = priced.demand.shape[2]
        today = np.minimum(arrays.lead.astype(np.int64), periods)
        # An order of today comes at the latest then, and the next one a review later.
        following = np.minimum(arrays.until.astype(np.int64).max(axis=1, initial=0), periods)
        # What a later plan orders comes as an order of today would, and knows what was changed today.
        following = np.where(opening_soon(priced), today.max(axis=1, initial=0), following)
        begins = np.stack([np.broadcast_to(following[:, None], today.shape), today])
        level = filled_up_to(priced, arrays, np.where(asked, begins.min(axis=(0, 2), initial=periods), periods))
        return cls(begins, arrays.later, arrays.excess, level, arrays.salvage, arrays.slope, arrays.lasting)
