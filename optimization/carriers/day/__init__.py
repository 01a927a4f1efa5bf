"""Which service carries which parcel of a whole day, with volume commitments, rebates and caps; proven."""

from optimization.carriers.day.choose import Effort, choose
from optimization.carriers.day.problem import Cap, Day, Terms, Tier
from optimization.carriers.day.result import Choice

__all__ = ["Cap", "Choice", "Day", "Effort", "Terms", "Tier", "choose"]
