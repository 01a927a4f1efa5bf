"""A publication as one DuckDB file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.publication.files import first_line, quoted, sync
from pipelines.publication.leases import leased_publication
from pipelines.publication.manifest import PUBLICATION_TABLE, Mart, Publication, PublicationError, object_path
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from pipelines.settings import Settings


def export(workspace: Workspace, settings: Settings, file: Path, overwrite: bool = False) -> Publication:
    """Write the current publication as one DuckDB file: a table per mart, and `publication` about them all.

    The file is complete when it appears under its name.

    Raises
    ------
    PublicationError
        If nothing is published, `file` exists and `overwrite` is not set, or it cannot be written.
    """
    import duckdb

    from pipelines.warehouse import engine_config

    if file.exists() and not overwrite:
        raise PublicationError(f"{file} exists already. Name another file, or give --overwrite.")
    if not file.absolute().parent.is_dir():
        raise PublicationError(f"{file.absolute().parent} is no folder. Make it first, or name another.")
    aside = file.with_name(f".{file.name}.{os.getpid()}.part")
    config = engine_config(workspace, settings)
    try:
        with leased_publication(workspace) as publication:
            with duckdb.connect(str(aside), config=config) as connection:
                for name, mart in publication.marts.items():
                    source = quoted(str(object_path(workspace, mart)))
                    connection.execute(f'create table "{name}" as from read_parquet({source})')
                    connection.execute(f'comment on table "{name}" is {quoted(_comment(mart))}')
                _describe(connection, publication)
            sync(aside)
            aside.replace(file)
            sync(file.absolute().parent)
    except (duckdb.Error, OSError) as error:
        raise PublicationError(f"{file} cannot be written: {first_line(error)}") from error
    finally:
        aside.unlink(missing_ok=True)
        aside.with_name(aside.name + ".wal").unlink(missing_ok=True)
    return publication


def _comment(mart: Mart) -> str | None:
    return f"{mart.comment or ''} Computed as of {mart.as_of}.".lstrip() if mart.as_of else mart.comment


def _describe(connection: duckdb.DuckDBPyConnection, publication: Publication) -> None:
    connection.execute(
        f"create table {PUBLICATION_TABLE} as select ? as publication_id, ? as tenant_id, "
        "?::timestamptz as as_of, ?::timestamptz as published_at, ? as engine",
        [
            publication.publication_id,
            publication.tenant_id,
            publication.as_of.isoformat(),
            publication.published_at.isoformat(),
            publication.engine,
        ],
    )
    comments = {
        "publication_id": "Id of the publication; rises with every one.",
        "tenant_id": "The retailer.",
        "as_of": "Nothing that became known later is in the marts.",
        "published_at": "When it was published.",
        "engine": "Engine that wrote it.",
    }
    connection.execute(
        f"comment on table {PUBLICATION_TABLE} is 'One row: the publication that all tables here come from.'"
    )
    for column, comment in comments.items():
        connection.execute(f"comment on column {PUBLICATION_TABLE}.{column} is {quoted(comment)}")
