"""Which items sell in fits and starts."""

import numpy as np

CLASSES = ("smooth", "erratic", "intermittent", "lumpy")


def demand_classes(counts: np.ndarray) -> dict[str, float]:
    """Shares of items by the cut-offs of Syntetos, Boylan & Croston (2005).

    Parameters
    ----------
    counts
        Items × periods; items with fewer than two periods of demand are left out.

    Returns
    -------
    dict of str to float
        ``intermittent`` and ``lumpy`` items wait 1.32 periods or more between demands; ``erratic`` and ``lumpy``
        ones have sizes with a squared coefficient of variation of .49 or more.
    """
    sold = (counts > 0).sum(axis=1)
    kept = counts[sold >= 2]
    sold = sold[sold >= 2]
    sizes = np.where(kept > 0, kept, np.nan)
    squared_variation = (np.nanstd(sizes, axis=1) / np.nanmean(sizes, axis=1)) ** 2
    waits, varies = kept.shape[1] / sold >= 1.32, squared_variation >= 0.49
    kinds = (~waits & ~varies, ~waits & varies, waits & ~varies, waits & varies)
    return {name: float(kind.mean()) for name, kind in zip(CLASSES, kinds, strict=True)}
