"""Faults of a wave plan, found by counting rows, walking tours and watching clocks; shares nothing with the solver."""

from optimization.waves.checks.clocks import clock_faults
from optimization.waves.checks.orders import order_faults, size_faults
from optimization.waves.checks.stations import station_faults
from optimization.waves.checks.stock import pick_faults, stock_faults
from optimization.waves.checks.walks import walk_faults
from optimization.waves.problem import Problem

__all__ = ["faults"]


def faults(plan, problem: Problem) -> list[str]:
    """Everything in a plan that contradicts its problem, in words.

    Returns
    -------
    list of str
        Empty when the plan is sound.
    """
    return [
        *order_faults(plan, problem),
        *size_faults(plan, problem),
        *pick_faults(plan, problem),
        *stock_faults(plan, problem),
        *walk_faults(plan, problem),
        *clock_faults(plan, problem),
        *station_faults(plan, problem),
    ]
