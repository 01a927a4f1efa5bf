"""The shortest tour through parallel aisles, by dynamic programming over the aisles."""

from collections.abc import Sequence

import numpy as np

from optimization.waves.layout import Layout
from optimization.waves.routing.corners import FROM_BACK, FROM_FRONT, GAP, ONCE, SKIP, TWICE, WAYS, corners

Node = tuple[int, int]


def exact_tour(picks: Sequence[tuple[int, float]], layout: Layout) -> tuple[list[int], float]:
    """Order of picks and length of a shortest tour that begins and ends at the dock.

    The cheapest connected set of edges with an even number at every corner is found by a sweep over the aisles
    (Ratliff & Rosenthal 1983, "Order-picking in a rectangular warehouse", Operations Research 31; for several
    blocks Roodbergen & de Koster 2001, EJOR 133) and walked as an Euler tour.

    Parameters
    ----------
    picks
        Aisle number and place along the aisle (in metres) of each pick.
    layout
        The warehouse, of one block or several.

    Returns
    -------
    (list of int, float)
        Indices into ``picks`` in walking order, and the length of the tour (in metres); no picks, no walk.
    """
    # numba, and scipy with it, takes a second to import, which programs that only read plans need not wait for.
    from optimization.waves.routing.sweep import cheapest

    if not picks:
        return [], 0.0
    cross = np.array(layout.cross_m)
    held = _by_stretch(picks, layout)
    aisles = sorted({aisle for aisle, _ in held}, key=lambda aisle: (layout.aisle_x_m[aisle], aisle))
    place = [layout.aisle_x_m[aisle] for aisle in aisles]
    dock = int(np.searchsorted(place, layout.dock_x_m))
    # The dock is a column of its own, in which nobody walks between the cross aisles.
    columns: list[int | None] = [*aisles[:dock], None, *aisles[dock:]]
    across = np.diff([*place[:dock], layout.dock_x_m, *place[dock:]])
    tables = corners(len(cross))
    moves = cheapest(
        _costs(columns, held, picks, cross), across, dock, layout.dock_corner,
        tables.after_aisle, tables.after_touch, tables.after_cross, tables.walks, tables.is_tour,
    )  # fmt: skip
    length, aisle_moves, cross_moves = moves
    edges = _edges(columns, held, picks, aisle_moves, cross_moves, cross)
    order = _walk(edges, (dock, layout.dock_corner))
    # Either way round is as long; pickers are used to begin on the left.
    if _place(picks[order[-1]], layout) < _place(picks[order[0]], layout):
        order.reverse()
    away = abs(cross[layout.dock_corner] - layout.dock_y_m)
    return order, float(length + 2 * away)


def _place(pick: tuple[int, float], layout: Layout) -> tuple[float, float]:
    return layout.aisle_x_m[pick[0]], pick[1]


def _by_stretch(picks: Sequence[tuple[int, float]], layout: Layout) -> dict[tuple[int, int], list[int]]:
    """Picks of every stretch from its front to its back."""
    held: dict[tuple[int, int], list[int]] = {}
    for index, (aisle, place) in enumerate(picks):
        held.setdefault((aisle, layout.stretch(place)), []).append(index)
    for indices in held.values():
        indices.sort(key=lambda index: (picks[index][1], index))
    return held


def _costs(columns: list[int | None], held: dict, picks: Sequence, cross: np.ndarray) -> np.ndarray:
    from optimization.waves.routing.sweep import stretch_costs

    costs = np.full((len(columns), len(cross) - 1, WAYS), np.inf)
    for column, aisle in enumerate(columns):
        for stretch in range(len(cross) - 1):
            if aisle is None:
                costs[column, stretch, SKIP] = 0.0
                continue
            places = np.array([picks[index][1] for index in held.get((aisle, stretch), ())]) - cross[stretch]
            stretch_costs(places, cross[stretch + 1] - cross[stretch], costs[column, stretch])
    return costs


def _edges(
    columns: list[int | None],
    held: dict,
    picks: Sequence,
    aisle_moves: np.ndarray,
    cross_moves: np.ndarray,
    cross: np.ndarray,
) -> list[tuple[Node, Node, list[int]]]:
    """The walked edges between corners with the picks met on the way from the first corner to the second."""
    edges: list[tuple[Node, Node, list[int]]] = []
    stretches = len(cross) - 1
    for column, aisle in enumerate(columns):
        for stretch in range(stretches):
            way = int(aisle_moves[column]) // WAYS ** (stretches - 1 - stretch) % WAYS
            met = held.get((aisle, stretch), [])
            front, back = (column, stretch), (column, stretch + 1)
            edges += _stretch_edges(way, front, back, met, [picks[index][1] for index in met])
        for corner in range(len(cross)):
            walks = int(cross_moves[column]) // 3 ** (stretches - corner) % 3
            edges += [((column, corner), (column + 1, corner), [])] * walks
    return edges


def _stretch_edges(way: int, front: Node, back: Node, met: list[int], places: list[float]) -> list:
    if way in (ONCE, TWICE):
        return [(front, back, met)] + [(front, back, [])] * (way == TWICE)
    if way == FROM_FRONT:
        return [(front, front, met)]
    if way == FROM_BACK:
        return [(back, back, met[::-1])]
    if way == GAP:
        cut = int(np.argmax(np.diff(places))) + 1
        return [(front, front, met[:cut]), (back, back, met[cut:][::-1])]
    return []


def _walk(edges: list[tuple[Node, Node, list[int]]], start: Node) -> list[int]:
    """Picks in the order of an Euler tour over all edges (Hierholzer)."""
    leaving: dict[Node, list[tuple[int, Node, list[int]]]] = {}
    for number, (one, other, met) in enumerate(edges):
        leaving.setdefault(one, []).append((number, other, met))
        if one != other:
            leaving.setdefault(other, []).append((number, one, met[::-1]))
    used: set[int] = set()
    stack: list[tuple[Node, list[int]]] = [(start, [])]
    backwards: list[list[int]] = []
    while stack:
        node, met = stack[-1]
        choices = leaving.get(node, [])
        while choices and choices[-1][0] in used:
            choices.pop()
        if choices:
            number, other, met = choices.pop()
            used.add(number)
            stack.append((other, met))
        else:
            backwards.append(met)
            stack.pop()
    return [index for met in reversed(backwards) for index in met]
