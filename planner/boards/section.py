"""One table of a board."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A title, a question, and how its columns are shown.

    Parameters
    ----------
    name
        Its title is the text ``section.<name>``, those of its columns ``column.<column>``.
    sql
        Its rows, at most a few hundred.
    bar
        The number that is drawn as a bar as well; none if empty.
    coded
        Column → prefix of texts, for values that are codes: ``status`` → ``health`` says ``health.<value>``.
    named
        The same for codes that stand as plain words, several with commas between them.
    """

    name: str
    sql: str
    bar: str = ""
    coded: tuple[tuple[str, str], ...] = ()
    named: tuple[tuple[str, str], ...] = ()
