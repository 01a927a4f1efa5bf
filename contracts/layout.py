"""The typed form of a layout: how rows of a decision become the file that one kind of receiver imports.

A layout is the counterpart of a mapping. It names, per column of the file, a column of the decision's contract, a text
made from several, or a constant; which rows are one document (an order with its lines); and which go in files of their
own. What it names is checked against the contract on load.
"""

from __future__ import annotations

import string
from collections.abc import Mapping as MappingOf
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts import CONTRACTS, ContractError, outbox
from contracts.load import build, read_yaml, shown_path
from contracts.model import Table
from contracts.types import ContractType

__all__ = ["DERIVED", "Ending", "Layout", "LayoutColumn", "Pivot", "contract_layout", "layouts", "load_layout"]

Ending = Literal["csv", "xlsx", "json"]

# What a layout may name beside the contract's columns.
DERIVED: MappingOf[str, ContractType] = MappingProxyType(
    {
        "document_id": "id",  # names one document: equal for the same rows
        "line_no": "int",  # place of the row in its document, from 1
        "price_uom": "money",  # price of one pack: amount / quantity_uom
        "uom_factor": "number",  # base units in one pack
        "weight_kg": "number",  # billed_weight_g / 1000
    }
)
# What a derived value is made of; a layout for a decision without these cannot name it.
_MADE_OF = {
    "price_uom": ("amount", "quantity_uom"),
    "uom_factor": ("uom_ratio_numerator", "uom_ratio_denominator"),
    "weight_kg": ("billed_weight_g",),
}


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LayoutColumn(Frozen):
    """One column of the file: a typed `column` of the contract, a `template` of several, a `constant`, or nothing.

    A column with nothing is for the receiver to fill. `default` stands in for an empty value. `translated` values go
    through `values`, the receiver's names of ours, which the destination gives. A `document` column stands in the
    first row of its document alone. A `required` one stops the approval of a row that lacks it. An `optional` one is
    left out of a file whose rows do not fill it, since many imports take an empty cell for a value; rows that do go in
    another file.
    """

    header: str = Field(min_length=1)
    column: str | None = None
    template: str | None = None
    constant: str | None = None
    document: bool = False
    required: bool = False
    optional: bool = False
    default: str | None = None
    translated: bool = False
    values: MappingOf[str, str] = Field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """What the column is made of."""
        if self.template is not None:
            return tuple(name for _, name, _, _ in string.Formatter().parse(self.template) if name)
        return () if self.column is None else (self.column,)

    @model_validator(mode="after")
    def _has_one_source(self) -> LayoutColumn:
        if sum(source is not None for source in (self.column, self.template, self.constant)) > 1:
            raise ValueError(f"{self.header!r} has more than one of column, template, constant; keep one")
        if self.required and self.optional:
            raise ValueError(f"{self.header!r} is required and optional; keep one")
        return self


class Pivot(Frozen):
    """Rows that differ in `column` alone stand side by side: `count` values in their order, headed by `header`.

    `header` may name {place} (from 1) and {value}.
    """

    column: str
    value: str
    header: str
    count: int = Field(ge=1, le=60)


class Layout(Frozen):
    """One file format of one kind of receiver."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(min_length=1)
    decision: str
    endings: tuple[Ending, ...] = Field(min_length=1)
    sheet: str = Field(default="Sheet1", pattern=r"^[^\[\]:*?/\\']{1,31}$")
    file_by: tuple[str, ...] = ()
    document_by: tuple[str, ...] = ()
    sort_by: tuple[str, ...] = ("suggestion_id",)
    columns: tuple[LayoutColumn, ...] = Field(min_length=1)
    pivot: Pivot | None = None

    @cached_property
    def types(self) -> MappingOf[str, ContractType]:
        """The contract type of everything that a column may name."""
        return {column.name: column.type for column in outbox()[self.decision].columns} | DERIVED

    def translating(self, values: MappingOf[str, MappingOf[str, str]]) -> Layout:
        """The layout with the receiver's names of our values, by header.

        Raises
        ------
        ValueError
            If a column that is to be translated has no names, or names are given for another.
        """
        wanted = {column.header for column in self.columns if column.translated and not column.values}
        if wanted - set(values):
            raise ValueError(
                f"layout {self.name} needs the receiver's names of our values: translate.{min(wanted - set(values))!r}"
            )
        if strange := sorted(set(values) - {column.header for column in self.columns if column.translated}):
            raise ValueError(f"layout {self.name} translates no column {strange[0]!r}; it translates {sorted(wanted)}")
        columns = [
            column.model_copy(update={"values": {**column.values, **values.get(column.header, {})}})
            for column in self.columns
        ]
        return self.model_copy(update={"columns": tuple(columns)})

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Layout:
        decisions = set(outbox()) - {"acknowledgement", "supplier_confirmation"}
        if self.decision not in decisions:
            raise ValueError(f"decision is {self.decision!r}; it must be one of {sorted(decisions)}")
        pivoted = (self.pivot.column, self.pivot.value) if self.pivot else ()
        named = [name for column in self.columns for name in column.names]
        for name in (*named, *self.file_by, *self.document_by, *self.sort_by, *pivoted):
            if name not in self.types or not set(_MADE_OF.get(name, ())) <= set(self.types):
                raise ValueError(f"{name!r} is no column of {self.decision}; it has {', '.join(self.types)}")
        headers = [column.header for column in self.columns]
        if len(set(headers)) != len(headers):
            raise ValueError("a header stands twice; a receiver reads columns by their headers")
        if any(column.document for column in self.columns) and not self.document_by:
            raise ValueError("a column stands once per document, but document_by names no column")
        return self


def contract_layout(contract: Table) -> Layout:
    """The contract's own columns under their own names: what a receiver gets that asks for no other layout."""
    columns = tuple(
        LayoutColumn(header=column.name, column=column.name, required=column.required) for column in contract.columns
    )
    return Layout(
        name=contract.name,
        title=contract.title,
        decision=contract.name,
        endings=("csv", "xlsx", "json"),
        columns=columns,
    )


@lru_cache(maxsize=1)
def layouts() -> MappingOf[str, Layout]:
    """The layouts that ship with the platform, by name."""
    loaded = [load_layout(file) for file in sorted((CONTRACTS / "outbox" / "layouts").glob("*.yaml"))]
    return MappingProxyType({layout.name: layout for layout in loaded})


def load_layout(path: Path) -> Layout:
    """The layout in `path`.

    Raises
    ------
    ContractError
        If a key is misspelt, or it names a decision or a column that no contract has.
    """
    layout = build(Layout, read_yaml(path), shown_path(path))
    if layout.name != path.stem:
        raise ContractError(
            f"{shown_path(path)}: name is {layout.name!r}; it must be {path.stem!r}, as the file is called"
        )
    return layout
