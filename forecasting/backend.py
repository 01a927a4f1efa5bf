"""Where the parts of a computation run: here, one after another, or on other machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
