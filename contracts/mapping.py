"""The typed form of a mapping: how a foreign export becomes rows of contract tables.

A mapping is declarative: file patterns, how to read them, and per target table one DuckDB SQL expression per
column over the source's columns. What a mapping names is checked against the contracts on load; what its
expressions do is the ingestion's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from datetime import datetime
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contracts import CONTRACTS, ContractError, inbox
from contracts.load import build, find_table, read_yaml, shown_path
from contracts.model import System, Table
from contracts.profile import Profile

__all__ = [
    "FileMapping", "FillDown", "Mapping", "Profile", "SetAside", "Target", "Total", "Unit", "load_mapping", "mappings",
]  # fmt: skip


# So that no product of a quantity and a factor leaves the engine's whole numbers.
MAX_FACTOR = 1_000_000_000


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SetAside(Frozen):
    """Rows that are named and kept aside, never loaded; `when` is SQL over the source's columns."""

    reason: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    when: str = Field(min_length=1)
    note: str = ""


class Unit(Frozen):
    """What a quantity is counted in, or a price is for: one of it is so many base units, never a float.

    `unit` is SQL for the unit's name; what one is comes from `factors`, else from `product.sku_uom` for the SKU in
    column `sku` of the target. A `factor` holds for every row instead. Factors are rational: `12`, `0.5`, `1/12`.
    """

    unit: str | None = None
    sku: str = "sku_id"
    factor: Fraction | None = Field(default=None, gt=0)
    factors: MappingOf[str, Fraction] = Field(default_factory=dict)

    @field_validator("factor", mode="before")
    @classmethod
    def _rational(cls, written: Any) -> Any:
        return written if written is None else _fraction(written)

    @field_validator("factors", mode="before")
    @classmethod
    def _rationals(cls, written: Any) -> Any:
        return {str(k): _fraction(v) for k, v in written.items()} if isinstance(written, dict) else written

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Unit:
        if (self.unit is None) == (self.factor is None):
            raise ValueError("a quantity has either a unit, SQL for its name, or one factor for all rows")
        if self.factors and self.unit is None:
            raise ValueError("factors are given without a unit whose names they are of; add unit")
        return self


def _fraction(written: Any) -> Fraction:
    """`1/12` as it is written; YAML's 0.1 as the decimal it was, not the float it became."""
    try:
        factor = Fraction(str(written))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"factor {written!r} is no number; write one such as 12, 0.5 or 1/12") from None
    if not factor > 0 or max(factor.numerator, factor.denominator) > MAX_FACTOR:
        raise ValueError(f"factor {written!r} must be positive, in terms of at most {MAX_FACTOR:,}")
    return factor


class Target(Frozen):
    """One contract table that a file feeds.

    `columns` holds DuckDB SQL over the source's columns; with `group_by` they may aggregate. Rows outside
    `where` do not belong to this target. Of `set_aside` the first match wins. `flags` names SQL predicates
    that mark a row without keeping it out. `required` are columns that this source fills in every row, though
    the contract asks it of none. `units` tells of quantities and prices that are not of base units what they are of.
    """

    table: str
    where: str | None = None
    group_by: tuple[str, ...] = ()
    columns: MappingOf[str, str] = Field(min_length=1)
    constants: MappingOf[str, str | int | float | bool] = Field(default_factory=dict)
    enum_map: MappingOf[str, MappingOf[str, str]] = Field(default_factory=dict)
    formats: MappingOf[str, tuple[str, ...]] = Field(default_factory=dict)
    flags: MappingOf[str, str] = Field(default_factory=dict)
    required: tuple[str, ...] = ()
    units: MappingOf[str, Unit] = Field(default_factory=dict)
    set_aside: tuple[SetAside, ...] = ()

    @field_validator("columns", "flags", mode="before")
    @classmethod
    def _sql_is_text(cls, expressions: Any) -> Any:
        """A bare `qty: 1` is SQL too."""
        if isinstance(expressions, dict):
            return {k: str(v) if isinstance(v, int | float) else v for k, v in expressions.items()}
        return expressions


class Total(Frozen):
    """What a file says of its own rows: it is held when `computed` is not what it states.

    `computed` is a SQL aggregate over the source's columns; `stated` is one too (a row that is the total), or
    absent: then the profile's patterns state the value called `name`. Both are amounts and compared exactly.
    """

    name: str = Field(min_length=1)
    computed: str = Field(min_length=1)
    stated: str | None = None


class FillDown(Frozen):
    """Cells that stand in the first row of a thing alone; `key` tells which rows belong to it."""

    key: str = Field(min_length=1)
    columns: tuple[str, ...] = Field(min_length=1)


class FileMapping(Frozen):
    """The files of one pattern and the tables they feed.

    `extracted_at` is the instant the source wrote the files, where known; `tz` and `currency` hold for values
    that name none, `decimal` is the sign before their cents. A file that lacks one of `required_columns` is
    refused; `optional_columns` are empty where it lacks them. A column of these that goes by one of its
    `aliases` in a file takes its name. What no expression names and `unread_columns` does not list is kept as
    unknown. What the named groups of `from_name`, a regular expression for the whole file name, match becomes a
    column of every row; a file of another name is refused.
    """

    pattern: str = Field(min_length=1)
    profile: Profile
    from_name: str | None = None
    extracted_at: datetime | None = None
    tz: str = "Asia/Shanghai"
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    decimal: Literal[".", ","] = "."
    required_columns: tuple[str, ...] = ()
    optional_columns: tuple[str, ...] = ()
    unread_columns: tuple[str, ...] = ()
    aliases: MappingOf[str, tuple[str, ...]] = Field(default_factory=dict)
    fill_down: FillDown | None = None
    totals: tuple[Total, ...] = ()
    targets: tuple[Target, ...] = Field(min_length=1)

    def matches(self, file_name: str) -> bool:
        """Whether a file of this name, without its folder, belongs here."""
        return fnmatchcase(file_name, self.pattern)

    @property
    def expressions(self) -> str:
        """All SQL of the mapping, to look for the names of columns in."""
        parts = [part for total in self.totals for part in (total.computed, total.stated or "")]
        for target in self.targets:
            parts += [target.where or "", *target.group_by, *target.columns.values(), *target.flags.values()]
            parts += [rule.when for rule in target.set_aside]
            parts += [unit.unit or "" for unit in target.units.values()]
        return "\n".join(parts)

    @model_validator(mode="after")
    def _aliases_are_of_columns(self) -> FileMapping:
        for name in self.aliases:
            if name not in (*self.required_columns, *self.optional_columns):
                raise ValueError(f"aliases are given for {name!r}; name it in required_columns or optional_columns")
        return self

    @field_validator("from_name")
    @classmethod
    def _from_name_names_columns(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"from_name {pattern!r} is no regular expression ({error})") from None
        if not groups:
            raise ValueError(f"from_name {pattern!r} names no group; write (?P<day>\\d{{8}}) for a column `day`")
        return pattern

    @field_validator("tz")
    @classmethod
    def _tz_exists(cls, tz: str) -> str:
        if tz not in _time_zones():
            raise ValueError(f"tz is {tz!r}, which is no IANA time zone; write one such as Asia/Shanghai")
        return tz


class Mapping(Frozen):
    """How the exports of one source become contract tables; `source_system` leads every key they make."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(pattern=r"^\d+\.\d+(\.\d+)?$")
    title: str
    source_system: str = Field(min_length=1, max_length=64)
    files: tuple[FileMapping, ...] = Field(min_length=1)

    def file_for(self, file_name: str) -> FileMapping | None:
        """The first file mapping whose pattern matches."""
        return next((file for file in self.files if file.matches(file_name)), None)


@lru_cache(maxsize=1)
def _time_zones() -> set[str]:
    # Asked of the disk: 25 ms, for every file of every mapping.
    return available_timezones()


@lru_cache(maxsize=1)
def mappings() -> MappingOf[str, Mapping]:
    """The mappings that ship with the platform, by name."""
    loaded = [load_mapping(file) for file in sorted((CONTRACTS / "mappings").glob("*.yaml"))]
    return MappingProxyType({mapping.name: mapping for mapping in loaded})


def load_mapping(path: Path | str, systems: MappingOf[str, System] | None = None) -> Mapping:
    """The mapping in `path`, checked against the contracts (`inbox()` unless given).

    Raises
    ------
    ContractError
        If a key is misspelt, a target table or column is unknown, a required column has no source, an enum
        value is outside its list or a format stands on a column that is no time.
    """
    path = Path(path)
    place = shown_path(path)
    values = read_yaml(path)
    raw_files = values.get("files")
    files = [
        _file(raw, f"{place}, file {n}", systems or inbox())
        for n, raw in enumerate(raw_files if isinstance(raw_files, list) else (), start=1)
    ]
    mapping = build(Mapping, {**values, "files": files} if "files" in values else values, place)
    if mapping.name != path.stem:
        raise ContractError(f"{place}: name is {mapping.name!r}; it must be {path.stem!r}, as the file is called")
    return mapping


def _file(raw: Any, place: str, systems: MappingOf[str, System]) -> FileMapping:
    if not isinstance(raw, dict):
        raise ContractError(f"{place}: is {raw!r}; write pattern:, profile: and targets:")
    place = f"{place} ({raw.get('pattern', 'without a pattern')})"
    raw_targets = raw.get("targets")
    targets = [_target(t, place, systems) for t in (raw_targets if isinstance(raw_targets, list) else ())]
    return build(FileMapping, {**raw, "targets": targets} if "targets" in raw else raw, place)


def _target(raw: Any, place: str, systems: MappingOf[str, System]) -> Target:
    if not isinstance(raw, dict):
        raise ContractError(f"{place}: target is {raw!r}; write table: and columns:")
    place = f"{place}, target {raw.get('table', '(without a table)')}"
    target = build(Target, raw, place)
    try:
        _check_against_contract(target, find_table(systems, target.table))
    except ContractError as error:
        raise ContractError(f"{place}: {error}") from None
    return target


def _check_against_contract(target: Target, table: Table) -> None:
    for name in (
        *target.columns,
        *target.constants,
        *target.enum_map,
        *target.formats,
        *target.required,
        *target.units,
    ):
        table.column(name)
    if both := sorted(set(target.columns) & set(target.constants)):
        raise ContractError(f"column {both[0]!r} has an expression and a constant; keep one")
    given = {*target.columns, *target.constants, "source_system"}
    for column in table.all_columns:
        if column.required and column.name not in given:
            raise ContractError(f"required column {column.name!r} has no expression and no constant; add one")
    for name in (*target.enum_map, *target.formats):
        if name not in given:
            raise ContractError(f"column {name!r} has an enum_map or formats but no expression; add one to columns")
    for name, values in target.enum_map.items():
        for found, value in values.items():
            if value not in table.column(name).values:
                raise ContractError(
                    f"column {name!r}: enum_map turns {found!r} into {value!r}, which is outside its list; "
                    f"choose from {', '.join(table.column(name).values) or '(it is no enum)'}"
                )
    for name, value in target.constants.items():
        column = table.column(name)
        if column.values and value not in column.values:
            raise ContractError(
                f"column {name!r}: constant {value!r} is outside its list; choose from {', '.join(column.values)}"
            )
    for name, unit in target.units.items():
        _check_unit(name, unit, given, table)
    for name in target.formats:
        if table.column(name).type not in ("ts", "date", "time"):
            raise ContractError(f"column {name!r}: formats stand on type {table.column(name).type!r}; remove them")


def _check_unit(name: str, unit: Unit, given: set[str], table: Table) -> None:
    column = table.column(name)
    if column.type not in ("qty", "money"):
        raise ContractError(f"column {name!r}: units stand on type {column.type!r}; only qty and money have one")
    for needed in (name, *([unit.sku] if unit.unit else ())):
        table.column(needed)
        if needed not in given:
            raise ContractError(f"column {name!r} has a unit, but {needed!r} has no expression; add one to columns")
