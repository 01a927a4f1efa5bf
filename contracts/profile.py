"""How a file is laid out: the format profile that a mapping names and a file must fit."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

__all__ = ["Profile"]


class Profile(BaseModel):
    """The layout of a file.

    Text is what CSV, JSON and JSONL are. A pattern is a regular expression for a whole line (for a
    workbook: a row's filled cells joined by TABs); its named groups are kept as stated values.

    Parameters
    ----------
    encoding
        Of text, a name that Python knows; a byte order mark is taken off. `utf-16` needs one.
    delimiter
        One sign or several between values.
    quote
        Sign around a value that holds delimiters or line breaks; empty where there is none.
    prefix
        Sign before every value of a row, such as WeChat's backtick: rows are then split where a delimiter is
        followed by it, and there is no quoting.
    header_row
        Line of the header, counted from 1; lines above it are passed over.
    header_depth
        2 for a header of two rows with merged cells: its names are joined, `weight/billed`.
    columns
        Names of the columns of a file without a header.
    preamble
        Patterns of the lines above the header, in place of `header_row`: the first line that none of them
        matches is the header. Stated values become columns of every row.
    skip
        Patterns of lines between rows that are no rows.
    footer
        Patterns of the lines below the rows: from the first that matches on, there are no rows, and every
        line must match one of them.
    summary
        Pattern of a line below the rows that names values which the next line gives.
    sheet
        Name of a workbook's sheet, or its place from 0.
    serial_dates
        Columns of a workbook whose plain numbers are days since 1900.
    records
        Path of the records in a JSON document, such as `data.orders`; empty for the document itself.
    explode
        Field of a JSON record that holds a list: each element becomes a row with the record's fields, its own
        fields called `<field>.<name>`.
    members
        Shell pattern over the names of the files of a zip that are read; without it, there must be one file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["csv", "parquet", "xlsx", "jsonl", "json"]
    encoding: str = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=8)
    quote: str = Field(default='"', max_length=1)
    prefix: str = Field(default="", max_length=1)
    header_row: int = Field(default=1, ge=1, le=1000)
    header_depth: Literal[1, 2] = 1
    columns: tuple[str, ...] = ()
    preamble: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    summary: str = ""
    sheet: str | int = 0
    serial_dates: tuple[str, ...] = ()
    records: str = ""
    explode: str = ""
    members: str = ""

    @field_validator("preamble", "skip", "footer", "summary")
    @classmethod
    def _patterns_compile(cls, patterns: tuple[str, ...] | str) -> tuple[str, ...] | str:
        for pattern in (patterns,) if isinstance(patterns, str) else patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"pattern {pattern!r} is no regular expression ({error})") from None
        return patterns

    @model_validator(mode="after")
    def _settings_agree(self) -> Profile:
        if self.preamble and self.header_row > 1:
            raise ValueError("preamble and header_row both say where the header is; keep one")
        if self.columns and self.header_depth > 1:
            raise ValueError("columns name what header_depth says stands in the file; keep one")
        if self.prefix and "quote" in self.model_fields_set and self.quote:
            raise ValueError("values with a prefix are not quoted; write quote: ''")
        if self.format != "csv" and (given := sorted(self.model_fields_set & CSV_ONLY)):
            raise ValueError(f"{given[0]} is for csv, the format is {self.format}; remove it")
        return self

    @property
    def is_text(self) -> bool:
        return self.format in ("csv", "json", "jsonl")

    @property
    def is_cut(self) -> bool:
        """Whether lines must be looked at before they can be split by a delimiter and quotes alone."""
        return bool(self.prefix or self.skip or self.footer or self.summary or len(self.delimiter) > 1)


CSV_ONLY = {"delimiter", "quote", "prefix", "skip", "footer", "summary"}
