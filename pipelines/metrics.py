"""The metric dictionary: every metric once, as SQL over a mart, and the page made from it.

python -m pipelines.metrics            writes docs/metrics.md
python -m pipelines.metrics --check    exits 1 if the page on disk differs
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
DICTIONARY = REPOSITORY / "dbt_project" / "metrics" / "metrics.yml"
PAGE = REPOSITORY / "docs" / "metrics.md"
COMMAND = "python -m pipelines.metrics"

__all__ = ["Metric", "metrics", "page"]


@dataclass(frozen=True)
class Metric:
    """One figure: `sql` is an aggregate over the rows of `mart` for which `where` holds."""

    name: str
    domain: str
    title: str
    title_zh: str
    unit: str
    mart: str
    sql: str
    meaning: str
    where: str | None = None

    def select(self, by: Sequence[str] = ()) -> str:
        """The SELECT that computes it, whole or per value of the mart's columns `by`."""
        columns = ", ".join([*by, f"{self.sql} as {self.name}"])
        where = f" where {self.where}" if self.where else ""
        return f"select {columns} from {self.mart}{where}" + (" group by all order by all" if by else "")


def metrics() -> dict[str, Metric]:
    """Every metric of the dictionary by name.

    Raises
    ------
    ValueError
        If a name stands twice, or an entry lacks a part or has one too many.
    """
    found: dict[str, Metric] = {}
    for domain, entries in yaml.safe_load(DICTIONARY.read_text(encoding="utf-8")).items():
        for name, entry in entries.items():
            if name in found:
                raise ValueError(f"{DICTIONARY.name}: metric {name} stands in {found[name].domain} and in {domain}")
            try:
                found[name] = Metric(name=name, domain=domain, **entry)
            except TypeError as error:
                raise ValueError(f"{DICTIONARY.name}: metric {name}: {error}") from error
    return found


def page() -> str:
    """The reference page, in English and Chinese."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield f"<!-- Generated from dbt_project/metrics/metrics.yml by `{COMMAND}`: change it there. -->"
    yield "# Metrics 指标词典"
    yield ""
    yield "Every metric once: its definition is the SQL. Cut it by any column of its mart: add the column and"
    yield "`group by all`."
    yield ""
    yield "**摘要。** 每个指标只定义一次，定义即 SQL；可按所属数据集市的任一列分组。"
    domain = ""
    for metric in metrics().values():
        if metric.domain != domain:
            domain = metric.domain
            yield ""
            yield f"## {domain.capitalize()}"
        yield ""
        yield f"### {metric.name}"
        yield ""
        yield f"**{metric.title} {metric.title_zh}** ({metric.unit}; `{metric.mart}`). {metric.meaning}"
        yield ""
        yield "```sql"
        yield metric.select()
        yield "```"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the page of the metric dictionary.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page on disk differs")
    check = parser.parse_args(arguments).check
    wanted = page()
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{PAGE.relative_to(REPOSITORY)}: differs from {DICTIONARY.relative_to(REPOSITORY)}")
    if check:
        print(f"run `{COMMAND}` and commit what it writes")
        return 1
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
