"""What comes in and what goes out, as data contracts.

`inbox()` holds the eleven systems plus `reference` and `policy`, `outbox()` the decision files we send. Both
are read from the YAML files beside this module on first use and kept; importing this package reads and
imports nothing.

    from contracts import inbox, outbox, table

    table("order.sales_order").primary_key      # ("source_system", "order_id")
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.model import System, Table

__all__ = ["CONTRACTS", "ContractError", "inbox", "load_directory", "outbox", "table"]

CONTRACTS = Path(__file__).parent


class ContractError(ValueError):
    """A contract or mapping file is wrong. The message names the place, what was found and what to do."""


@lru_cache(maxsize=1)
def inbox() -> Mapping[str, System]:
    """The systems we read, by name: the eleven, then `reference` and `policy`."""
    return load_directory(CONTRACTS / "inbox")


@lru_cache(maxsize=1)
def outbox() -> Mapping[str, Table]:
    """The files we send and the answers that we read back, by name."""
    from contracts.load import load_outbox

    return load_outbox(CONTRACTS / "outbox")


def table(qualified: str) -> Table:
    """The inbox table of a qualified name such as `order.sales_order`.

    Raises
    ------
    ContractError
        If no contract holds a table of that name.
    """
    from contracts.load import find_table

    return find_table(inbox(), qualified)


def load_directory(path: Path | str) -> Mapping[str, System]:
    """Every contract in `path`, in the order of the loop; foreign keys must resolve inside the directory."""
    from contracts.load import load_inbox

    return load_inbox(Path(path))
