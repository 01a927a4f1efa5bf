"""Removing what nobody can be reading."""

from __future__ import annotations

from datetime import datetime, timedelta

from pipelines.publication.leases import leased_ids
from pipelines.publication.manifest import (
    current_publication,
    lists_folder,
    manifest_file,
    objects_folder,
    publication_ids,
    read_manifest,
)
from pipelines.workspace import Workspace

KEPT_AFTER_REPLACED = timedelta(hours=1)


def prune(workspace: Workspace, now: datetime) -> list[str]:
    """Remove what nobody can be reading, and return the ids removed; the caller holds the warehouse lock.

    A publication goes when it is not current, no living process holds a lease on it and an hour has passed
    since another replaced it; one that never became current goes at once. Then go the objects that no
    manifest names, the desk's lists of what is gone, and what a killed run left half written.
    """
    current = current_publication(workspace)
    manifests = {name: read_manifest(workspace, name) for name in publication_ids(workspace)}
    replaced_at: dict[str, datetime] = {}
    for manifest in manifests.values():
        if manifest.previous:
            known = replaced_at.get(manifest.previous, manifest.published_at)
            replaced_at[manifest.previous] = max(known, manifest.published_at)

    kept = {current.publication_id} if current else set()
    kept |= leased_ids(workspace)
    kept |= {name for name, instant in replaced_at.items() if now - instant < KEPT_AFTER_REPLACED}
    removed = sorted(manifests.keys() - kept)
    for name in removed:
        manifest_file(workspace, name).unlink()

    named = {mart.object for name in manifests.keys() & kept for mart in manifests[name].marts.values()}
    for path in objects_folder(workspace).glob("*"):
        if path.name not in named:
            path.unlink()
    for path in lists_folder(workspace).glob("*"):
        if path.stem not in kept:
            path.unlink()
    for path in workspace.published.glob(".*.part"):
        path.unlink()
    return removed
