"""sMAPE on the M3 competition's 3,003 series: ``python -m benchmarks.m3 FOLDER`` with its ``M3data.csv``."""

import argparse
import time
from pathlib import Path

import numpy as np
import polars as pl

from forecasting import classical

# By the horizon the competition asked of it (Makridakis & Hibon 2000): yearly, quarterly, monthly, other.
SEASONS = {6: ("yearly", 1), 8: ("quarterly", 4), 18: ("monthly", 12), -8: ("other", 1)}


def read_m3(path: Path) -> list[tuple[str, int, str, np.ndarray]]:
    """Name, horizon, kind and values of every series; lines with ``#`` are remarks."""
    series = []
    for line in path.read_text(encoding="latin-1").splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if line.startswith("#") or len(cells) < 7 or not cells[1].isdigit():
            continue
        count, horizon = int(cells[1]), int(cells[2])
        values = np.array([float(cell) for cell in cells[6:] if cell][:count])
        # Of the two kinds with eight periods ahead, the quarterly ones have a year and a quarter to begin with.
        number = int(cells[0].lstrip("N ").strip())
        kind = -8 if horizon == 8 and number > 2829 else horizon
        series.append((cells[0], kind, SEASONS[kind][0], values))
    return series


def smape(truth: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """Symmetric percentage errors of each period, as the competition counted them."""
    return 200 * np.abs(truth - forecast) / (np.abs(truth) + np.abs(forecast))


def main() -> None:
    """Print sMAPE by kind and in total, over all periods ahead."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every n-th series only")
    asked = parser.parse_args()
    began, errors = time.process_time(), {}
    for name, kind, label, values in read_m3(asked.folder / "M3data.csv")[:: asked.every]:
        horizon = abs(kind)
        past = pl.DataFrame({"unique_id": name, "step": np.arange(values.size - horizon), "y": values[:-horizon]})
        forecast = classical(past, SEASONS[kind][1], horizon)["y_hat"].to_numpy()
        errors.setdefault(label, []).append(smape(values[-horizon:], forecast))
    for label, found in errors.items():
        print(f"{label}: {len(found)} series, sMAPE {np.concatenate(found).mean():.2f}")
    whole = np.concatenate([error for found in errors.values() for error in found])
    print(f"total: sMAPE {whole.mean():.2f}, {time.process_time() - began:.0f} CPU-s")


if __name__ == "__main__":
    main()
