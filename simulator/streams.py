"""Random numbers that no decision can shift: every purpose has its own stream on every day.

Two policies on the same seed meet the same customers, the same late lorries and the same defects (common random
numbers; Law, Simulation Modeling and Analysis, section 11.2), so their profits differ by what they decided.
"""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["Streams"]


class Streams:
    """Generators by purpose and day, all from one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, int] = {}

    def rng(self, purpose: str, day: int = 0) -> np.random.Generator:
        """A fresh generator: the same for the same seed, purpose and day, whatever was drawn before."""
        key = self._keys.get(purpose)
        if key is None:
            digest = hashlib.blake2b(f"{self._seed}/{purpose}".encode(), digest_size=16).digest()
            key = self._keys[purpose] = int.from_bytes(digest, "little")
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, day, 0]))
