"""Where the parts of a computation run: here, one after another, or on other machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol


class Backend(Protocol):
    """Runs a function on parts that do not depend on each other.

    Parameters
    ----------
    partitions
        Parts that it is worth cutting the series into.
    """

    partitions: int

    def map(self, function: Callable[..., Any], parts: Sequence[Any], *shared: Any) -> list[Any]:
        """``function(part, *shared)`` of every part, in the order of the parts."""
        ...


class Local:
    """In this process, one part after another; the libraries use their own threads."""

    partitions = 1

    def map(self, function: Callable[..., Any], parts: Sequence[Any], *shared: Any) -> list[Any]:
        """``function(part, *shared)`` of every part, in the order of the parts."""
        return [function(part, *shared) for part in parts]


LOCAL = Local()


def cut(count: int, partitions: int) -> list[range]:
    """``count`` rows in at most ``partitions`` parts, as even as can be; one empty part where there are no rows."""
    parts = max(min(partitions, count), 1)
    bounds = [count * part // parts for part in range(parts + 1)]
    return [range(first, last) for first, last in pairwise(bounds)]
