"""The columns of a staged file brought under the names that its mapping knows; nothing is lost on the way."""

from __future__ import annotations

import re
from dataclasses import replace

import duckdb

from contracts.mapping import FillDown
from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.readers.relation import LINE, Drift, Staged
from pipelines.ingestion.schema import literal, quote


def fit_columns(connection: duckdb.DuckDBPyConnection, delivery: Delivery, staged: Staged) -> Staged:
    """Rename columns that go by an alias, add optional ones that are missing, fill cells down, list unknown ones."""
    mapping = delivery.file_mapping
    if mapping is None:
        return staged
    types, drift = dict(staged.types), list(staged.drift)
    for name, alias in _renamed(mapping.aliases, types).items():
        connection.execute(f"alter table staged rename column {quote(alias)} to {quote(name)}")
        types = {name if known == alias else known: kind for known, kind in types.items()}
        drift.append(Drift("renamed_column", name, alias[:200], staged.rows))
    named = _from_name(delivery)
    for name, value in named.items():
        connection.execute(f"alter table staged add column {quote(name)} varchar default {literal(value)}")
        types[name] = "VARCHAR"
    present = {name.casefold() for name in types}
    for name in mapping.optional_columns:
        if name.casefold() not in present:
            connection.execute(f"alter table staged add column {quote(name)} varchar")
            types[name] = "VARCHAR"
            drift.append(Drift("missing_optional", name, None, staged.rows))
    if mapping.fill_down:
        _fill_down(connection, mapping.fill_down, types)
    unknown = _unknown(delivery, types, {*staged.stated, *named})
    return replace(staged, types=types, unknown=unknown, drift=tuple(drift))


def _from_name(delivery: Delivery) -> dict[str, str]:
    """What the name of the file says of all its rows.

    Raises
    ------
    DeliveryRefusedError
        `bad_name`.
    """
    pattern = delivery.file_mapping.from_name
    if pattern is None:
        return {}
    found = re.fullmatch(pattern, delivery.path.name)
    if found is None:
        raise DeliveryRefusedError(
            "bad_name",
            f"{delivery.path.name}: its name does not say what the mapping takes from it ({pattern}). Rename the file.",
        )
    return {name: value or "" for name, value in found.groupdict().items()}


def _renamed(aliases: dict[str, tuple[str, ...]], types: dict[str, str]) -> dict[str, str]:
    """Name to the alias it goes by in the file, for names that are not there themselves."""
    found = {name.casefold(): name for name in types}
    return {
        name: found[alias.casefold()]
        for name, others in aliases.items()
        if name.casefold() not in found
        for alias in [next((other for other in others if other.casefold() in found), None)]
        if alias is not None
    }


def _fill_down(connection: duckdb.DuckDBPyConnection, rule: FillDown, types: dict[str, str]) -> None:
    """Give each row the cells that stand in an earlier row of the same key alone."""
    known = {name.casefold() for name in types}
    if rule.key.casefold() not in known:
        return  # reported as missing when the columns are checked
    filled = [name for name in rule.columns if name.casefold() in known]
    above = f"over (order by {LINE} rows unbounded preceding)"
    key = f"last_value(nullif(trim({quote(rule.key)}), '') ignore nulls) {above}"
    within = f"over (partition by _key order by {LINE} rows unbounded preceding)"
    cells = [f"last_value(nullif({quote(name)}, '') ignore nulls) {within} as {quote(name)}" for name in filled]
    replaced = ", ".join([f"_key as {quote(rule.key)}", *cells])
    connection.execute(
        f"""create or replace temp table staged as
            select * exclude (_key) replace ({replaced}) from (select *, {key} as _key from staged)"""
    )


def _unknown(delivery: Delivery, types: dict[str, str], stated: set[str]) -> tuple[str, ...]:
    mapping = delivery.file_mapping
    listed = {*mapping.required_columns, *mapping.optional_columns, *mapping.unread_columns, *stated}
    known = {name.casefold() for name in listed}
    words = mapping.expressions.casefold()
    # A mapping that lists no columns it may do without is not asked which it knows.
    if not (mapping.optional_columns or mapping.unread_columns):
        return ()
    return tuple(
        name
        for name in types
        if name.casefold() not in known and not re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", words)
    )
