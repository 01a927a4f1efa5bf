"""Pick tours of a folder of single-block instances: ``python -m benchmarks.picker_routing FOLDER TOURS.jsonl``."""

import argparse
import json
import time
from pathlib import Path

from benchmarks.rectangular_warehouse import read_floor
from optimization.waves.routing.exact import exact_tour


def main() -> None:
    """Write the shortest tour of every instance, a line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tours", type=Path)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    paths = sorted(arguments.folder.glob("*.txt"))
    with arguments.tours.open("w", encoding="utf-8") as file:
        for path in paths:
            floor = read_floor(path)
            cells = floor.orders[0]
            order, length = exact_tour([(aisle, floor.metres[cell]) for aisle, cell in cells], floor.layout)
            tour = {"instance": path.name, "length": length, "sequence": [cells[index] for index in order]}
            file.write(json.dumps(tour) + "\n")
    print(f"{len(paths)} tours in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
