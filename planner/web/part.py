"""A part of the desk: its pages in the navigation, and the addresses of its API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.web.guard import Handler


@dataclass(frozen=True)
class Page:
    """One page of the navigation.

    Parameters
    ----------
    name
        Its address below the workspace; its title is the text ``page.<name>``.
    permission
        Who may see it.
    template
        Default: a board, whose sections are in `planner.boards.BOARDS`.
    """

    name: str
    permission: str
    template: str = "board.html"


@dataclass(frozen=True)
class Address:
    """What answers an address of the API, and the permission it needs.

    Parameters
    ----------
    words
        Words that a request may say and their kinds of OpenAPI: in the query string of a read, in the body of a change.
    """

    handler: Handler
    permission: str
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Pages, and addresses below ``/t/{tenant}/api/``: reads by GET, changes by POST with the session's word.

    GET to a change is answered too, by a refusal that is written down.
    """

    pages: tuple[Page, ...] = ()
    reads: Mapping[str, Address] = field(default_factory=dict)
    changes: Mapping[str, Address] = field(default_factory=dict)
