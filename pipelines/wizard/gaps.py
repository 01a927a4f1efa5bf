"""What a contract table asks and no source column holds: made of others, taken from the file's name, or asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import duckdb

from contracts.model import Column, Table
from pipelines.ingestion.readers.relation import LINE
from pipelines.ingestion.schema import quote
from pipelines.wizard.answers import FROM_COLUMN, FROM_FILE_NAME, AnswerError, Answers
from pipelines.wizard.columns import formats_of
from pipelines.wizard.observe import File
from pipelines.wizard.proposal import Made, Placement, Question
from pipelines.wizard.tables import is_line_key

ASKED_OF_ORDERS = "fulfil_mode"
DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})([-_.]?)(\d{2})\2(\d{2})(?!\d)")


def made_of(
    connection: duckdb.DuckDBPyConnection,
    file: File,
    table: Table,
    placed: Sequence[Placement],
    answers: Answers,
) -> tuple[dict[str, Made], list[Question], str | None]:
    has = {placement.column: placement.source for placement in placed}
    made: dict[str, Made] = {}
    questions: list[Question] = []
    from_name = None
    for column in table.all_columns:
        said = answers.values.get(f"{table.qualified}.{column.name}", answers.values.get(column.name))
        if column.name in has:
            continue
        if said == FROM_FILE_NAME and (pattern := _day_in_name(file)):
            made[column.name] = Made(quote("file_day"), "the day in the file's name")
            from_name = pattern
        elif said is not None and said.startswith(FROM_COLUMN):
            made[column.name] = _same_as(file, table, column, said.removeprefix(FROM_COLUMN))
        elif said is not None:
            _check_constant(table, column, said)
            made[column.name] = Made(said, "as you said", True)
        elif column.name == ASKED_OF_ORDERS and table.system == "order":
            questions.append(_asked(file, table, column, has))
        elif not column.required or column.key_default is not None or column.name == "source_system":
            continue
        elif is_line_key(table, column) and (key := _line_key(connection, table, has)):
            made[column.name] = key
        else:
            questions.append(_asked(file, table, column, has))
    return made, questions, from_name


def _same_as(file: File, table: Table, column: Column, source: str) -> Made:
    """A source column that stands for a second contract column as well."""
    observed = next((c for c in file.columns if c.name == source), None)
    if observed is None:
        raise AnswerError(f"{column.name} is to be as {source!r}, which is no column of {file.path.name}")
    return Made(quote(source), f"as you said, the same as '{source}'", formats=formats_of(observed, column))


def _asked(file: File, table: Table, column: Column, has: Mapping[str, str]) -> Question:
    text = f"{table.qualified}.{column.name} ({column.title_zh}): no column of the file holds it"
    if column.values:
        return Question(column.name, f"{text}; one of {', '.join(column.values)} for every row?")
    if column.type in ("ts", "date") and _day_in_name(file):
        return Question(column.name, f"{text}; {FROM_FILE_NAME} takes the day from the file's name", FROM_FILE_NAME)
    times = [
        source
        for name, source in has.items()
        if column.type in ("ts", "date") and table.column(name).type in ("ts", "date")
    ]
    if times:
        return Question(column.name, f"{text}; {FROM_COLUMN} and a column's name takes that", FROM_COLUMN + times[0])
    return Question(column.name, f"{text}; its value for every row?")


def _day_in_name(file: File) -> str | None:
    """A regular expression for the file's name whose group is the day in it."""
    name = file.path.name
    found = DAY_IN_NAME.search(name)
    if not found:
        return None
    gap = re.escape(found[2])
    return rf".*?(?P<file_day>20\d{{2}}{gap}\d{{2}}{gap}\d{{2}}).*"


def day_format(file: File) -> str:
    """The format of the day in the file's name."""
    gap = DAY_IN_NAME.search(file.path.name)[2]
    return f"%Y{gap}%m{gap}%d"


def _check_constant(table: Table, column: Column, value: str) -> None:
    if column.values and value not in column.values:
        raise AnswerError(f"{table.qualified}.{column.name} is {value!r}; choose from {', '.join(column.values)}")


def _line_key(connection: duckdb.DuckDBPyConnection, table: Table, has: Mapping[str, str]) -> Made | None:
    """A line's key of what tells lines apart: its document and number, else its item, else its place."""
    parents = [key.columns[-1] for key in table.foreign_keys if key.columns[-1] in has and key.columns[-1] != "sku_id"]
    parents += [name for name in has if name.endswith("_id") and name not in ("sku_id", "warehouse_id", "supplier_id")]
    if not parents:
        return None
    parent = quote(has[parents[0]])
    for name in ("line_no", "sku_id"):
        if name in has and _is_key(connection, [has[parents[0]], has[name]]):
            return Made(
                f"trim({parent}) || '-' || trim({quote(has[name])})",
                f"the file numbers no lines; document and {name} are unique in it",
            )
    return Made(
        f"trim({parent}) || '-' || row_number() over (partition by {parent} order by {LINE})",
        "the file numbers no lines and nothing tells them apart: they keep their order",
    )


def _is_key(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> bool:
    listed = ", ".join(map(quote, names))
    return not connection.execute(f"select 1 from staged group by {listed} having count(*) > 1 limit 1").fetchall()
