"""JSON documents and lines to the temporary table `staged`: a column per field, a nested one as JSON text.

Records go through the temporary table `json_records` (`_line_no`, `record`), which the engine may spill.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import duckdb
import pyarrow as pa

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError
from pipelines.ingestion.lines import REFUSED_SCHEMA
from pipelines.ingestion.readers.archive import members, open_bytes
from pipelines.ingestion.readers.header import MAX_COLUMNS, refuse_unfit_names
from pipelines.ingestion.readers.relation import ELEMENT, LINE, MEMBER, RAW_LINE_CHARACTERS, Staged, empty_file
from pipelines.ingestion.schema import literal, quote
from pipelines.ingestion.text import CHUNK_BYTES, Utf8Stream

MAX_LINE = 16 << 20  # characters
MAX_DOCUMENT = 256 << 20  # bytes: it is held in memory
RECORDS = pa.schema([(LINE, pa.int64()), ("record", pa.string())])


def stage_jsonl(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    """Stage a text with a JSON object on each line.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `empty_file`, `wrong_encoding`, `bad_header` or `too_many_columns`.
    """
    connection.execute(f"create or replace temp table json_records ({LINE} bigint, record varchar)")
    undecodable = None
    for place, member in enumerate(members(delivery)):
        with open_bytes(delivery, member) as raw:
            stream = Utf8Stream(raw, delivery)
            _insert(connection, delivery, stream, _lines(stream, delivery, place))
            undecodable = undecodable or stream.first_undecodable
    refused = _take_refused(connection, "not json_valid(record) or json_type(record) <> 'OBJECT'", "not_json")
    return _stage_records(connection, delivery, refused, undecodable)


def stage_json(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> Staged:
    """Stage the records of JSON documents; a record's number stands for its line.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `too_large`, `no_records`, and as `stage_jsonl`.
    """
    connection.execute(f"create or replace temp table json_records ({LINE} bigint, record varchar)")
    undecodable = None
    for place, member in enumerate(members(delivery)):
        with open_bytes(delivery, member) as raw:
            text, first = _document(raw, delivery)
            undecodable = undecodable or first
        records = _records_in(connection, delivery, text)
        numbered = f"select {place * MEMBER} + generate_subscripts(r, 1), unnest(r) from (select $r::varchar[] as r)"
        connection.execute(f"insert into json_records {numbered}", {"r": records})
    refused = _take_refused(connection, "json_type(record) <> 'OBJECT'", "not_json")
    return _stage_records(connection, delivery, refused, undecodable)


def _insert(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, stream: Utf8Stream, batches: Iterator[pa.RecordBatch]
) -> None:
    lines = pa.RecordBatchReader.from_batches(RECORDS, batches)  # noqa: F841 (the engine reads it by its name)
    try:
        connection.execute("insert into json_records select * from lines where trim(record, ' \t\r') <> ''")
    except duckdb.InvalidInputException as error:
        if stream.failure is not None:
            raise stream.failure from error
        if "a line of more than" in str(error):
            raise DeliveryRefusedError(
                "unreadable", f"{delivery.path.name}: holds a line of more than {MAX_LINE >> 20} MB. Export it again."
            ) from error
        raise


def _lines(stream: Utf8Stream, delivery: Delivery, place: int) -> Iterator[pa.RecordBatch]:
    line, carry = place * MEMBER + 1, ""
    while chunk := stream.read(CHUNK_BYTES):
        *whole, carry = (carry + chunk.decode("utf-8")).split("\n")
        if len(carry) > MAX_LINE:
            raise ValueError("a line of more than")
        yield _batch(whole, line)
        line += len(whole)
    yield _batch([carry], line)


def _batch(texts: list[str], first: int) -> pa.RecordBatch:
    lines = pa.array(range(first, first + len(texts)), pa.int64())
    return pa.RecordBatch.from_arrays([lines, pa.array(texts, pa.string())], schema=RECORDS)


def _document(raw: BinaryIO, delivery: Delivery) -> tuple[str, tuple[int, int] | None]:
    stream, chunks, size = Utf8Stream(raw, delivery), [], 0
    while chunk := stream.read(CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_DOCUMENT:
            raise DeliveryRefusedError(
                "too_large",
                f"{delivery.path.name}: is a JSON document of more than {MAX_DOCUMENT >> 20} MB. "
                "Export it with one record on each line (.jsonl).",
            )
    return b"".join(chunks).decode("utf-8"), stream.first_undecodable


def _records_in(connection: duckdb.DuckDBPyConnection, delivery: Delivery, text: str) -> list[str]:
    path = "$" + "".join(f".{_path_name(name)}" for name in delivery.profile.records.split(".") if name)
    valid, kind, found = connection.execute(
        f"""select json_valid(d), if(json_valid(d), json_type(d, {literal(path)}), null),
                if(json_valid(d), cast(json_extract(d, {literal(path + "[*]")}) as varchar[]), null)
            from (select $d::varchar as d)""",
        {"d": text},
    ).fetchone()
    if not valid:
        raise DeliveryRefusedError("unreadable", f"{delivery.path.name}: is no JSON document. Export it again.")
    if kind != "ARRAY":
        raise DeliveryRefusedError(
            "no_records",
            f"{delivery.path.name}: holds {kind or 'nothing'} at '{delivery.profile.records or 'its top'}', expected "
            "a list of records. Name their path by `records` in the mapping's profile.",
        )
    return found


def _take_refused(connection: duckdb.DuckDBPyConnection, broken: str, reason: str) -> pa.Table:
    """Take the records that are `broken` out of `json_records`."""
    refused = connection.execute(
        f"select {LINE} as line_no, '{reason}' as reason, left(record, {RAW_LINE_CHARACTERS}) as text "
        f"from json_records where {broken} order by 1"
    ).to_arrow_table()
    if refused.num_rows:
        connection.execute(f"delete from json_records where {broken}")
    return refused.cast(REFUSED_SCHEMA)


def _stage_records(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    refused: pa.Table,
    undecodable: tuple[int, int] | None,
) -> Staged:
    explode = delivery.profile.explode
    if explode:
        path = literal("$." + _path_name(explode))
        broken = f"json_type(record, {path}) not in ('ARRAY', 'NULL')"
        refused = pa.concat_tables([refused, _take_refused(connection, broken, "not_a_list")])
        refused = connection.execute(
            f"select {_address('line_no')} as line_no, reason, text from refused"
        ).to_arrow_table()
    fields = _fields(connection, delivery, "record", "json_records")
    if explode and explode in fields:
        selected, names = _exploded(connection, delivery, fields)
    else:
        selected, names = f"select {LINE}, {_columns('record', fields)} from json_records", fields
    refuse_unfit_names(names, delivery)
    if not names:
        (rows,) = connection.execute("select count(*) from json_records").fetchone()
        if not refused.num_rows and not rows:
            raise empty_file(delivery)
        selected, names = f'select {LINE}, null::varchar as "record" from json_records', ["record"]
    connection.execute(f"create or replace temp table staged as {selected}")
    (rows,) = connection.execute("select count(*) from staged").fetchone()
    return Staged(dict.fromkeys(names, "VARCHAR"), rows + refused.num_rows, refused, undecodable)


def _exploded(connection: duckdb.DuckDBPyConnection, delivery: Delivery, fields: list[str]) -> tuple[str, list[str]]:
    """SQL for a row per element of the list in each record, and its columns; a record without one keeps a row."""
    explode = delivery.profile.explode
    others = [name for name in fields if name != explode]
    listed = f"json_extract(record, {literal('$.' + _path_name(explode) + '[*]')})"
    elements = f"if(len({listed}) > 0, {listed}, [null])"
    connection.execute(
        f"""create or replace temp table json_elements as
            select {LINE}, generate_subscripts({elements}, 1) as _place, cast(unnest({elements}) as varchar) as element
            from json_records"""
    )
    inner = _fields(connection, delivery, "element", "json_elements where json_type(element) = 'OBJECT'")
    # An element that is no object stands under the name of the list.
    names = [*others, explode, *(f"{explode}.{name}" for name in inner)]
    parent = _columns("record", others) if others else "1 as _none"
    plain = "case when json_type(element) not in ('OBJECT', 'NULL') then json_extract_string(element, '$') end"
    columns = [f"r.* exclude ({LINE})" if others else "", f"{plain} as {quote(explode)}"]
    columns += [_columns("element", inner, explode + ".")] if inner else []
    selected = f"""
        select {_address(f"e.{LINE}")} + _place as {LINE}, {", ".join(filter(None, columns))}
        from json_elements as e join (select {LINE}, {parent} from json_records) as r using ({LINE})"""
    return selected, names


def _address(line: str) -> str:
    """SQL for the number of a record whose elements are rows; theirs follow it."""
    return f"{line} // {MEMBER} * {MEMBER} + {line} % {MEMBER} * {ELEMENT}"


def _fields(connection: duckdb.DuckDBPyConnection, delivery: Delivery, record: str, rows: str) -> list[str]:
    """Names of the fields that the records have, in the order they first come."""
    found = connection.execute(
        # Most records have the same fields: what is told apart are lists of names, not names.
        f"""select field from (
                select line, unnest(names) as field, generate_subscripts(names, 1) as place
                from (select json_keys({record}) as names, min({LINE}) as line from {rows} group by all))
            group by field order by min((line, place)) limit {MAX_COLUMNS + 1}"""
    ).fetchall()
    if len(found) > MAX_COLUMNS:
        raise DeliveryRefusedError(
            "too_many_columns",
            f"{delivery.path.name}: its records have more than {MAX_COLUMNS} fields by name. "
            "Most likely names stand for values; export them as a list.",
        )
    return [name for (name,) in found]


def _columns(record: str, fields: list[str], before: str = "") -> str:
    """SQL for the fields of a record as text, which is taken apart once for all of them."""
    paths = ", ".join(literal("/" + name.replace("~", "~0").replace("/", "~1")) for name in fields)
    values = f"json_extract_string({record}, [{paths}])"
    return ", ".join(f"{values}[{place}] as {quote(before + name)}" for place, name in enumerate(fields, start=1))


def _path_name(name: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
