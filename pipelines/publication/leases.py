"""Who reads a publication: one file per open reader, locked while its process lives."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipelines.publication.manifest import (
    Publication,
    PublicationError,
    current_id,
    leases_folder,
    object_path,
    read_manifest,
)
from pipelines.workspace import Workspace


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


def leased_ids(workspace: Workspace) -> set[str]:
    """What living processes read; the leases of dead ones are removed."""
    leased = set()
    for lease in leases_folder(workspace).glob("*.json"):
        with suppress(FileNotFoundError), lease.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                leased.add(json.load(file)["publication_id"])
            else:
                lease.unlink(missing_ok=True)
    return leased


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
    publication_id = current_id(workspace)
    if publication_id is None:
        raise PublicationError(f"nothing is published in {workspace.root} yet. Run the loop once: `supplyloop run`.")
    lease, descriptor = _take_lease(workspace, publication_id)
    try:
        publication = read_manifest(workspace, publication_id)
        for mart in publication.marts.values():
            object_path(workspace, mart).stat()
        lease.stat()  # a prune may have found it before it was locked, and removed it
    except BaseException:
        _give_back(lease, descriptor)
        raise
    return publication, lease, descriptor


def _take_lease(workspace: Workspace, publication_id: str) -> tuple[Path, int]:
    folder = leases_folder(workspace)
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
