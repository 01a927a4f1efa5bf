"""The way of a picker, corner by corner, for who wants to draw it."""

from collections.abc import Iterable, Sequence

Point = tuple[float, float]


def way(stops: Iterable[Point], cross: Sequence[float], start: Point) -> list[Point]:
    """Points of the walk from the dock to each stop in turn and back.

    Within an aisle straight on; from aisle to aisle by the cross aisle that is shortest.

    Parameters
    ----------
    stops
        Place across and along the aisles of each pick (in metres).
    cross
        Where cross aisles run (in metres along the aisles).
    start
        The dock.
    """
    gate = min(cross, key=lambda metres: abs(metres - start[1]))
    points, here = [start, (start[0], gate)], (start[0], gate)
    for x, y in [*stops, (start[0], gate)]:
        if x != here[0]:
            over = min(cross, key=lambda metres: abs(here[1] - metres) + abs(y - metres))
            points += [(here[0], over), (x, over)]
        points.append((x, y))
        here = (x, y)
    points.append(start)
    return [point for place, point in enumerate(points) if place == 0 or point != points[place - 1]]
