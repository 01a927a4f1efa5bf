"""Which rows a role may see: those of its places. The same rule for pages, exports, the API and the SQL page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

# What says where a row belongs, the first that a mart has. Rows of no place, or of all (``*``), everybody sees.
PLACE_COLUMNS = ("location_id", "warehouse_id", "to_location_id", "ship_to_warehouse_id")
EVERYWHERE = "*"

Places = frozenset[str] | None


def places_of(roles: Iterable[str], by_role: Mapping[str, Sequence[str]]) -> Places:
    """The places that any of these roles may see; None for all, as soon as one role is not limited."""
    limits = [by_role.get(role) for role in roles]
    if not limits or None in limits:
        return None
    return frozenset(place for limit in limits for place in limit)


def place_column(columns: Iterable[str]) -> str | None:
    """The column that says where a row of a mart belongs; None where rows belong nowhere."""
    there = set(columns)
    return next((name for name in PLACE_COLUMNS if name in there), None)
