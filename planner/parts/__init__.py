"""The parts that the desk is made of. A new page is a module here and a line below.

A module holds one `Part`: its pages and addresses, each with the permission it needs. Beside it belong the handlers
(``planner/web/<part>_api.py``), a template or a board, scripts (``planner/static/<part>/``) and words
(``planner/texts/<part>.py``).
"""

from __future__ import annotations

from planner.parts import alerts, analysis, audit, boards, people, programs, proposals, scenarios, waves, worklist
from planner.web.part import Address, Page, Part

# In the order of the navigation.
PARTS: tuple[Part, ...] = (
    worklist.PART,
    proposals.PART,
    boards.PART,
    waves.PART,
    alerts.PART,
    scenarios.PART,
    analysis.PART,
    audit.PART,
    people.PART,
    programs.PART,
)
PAGES: tuple[Page, ...] = tuple(page for part in PARTS for page in part.pages)
READS: dict[str, Address] = {name: address for part in PARTS for name, address in part.reads.items()}
CHANGES: dict[str, Address] = {name: address for part in PARTS for name, address in part.changes.items()}
