"""How far the name of a source column says what a contract column is."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from contracts.model import Column, Table
from contracts.vocabulary import plain, vocabulary

CHINESE = re.compile(r"[\u3400-\u9fff]")
SAME, SAME_BUT_TABLE, LEAF = 1.0, 0.95, 0.97
CLOSE = 0.86  # of two spellings, so that a typing error or a plural is no other word


def likeness(name: str, table: Table, column: Column) -> float:
    """From 0, nothing in common, to 1, one of the column's own names."""
    whole = plain(name)
    leaf = plain(re.split(r"[./]", name.rstrip("./"))[-1])
    found = _against(whole, table.qualified, column.name, _terms(table, column))
    if leaf and leaf != whole:
        found = max(found, LEAF * _against(leaf, table.qualified, column.name, _terms(table, column)))
    return found


def _terms(table: Table, column: Column) -> tuple[str, ...]:
    return tuple(dict.fromkeys(plain(word) for word in vocabulary().words_of(table, column)))


@lru_cache(maxsize=200_000)
def _against(name: str, table: str, column: str, terms: tuple[str, ...]) -> float:
    if not name:
        return 0.0
    if name in terms:
        # The contract's own name and title come first, words that are its alone before shared ones.
        return SAME - 0.001 * terms.index(name)
    bare = {rest for rest in _without_table(name, table) if rest}
    if bare & set(terms):
        return SAME_BUT_TABLE
    return max((_partly(name, term) for term in terms), default=0.0)


@lru_cache(maxsize=200_000)
def _without_table(name: str, table: str) -> tuple[str, ...]:
    """The name without a word for the table's rows before or behind it."""
    rests = []
    for word in map(plain, vocabulary().tables.get(table, ())):
        gap = "" if CHINESE.search(word) else " "
        if name.startswith(word + gap):
            rests.append(name[len(word) :].strip())
        if name.endswith(gap + word):
            rests.append(name[: -len(word)].strip())
    return tuple(rests)


def _partly(name: str, term: str) -> float:
    if CHINESE.search(name) or CHINESE.search(term):
        short, long = sorted((name, term), key=len)
        if len(short) >= 2 and short in long:
            return 0.3 + 0.55 * len(short) / len(long)
        return 0.0
    ours, theirs = set(name.split()), set(term.split())
    if ours == theirs:
        return SAME_BUT_TABLE
    if ours < theirs or theirs < ours:
        return 0.4 + 0.45 * len(ours & theirs) / len(ours | theirs)
    alike = SequenceMatcher(None, name, term).ratio()
    return 0.9 * alike if alike >= CLOSE else 0.0
