"""Waves, carts and pick tours against the best known: ``python -m benchmarks.warehouse_scores [--all] BENCH_FOLDER``.

Every instance goes through its adapter and then through its folder's own ``score.py``, each a process of its own. A
subset that is always the same (some 15 minutes on two cores) is scored unless ``--all`` asks for every instance.
"""

import argparse
import csv
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

SELECTION_SECONDS, SELECTION_EVERY = 60, 3
CARTS_SECONDS, CARTS_EVERY = 10, 30
# Names of the reference values end on the storage policy that the folder of an instance spells out.
POLICIES = {"HennWaescherClassBased": "cb", "HennWaescherUniform": "u"}
MATCHED = 5e-4
# The score of the folder gives six places.
ROUNDED = 1e-6
PROVEN = "proven"


@dataclass(frozen=True)
class Score:
    """An instance: what was reached, what is known, how far apart in per cent (below 0: worse), proven or at fault."""

    instance: str
    value: float
    known: float | None
    gap: float | None
    remark: str


def run(*words: object) -> str:
    """What a Python process prints; a failure does not end the scores of the others, it is told and costs 100 %."""
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"FAULT {' '.join(map(str, words))}:\n{done.stdout}{done.stderr}", file=sys.stderr, flush=True)
    return done.stdout + done.stderr


def selections(folder: Path, scratch: Path, every: int) -> Iterator[Score]:
    """One wave of every n-th SBPO instance; the folder's score wants a tree of the instances that it judges."""
    data, solved = scratch / "data", scratch / "solved"
    data.mkdir()
    (data / "best_solutions").symlink_to(folder / "best_solutions")
    for path in sorted(folder.glob("[a-z]/*.txt"))[::every]:
        solution = solved / path.parent.name / path.name
        for place in (data / path.parent.name, solution.parent):
            place.mkdir(parents=True, exist_ok=True)
        (data / path.parent.name / path.name).symlink_to(path)
        run("-m", "benchmarks.sbpo", path, solution, "--seconds", SELECTION_SECONDS)
    run(folder / "score.py", "--all", data, solved, "--csv", scratch / "scores.csv")
    with (scratch / "scores.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            solution, value = solved / row["set"] / f"{row['instance']}.txt", float(row["objective"])
            known, gap = (float(row[name]) if row[name] else None for name in ("best_known", "gap_%"))
            remark = row["why"] or (PROVEN if _bound(solution) <= value + ROUNDED else "")
            yield Score(f"{row['set']}/{row['instance']}", value, known, gap, remark)


def _bound(solution: Path) -> float:
    """The bound beside a solution, none where there is none."""
    beside = solution.with_name(solution.name + ".bound")
    return float(beside.read_text(encoding="ascii")) if beside.exists() else float("inf")


def carts(folder: Path, scratch: Path, every: int) -> Iterator[Score]:
    """Carts of every n-th instance of order batching, and how much longer they walk than the reference."""
    with (folder / "reference_values.csv").open(encoding="utf-8", newline="") as file:
        known = {row["instance_name"]: float(row["reference_value"]) for row in csv.DictReader(file)}
    for path in sorted(folder.glob("*/*.txt"))[::every]:
        name = f"{path.stem}_{POLICIES[path.parent.name]}"
        solution = scratch / f"{name}.json"
        run("-m", "benchmarks.order_batching", path, solution, "--seconds", CARTS_SECONDS)
        said, best = run(folder / "score.py", path, solution), known.get(name)
        length = re.match(r"length ([\d.]+)", said)
        if length is None or "FAULT" in said:
            yield Score(name, float("nan"), best, -100.0, "at fault")
        else:
            gap = None if best is None else 100 * (1 - float(length[1]) / best)
            yield Score(name, float(length[1]), best, gap, "")


def tours(folder: Path, scratch: Path) -> str:
    """What the folder's score says about the tours of all its instances."""
    (packed,) = folder.glob("*.tar.xz")
    with tarfile.open(packed) as archive:
        archive.extractall(scratch, filter="data")
    instances = next(scratch.rglob("unit_*.txt")).parent
    spent = run("-m", "benchmarks.picker_routing", instances, scratch / "tours.jsonl")
    return f"{spent.strip()}; {run(folder / 'score.py', instances, scratch / 'tours.jsonl').strip()}"


def report(title: str, scores: Iterator[Score]) -> None:
    """Print a row per instance as it is scored, then means."""
    print(f"{title}\n\n| instance | value | best known | gap % | |\n|---|---|---|---|---|", flush=True)
    seen = []
    for score in scores:
        known, gap = ("" if number is None else f"{number:.3f}" for number in (score.known, score.gap))
        print(f"| {score.instance} | {score.value:.3f} | {known} | {gap} | {score.remark} |", flush=True)
        seen.append(score)
    gaps = [score.gap for score in seen if score.gap is not None]
    if gaps:
        equal = sum(abs(gap) < MATCHED for gap in gaps)
        print(
            f"\n{len(seen)} instances, mean gap {fmean(gaps):.3f} %, {equal} equal to the best known, "
            f"{sum(gap >= MATCHED for gap in gaps)} better, {sum(score.remark == PROVEN for score in seen)} proven\n"
        )


def main() -> None:
    """Score waves, carts and tours; print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="has sbpo, order_batching and picker_routing")
    parser.add_argument("--all", action="store_true", help="every instance instead of the subset")
    parser.add_argument("--only", choices=["sbpo", "order_batching", "picker_routing"])
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    print(f"load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    every = (1, 1) if arguments.all else (SELECTION_EVERY, CARTS_EVERY)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        if arguments.only in (None, "picker_routing"):
            print(f"Pick tours: {tours(folder / 'picker_routing', scratch)}\n")
        if arguments.only in (None, "sbpo"):
            title = f"One wave (SBPO), {SELECTION_SECONDS} s each"
            report(title, selections(folder / "sbpo", scratch, every[0]))
        if arguments.only in (None, "order_batching"):
            title = f"Carts (order batching), {CARTS_SECONDS} s each"
            report(title, carts(folder / "order_batching", scratch, every[1]))


if __name__ == "__main__":
    main()
