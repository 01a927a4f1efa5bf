"""The SQL on the pages for analysts runs on the published marts as it stands."""

import re
from pathlib import Path

import pytest

from pipelines.query import open_publication
from pipelines.settings import load_settings

pytestmark = pytest.mark.xdist_group("cycle")

DOCS = Path(__file__).parents[2] / "docs"


def questions(page: str) -> list[str]:
    return re.findall(r"```sql\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


def test_ten_questions_are_worked_out():
    assert len(re.findall(r"^## \d+\. ", (DOCS / "analyst.md").read_text(encoding="utf-8"), re.MULTILINE)) == 10


@pytest.mark.parametrize("page", ["analyst.md", "marts.md"])
def test_every_query_on_the_page_runs(planned, page):
    with open_publication(planned, load_settings(planned.settings_file)) as reader:
        for sql in questions(page):
            reader.rows(sql, 5)
