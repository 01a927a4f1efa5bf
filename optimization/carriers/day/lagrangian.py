"""What all classes cost at given prices, and how that changes with the prices: the kernels."""

import numba
import numpy as np

NEGLIGIBLE = 16.0  # exp(-16): a share of parcels that moves nothing


@numba.njit(cache=True, nogil=True)
def cheapest(
    count: np.ndarray,
    place: np.ndarray,
    cost: np.ndarray,
    kg: np.ndarray,
    per_parcel: np.ndarray,
    per_kg: np.ndarray,
    held: float,
) -> float:
    """Sum over classes of the cheapest cost with prices: the Lagrangian bound without its constants.

    Parameters
    ----------
    count
        ``float64[c]``, parcels of each class.
    place
        ``int32[c]``.
    cost
        ``float64[c, s]``, yuan above the cheapest service of the class; infinite where not eligible.
    kg
        ``float64[c, s]``, or no rows where no cap counts kilograms.
    per_parcel, per_kg
        ``float64[places, s]``, yuan added by prices.
    held
        Cost of leaving a parcel unassigned.
    """
    total = 0.0
    weighed = kg.shape[0] > 0
    for c in range(count.shape[0]):
        best = held
        p = place[c]
        for s in range(cost.shape[1]):
            value = cost[c, s] + per_parcel[p, s]
            if weighed:
                value += per_kg[p, s] * kg[c, s]
            best = min(best, value)
        total += count[c] * best
    return total


@numba.njit(cache=True, nogil=True)
def smoothed(
    count: np.ndarray,
    place: np.ndarray,
    cost: np.ndarray,
    kg: np.ndarray,
    per_parcel: np.ndarray,
    per_kg: np.ndarray,
    held: float,
    width: float,
    load: np.ndarray,
    bend: np.ndarray,
) -> float:
    """The same with a soft minimum of the given width (in yuan), its gradient and its curvature.

    Parameters
    ----------
    load
        ``float64[places, 2 s]``, overwritten: parcels and then kilograms on each service.
    bend
        ``float64[places, 2 s, 2 s]``, overwritten: minus the second derivative.
    """
    services = cost.shape[1]
    weighed = kg.shape[0] > 0
    load[:] = 0.0
    bend[:] = 0.0
    total = 0.0
    price = np.empty(services)
    share = np.empty(services)
    near = np.empty(services, np.int64)
    for c in range(count.shape[0]):
        p = place[c]
        best = held
        for s in range(services):
            price[s] = cost[c, s] + per_parcel[p, s]
            if weighed:
                price[s] += per_kg[p, s] * kg[c, s]
            best = min(best, price[s])
        mass = np.exp((best - held) / width) if held - best < NEGLIGIBLE * width else 0.0
        found = 0
        for s in range(services):
            if price[s] - best < NEGLIGIBLE * width:
                near[found] = s
                share[found] = np.exp((best - price[s]) / width)
                mass += share[found]
                found += 1
        total += count[c] * (best - width * np.log(mass))
        for i in range(found):
            share[i] /= mass
            parcels = count[c] * share[i]
            load[p, near[i]] += parcels
            if weighed:
                load[p, services + near[i]] += parcels * kg[c, near[i]]
        if found == 1 and share[0] > 1 - 1e-7:
            continue
        for i in range(found):
            a = near[i]
            for j in range(found):
                b = near[j]
                both = -share[i] * share[j]
                if i == j:
                    both += share[i]
                both *= count[c] / width
                bend[p, a, b] += both
                if weighed:
                    bend[p, services + a, b] += both * kg[c, a]
                    bend[p, a, services + b] += both * kg[c, b]
                    bend[p, services + a, services + b] += both * kg[c, a] * kg[c, b]
    return total


@numba.njit(cache=True, nogil=True)
def gathered(load: np.ndarray, bend: np.ndarray, rows: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and curvature by price, from those by place and service.

    Parameters
    ----------
    rows
        ``int32[places, 2 s, r]``: the prices that a parcel (or a kilogram) pays on a service, −1 for none.
    size
        Number of prices.
    """
    used = np.zeros(size)
    curve = np.zeros((size, size))
    for p in range(rows.shape[0]):
        for a in range(rows.shape[1]):
            for i in rows[p, a]:
                if i < 0:
                    break
                used[i] += load[p, a]
            for b in range(rows.shape[1]):
                both = bend[p, a, b]
                if both != 0.0:
                    for i in rows[p, a]:
                        if i < 0:
                            break
                        for j in rows[p, b]:
                            if j < 0:
                                break
                            curve[i, j] += both
    return used, curve


@numba.njit(cache=True, nogil=True)
def step(
    price: np.ndarray,
    slope: np.ndarray,
    curve: np.ndarray,
    bends: np.ndarray,
    slopes: np.ndarray,
    reach: float,
    sweeps: int,
) -> np.ndarray:
    """Prices that maximise a quadratic model less what volumes are worth, coordinate by coordinate.

    The model is ``slope · d − d · curve · d / 2 − Σ worth_j(price_j + d_j)``, where worth is convex with slopes
    ``slopes[j, 0]`` below ``bends[j, 0]``, ``slopes[j, 1]`` up to ``bends[j, 1]`` and ``slopes[j, 2]`` above;
    an infinite slope is a wall.

    Parameters
    ----------
    reach
        How far one price may move.
    """
    n = price.shape[0]
    d = np.zeros(n)
    pull = slope.copy()
    for _ in range(sweeps):
        moved = 0.0
        for j in range(n):
            h = curve[j, j]
            # Without the own part, the model in d is g·d − h·d²/2.
            g = pull[j] + h * d[j]
            low, high = bends[j, 0] - price[j], bends[j, 1] - price[j]
            if g - slopes[j, 0] < h * low:
                new = (g - slopes[j, 0]) / h
            elif g - slopes[j, 1] <= h * low:
                new = low
            elif g - slopes[j, 1] < h * high:
                new = (g - slopes[j, 1]) / h
            elif g - slopes[j, 2] <= h * high:
                new = high
            else:
                new = (g - slopes[j, 2]) / h
            new = min(max(new, -reach), reach)
            change = new - d[j]
            if change != 0.0:
                d[j] = new
                for i in range(n):
                    pull[i] -= curve[i, j] * change
                moved = max(moved, abs(change))
        if moved < 1e-7:
            break
    return price + d
