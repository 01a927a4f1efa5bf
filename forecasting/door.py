"""What every public function checks at its door: columns, types, keys, settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

import polars as pl

P = TypeVar("P")

KINDS: dict[str, Callable[[pl.DataType], bool]] = {
    "text": lambda dtype: dtype == pl.String,
    "integer": lambda dtype: dtype.is_integer(),
    "number": lambda dtype: dtype.is_integer() or dtype.is_float(),
    "money": lambda dtype: dtype.is_decimal() or dtype.is_integer(),
    "bool": lambda dtype: dtype == pl.Boolean,
    "date": lambda dtype: dtype == pl.Date,
    "instant": lambda dtype: isinstance(dtype, pl.Datetime),
}


def check_frame(frame: pl.DataFrame, columns: Mapping[str, str], what: str) -> None:
    """Refuse a frame that lacks a column, has one of another type, or has a null where none may be.

    Parameters
    ----------
    frame
        The frame to check.
    columns
        Column name to kind: ``text``, ``integer``, ``number``, ``money`` (decimal or integer, never float),
        ``bool``, ``date`` or ``instant``; a trailing ``?`` allows nulls.
    what
        What the frame is called in the message.

    Raises
    ------
    ValueError
        Naming the column and what was found.
    """
    for column, kind in columns.items():
        if column not in frame.columns:
            raise ValueError(f"{what}: column {column!r} is missing; found {frame.columns}")
        dtype = frame.schema[column]
        nullable = kind.endswith("?")
        name = kind.rstrip("?")
        if not KINDS[name](dtype) and not (nullable and dtype == pl.Null):
            raise ValueError(f"{what}: column {column!r} must be {name}, found {dtype}")
        if not nullable and frame[column].null_count():
            refuse_rows(frame, pl.col(column).is_null(), column, "must not be null", what)


def refuse_rows(frame: pl.DataFrame, bad: pl.Expr, column: str, why: str, what: str) -> None:
    """Raise for the first row where ``bad`` holds, with the column's value and the whole row in the message.

    Raises
    ------
    ValueError
        When any row is bad; it counts them and shows the first.
    """
    rows = frame.filter(bad)
    if rows.height:
        row = rows.row(0, named=True)
        raise ValueError(
            f"{what}: {column} {why}, found {row[column]!r} in {rows.height} row(s), "
            f"first {dict(list(row.items())[:6])}"
        )


def check_unique(frame: pl.DataFrame, keys: list[str], what: str) -> None:
    """Refuse a frame in which the same key occurs twice.

    Raises
    ------
    ValueError
        Naming the first doubled key.
    """
    doubled = frame.filter(pl.struct(keys).is_duplicated())
    if doubled.height:
        key = dict(zip(keys, doubled.select(keys).row(0), strict=True))
        raise ValueError(f"{what}: key {key} occurs more than once ({doubled.height} rows share a key)")


def check_levels(levels: Iterable[float]) -> list[float]:
    """Quantile levels, sorted; each must lie strictly between 0 and 1.

    Raises
    ------
    ValueError
        When a level is outside (0, 1), or there is none.
    """
    ordered = sorted({float(level) for level in levels})
    if not ordered or ordered[0] <= 0 or ordered[-1] >= 1:
        raise ValueError(f"quantile levels must lie strictly between 0 and 1, found {ordered}")
    return ordered


def params_from_mapping(cls: type[P], mapping: Mapping[str, Any]) -> P:
    """Build a frozen parameter object from a table as TOML gives it.

    Raises
    ------
    ValueError
        When the table has a key that the parameters do not know.
    """
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    unknown = sorted(set(mapping) - set(known))
    if unknown:
        raise ValueError(f"unknown setting(s) {unknown}; {cls.__module__} knows {known}")
    return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in mapping.items()})
