"""The list and the right panel, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from starlette.responses import Response

from planner.access.hiding import is_hidden
from planner.bridge_rows import rows_behind
from planner.explanation import explain, previewed
from planner.web.guard import Call, Denied
from planner.worklist import Lines, Query
from planner.worklist.query import QueryError

LARGEST_PAGE = 1_000


def opening(call: Call) -> Response:
    """Tiles, what moved, causes, suppliers, feeds."""
    return call.answer(call.place.opening())


def rows(call: Call) -> Response:
    """Some lines of a view: `start`, `end`, `view`, `search`, `filters`, `order`."""
    words = call.request.query_params
    start, end = whole(words.get("start", "0")), whole(words.get("end", "100"))
    if not 0 <= start <= end or end - start > LARGEST_PAGE:
        raise ValueError(f"a page is of at most {LARGEST_PAGE} lines, found {start} to {end}")
    page = call.place.lines().page(query_of(call, words), start, end)
    return call.answer(
        {
            "lines": page.lines, "count": page.count, "amount": page.amount, "money_at_stake": page.money_at_stake,
            "sequence": page.sequence,
        }
    )  # fmt: skip


def details(call: Call) -> Response:
    """Everything about one suggestion."""
    lines = call.place.lines()
    line = line_of(lines, call.request.path_params["suggestion"])
    return call.answer({"line": line} | explain(lines.snapshot, call.place.tenant.journal, line))


def behind(call: Call) -> Response:
    """The rows that a step of a suggestion's bridge stands on, and the question that finds them."""
    lines, words = call.place.lines(), call.request.path_params
    told = rows_behind(lines.snapshot, line_of(lines, words["suggestion"]), words["step"])
    return call.answer(told)


def preview(call: Call) -> Response:
    """What another `quantity` would do."""
    lines = call.place.lines()
    line = line_of(lines, call.request.path_params["suggestion"])
    return call.answer(previewed(lines, line, quantity_of(call.request.query_params.get("quantity"))))


def query_of(call: Call, words: Mapping[str, object]) -> Query:
    """The view that a request asks for.

    Raises
    ------
    QueryError
        If it has no meaning, or asks by a column that the person may not see: an order tells of it too.
    """
    query = Query.read(words)
    named = [name for name, _ in (*query.filters, *query.order)]
    if told := [name for name in named if is_hidden(name, call.hidden)]:
        raise QueryError(f"column {told[0]!r} is not in the list")
    return replace(query, searched=tuple(name for name in query.searched if not is_hidden(name, call.hidden)))


def line_of(lines: Lines, name: str) -> dict[str, object]:
    """The line of an id.

    Raises
    ------
    Denied
        If it is not in the publication.
    """
    line = lines.line(name)
    if line is None:
        raise Denied(404, f"{name} is not in this publication")
    return line


def quantity_of(text: object) -> Decimal:
    """A quantity of base units, from a request.

    Raises
    ------
    ValueError
        If it is no number, or below nought.
    """
    try:
        quantity = Decimal(str(text))
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite() or quantity < 0 or quantity > 10**12:
        raise ValueError(f"a quantity is a number of base units, 0 or more, found {text!r}")
    return quantity


def whole(text: str) -> int:
    """A whole number from a request.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not text.isdigit() or len(text) > 9:
        raise ValueError(f"start and end are whole numbers, found {text!r}")
    return int(text)
