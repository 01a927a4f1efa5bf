"""The S-shape tour: every aisle with a pick is walked through, except perhaps the last."""

from collections.abc import Sequence

from optimization.waves.layout import Layout


def s_shape(picks: Sequence[tuple[int, float]], layout: Layout) -> tuple[list[int], float]:
    """Order of picks and length of an S-shape tour in one block.

    From the dock along the front cross aisle to the first aisle with a pick; each such aisle is traversed
    whole, up and down in turn, so that aisles are entered alternately from front and back. If their number
    is odd, the last is entered from the front only as far as its farthest pick. Hall (1993), "Distance
    approximations for routing manual pickers in a warehouse", IIE Transactions 25; de Koster, Le-Duc &
    Roodbergen (2007), section 5.

    Parameters
    ----------
    picks
        Aisle number and place along the aisle (in metres) of each pick.
    layout
        The warehouse.

    Returns
    -------
    (list of int, float)
        Indices into ``picks`` in walking order, and the length of the tour (in metres); no picks, no walk.
    """
    if not picks:
        return [], 0.0
    by_aisle: dict[int, list[int]] = {}
    for index, (aisle, _) in enumerate(picks):
        by_aisle.setdefault(aisle, []).append(index)
    aisles = sorted(by_aisle, key=lambda aisle: (layout.aisle_x_m[aisle], aisle))
    order: list[int] = []
    for turn, aisle in enumerate(aisles):
        downward = turn % 2 == 1
        order += sorted(by_aisle[aisle], key=lambda index: (-picks[index][1] if downward else picks[index][1], index))
    across = [layout.aisle_x_m[aisle] for aisle in aisles]
    length = abs(across[0] - layout.dock_x_m) + (across[-1] - across[0]) + abs(across[-1] - layout.dock_x_m)
    length += 2 * abs(layout.front_m - layout.dock_y_m)
    depth = layout.back_m - layout.front_m
    if len(aisles) % 2:
        farthest = max(picks[index][1] for index in by_aisle[aisles[-1]]) - layout.front_m
        return order, length + (len(aisles) - 1) * depth + 2 * farthest
    return order, length + len(aisles) * depth
