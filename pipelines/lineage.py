"""What the nodes of the parsed dbt project stand on, and which of them nobody needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Lineage"]


@dataclass(frozen=True)
class Lineage:
    """By unique id, as dbt names nodes: what each reads; and by name the marts that are built whole each time."""

    parents: Mapping[str, tuple[str, ...]]
    marts: Mapping[str, str]

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Lineage:
        """The lineage that a manifest tells."""
        nodes = manifest["nodes"]
        parents = {name: tuple(node["depends_on"]["nodes"]) for name, node in nodes.items()}
        whole = {name: node for name, node in nodes.items() if node["fqn"][1] == "marts" and _is_whole(node)}
        return cls(parents, {node["name"]: name for name, node in whole.items()})

    def source_of(self, test: str) -> str | None:
        """The contract table (`order.sales_order`) that a test is of; None of a test of models, or no test."""
        first = next(iter(self.parents.get(test, ())), "")
        return ".".join(first.split(".")[2:]) if test.startswith("test.") and first.startswith("source.") else None

    def unread(self, nodes: Iterable[str], read: Collection[str]) -> set[str]:
        """Of `nodes`, the marts that are not in `read` by name and on which nothing stands that is, and their tests.

        What is no such mart counts as read: a fact that replaces what changed must not miss a pass.
        """
        nodes, marts = list(nodes), set(self.marts.values())
        needed = {self.marts[name] for name in read if name in self.marts}
        needed |= {node for node in nodes if node.startswith("model.") and node not in marts}
        reached: set[str] = set()
        while needed:
            reached |= needed
            needed = {parent for node in needed for parent in self.parents.get(node, ())} - reached
        left_out = marts - reached
        return {node for node in nodes if node in left_out or _is_of(node, self.parents, left_out)}


def _is_whole(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "model" and not node["config"].get("changed_by")


def _is_of(node: str, parents: Mapping[str, tuple[str, ...]], models: set[str]) -> bool:
    """Whether it is a test of any of the models."""
    return node.startswith("test.") and not models.isdisjoint(parents.get(node, ()))
