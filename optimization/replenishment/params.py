"""Settings of replenishment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from forecasting.door import params_from_mapping

POLICIES = ("economic", "service_level", "min_max")
UNMET = ("lost", "waits")


@dataclass(frozen=True)
class Params:
    """How replenishment plans.

    Parameters
    ----------
    policy
        ``economic``: the quantity that earns most; ``service_level``: up to the quantile of demand at the service
        target; ``min_max``: nothing above the reorder point (the quantile over the lead time), below it up to that same
        quantile. Default ``economic``.
    policy_of
        The same by segment, where one departs from ``policy``. Default: none.
    policy_of_item
        The same by SKU (``RS001``) or SKU and location (``RS001@W1``), above ``policy_of``. Default: none.
    unmet_demand
        What becomes of demand that finds no goods: ``lost``, or ``waits`` for the next receipt. Default ``lost``.
    unmet_demand_of
        The same by segment, where one departs from ``unmet_demand``. Default: none.
    unmet_demand_of_item
        The same by SKU, or SKU and location, above ``unmet_demand_of``. Default: none.
    gives_up_per_day
        Of customers who wait the share that gives up in a day: what a day's wait costs, against a lost sale. Default
        0.1.
    weight_of
        What being short weighs, by segment, against its cost as stated: forecasts that are too narrow or too wide make
        orders too small or too large (``calibrate``). Segments that are not named, and those ordered by their service
        target, have 1. Default: none.
    calibrated
        Whether segments that ``weight_of`` does not name take the weight that a replay of the past found. Default
        false.
    handling_unit_cost
        Money for receiving and putting away one pack, layer or pallet: a whole pallet is one. Default 0.
    change_cost_share
        Price of changing what the last plan suggested and nobody decided on, as a share of what the changed units
        cost. Default 0.005.
    paths
        Futures of demand and lead time that a quantity is judged on. Default 64.
    candidates
        Quantities looked at per item, nothing included. Default 16.
    beyond_days
        Days after the protection interval in which what is left over can still be sold. Default 28.
    writedown_per_year
        Share of its cost that a unit loses in a year in which it lies beyond what later orders would keep there:
        goods age, and the price falls. Default 0.10.
    hurdle_per_year
        What money must return in a year, beyond the cost of capital, to be put into goods ahead of their need.
        Default 0: the policy says what capital costs, and a budget what it is scarce by.
    container_fill
        Share of its containers or trucks that an order fills at least, of suppliers who ship in whole ones. Default
        0.9.
    container_cost
        Money for one container or truck, where its freight is not in the goods' price or add-on. Default 0.
    commitment_shortfall_share
        Share of what is missing from a commitment at the end of its period that is to be paid. Default 0.05.
    days_to_shelf
        Days until what customers send back is inspected and on sale again. Default 2.
    next_plan_days
        Days until the orders of the next plan are placed: what its supplier does not take sooner than that is left to
        it. Who decides on suggestions the day after has 2; 0: everything is ordered on the day on which it is needed,
        whenever its supplier takes it. Default 0.
    stock_out_horizon_days
        A stock-out expected later than this (in days from the as-of date) has no date. Default 365.
    overstock_days
        An order may not make the position cover more than this (in days of mean demand), but for its minimum. One
        that does is marked ``overstock``. Default 180.

    Raises
    ------
    ValueError
        When a setting is outside its domain.
    """

    policy: str = "economic"
    policy_of: Mapping[str, str] = field(default_factory=dict)
    policy_of_item: Mapping[str, str] = field(default_factory=dict)
    unmet_demand: str = "lost"
    unmet_demand_of: Mapping[str, str] = field(default_factory=dict)
    unmet_demand_of_item: Mapping[str, str] = field(default_factory=dict)
    gives_up_per_day: float = 0.1
    weight_of: Mapping[str, float] = field(default_factory=dict)
    calibrated: bool = False
    handling_unit_cost: float = 0.0
    change_cost_share: float = 0.005
    paths: int = 64
    candidates: int = 16
    beyond_days: int = 28
    writedown_per_year: float = 0.10
    hurdle_per_year: float = 0.0
    days_to_shelf: int = 2
    container_fill: float = 0.9
    container_cost: float = 0.0
    commitment_shortfall_share: float = 0.05
    next_plan_days: int = 0
    stock_out_horizon_days: int = 365
    overstock_days: int = 180

    def __post_init__(self) -> None:
        for name, policy in {"policy": self.policy, **self.policy_of, **self.policy_of_item}.items():
            if policy not in POLICIES:
                raise ValueError(f"the policy of {name!r} must be one of {', '.join(POLICIES)}, found {policy!r}")
        unmet = {"unmet_demand": self.unmet_demand, **self.unmet_demand_of, **self.unmet_demand_of_item}
        for name, told in unmet.items():
            if told not in UNMET:
                raise ValueError(f"the unmet demand of {name!r} must be one of {', '.join(UNMET)}, found {told!r}")
        if not 0 < self.gives_up_per_day <= 1:
            raise ValueError(
                f"gives_up_per_day must be above 0 and at most 1, found {self.gives_up_per_day!r}: "
                "if waiting costs nothing, nothing is ever ordered for those who wait"
            )
        for name, weight in self.weight_of.items():
            if not 0 < weight < float("inf"):
                raise ValueError(f"the weight of {name!r} must be above zero, found {weight!r}")
        for name in ("paths", "stock_out_horizon_days", "overstock_days"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, found {getattr(self, name)!r}")
        if self.candidates < 2:
            raise ValueError(f"candidates must be at least 2, found {self.candidates!r}")
        for name in ("beyond_days", "days_to_shelf", "next_plan_days"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be zero or more, found {getattr(self, name)!r}")
        for name in ("writedown_per_year", "hurdle_per_year", "container_cost", "handling_unit_cost"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be zero or more, found {getattr(self, name)!r}")
        for name in ("container_fill", "commitment_shortfall_share", "change_cost_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, found {getattr(self, name)!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)


@dataclass(frozen=True)
class ActionParams:
    """Which changes are worth asking for, and what suppliers are taken to allow.

    Parameters
    ----------
    least_gain
        Money that a change must earn beyond its charges: what the call to the supplier costs. Default 50.
    least_gain_share
        The same as a share of what the line's units cost. Default 0.01.
    least_gain_per_charge
        The same for each unit of money that the supplier charges: what is chosen among many changes claims more than it
        will earn. Default 1.
    expedite_days_share
        Share of the days until arrival, those of its supplier's rest aside, that hastening can save. Default 0.4.
    expedite_cost_share
        What it costs, as a share of what the line's units cost. Default 0.05.
    defer_days
        Days by which a supplier keeps goods back for nothing. Default 28.
    cancel_fee_share
        Share of their cost to pay for units cancelled once the supplier has confirmed; before, nothing. Default 0.1.

    Raises
    ------
    ValueError
        When a setting is below zero, or a share above one.
    """

    least_gain: float = 50.0
    least_gain_share: float = 0.01
    least_gain_per_charge: float = 1.0
    expedite_days_share: float = 0.4
    expedite_cost_share: float = 0.05
    defer_days: int = 28
    cancel_fee_share: float = 0.1

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be zero or more, found {getattr(self, name)!r}")
        for name in ("expedite_days_share", "cancel_fee_share"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} must be at most 1, found {getattr(self, name)!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)


@dataclass(frozen=True)
class ClearanceParams:
    """When goods are cleared, and what their ways out cost.

    Parameters
    ----------
    paths
        Futures of demand that goods are judged on. Default 16.
    least_gain
        Money that clearing must bring beyond leaving the goods: what its handling costs. Default 50.
    writedown_per_year
        Share of its cost that a unit loses in a year in which it lies. Default 0.10.
    return_cost_share
        What sending goods back to their supplier costs, as a share of their cost. Default 0.15.
    most_risk
        Chance to run out above which marketing should hold back. Default 0.2.

    Raises
    ------
    ValueError
        When a setting is outside its domain.
    """

    paths: int = 16
    least_gain: float = 50.0
    writedown_per_year: float = 0.10
    return_cost_share: float = 0.15
    most_risk: float = 0.2

    def __post_init__(self) -> None:
        if self.paths < 1:
            raise ValueError(f"paths must be at least 1, found {self.paths!r}")
        for name in ("least_gain", "writedown_per_year"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} must be zero or more, found {getattr(self, name)!r}")
        for name in ("return_cost_share", "most_risk"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, found {getattr(self, name)!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)


@dataclass(frozen=True)
class ChannelParams:
    """When units are kept for a shop.

    Parameters
    ----------
    paths
        Futures of demand that fences are judged on. Default 64.
    least_gain
        Money that fences of one SKU and warehouse must earn beyond an open pool: what it costs to set them. Default 20.

    Raises
    ------
    ValueError
        When a setting is outside its domain.
    """

    paths: int = 64
    least_gain: float = 20.0

    def __post_init__(self) -> None:
        if self.paths < 2:
            raise ValueError(f"paths must be at least 2, found {self.paths!r}")
        if not 0 <= self.least_gain < float("inf"):
            raise ValueError(f"least_gain must be zero or more, found {self.least_gain!r}")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build from a TOML table; a key that is not a parameter raises ``ValueError``."""
        return params_from_mapping(cls, mapping)
