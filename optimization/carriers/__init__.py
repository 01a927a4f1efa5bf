"""Which service carries which parcel: by rate card, lateness and contracts, and the runner-up."""

from optimization.carriers.contracts import contracts
from optimization.carriers.params import Params
from optimization.carriers.plan import Plan
from optimization.carriers.problem import Problem
from optimization.carriers.solve import solve

__all__ = ["Params", "Plan", "Problem", "contracts", "solve"]
