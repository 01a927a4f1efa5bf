"""Publishing: every mart of a cycle under one id, seen whole or not at all, and kept while somebody reads it.

    published/
        current.json                          names the publication that readers open
        00000007-5f0c2a9d31be.json            manifest: instants, versions, and the object of every mart
        objects/inventory_position-<hash>.parquet
        leases/<pid>-<random>.json            one per open reader, locked while its process lives

`publish`, and `prune` after it, need the warehouse lock; readers need nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import duckdb

    from pipelines.settings import Settings

KEPT_AFTER_REPLACED = timedelta(hours=1)
PUBLICATION_TABLE = "publication"  # in an exported file, beside the marts

_PUBLICATION_ID = re.compile(r"(\d{8})-[0-9a-f]{12}")
_MART_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WIDE_INTEGERS = ("HUGEINT", "UHUGEINT")
_TEXT_TO_READERS = re.compile(r"UUID|JSON|ENUM\(.*\)", re.DOTALL)
# `hash()` tells values of these types apart. It does not for wider numbers (-1 and 0 of a HUGEINT, and so
# -0.0001 and 0 of a DECIMAL(38,4), are equal) nor for lists (NULL, [] and [NULL] are): those hash as text.
_HASHED_AS_THEY_ARE = re.compile(
    r"BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT)|FLOAT|DOUBLE|DECIMAL\((\d|1[0-8]),\d+\)"
    r"|DATE|TIME|TIMESTAMP|TIMESTAMP WITH TIME ZONE|VARCHAR|BLOB"
)


class PublicationError(Exception):
    """Nothing can be published, opened or exported; the message says why and what to do."""


@dataclass(frozen=True)
class Mart:
    """One table of a publication: its object in `objects/`, and what readers see in it."""

    object: str
    rows: int
    columns: dict[str, str]  # name → DuckDB type, in order
    comment: str | None
    as_of: str | None = None  # in ISO 8601, where the mart was computed for another instant than the publication


@dataclass(frozen=True)
class Publication:
    """A manifest. Ids rise with every publication, also as text; `previous` is the one it replaced."""

    publication_id: str
    previous: str | None
    tenant_id: str
    as_of: datetime
    published_at: datetime
    engine: str
    contracts: dict[str, str]  # system → version of its inbox contract
    marts: dict[str, Mart]
    journal: str | None = None  # SEQUENCE:HASH of the journal's last event, which proves those before it


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
    _objects(workspace).mkdir(parents=True, exist_ok=True)
    current = _current_or_none(workspace)

    marts = {name: _publish_mart(connection, workspace, schema, name) for name in _tables(connection, schema)}
    for name, instant in (computed_for or {}).items():
        if name in marts and instant != as_of:
            marts[name] = replace(marts[name], as_of=instant.isoformat())
    _sync(_objects(workspace))

    content = _digest([tenant_id, as_of.astimezone(UTC).isoformat(), {k: asdict(v) for k, v in marts.items()}])
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
    _write(_manifest(workspace, publication.publication_id), _to_json(publication))
    _write(_pointer(workspace), json.dumps({"publication_id": publication.publication_id}))
    return publication


def current_publication(workspace: Workspace) -> Publication | None:
    """The publication that a reader would open now; None before the first. Takes no lease.

    Raises
    ------
    PublicationError
        If the pointer or its manifest is damaged.
    """
    publication_id = _pointed(workspace)
    if publication_id is None:
        return None
    try:
        return _read_manifest(workspace, publication_id)
    except FileNotFoundError as error:
        raise PublicationError(f"{error.filename} is missing. Run the loop again to publish anew.") from error


def current_id(workspace: Workspace) -> str | None:
    """Id of the publication that a reader would open now, without its manifest; None before the first.

    Raises
    ------
    PublicationError
        If the pointer is damaged.
    """
    return _pointed(workspace)


def anchors(workspace: Workspace) -> dict[str, str]:
    """The journal's head that each publication still there has kept, SEQUENCE:HASH by publication id."""
    manifests = (_read_manifest(workspace, name) for name in sorted(_publication_ids(workspace)))
    return {manifest.publication_id: manifest.journal for manifest in manifests if manifest.journal}


@contextmanager
def leased_publication(workspace: Workspace) -> Iterator[Publication]:
    """The current publication, kept from `prune` until the block ends or the process dies.

    Raises
    ------
    PublicationError
        If nothing is published, or the publication is damaged.
    """
    publication, lease, descriptor = _lease_current(workspace)
    try:
        yield publication
    finally:
        _give_back(lease, descriptor)


def object_path(workspace: Workspace, mart: Mart) -> Path:
    """The Parquet file of a published mart."""
    return _objects(workspace) / mart.object


def prune(workspace: Workspace, now: datetime) -> list[str]:
    """Remove what nobody can be reading, and return the ids removed; the caller holds the warehouse lock.

    A publication goes when it is not current, no living process holds a lease on it and an hour has passed
    since another replaced it; one that never became current goes at once. Then go the objects that no
    manifest names, and what a killed run left half written.
    """
    current = current_publication(workspace)
    manifests = {name: _read_manifest(workspace, name) for name in _publication_ids(workspace)}
    replaced_at: dict[str, datetime] = {}
    for manifest in manifests.values():
        if manifest.previous:
            known = replaced_at.get(manifest.previous, manifest.published_at)
            replaced_at[manifest.previous] = max(known, manifest.published_at)

    kept = {current.publication_id} if current else set()
    kept |= _leased_ids(workspace)
    kept |= {name for name, instant in replaced_at.items() if now - instant < KEPT_AFTER_REPLACED}
    removed = sorted(manifests.keys() - kept)
    for name in removed:
        _manifest(workspace, name).unlink()

    named = {mart.object for name in manifests.keys() & kept for mart in manifests[name].marts.values()}
    for path in _objects(workspace).glob("*"):
        if path.name not in named:
            path.unlink()
    for path in workspace.published.glob(".*.part"):
        path.unlink()
    return removed


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
                    source = _quoted(str(object_path(workspace, mart)))
                    connection.execute(f'create table "{name}" as from read_parquet({source})')
                    connection.execute(f'comment on table "{name}" is {_quoted(_comment(mart))}')
                _describe(connection, publication)
            _sync(aside)
            aside.replace(file)
            _sync(file.absolute().parent)
    except (duckdb.Error, OSError) as error:
        raise PublicationError(f"{file} cannot be written: {_first_line(error)}") from error
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
        connection.execute(f"comment on column {PUBLICATION_TABLE}.{column} is {_quoted(comment)}")


# ---------------------------------------------------------------- one mart


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
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


def _publish_mart(connection: duckdb.DuckDBPyConnection, workspace: Workspace, schema: str, name: str) -> Mart:
    table = f'"{schema}"."{name}"'
    declared = {row[0]: row[1] for row in connection.execute(f"describe {table}").fetchall()}
    rows, fingerprint, published = _fingerprint(connection, table, declared)
    comment = connection.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ? "
        "and database_name = current_database()",
        [schema, name],
    ).fetchall()[0][0]
    content = _digest([list(published.items()), rows, fingerprint])
    mart = Mart(object=f"{name}-{content[:16]}.parquet", rows=rows, columns=published, comment=comment)
    if not object_path(workspace, mart).exists():
        _write_object(connection, workspace, table, name, mart)
    return mart


def _fingerprint(
    connection: duckdb.DuckDBPyConnection, table: str, declared: dict[str, str]
) -> tuple[int, list[str], dict[str, str]]:
    """Rows, a fingerprint of them that does not depend on their order, and the types readers get; one scan.

    Sum and XOR of the rows' 64-bit hashes: a doubled row shows in the sum. Another engine version may hash
    otherwise; then every mart is written once more, and that is all.
    """
    wide = [column for column, type_ in declared.items() if type_ in _WIDE_INTEGERS]
    columns = ", ".join(
        _name(column) if _HASHED_AS_THEY_ARE.fullmatch(type_) else f"{_name(column)}::varchar"
        for column, type_ in declared.items()
    )
    # Hashed once more: the hash of a row is linear in that of its last column, so two rows that swap theirs
    # would keep the XOR always and the sum once in a hundred million times.
    row_hash = f"hash(hash({columns}))"
    misfits = "".join(f", count({_name(column)}) - count(try_cast({_name(column)} as bigint))" for column in wide)
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
    casts = ", ".join(f"{_name(column)}::{type_} as {_name(column)}" for column, type_ in mart.columns.items())
    try:
        connection.execute(
            f"copy (select {casts} from {table} order by all) to {_quoted(str(aside))} "
            "(format parquet, compression zstd, use_tmp_file false)"
        )
        _check_types(connection, aside, name, mart)
        _sync(aside)
        aside.replace(path)
    except (duckdb.Error, OSError) as error:
        raise PublicationError(
            f"mart '{name}' cannot be published: {_first_line(error)} The last publication stands."
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


# ---------------------------------------------------------------- leases


def _lease_current(workspace: Workspace) -> tuple[Publication, Path, int]:
    """Lease, then look whether all is there; what vanished in between had been replaced, so try once more."""
    try:
        return _lease_pointed(workspace)
    except FileNotFoundError:
        pass
    try:
        return _lease_pointed(workspace)
    except FileNotFoundError as error:
        raise PublicationError(f"{error.filename} is missing. Run the loop again to publish anew.") from error


def _lease_pointed(workspace: Workspace) -> tuple[Publication, Path, int]:
    publication_id = _pointed(workspace)
    if publication_id is None:
        raise PublicationError(f"nothing is published in {workspace.root} yet. Run the loop once: `supplyloop run`.")
    lease, descriptor = _take_lease(workspace, publication_id)
    try:
        publication = _read_manifest(workspace, publication_id)
        for mart in publication.marts.values():
            object_path(workspace, mart).stat()
        lease.stat()  # a prune may have found it before it was locked, and removed it
    except BaseException:
        _give_back(lease, descriptor)
        raise
    return publication, lease, descriptor


def _take_lease(workspace: Workspace, publication_id: str) -> tuple[Path, int]:
    folder = _leases(workspace)
    folder.mkdir(parents=True, exist_ok=True)
    lease = folder / f"{os.getpid()}-{secrets.token_hex(8)}.json"
    descriptor = os.open(lease, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    os.write(descriptor, json.dumps({"pid": os.getpid(), "publication_id": publication_id}).encode())
    # The kernel frees the lock when the process dies, so a number that was given to another process, or that
    # belongs to another container, never keeps a publication. A locked lease is a written one.
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return lease, descriptor


def _give_back(lease: Path, descriptor: int) -> None:
    lease.unlink(missing_ok=True)
    os.close(descriptor)


def _leased_ids(workspace: Workspace) -> set[str]:
    """What living processes read; the leases of dead ones are removed."""
    leased = set()
    for lease in _leases(workspace).glob("*.json"):
        with suppress(FileNotFoundError), lease.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                leased.add(json.load(file)["publication_id"])
            else:
                lease.unlink(missing_ok=True)
    return leased


# ---------------------------------------------------------------- files


def _objects(workspace: Workspace) -> Path:
    return workspace.published / "objects"


def _leases(workspace: Workspace) -> Path:
    return workspace.published / "leases"


def _pointer(workspace: Workspace) -> Path:
    return workspace.published / "current.json"


def _manifest(workspace: Workspace, publication_id: str) -> Path:
    return workspace.published / f"{publication_id}.json"


def _publication_ids(workspace: Workspace) -> list[str]:
    names = (path.stem for path in workspace.published.glob("*.json"))
    return sorted(name for name in names if _PUBLICATION_ID.fullmatch(name))


def _pointed(workspace: Workspace) -> str | None:
    pointer = _pointer(workspace)
    try:
        publication_id = json.loads(pointer.read_text(encoding="utf-8"))["publication_id"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise PublicationError(f"{pointer} is damaged ({error}). Run the loop again to publish anew.") from error
    if not _PUBLICATION_ID.fullmatch(str(publication_id)):
        raise PublicationError(f"{pointer} names no publication: {publication_id!r}. Run the loop again.")
    return publication_id


def _current_or_none(workspace: Workspace) -> Publication | None:
    """Publishing mends a damaged pointer, so it does not stop at one."""
    try:
        return current_publication(workspace)
    except PublicationError:
        return None


def _next_number(workspace: Workspace) -> int:
    """One above every number in use, those of killed publications too: an id never comes back."""
    names = _publication_ids(workspace)
    with suppress(PublicationError):
        names.append(_pointed(workspace) or "")
    return 1 + max((int(name.partition("-")[0]) for name in names if name), default=0)


def _to_json(publication: Publication) -> str:
    content = asdict(publication)
    content["as_of"] = publication.as_of.isoformat()
    content["published_at"] = publication.published_at.isoformat()
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _read_manifest(workspace: Workspace, publication_id: str) -> Publication:
    path = _manifest(workspace, publication_id)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["as_of"] = datetime.fromisoformat(content["as_of"])
        content["published_at"] = datetime.fromisoformat(content["published_at"])
        content["marts"] = {name: Mart(**mart) for name, mart in content["marts"].items()}
        return Publication(**content)
    except (ValueError, KeyError, TypeError) as error:
        raise PublicationError(f"{path} is damaged ({error}). Run the loop again to publish anew.") from error


def _write(path: Path, text: str) -> None:
    """Replace `path` so that a reader, or whoever starts after a crash, sees the old file or the new one."""
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8")
    _sync(aside)
    aside.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _contract_versions() -> dict[str, str]:
    from contracts import inbox

    return {name: system.version for name, system in inbox().items()}


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _quoted(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
