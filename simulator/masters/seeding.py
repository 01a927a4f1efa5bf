"""Random numbers of the masters: one stream per purpose, so that more of one thing never changes another."""

import zlib

import numpy as np

__all__ = ["seeded"]


def seeded(seed: int, purpose: str, number: int = 0) -> np.random.Generator:
    """The generator of `purpose` (and `number`, e.g. a week); the same arguments always draw the same."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), number])
