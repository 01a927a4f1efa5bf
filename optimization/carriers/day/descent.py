"""Moves of whole parcels from service to service while they pay: the kernel."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def descend(
    parcels: np.ndarray,
    scanned: np.ndarray,
    place: np.ndarray,
    cost: np.ndarray,
    kg: np.ndarray,
    rows: np.ndarray,
    room: np.ndarray,
    volume: np.ndarray,
    box: np.ndarray,
    held: float,
    moves: int,
) -> int:
    """Make the move that saves most, until none saves a tenth of a fen; returns how many were made.

    Parameters
    ----------
    parcels
        ``int64[c, s + 1]``, parcels of each class on each service, the last unassigned; changed.
    scanned
        ``int64[k]``, the classes looked at.
    place, cost, kg, rows
        As in ``Classes``.
    room
        ``float64[s + limits]``, what each limit still takes (services' entries unused); changed.
    volume
        ``float64[s]``, parcels of each service; changed.
    box
        ``float64[5, s]``: low, high, slope, fee, minimum of the piece each service shall stay in.
    held
        Yuan for leaving a parcel unassigned, and for each parcel outside a piece.
    """
    services = cost.shape[1]
    weighed = kg.shape[0] > 0
    up, down = np.zeros(services + 1), np.zeros(services + 1)
    up_reach, down_reach = np.full(services + 1, 1e18), np.full(services + 1, 1e18)
    for made in range(moves):
        for s in range(services):
            low, high, slope, fee, minimum = box[0, s], box[1, s], box[2, s], box[3, s], box[4, s]
            v = volume[s]
            up[s], up_reach[s] = slope, 1e18
            down[s], down_reach[s] = -slope, 1e18
            if v + 1 <= minimum:
                up[s] -= fee
                up_reach[s] = min(up_reach[s], minimum - v)
            if v - 1 < minimum:
                down[s] += fee
            else:
                down_reach[s] = min(down_reach[s], v - minimum)
            if v < low:
                up[s] -= held
                up_reach[s] = min(up_reach[s], max(1.0, low - v))
            if v - 1 < low:
                down[s] += held
            else:
                down_reach[s] = min(down_reach[s], v - low)
            if v + 1 > high:
                up[s] += held
            else:
                up_reach[s] = min(up_reach[s], high - v)
            if v > high:
                down[s] -= held
                down_reach[s] = min(down_reach[s], max(1.0, v - high))
        best, best_c, best_s, best_t = -1e-3, -1, 0, 0
        for c in scanned:
            p = place[c]
            for s in range(services + 1):
                if parcels[c, s] == 0:
                    continue
                now = held if s == services else cost[c, s]
                for t in range(services):
                    if t == s or not np.isfinite(cost[c, t]):
                        continue
                    change = cost[c, t] - now + up[t] + down[s]
                    if change < best and fits(c, p, s, t, rows, kg, weighed, room, services):
                        best, best_c, best_s, best_t = change, c, s, t
        if best_c < 0:
            return made
        p = place[best_c]
        many = min(float(parcels[best_c, best_s]), up_reach[best_t], down_reach[best_s])
        many = max(1.0, np.floor(min(many, most_that_fit(best_c, p, best_t, rows, kg, weighed, room, services))))
        parcels[best_c, best_s] -= np.int64(many)
        parcels[best_c, best_t] += np.int64(many)
        for s, sign in ((best_s, 1.0), (best_t, -1.0)):
            if s == services:
                continue
            volume[s] -= sign * many
            for i in rows[p, s]:
                if i >= services:
                    room[i] += sign * many
            if weighed:
                for i in rows[p, services + s]:
                    if i >= services:
                        room[i] += sign * many * kg[best_c, s]
    return moves


@numba.njit(cache=True, nogil=True)
def fits(c, p, s, t, rows, kg, weighed, room, services) -> bool:
    """Whether every limit takes one more parcel of a class on service ``t``; what ``s`` frees is not counted."""
    return most_that_fit(c, p, t, rows, kg, weighed, room, services) >= 1.0


@numba.njit(cache=True, nogil=True)
def most_that_fit(c, p, t, rows, kg, weighed, room, services) -> float:
    """Parcels of a class that every limit of service ``t`` still takes."""
    most = 1e18
    for i in rows[p, t]:
        if i >= services:
            most = min(most, room[i])
    if weighed and kg[c, t] > 0:
        for i in rows[p, services + t]:
            if i >= services:
                most = min(most, room[i] / kg[c, t])
    return most
