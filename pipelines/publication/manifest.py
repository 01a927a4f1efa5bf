"""What a publication is, and where its files are."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipelines.workspace import Workspace

PUBLICATION_TABLE = "publication"  # in an exported file, beside the marts

_PUBLICATION_ID = re.compile(r"(\d{8})-[0-9a-f]{12}")


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


def object_path(workspace: Workspace, mart: Mart) -> Path:
    """The Parquet file of a published mart."""
    return objects_folder(workspace) / mart.object


def objects_folder(workspace: Workspace) -> Path:
    """Where the objects of all publications are."""
    return workspace.published / "objects"


def leases_folder(workspace: Workspace) -> Path:
    """Where the leases of open readers are."""
    return workspace.published / "leases"


def kept_list_file(workspace: Workspace, publication_id: str) -> Path:
    """Where the desk's list of a publication is kept: it saves time, and nothing is in it that is not elsewhere."""
    return lists_folder(workspace) / f"{publication_id}.parquet"


def lists_folder(workspace: Workspace) -> Path:
    """Where the lists of all publications are."""
    return workspace.published / "lists"


def pointer_file(workspace: Workspace) -> Path:
    """The file that names the publication to open."""
    return workspace.published / "current.json"


def manifest_file(workspace: Workspace, publication_id: str) -> Path:
    """The manifest of a publication."""
    return workspace.published / f"{publication_id}.json"


def publication_ids(workspace: Workspace) -> list[str]:
    """Ids of the publications still there, ascending."""
    names = (path.stem for path in workspace.published.glob("*.json"))
    return sorted(name for name in names if _PUBLICATION_ID.fullmatch(name))


def current_id(workspace: Workspace) -> str | None:
    """Id of the publication that a reader would open now, without its manifest; None before the first.

    Raises
    ------
    PublicationError
        If the pointer is damaged.
    """
    pointer = pointer_file(workspace)
    try:
        publication_id = json.loads(pointer.read_text(encoding="utf-8"))["publication_id"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise PublicationError(f"{pointer} is damaged ({error}). Run the loop again to publish anew.") from error
    if not _PUBLICATION_ID.fullmatch(str(publication_id)):
        raise PublicationError(f"{pointer} names no publication: {publication_id!r}. Run the loop again.")
    return publication_id


def current_publication(workspace: Workspace) -> Publication | None:
    """The publication that a reader would open now; None before the first. Takes no lease.

    Raises
    ------
    PublicationError
        If the pointer or its manifest is damaged.
    """
    publication_id = current_id(workspace)
    if publication_id is None:
        return None
    try:
        return read_manifest(workspace, publication_id)
    except FileNotFoundError as error:
        raise PublicationError(f"{error.filename} is missing. Run the loop again to publish anew.") from error


def anchors(workspace: Workspace) -> dict[str, str]:
    """The journal's head that each publication still there has kept, SEQUENCE:HASH by publication id."""
    manifests = (read_manifest(workspace, name) for name in sorted(publication_ids(workspace)))
    return {manifest.publication_id: manifest.journal for manifest in manifests if manifest.journal}


def to_json(publication: Publication) -> str:
    """A manifest as it is written."""
    content = asdict(publication)
    content["as_of"] = publication.as_of.isoformat()
    content["published_at"] = publication.published_at.isoformat()
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_manifest(workspace: Workspace, publication_id: str) -> Publication:
    """The publication of an id; ``FileNotFoundError`` where it is gone, ``PublicationError`` where it is damaged."""
    path = manifest_file(workspace, publication_id)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["as_of"] = datetime.fromisoformat(content["as_of"])
        content["published_at"] = datetime.fromisoformat(content["published_at"])
        content["marts"] = {name: Mart(**mart) for name, mart in content["marts"].items()}
        return Publication(**content)
    except (ValueError, KeyError, TypeError) as error:
        raise PublicationError(f"{path} is damaged ({error}). Run the loop again to publish anew.") from error
