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
        to the fen), ``is_late`` (bool, would arrive after the promised date; false where that cannot be
        known), ``eligible_count`` (int), ``runner_up_carrier_id``, ``runner_up_service_code`` (str),
        ``runner_up_amount``, ``difference_amount`` (decimal, runner-up − choice, below zero if the
        runner-up is cheaper but late), ``reason`` (str).
    unassigned
        ``outbound_id``, ``carrier_id``, ``service_code``, ``reason`` (str): for every parcel without a
        service, each service and the rule that refused it; one row without a carrier where there is no
        service at all.
    params
        The settings it was made with.
    """

    choices: pl.DataFrame
    unassigned: pl.DataFrame
    params: Params

    def check(self, problem: Problem) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self.choices, self.unassigned, self.params.prefer_on_time, problem)
