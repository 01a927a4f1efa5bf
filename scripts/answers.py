"""Ask every question of `docs/analyst.md` again and write the answers below them.

python scripts/answers.py WORKSPACE            rewrite the tables
python scripts/answers.py WORKSPACE --check    say which answers are not those of the workspace, and fail
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipelines.query import run_query
from pipelines.settings import load_settings
from pipelines.workspace import Workspace

PAGE = Path(__file__).parent.parent / "docs" / "analyst.md"
ANSWERED = re.compile(r"```sql\n(?P<sql>.*?)```\n\n(?P<answer>(?:\|[^\n]*\n)+)", re.DOTALL)
MOST_ROWS = 100


def main() -> None:
    """Rewrite the answers, or compare them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path, help="a workspace with the sample, planned")
    parser.add_argument("--check", action="store_true", help="write nothing")
    asked = parser.parse_args()
    workspace = Workspace.at(asked.workspace)
    settings = load_settings(workspace.settings_file)
    page = PAGE.read_text(encoding="utf-8")
    stale = []

    def answered(match: re.Match[str]) -> str:
        answer = table(*run_query(workspace, settings, match["sql"], MOST_ROWS))
        if answer != match["answer"]:
            stale.append(match["sql"])
        return f"```sql\n{match['sql']}```\n\n{answer}"

    renewed = ANSWERED.sub(answered, page)
    if asked.check and stale:
        sys.exit(f"error: {len(stale)} answers of {PAGE} are others now. Write them: {sys.argv[0]} {asked.workspace}")
    if not asked.check:
        PAGE.write_text(renewed, encoding="utf-8")
    print(f"{len(stale)} of {len(ANSWERED.findall(page))} answers are new")


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows as a table of Markdown, numbers to the right, money and quantities with two digits."""
    numeric = [any(isinstance(row[place], int | float | Decimal) for row in rows) for place in range(len(columns))]
    lines = [columns, ["---:" if is_number else "---" for is_number in numeric]]
    lines += [[_cell(value) for value in row] for row in rows]
    head, rule, *body = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([head, rule.replace(" ", ""), *body]) + "\n"


def _cell(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value).replace("|", "\\|")


if __name__ == "__main__":
    main()
