"""The desk's list of a publication, made when it is published."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from feedback.journal import Journal
from pipelines.publication import kept_list_file, leased_publication, object_path
from pipelines.settings import Settings
from pipelines.workspace import Workspace
from planner.snapshot import Snapshot
from planner.tenant import Published
from planner.worklist.kept import keep
from planner.worklist.suggestions import READ


@contextmanager
def leased(workspace: Workspace) -> Iterator[Published]:
    """The current publication as the desk is given it, kept until the block ends."""
    with leased_publication(workspace) as publication:
        yield Published(
            publication.publication_id,
            publication.as_of,
            publication.published_at,
            {name: object_path(workspace, mart) for name, mart in publication.marts.items()},
            {name: tuple(mart.columns) for name, mart in publication.marts.items()},
            kept_list_file(workspace, publication.publication_id),
        )


def list_kept(workspace: Workspace, settings: Settings, journal: Journal) -> str | None:
    """Make the list of the current publication where none is kept yet; why it could not be, else None.

    Whatever stops it (a full disk, say) must not lose a run whose publication stands: the desk makes the list itself,
    only slower.
    """
    try:
        with leased_publication(workspace) as publication:
            if kept_list_file(workspace, publication.publication_id).exists():
                return None
        keep_list(workspace, settings, journal)
    except Exception as error:
        logging.getLogger(__name__).warning("the desk's list was not kept, the desk makes it itself", exc_info=error)
        return f"{type(error).__name__}: {error}"
    return None


def keep_list(workspace: Workspace, settings: Settings, journal: Journal) -> None:
    """Make the list of the current publication, unless it lacks what the list is made of."""
    snapshot = Snapshot(lambda: leased(workspace), settings.zone)
    try:
        if snapshot.has(*READ):
            keep(snapshot, journal, snapshot.published.kept_list)
    finally:
        snapshot.close()
