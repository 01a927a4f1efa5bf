"""One wave of an SBPO 2025 instance: ``python -m benchmarks.sbpo INSTANCE SOLUTION --seconds S``."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from optimization.waves.selection import WaveSelection, select_wave


def read_instance(path: Path) -> WaveSelection:
    """The instance in the organisers' format; ``ValueError`` names the file when it ends too early."""
    numbers = iter(map(int, path.read_text(encoding="ascii").split()))
    try:
        orders, _, aisles = next(numbers), next(numbers), next(numbers)
        rows = [_row(numbers) for _ in range(orders + aisles)]
        return WaveSelection(rows[:orders], rows[orders:], next(numbers), next(numbers))
    except StopIteration:
        raise ValueError(f"{path}: the file ends too early; expected orders, aisles and two limits") from None


def _row(numbers: Iterator[int]) -> dict[int, int]:
    row: dict[int, int] = {}
    for _ in range(next(numbers)):
        item = next(numbers)
        row[item] = row.get(item, 0) + next(numbers)
    return row


def main() -> None:
    """Write orders and aisles of the best wave found, and beside it, in SOLUTION.bound, what none can exceed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instance", type=Path)
    parser.add_argument("solution", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    wave = select_wave(read_instance(arguments.instance), arguments.seconds, arguments.seed)
    if wave is None:
        raise SystemExit("no wave of the least size was found")
    lines = [len(wave.orders), *wave.orders, len(wave.aisles), *wave.aisles]
    arguments.solution.write_text("\n".join(map(str, lines)) + "\n", encoding="ascii")
    beside = arguments.solution.with_name(arguments.solution.name + ".bound")
    beside.write_text(f"{float(wave.bound)!r}\n", encoding="ascii")
    print(f"value={wave.value:.6f} bound={wave.bound:.6f} units={wave.units} aisles={len(wave.aisles)}")


if __name__ == "__main__":
    main()
