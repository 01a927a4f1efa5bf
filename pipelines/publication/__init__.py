"""Publishing: every mart of a cycle under one id, seen whole or not at all, and kept while somebody reads it.

    published/
        current.json                          names the publication that readers open
        00000007-5f0c2a9d31be.json            manifest: instants, versions, and the object of every mart
        objects/inventory_position-<hash>.parquet
        lists/00000007-5f0c2a9d31be.parquet   the desk's list of it, made from the objects
        leases/<pid>-<random>.json            one per open reader, locked while its process lives

`publish`, and `prune` after it, need the warehouse lock; readers need nothing.
"""

from pipelines.publication.exporting import export
from pipelines.publication.leases import leased_publication
from pipelines.publication.manifest import (
    Mart,
    Publication,
    PublicationError,
    anchors,
    current_id,
    current_publication,
    kept_list_file,
    object_path,
)
from pipelines.publication.pruning import prune
from pipelines.publication.publishing import publish

__all__ = [
    "Mart",
    "Publication",
    "PublicationError",
    "anchors",
    "current_id",
    "current_publication",
    "export",
    "kept_list_file",
    "leased_publication",
    "object_path",
    "prune",
    "publish",
]
