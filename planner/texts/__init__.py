"""Every word of the desk's pages, in English and Chinese, side by side so that none is forgotten.

One module per part of the desk (`planner.parts`), each with ``TEXTS``: key → (English, Chinese). ``{name}`` is
filled in by whoever says the text.
"""

from __future__ import annotations

from functools import cache

from planner.texts import (
    absence,
    alerts,
    boards,
    carriers,
    codes,
    every_page,
    grid,
    keys,
    orders,
    people,
    programs,
    proposals,
    scenarios,
    waves,
    worklist,
)

LANGUAGES = ("en", "zh")
MODULES = (
    every_page,
    worklist,
    boards,
    carriers,
    codes,
    grid,
    keys,
    orders,
    waves,
    alerts,
    scenarios,
    people,
    absence,
    programs,
    proposals,
)
TEXTS: dict[str, tuple[str, str]] = {key: both for module in MODULES for key, both in module.TEXTS.items()}


@cache
def texts(language: str) -> dict[str, str]:
    """Every text in one language, by key."""
    place = LANGUAGES.index(language)
    return {key: both[place] for key, both in TEXTS.items()}


def said(key: str, language: str) -> str:
    """One text. An unknown key is a fault of ours and raises."""
    return texts(language)[key]
