"""Making a publication of the marts of a cycle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipelines.publication.files import sync, write_text
from pipelines.publication.manifest import (
    Publication,
    PublicationError,
    current_id,
    current_publication,
    manifest_file,
    objects_folder,
    pointer_file,
    publication_ids,
    to_json,
)
from pipelines.publication.objects import digest, publish_mart, tables
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb


def publish(
    connection: duckdb.DuckDBPyConnection,
    workspace: Workspace,
    tenant_id: str,
    as_of: datetime,
    published_at: datetime,
    computed_for: Mapping[str, datetime] | None = None,
    schema: str = "marts",
    journal: str | None = None,
) -> Publication:
    """Publish every table of `schema`; the caller holds the warehouse lock.

    The same content at the same `as_of` is the same publication: its id stays and no file is touched. A mart that did
    not change keeps its object. `computed_for` says of which instant a mart tells where that is not `as_of`: a job
    that decides leaves out the marts that only people read. `journal` is the head of the journal of decisions, which
    is kept beside and makes no other publication. Until the pointer is replaced, the last step, readers see
    the last publication; a process killed on the way leaves nothing but files that the next `prune` removes.

    Raises
    ------
    ValueError
        If an instant has no time zone.
    PublicationError
        If there is nothing to publish, a column cannot be carried to readers, or a file cannot be written.
    """
    for name, instant in (("as_of", as_of), ("published_at", published_at)):
        if instant.tzinfo is None:
            raise ValueError(f"{name} must have a time zone, got {instant!r}")
    objects_folder(workspace).mkdir(parents=True, exist_ok=True)
    current = _current_or_none(workspace)

    marts = {name: publish_mart(connection, workspace, schema, name) for name in tables(connection, schema)}
    for name, instant in (computed_for or {}).items():
        if name in marts and instant != as_of:
            marts[name] = replace(marts[name], as_of=instant.isoformat())
    sync(objects_folder(workspace))

    content = digest([tenant_id, as_of.astimezone(UTC).isoformat(), {k: asdict(v) for k, v in marts.items()}])
    if current and current.publication_id.endswith(content[:12]):
        return current
    publication = Publication(
        publication_id=f"{_next_number(workspace):08d}-{content[:12]}",
        previous=current.publication_id if current else None,
        tenant_id=tenant_id,
        as_of=as_of,
        published_at=published_at,
        engine="duckdb " + connection.execute("select version()").fetchall()[0][0].removeprefix("v"),
        contracts=_contract_versions(),
        marts=marts,
        journal=journal,
    )
    write_text(manifest_file(workspace, publication.publication_id), to_json(publication))
    write_text(pointer_file(workspace), json.dumps({"publication_id": publication.publication_id}))
    return publication


def _current_or_none(workspace: Workspace) -> Publication | None:
    """Publishing mends a damaged pointer, so it does not stop at one."""
    try:
        return current_publication(workspace)
    except PublicationError:
        return None


def _next_number(workspace: Workspace) -> int:
    """One above every number in use, those of killed publications too: an id never comes back."""
    names = publication_ids(workspace)
    with suppress(PublicationError):
        names.append(current_id(workspace) or "")
    return 1 + max((int(name.partition("-")[0]) for name in names if name), default=0)


def _contract_versions() -> dict[str, str]:
    from contracts import inbox

    return {name: system.version for name, system in inbox().items()}
