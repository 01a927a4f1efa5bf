"""Answers one question of the desk's SQL page and ends: ``python -m pipelines.answer_question WORKSPACE < question``.

The question is JSON on the input: `sql`, `hidden` groups of columns, `most` rows, `seconds`. The answer is JSON on the
output. Columns that are hidden are not in the tables at all.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pipelines.query import QueryError, QueryRefusedError, open_publication, plain_rows
from pipelines.settings import load_settings
from pipelines.workspace import Workspace
from planner.access.hiding import is_hidden


def main() -> None:
    """Read the question, write the answer."""
    json.dump(answer(Path(sys.argv[1]), json.load(sys.stdin)), sys.stdout, ensure_ascii=False, allow_nan=False)


def answer(folder: Path, question: dict[str, Any]) -> dict[str, object]:
    """`columns` and `rows` of a question to the workspace in `folder`, or its `error` and whether it `is_refused`."""
    hidden = frozenset(question["hidden"])
    workspace = Workspace.at(folder)
    settings = load_settings(workspace.settings_file)
    try:
        with open_publication(workspace, settings, lambda column: not is_hidden(column, hidden)) as reader:
            columns, rows = reader.rows(question["sql"], question["most"], question["seconds"])
    except QueryError as error:
        return {"error": str(error), "is_refused": isinstance(error, QueryRefusedError)}
    return {"columns": columns, "rows": plain_rows(rows)}


if __name__ == "__main__":
    main()
