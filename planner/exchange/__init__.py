"""The list as a spreadsheet, and what somebody changed in it."""

from planner.exchange.changed import Change, Fault, changes
from planner.exchange.sheet import as_sheet

__all__ = ["Change", "Fault", "as_sheet", "changes"]
