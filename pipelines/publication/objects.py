"""The object of one mart: a Parquet file named by its content."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.publication.files import first_line, name_of, quoted, sync
from pipelines.publication.manifest import PUBLICATION_TABLE, Mart, PublicationError, object_path
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

_MART_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WIDE_INTEGERS = ("HUGEINT", "UHUGEINT")
_TEXT_TO_READERS = re.compile(r"UUID|JSON|ENUM\(.*\)", re.DOTALL)
# `hash()` tells values of these types apart. It does not for wider numbers (-1 and 0 of a HUGEINT, and so
# -0.0001 and 0 of a DECIMAL(38,4), are equal) nor for lists (NULL, [] and [NULL] are): those hash as text.
_HASHED_AS_THEY_ARE = re.compile(
    r"BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\((\d|1[0-8]),\d+\)"
    r"|DATE|TIME|TIMESTAMP|TIMESTAMP WITH TIME ZONE|VARCHAR|BLOB"
)


def tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """The tables of a schema that are published, by name."""
    names = [
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = ? "
            "and database_name = current_database() and not temporary order by table_name",
            [schema],
        ).fetchall()
    ]
    if not names:
        raise PublicationError(
            f"schema '{schema}' has no tables, so there is nothing to publish. Build the marts first."
        )
    for name in names:
        if not _MART_NAME.fullmatch(name) or name == PUBLICATION_TABLE:
            raise PublicationError(
                f"mart {name!r} cannot be published under this name: use letters, digits and underscores, "
                f"and not '{PUBLICATION_TABLE}'."
            )
    return names


def publish_mart(connection: duckdb.DuckDBPyConnection, workspace: Workspace, schema: str, name: str) -> Mart:
    """Write the object of a mart unless one of the same content is there."""
    table = f'"{schema}"."{name}"'
    declared = {row[0]: row[1] for row in connection.execute(f"describe {table}").fetchall()}
    rows, fingerprint, published = _fingerprint(connection, table, declared)
    comment = connection.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ? "
        "and database_name = current_database()",
        [schema, name],
    ).fetchall()[0][0]
    content = digest([list(published.items()), rows, fingerprint])
    mart = Mart(object=f"{name}-{content[:16]}.parquet", rows=rows, columns=published, comment=comment)
    if not object_path(workspace, mart).exists():
        _write_object(connection, workspace, table, name, mart)
    return mart


def digest(content: object) -> str:
    """SHA-256 of a JSON value."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _fingerprint(
    connection: duckdb.DuckDBPyConnection, table: str, declared: dict[str, str]
) -> tuple[int, list[str], dict[str, str]]:
    """Rows, a fingerprint of them that does not depend on their order, and the types readers get; one scan.

    Sum and XOR of the rows' 64-bit hashes: a doubled row shows in the sum. Another engine version may hash
    otherwise; then every mart is written once more, and that is all.
    """
    wide = [column for column, type_ in declared.items() if type_ in _WIDE_INTEGERS]
    columns = ", ".join(
        name_of(column) if _HASHED_AS_THEY_ARE.fullmatch(type_) else f"{name_of(column)}::varchar"
        for column, type_ in declared.items()
    )
    # Hashed once more: the hash of a row is linear in that of its last column, so two rows that swap theirs
    # would keep the XOR always and the sum once in a hundred million times.
    row_hash = f"hash(hash({columns}))"
    misfits = "".join(f", count({name_of(column)}) - count(try_cast({name_of(column)} as bigint))" for column in wide)
    # `fetchall`, here and everywhere: to DuckDB 2.0 a result read by `fetchone` is not finished.
    rows, total, parity, *misfitting = connection.execute(
        f"select count(*), sum({row_hash}::hugeint), bit_xor({row_hash}){misfits} from {table}"
    ).fetchall()[0]
    fits_bigint = {column: misfit == 0 for column, misfit in zip(wide, misfitting, strict=True)}
    published = {column: _published_type(type_, fits_bigint.get(column, False)) for column, type_ in declared.items()}
    return rows, [str(total), str(parity)], published


def _published_type(declared: str, fits_bigint: bool) -> str:
    if declared in _WIDE_INTEGERS:  # Parquet would make a double of it
        return "BIGINT" if fits_bigint else "DECIMAL(38,0)"
    return "VARCHAR" if _TEXT_TO_READERS.fullmatch(declared) else declared


def _write_object(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, table: str, name: str, mart: Mart
) -> None:
    import duckdb

    path = object_path(workspace, mart)
    aside = path.with_name(f".{path.name}.part")
    casts = ", ".join(f"{name_of(column)}::{type_} as {name_of(column)}" for column, type_ in mart.columns.items())
    try:
        connection.execute(
            f"copy (select {casts} from {table} order by all) to {quoted(str(aside))} "
            "(format parquet, compression zstd, use_tmp_file false)"
        )
        _check_types(connection, aside, name, mart)
        sync(aside)
        aside.replace(path)
    except (duckdb.Error, OSError) as error:
        raise PublicationError(
            f"mart '{name}' cannot be published: {first_line(error)} The last publication stands."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _check_types(connection: duckdb.DuckDBPyConnection, path: Path, name: str, mart: Mart) -> None:
    """Readers must see the types declared: an INTERVAL, for one, would reach them as a BLOB."""
    import pyarrow.dataset

    seen = connection.from_arrow(pyarrow.dataset.dataset(path, format="parquet"))
    for column, type_ in zip(seen.columns, map(str, seen.types), strict=True):
        if type_ != mart.columns[column]:
            raise PublicationError(
                f"mart '{name}', column '{column}': {mart.columns[column]} would reach readers as {type_}. "
                "Cast it in the model, to VARCHAR for instance."
            )
