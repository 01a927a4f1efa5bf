"""The desk's list of a publication, made when it is published."""

from __future__ import annotations

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


def keep_list(workspace: Workspace, settings: Settings, journal: Journal) -> None:
    """Make the list of the current publication, unless it lacks what the list is made of."""
    snapshot = Snapshot(lambda: leased(workspace), settings.zone)
    try:
        if snapshot.has(*READ):
            keep(snapshot, journal, snapshot.published.kept_list)
    finally:
        snapshot.close()
