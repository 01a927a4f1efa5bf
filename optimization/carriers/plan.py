"""What carrier choice decided."""

from dataclasses import dataclass

import polars as pl

from optimization.carriers.check import faults
from optimization.carriers.params import Params
from optimization.carriers.problem import Problem
from optimization.proof import Proof


@dataclass(frozen=True)
class Plan(Proof):
    """A service for every parcel that has one, and why the others have none.

    Parameters
    ----------
    choices
        One row per parcel with a service, sorted: ``outbound_id``, ``carrier_id``, ``service_code`` (str),
        ``billed_weight_g`` (int), ``freight_amount``, ``surcharge_amount``, ``cost_amount`` (decimal, yuan,
        to the fen), ``expected_amount`` (decimal, with lateness and loss as expected), ``is_late`` (bool, would
        arrive after the promised date by the stated days; false where that cannot be known),
        ``late_probability`` (float), ``eligible_count`` (int), ``runner_up_carrier_id``,
        ``runner_up_service_code`` (str), ``runner_up_amount``, ``runner_up_expected_amount``,
        ``difference_amount`` (decimal, cost of the runner-up − of the choice), ``bound_by`` (str, the cap or
        volume that keeps the parcel from its cheapest service; null if nothing does), ``is_drawn`` (bool, by chance),
        ``draw_amount`` (decimal, expected cost of a drawn service beyond the cheapest; 0 for others),
        ``insured_value`` (decimal, what it is insured for; null: it is not), ``insured_amount`` (decimal, the premium,
        one of the surcharges), ``reason`` (str).
    unassigned
        ``outbound_id``, ``carrier_id``, ``service_code``, ``reason`` (str): for every parcel without a
        service, each service and the rule that refused it; one row without a carrier where there is no
        service at all. ``caps_full`` means that it may, but its caps have no room.
    offers
        One row per parcel with a service and service that may carry it, the chosen one first: ``outbound_id``,
        ``carrier_id``, ``service_code``, ``place`` (int, from 1), ``billed_weight_g`` (int), ``cost_amount``,
        ``expected_amount``, ``insured_amount`` (decimal, yuan), ``late_probability``, ``offset_amount`` (float, yuan
        that scarce room and volumes add).
    contracts
        One row per terms and cap: ``kind`` (``terms``, ``cap``), ``service_id``, ``contract`` (in words), ``price``
        (yuan per parcel or kilogram, see ``day.Choice``), ``cost_amount`` (yuan that the parcels with a service, of
        the day and expected after it, cost more with it than without; below zero for a rebate that pays),
        ``left_over`` (int, parcels of the day that have no service because of it; no bill has a price for them).
    offsets
        What each service's expected cost is to be raised by when single parcels are labelled, see ``day.Choice``.
    params
        The settings it was made with.
    """

    choices: pl.DataFrame
    unassigned: pl.DataFrame
    offers: pl.DataFrame
    contracts: pl.DataFrame
    offsets: pl.DataFrame
    params: Params

    def check(self, problem: Problem) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self.choices, self.unassigned, float(self.objective), self.params, problem)
