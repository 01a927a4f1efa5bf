"""What a planner asks of the list: a search, filters by column, an order."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from feedback.states import FROZEN, OPEN

# What a person still has to look at; `all` shows the rest as well.
VIEWS = {
    "open": frozenset({"proposed", "edited", "countersign", "endorsed", "unknown"}),
    "decided": FROZEN | {"rejected"},
    "snoozed": frozenset({"snoozed"}),
    "countersign": frozenset({"countersign"}),
    "all": None,
}
DECIDABLE = OPEN - {"snoozed", "rejected"}
SEARCHED = ("sku_id", "sku_name", "supplier_name", "suggestion_id")
_NUMBER = {"equals", "greaterThan", "lessThan", "greaterThanOrEqual", "lessThanOrEqual", "inRange"}


class QueryError(ValueError):
    """The list cannot be asked so; the message says what is wrong."""


@dataclass(frozen=True)
class Query:
    """A view of the list, from the words of a request.

    Parameters
    ----------
    view
        One of `VIEWS`. Default open.
    search
        Text that the SKU, its name, its supplier or the id holds.
    filters
        By column, as the grid has it: ``{"filterType": "number", "type": "greaterThan", "filter": 5}``.
    order
        Columns and whether they fall; as it comes, the most money at stake first.
    searched
        Columns that `search` looks in.
    """

    view: str = "open"
    search: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    searched: tuple[str, ...] = SEARCHED

    @classmethod
    def read(cls, words: Mapping[str, object]) -> Query:
        """From the body or the query string of a request.

        Raises
        ------
        QueryError
            If a word has no meaning.
        """
        view = str(words.get("view") or "open")
        if view not in VIEWS:
            raise QueryError(f"view {view!r} is unknown; there are {', '.join(VIEWS)}")
        filters, order = _json(words.get("filters"), {}), _json(words.get("order"), [])
        if not isinstance(filters, dict) or not isinstance(order, list):
            raise QueryError("filters are a mapping by column and order is a list")
        try:
            falling = tuple((str(each["colId"]), each.get("sort") == "desc") for each in order)
        except (TypeError, KeyError, AttributeError) as error:
            raise QueryError("an order names colId and sort") from error
        told = tuple((name, json.dumps(filters[name], sort_keys=True)) for name in sorted(filters))
        return cls(view, str(words.get("search") or "").strip().lower(), told, falling)

    def rows(self, frame: pl.DataFrame) -> pl.Series:
        """Numbers of the rows that fit, in the order asked for."""
        named = [name for name, _ in (*self.filters, *self.order)]
        if unknown := [name for name in named if name not in frame.columns]:
            raise QueryError(f"column {unknown[0]!r} is not in the list")
        wanted = [_fits(name, json.loads(told), frame.schema[name]) for name, told in self.filters]
        if VIEWS[self.view] is not None:
            wanted.append(_holds("status", frame.schema["status"], lambda text: text.is_in(sorted(VIEWS[self.view]))))
        if self.search:
            wanted.append(
                pl.any_horizontal(
                    _holds(
                        name,
                        frame.schema[name],
                        lambda text: text.str.to_lowercase().str.contains(self.search, literal=True),
                    )
                    for name in self.searched
                )
            )
        found = frame.lazy().with_row_index("row")
        if wanted:
            found = found.filter(pl.all_horizontal(wanted))
        rows = found.select("row").collect()["row"]
        return self._ordered(frame, rows) if self.order else rows

    def _ordered(self, frame: pl.DataFrame, rows: pl.Series) -> pl.Series:
        # As text: categories sort by when they were first seen. Codes of few values have the order meant.
        keys = [
            frame[name].gather(rows).cast(pl.String if frame.schema[name] == pl.Categorical else frame.schema[name])
            for name, _ in self.order
        ]
        falls = [each for _, each in self.order]
        by = pl.col("row").sort_by(keys, descending=falls, nulls_last=True, maintain_order=True)
        return rows.to_frame().select(by)["row"]


def _json(value: object, default: object) -> object:
    if not isinstance(value, str):
        return default if value is None else value
    try:
        return json.loads(value or json.dumps(default))
    except ValueError as error:
        raise QueryError(f"{value[:80]!r} is no JSON") from error


def _holds(name: str, dtype: pl.DataType, fits: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    """Whether the text of a column fits; of few different values each is looked at once."""
    if not isinstance(dtype, pl.Enum):
        return fits(pl.col(name).cast(pl.String))
    named = pl.DataFrame({"each": dtype.categories})
    fitting = named.filter(fits(pl.col("each")))["each"].cast(dtype)
    return pl.col(name).is_in(fitting.implode())


def _fits(name: str, told: Mapping[str, object], dtype: pl.DataType) -> pl.Expr:
    """One filter of the grid; two conditions of one column hold both, or either."""
    try:
        if "conditions" in told:
            parts = [_fits(name, part, dtype) for part in told["conditions"]]
            return pl.all_horizontal(parts) if told.get("operator") == "AND" else pl.any_horizontal(parts)
        if told.get("type") in ("blank", "notBlank"):
            return pl.col(name).is_null() if told["type"] == "blank" else pl.col(name).is_not_null()
        if told.get("filterType") == "set":
            values = [str(value) for value in told["values"]]
            return _holds(name, dtype, lambda text: text.is_in(values))
        if told.get("filterType") == "text":
            return _text_fits(name, dtype, str(told["type"]), str(told["filter"]).lower())
        low, high = told.get("filter", told.get("dateFrom")), told.get("filterTo", told.get("dateTo"))
        of_days = dtype == pl.Date
        made = (lambda value: date.fromisoformat(str(value)[:10])) if of_days else (lambda value: float(str(value)))
        column = pl.col(name) if of_days else pl.col(name).cast(pl.Float64)
        return _number_fits(column, str(told["type"]), made(low), None if high is None else made(high))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise QueryError(f"the filter of {name!r} cannot be read: {json.dumps(told)[:120]}") from error


def _text_fits(name: str, dtype: pl.DataType, kind: str, text: str) -> pl.Expr:
    fits = {
        "equals": lambda told: told == text,
        "startsWith": lambda told: told.str.starts_with(text),
        "contains": lambda told: told.str.contains(text, literal=True),
    }[kind]
    return _holds(name, dtype, lambda told: fits(told.str.to_lowercase()))


def _number_fits(column: pl.Expr, kind: str, low: object, high: object) -> pl.Expr:
    if kind not in _NUMBER:
        raise KeyError(kind)
    return {
        "equals": column == low, "greaterThan": column > low, "lessThan": column < low,
        "greaterThanOrEqual": column >= low, "lessThanOrEqual": column <= low,
        "inRange": column.is_between(low, low if high is None else high),
    }[kind]  # fmt: skip
