"""Orders to pick in a single-block warehouse, in the text format of Heßler & Irnich: what two benchmarks read."""

from dataclasses import dataclass
from pathlib import Path

from optimization.waves.layout import Layout


@dataclass(frozen=True)
class Floor:
    """An instance.

    Parameters
    ----------
    layout
        The block with its depot, in the instance's unit of length.
    cells
        Cells of an aisle, counted from its back.
    metres
        Place along the aisle of each cell.
    orders
        (aisle, cell) of every location that each order needs, without repeats.
    loads
        Capacity that each order takes.
    capacity
        What a picker's cart holds; inf where the file names none.
    """

    layout: Layout
    cells: int
    metres: tuple[float, ...]
    orders: tuple[tuple[tuple[int, int], ...], ...]
    loads: tuple[float, ...]
    capacity: float


def read_floor(path: Path) -> Floor:
    """Read a file; ``ValueError`` names the file and what it lacks."""
    head, weight, place, orders = _sections(path)
    missing = {"NUM_AISLES", "NUM_CELLS", "DEPOT_AISLE", "DEPOT_LOCATION", "DISTANCE_CELL_TO_CELL"} - set(head)
    if missing:
        raise ValueError(f"{path}: no line {sorted(missing)[0]}; expected the header of a single-block instance")
    cells, step = int(head["NUM_CELLS"]), float(head["DISTANCE_CELL_TO_CELL"])
    front, back = float(head["DISTANCE_BOTTOM_TO_CELL"]), float(head["DISTANCE_TOP_TO_CELL"])
    length = (cells - 1) * step + front + back
    across = float(head["DISTANCE_AISLE_TO_AISLE"])
    away = float(head.get("DISTANCE_TOP_OR_BOTTOM_TO_DEPOT") or 0)
    at_front = head["DEPOT_LOCATION"].startswith("bot")
    layout = Layout(
        aisle_x_m={aisle: aisle * across for aisle in range(int(head["NUM_AISLES"]))},
        front_m=0.0,
        back_m=length,
        dock_x_m=int(head["DEPOT_AISLE"]) * across,
        dock_y_m=-away if at_front else length + away,
    )
    return Floor(
        layout,
        cells,
        tuple(front + (cells - 1 - cell) * step for cell in range(cells)),
        tuple(tuple(sorted({place[article] for article, _ in order})) for order in orders),
        tuple(sum(weight.get(article, 1.0) * quantity for article, quantity in order) for order in orders),
        float(head.get("PICKER_CAPACITY") or "inf"),
    )


def _sections(path: Path) -> tuple[dict, dict, dict, list]:
    head: dict[str, str] = {}
    weight: dict[int, float] = {}
    place: dict[int, tuple[int, int]] = {}
    orders: list[list[tuple[int, int]]] = []
    section = None
    for line in path.read_text(encoding="latin-1").splitlines():
        words = line.split()
        if not words or words[0] == "EOF":
            continue
        if words[0].endswith("_SECTION"):
            section = words[0]
        elif section is None:
            key, value = line.split(":", 1)
            head[key.strip()] = value.strip()
        elif section == "ORDER_SECTION" and words[0].startswith("NUM_ARTICLES"):
            orders.append([])
        elif words[0] == "ID":
            if section == "ARTICLE_SECTION":
                weight[int(words[1])] = float(words[3]) if len(words) > 3 else 1.0
            elif section == "SKU_SECTION":
                place.setdefault(int(words[1]), (int(words[3]), int(words[5])))
            else:
                orders[-1].append((int(words[1]), int(words[3])))
    return head, weight, place, orders
