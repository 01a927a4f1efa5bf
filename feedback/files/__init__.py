"""Decisions as the files that receivers import: the same rows give the same bytes."""

from feedback.files.sheet import LayoutError, Sheet, check, file_key, sheet
from feedback.files.written import written

__all__ = ["LayoutError", "Sheet", "check", "file_key", "sheet", "written"]
