"""Moves of whole parcels from service to service while they pay: the kernel."""

import numba
import numpy as np

FAR = 1e18


@numba.njit(cache=True, nogil=True)
def descend(
    parcels: np.ndarray,
    scanned: np.ndarray,
    place: np.ndarray,
    cost: np.ndarray,
    kg: np.ndarray,
    rows: np.ndarray,
    kind: np.ndarray,
    member: np.ndarray,
    room: np.ndarray,
    volume: np.ndarray,
    box: np.ndarray,
    held: float,
    moves: int,
) -> int:
    """Make the move that saves most, until none saves a hundredth of a fen; returns how many were made.

    Parameters
    ----------
    parcels
        ``int64[c, s + 1]``, parcels of each class on each service, the last unassigned; changed.
    scanned
        ``int64[k]``, the classes looked at.
    place, cost, kg, rows, kind, member
        As in ``Classes``.
    room
        ``float64[accounts + limits]``, what each limit still takes (accounts' entries unused); changed.
    volume
        ``float64[accounts]``, parcels of each account; changed.
    box
        ``float64[5, accounts]``: low, high, slope, fee, minimum of the piece each account shall stay in.
    held
        Yuan for leaving a parcel unassigned, and for each parcel outside a piece.
    """
    kinds, services, accounts = member.shape
    weighed = kg.shape[0] > 0
    change = np.empty((kinds, services + 1, services))
    reach = np.empty((kinds, services + 1, services))
    for made in range(moves):
        for k in range(kinds):
            change[k], reach[k] = between(member[k], volume, box, held)
        best, best_c, best_s, best_t = -1e-4, -1, 0, 0
        for c in scanned:
            k = kind[place[c]]
            for s in range(services + 1):
                if parcels[c, s] == 0:
                    continue
                now = held if s == services else cost[c, s]
                for t in range(services):
                    saved = cost[c, t] - now + change[k, s, t]
                    if t != s and saved < best and fitting(c, place[c], t, rows, kg, room, accounts) >= 1.0:
                        best, best_c, best_s, best_t = saved, c, s, t
        if best_c < 0:
            return made
        p = place[best_c]
        many = min(parcels[best_c, best_s], reach[kind[p], best_s, best_t])
        many = max(1.0, np.floor(min(many, fitting(best_c, p, best_t, rows, kg, room, accounts))))
        parcels[best_c, best_s] -= np.int64(many)
        parcels[best_c, best_t] += np.int64(many)
        for s, sign in ((best_s, 1.0), (best_t, -1.0)):
            if s == services:
                continue
            for i in rows[p, s]:
                if i >= accounts:
                    room[i] += sign * many
                elif i >= 0:
                    volume[i] -= sign * many
            if weighed:
                for i in rows[p, services + s]:
                    if i >= 0:
                        room[i] += sign * many * kg[best_c, s]
    return moves


@numba.njit(cache=True, nogil=True)
def between(member: np.ndarray, volume: np.ndarray, box: np.ndarray, held: float) -> tuple[np.ndarray, np.ndarray]:
    """What contracts of a place charge for moving one parcel from service to service, and for how many that holds."""
    services, accounts = member.shape
    change = np.zeros((services + 1, services))
    reach = np.full((services + 1, services), FAR)
    for a in range(accounts):
        low, high, slope, fee, minimum = box[0, a], box[1, a], box[2, a], box[3, a], box[4, a]
        v = volume[a]
        up, up_reach, down, down_reach = slope, FAR, -slope, FAR
        if v + 1 <= minimum:
            up -= fee
            up_reach = min(up_reach, minimum - v)
        if v - 1 < minimum:
            down += fee
        else:
            down_reach = min(down_reach, v - minimum)
        if v < low:
            up -= held
            up_reach = min(up_reach, max(1.0, low - v))
        if v - 1 < low:
            down += held
        else:
            down_reach = min(down_reach, v - low)
        if v + 1 > high:
            up += held
        else:
            up_reach = min(up_reach, high - v)
        if v > high:
            down -= held
            down_reach = min(down_reach, max(1.0, v - high))
        for s in range(services + 1):
            leaves = s < services and member[s, a]
            for t in range(services):
                if member[t, a] and not leaves:
                    change[s, t] += up
                    reach[s, t] = min(reach[s, t], up_reach)
                elif leaves and not member[t, a]:
                    change[s, t] += down
                    reach[s, t] = min(reach[s, t], down_reach)
    return change, reach


@numba.njit(cache=True, nogil=True)
def fitting(c: int, p: int, t: int, rows: np.ndarray, kg: np.ndarray, room: np.ndarray, accounts: int) -> float:
    """Parcels of a class that every limit of service ``t`` still takes; what leaves elsewhere is not counted."""
    most = FAR
    for i in rows[p, t]:
        if i >= accounts:
            most = min(most, room[i])
    if kg.shape[0] > 0 and kg[c, t] > 0:
        for i in rows[p, rows.shape[1] // 2 + t]:
            if i >= 0:
                most = min(most, room[i] / kg[c, t])
    return most
