"""Pages that show and decide nothing: sections of rows, each from one question to the publication or the journal."""

from planner.boards.section import Section
from planner.boards.shown import BOARDS, board

__all__ = ["BOARDS", "Section", "board"]
