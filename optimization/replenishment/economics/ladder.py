"""The quantities worth looking at: nothing, the minimum, and whole packs up to what the paths can need."""

import numba
import numpy as np

from optimization.replenishment.rounding import round_up

BEYOND = 5  # one candidate in so many lies beyond what the interval can need


def ladder(
    needs: np.ndarray, reach: np.ndarray, moq: np.ndarray, step: np.ndarray, most: np.ndarray, candidates: int
) -> np.ndarray:
    """Candidate quantities of every option.

    The value of an order bends where a path's need ends, so the needs of the paths say where to look: every
    pack if they are few, else packs at evenly spaced paths.

    Parameters
    ----------
    needs
        Shape (options, paths), rising along the paths: units to order to cover each path.
    reach
        Shape (options,): units to order to last to the horizon.
    moq, step
        Shape (options,): minimum order and the step of quantities, base units.
    most
        Shape (options,): no candidate is above; infinity where nothing limits it.
    candidates
        Number of them, at least 2.

    Returns
    -------
    np.ndarray
        int64, shape (options, candidates): rising, 0 first; where there are fewer the last is repeated.
    """
    step = step.astype(np.int64)
    lowest = round_up(np.maximum(moq, 1).astype(np.int64), step)
    highest = np.where(np.isfinite(most), np.minimum(most, 2.0**52), 2.0**52).astype(np.int64) // step * step
    return _ladder(np.ascontiguousarray(needs, dtype=np.float64), reach, lowest, highest, step, candidates)


@numba.njit(cache=True, nogil=True)
def _ladder(needs, reach, lowest, highest, step, candidates):
    options, paths = needs.shape
    found = np.zeros((options, candidates), dtype=np.int64)
    for option in range(options):
        low, high, by = lowest[option], highest[option], step[option]
        if low > high:
            continue
        top = min(max(int(np.ceil(needs[option, paths - 1] / by - 1e-9)) * by, low), high)
        far = min(max(int(np.ceil(reach[option] / by - 1e-9)) * by, top), high)
        near = candidates - 1 - (candidates // BEYOND if far > top else 0)
        every = (top - low) // by + 1 <= near
        first = 0
        while first < paths and needs[option, first] < low:
            first += 1
        quantity = 0
        for choice in range(1, candidates):
            if choice > near:
                wanted = top + int(np.ceil((far - top) * (choice - near) / (candidates - 1 - near) / by)) * by
            elif every or choice == 1:
                wanted = min(low + (choice - 1) * by, top)
            else:
                # Paths that the minimum does not cover, evenly spaced; the last one covers them all.
                path = paths - 1 - ((near - choice) * (paths - first)) // near
                wanted = min(int(np.ceil(needs[option, path] / by - 1e-9)) * by, top)
                wanted = max(wanted, min(quantity + by, top))
            quantity = min(max(wanted, quantity, low), far)
            found[option, choice] = quantity
    return found
