"""The tenant's own past run again: what the platform would have ordered, against what was."""

from pipelines.race.contest import Finished, race

__all__ = ["Finished", "race"]
