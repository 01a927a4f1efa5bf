"""The fitted figures as TOML, those of one fit under a comment that says where they come from."""

import textwrap
from collections.abc import Sequence

from simulator.fitting.figure import Figure, Value, rounded

HEADER = """\
# Written by `python -m simulator.fitting`; do not edit. docs/simulator-fit.md shows the fit.
"""


def fitted_toml(figures: Sequence[Figure]) -> str:
    """TOML text of ``figures``, tables in order of their first figure.

    Raises
    ------
    ValueError
        When two figures share a table and a name.
    """
    sections: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        table = sections.setdefault(figure.section, {})
        if figure.name in table:
            raise ValueError(f"[{figure.section}] {figure.name} is fitted twice")
        table[figure.name] = figure
    parts = [HEADER]
    for section, table in sections.items():
        parts.append(f"\n[{section}]\n")
        above = ""
        for figure in table.values():
            told = origin(figure)
            if told != above:
                parts += [f"# {line}\n" for line in textwrap.wrap(told, 116)]
            parts.append(f"{figure.name} = {toml_value(figure.value)}\n")
            above = told
    return "".join(parts)


def origin(figure: Figure) -> str:
    """Where a figure comes from, in sentences; figures of one fit have the same."""
    sentences = (f"{figure.source}, {figure.n}", figure.method, figure.misses)
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


def toml_value(value: Value) -> str:
    """A number, text or list in TOML's writing, numbers with four significant digits."""
    value = rounded(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(toml_value(part) for part in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)
