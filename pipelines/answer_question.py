"""Answers one question of the desk's SQL page and ends: ``python -m pipelines.answer_question WORKSPACE < question``.

The question is JSON on the input: `sql`, `hidden` groups of columns, `places` whose rows may be seen
(null for all), `most` rows, `seconds`, `parameters` that fill `$name`. The answer is JSON on the
output. Columns that are hidden are not in the tables at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.dataset

from pipelines.query import QueryError, QueryRefusedError, open_publication, plain_rows
from pipelines.settings import load_settings
from pipelines.workspace import Workspace
from planner.access.hiding import is_hidden
from planner.access.places import EVERYWHERE, place_column

Rows = Callable[[pyarrow.dataset.Dataset, Sequence[str]], pyarrow.dataset.Dataset | None]


def main() -> None:
    """Read the question, write the answer."""
    json.dump(answer(Path(sys.argv[1]), json.load(sys.stdin)), sys.stdout, ensure_ascii=False, allow_nan=False)


def answer(folder: Path, question: dict[str, Any]) -> dict[str, object]:
    """`columns` and `rows` of a question to the workspace in `folder`, or its `error` and whether it `is_refused`."""
    hidden = frozenset(question["hidden"])
    workspace = Workspace.at(folder)
    settings = load_settings(workspace.settings_file)
    try:
        shown = _of_places(question.get("places"))
        with open_publication(workspace, settings, lambda column: not is_hidden(column, hidden), shown) as reader:
            columns, rows = reader.rows(
                question["sql"], question["most"], question["seconds"], question.get("parameters") or {}
            )
    except QueryError as error:
        return {"error": str(error), "is_refused": isinstance(error, QueryRefusedError)}
    return {"columns": columns, "rows": plain_rows(rows)}


def _of_places(places: list[str] | None) -> Rows:
    """Leaves of a mart the rows of these places; nothing of one whose column of places is hidden."""

    def kept(dataset: pyarrow.dataset.Dataset, columns: Sequence[str]) -> pyarrow.dataset.Dataset | None:
        column = place_column(columns)
        if places is None or column is None:
            return dataset
        if column not in dataset.schema.names:
            return None
        field = pyarrow.dataset.field(column)
        return dataset.filter(field.is_null() | field.isin([*places, EVERYWHERE]))

    return kept


if __name__ == "__main__":
    main()
