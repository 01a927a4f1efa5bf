"""The typed form of a contract: systems, tables, columns and foreign keys.

A contract file is an Open Data Contract Standard 3.1 document with our semantics in `customProperties`. The
loader lays the custom properties beside the standard ones, so that one model checks both and a misspelt key
of either kind is one clear error. Everything here is frozen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from contracts import ContractError
from contracts.types import DUCKDB_TYPES, LOGICAL_TYPES, NUMERIC_TYPES, ContractType

__all__ = ["COMMON_COLUMNS", "Column", "Contract", "DriftPolicy", "ForeignKey", "System", "Table"]

Semantics = Literal["append", "upsert", "snapshot", "scd2"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Column(Frozen):
    """One column of a table.

    A `required` column is filled in every row, a `hard` one must also be in the file. A `hard` enum takes no
    value outside `values`, where any other enum loads an unknown value as `__unknown__`. A text with a `pattern`,
    a regular expression of the whole value, takes no other form. `key_default` stands in for an empty key part,
    so a key never holds null. `transitions` are the steps that an enum may take, from one value
    to the next; without them nothing is said. `state` columns change over the row's life: a replay
    of the past knows them only from the version of its day, while the others were known from the event on.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: ContractType = Field(alias="contractType")
    logical_type: str
    physical_type: str
    description: str = Field(min_length=1)
    title_zh: str = Field(min_length=1)
    required: bool = False
    primary_key: bool = False
    primary_key_position: int | None = Field(default=None, ge=1)
    hard: bool = False
    key_default: str | None = None
    values: tuple[str, ...] = ()
    transitions: tuple[tuple[str, str], ...] = ()
    minimum: Decimal | None = None
    exclusive_minimum: Decimal | None = None
    pattern: str | None = None
    state: bool = False
    personal: Literal["drop", "hash"] | None = None

    @property
    def duckdb_type(self) -> str:
        return DUCKDB_TYPES[self.type]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Column:
        if self.physical_type != DUCKDB_TYPES[self.type]:
            raise ValueError(
                f"physicalType is {self.physical_type!r}, but contract type {self.type!r} is stored as "
                f"{DUCKDB_TYPES[self.type]!r}; write that"
            )
        if self.logical_type != LOGICAL_TYPES[self.type]:
            raise ValueError(
                f"logicalType is {self.logical_type!r}, but contract type {self.type!r} is "
                f"{LOGICAL_TYPES[self.type]!r}; write that"
            )
        if (self.type == "enum") != bool(self.values):
            raise ValueError(
                f"type is {self.type!r} and values has {len(self.values)} entries; "
                "an enum lists its values and nothing else does"
            )
        if len(set(self.values)) != len(self.values):
            raise ValueError(f"values holds an entry twice: {list(self.values)}; remove one")
        unknown = {value for step in self.transitions for value in step} - {*self.values}
        if unknown:
            raise ValueError(f"transitions name {sorted(unknown)}, which values does not list; write them alike")
        if self.primary_key != (self.primary_key_position is not None):
            raise ValueError("primaryKey and primaryKeyPosition go together; give both or neither")
        if self.key_default is not None and not self.primary_key:
            raise ValueError("keyDefault stands on a column outside the primary key; remove it")
        if self.primary_key and self.key_default is None and not (self.required and self.hard):
            raise ValueError("a key part without keyDefault must be required and hard; set both to true")
        if (self.minimum, self.exclusive_minimum) != (None, None) and self.type not in NUMERIC_TYPES:
            raise ValueError(f"a minimum stands on type {self.type!r}; only {sorted(NUMERIC_TYPES)} have one")
        if self.pattern is not None:
            if self.type != "text":
                raise ValueError(f"a pattern stands on type {self.type!r}; only text has one")
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"pattern {self.pattern!r} is no regular expression ({error})") from None
        return self


class ForeignKey(Frozen):
    """`columns` of this table name a row of `table` by its `to_columns`.

    A soft key that finds no row publishes the row with a mark and looks again at every load; a hard one parks
    the row.
    """

    columns: tuple[str, ...]
    table: str
    to_columns: tuple[str, ...]
    hard: bool = False


class DriftPolicy(Frozen):
    """What happens when a file's columns differ from the contract (contract rule 0.5)."""

    unknown_column: Literal["keep_extra"]
    known_alias: Literal["map"]
    missing_optional: Literal["null"]
    missing_hard: Literal["refuse_file"]
    type_change: Literal["quarantine_row"]
    reorder: Literal["accept"]


class Table(Frozen):
    """One table: what a row is, what its key is, how it changes and when the business could know it."""

    system: str
    version: str
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    physical_type: Literal["table"]
    title: str = Field(alias="businessName", min_length=1)
    title_zh: str = Field(min_length=1)
    description: str = Field(min_length=1)
    grain: str = Field(pattern=r"^Each row represents .*\.$")
    tier: Literal[1, 2]
    semantics: Semantics = Field(alias="updateSemantics")
    event_time: str | None = None
    known_at: str | None
    slice: tuple[str, ...] = ()
    late_rows: str = Field(min_length=1)
    drift: DriftPolicy | None = Field(default=None, alias="driftPolicy")
    max_bad_rows: int = Field(ge=0)
    max_bad_ratio: float = Field(ge=0, le=0.2)
    absent_default: str = Field(min_length=1)
    absent_default_zh: str = Field(min_length=1)
    columns: tuple[Column, ...] = Field(alias="properties", min_length=1)
    common_columns: tuple[Column, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def qualified(self) -> str:
        """Name across systems, e.g. `order.sales_order`."""
        return f"{self.system}.{self.name}"

    @property
    def raw_name(self) -> str:
        """Name of the table in the warehouse, e.g. `order__sales_order`."""
        return f"{self.system}__{self.name}"

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """Key columns in order; for what comes in, `source_system` is the first."""
        parts = sorted((c for c in self.columns if c.primary_key), key=lambda c: c.primary_key_position or 0)
        prefix = ("source_system",) if self.common_columns else ()
        return prefix + tuple(c.name for c in parts)

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """`columns` and the ones that every delivered table carries."""
        return self.columns + self.common_columns

    @cached_property
    def _by_name(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.all_columns}

    def column(self, name: str) -> Column:
        try:
            return self._by_name[name]
        except KeyError:
            raise ContractError(f"{self.qualified} has no column {name!r}; it has {', '.join(self._by_name)}") from None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Table:
        names = [column.name for column in self.all_columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(
                f"column {twice[0]!r} is declared twice; remove one (source_system, updated_at, source_seq "
                "and is_deleted are added to every table that comes in)"
            )
        positions = sorted(c.primary_key_position for c in self.columns if c.primary_key_position)
        if not positions or positions != list(range(1, len(positions) + 1)):
            raise ValueError(f"primaryKeyPosition runs {positions}; number the key columns 1, 2, 3, …")
        for role, name in (
            ("eventTime", self.event_time),
            ("knownAt", self.known_at),
            *(("slice", s) for s in self.slice),
        ):
            if name is not None and name not in names:
                raise ValueError(f"{role} names {name!r}, which is no column; the columns are {', '.join(names)}")
        if (self.semantics == "snapshot") != bool(self.slice):
            raise ValueError(
                f"updateSemantics is {self.semantics!r} and slice is {list(self.slice)}; "
                "a snapshot names its slice columns and nothing else does"
            )
        if self.semantics == "scd2" and not {"valid_from", "valid_to"} <= set(names):
            raise ValueError("an scd2 table needs the columns valid_from and valid_to; add them")
        if self.semantics != "upsert" and (state := [c.name for c in self.columns if c.state]):
            raise ValueError(f"column {state[0]!r} is marked state, which only upsert tables have; remove the mark")
        return self


class System(Frozen):
    """One contract of the inbox: a system of the retailer and the tables it exports."""

    name: str
    title: str
    title_zh: str
    version: str
    purpose: str
    tables: Mapping[str, Table]


class Contract(Frozen):
    """The head of a contract file, its `schema` still unread."""

    api_version: Literal["v3.1.0"]
    kind: Literal["DataContract"]
    id: str
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(pattern=r"^\d+\.\d+(\.\d+)?$")
    status: Literal["proposed", "draft", "active", "deprecated", "retired"]
    domain: str
    description: Mapping[Literal["purpose", "usage", "limitations"], str]
    tables: tuple[dict, ...] = Field(alias="schema", min_length=1)
    title: str
    title_zh: str
    late_rows: Mapping[Semantics, str]
    drift_policy: DriftPolicy | None = None
    max_bad_rows: int
    max_bad_ratio: float


def _common(name: str, type: ContractType, title_zh: str, description: str, required: bool = False) -> Column:
    return Column(
        name=name,
        type=type,
        logical_type=LOGICAL_TYPES[type],
        physical_type=DUCKDB_TYPES[type],
        title_zh=title_zh,
        description=description,
        required=required,
        hard=required,
    )


# What every delivered table carries beside its own columns (contract rule 0.2).
COMMON_COLUMNS: tuple[Column, ...] = (
    _common("source_system", "id", "来源系统", "System that exported the row; leads every key.", True),
    _common("updated_at", "ts", "更新时间", "When the source last changed the row; the later version wins."),
    _common("source_seq", "int", "来源版本号", "Breaks ties between versions of one updated_at."),
    _common("is_deleted", "bool", "已删除", "The source has deleted the row; absent means false."),
)
