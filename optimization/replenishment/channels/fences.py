"""Whole units kept for each shop: what was promised, what service rules want, what margins justify."""

import numpy as np


def owed(committed: np.ndarray, wanted: np.ndarray, available: np.ndarray) -> np.ndarray:
    """Units that must be kept: commitments first, then service rules, each in equal shares of it where stock is short.

    Parameters
    ----------
    committed, wanted
        int64, shape (places, shops): units promised, and units with which a rule is met (commitments among them).
    available
        int64, shape (places,).

    Returns
    -------
    np.ndarray
        int64, shape (places, shops).
    """
    promised = _fair(committed, available)
    more = np.maximum(wanted - committed, 0)
    return promised + _fair(more, available - promised.sum(axis=1))


def fenced(must: np.ndarray, levels: np.ndarray, available: np.ndarray) -> np.ndarray:
    """Units kept for each shop so that the first j hold their protection level together, as far as stock goes.

    Parameters
    ----------
    must
        int64, shape (places, shops): units kept whatever they earn, as ``owed`` gives them.
    levels
        float, shape (places, shops): as ``protection_levels`` gives them.
    available
        int64, shape (places,).

    Returns
    -------
    np.ndarray
        int64, shape (places, shops), at least ``must``; together at most ``available``.
    """
    kept, left = must.copy(), available - must.sum(axis=1)
    held = np.zeros_like(available)
    for shop in range(must.shape[1]):
        held = held + must[:, shop]
        more = np.clip(np.floor(levels[:, shop] + 1e-9).astype(np.int64) - held, 0, left)
        kept[:, shop] += more
        held, left = held + more, left - more
    return kept


def _fair(asked: np.ndarray, available: np.ndarray) -> np.ndarray:
    """What is asked, or equal shares of it in whole units where it exceeds what is there: largest remainder first."""
    total = asked.sum(axis=1)
    exact = asked * (np.minimum(available, total) / np.where(total > 0, total, 1))[:, None]
    shares = np.floor(exact + 1e-9).astype(np.int64)
    over = np.minimum(available, total) - shares.sum(axis=1)
    place_in_line = np.argsort(np.argsort(shares - exact, axis=1, kind="stable"), axis=1, kind="stable")
    return shares + ((place_in_line < over[:, None]) & (shares < asked))
