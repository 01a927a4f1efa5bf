"""How many rows of a fact dbt builds at once; of more it makes parts (`dbt_project/macros/in_parts.sql`)."""

from __future__ import annotations

from pydantic import ByteSize, TypeAdapter

from pipelines.settings import Engine

BYTES_PER_ROW = 500
"""What joins and groups hold of a row and its keys, as text."""
MODELS_ABREAST = 2
"""Models that share the memory: the threads of `dbt_project/profiles.yml`."""

__all__ = ["part_rows"]


def part_rows(engine: Engine) -> int:
    """The most rows, of the models that name a fact's units, that one part may hold in memory."""
    memory = TypeAdapter(ByteSize).validate_python(engine.memory_limit)
    return max(1, int(memory) // MODELS_ABREAST // BYTES_PER_ROW)
