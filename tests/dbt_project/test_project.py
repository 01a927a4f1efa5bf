"""How the dbt project is written: what no database is needed to see."""

from __future__ import annotations

import re

import pytest
import yaml
from hand_made_warehouse import PROJECT

from contracts import inbox
from contracts.keys import key_places

MODELS = PROJECT / "models"
MARTS = sorted((MODELS / "marts").rglob("*.sql"))
CLOCK = re.compile(r"\b(current_date|current_timestamp|now\s*\(|today\s*\(|get_current_timestamp)", re.IGNORECASE)


@pytest.mark.parametrize("path", [*MODELS.rglob("*.sql"), *(PROJECT / "macros").rglob("*.sql")], ids=lambda p: p.stem)
def test_no_model_asks_the_clock(path):
    assert not CLOCK.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MARTS, ids=lambda p: p.stem)
def test_every_mart_says_its_grain_in_words_and_keeps_it_by_test(path):
    page = yaml.safe_load(path.with_suffix(".yml").read_text(encoding="utf-8"))
    [model] = page["models"]
    assert model["name"] == path.stem
    assert model["description"].startswith("Each row represents ")
    assert model["config"]["meta"]["title_zh"]
    assert model["data_tests"][0]["promises"]["arguments"]["unique_by"]
    assert all(column["data_type"] and column["description"] for column in model["columns"])
    assert page["unit_tests"]


def test_the_page_of_every_mart_says_its_grain_its_question_and_how_to_act_on_a_row():
    pages = re.split(r"(?m)^(?=### )", (PROJECT.parent / "docs" / "marts.md").read_text(encoding="utf-8"))[1:]
    assert {page.split()[1] for page in pages} == {path.stem for path in MARTS}
    for part in ("- **Grain**: ", "- **Owner**: ", "- **Answers**: ", "**How to act**: "):
        assert [page.split()[1] for page in pages if page.count(part) != 1] == [], part
    assert [page.split()[1] for page in pages if "```sql\n" not in page] == []


def test_every_table_of_the_contract_has_its_staging_model():
    staged = {path.stem for path in (MODELS / "staging").rglob("*.sql")}
    assert staged == {f"stg_{t.system}__{t.name}" for system in inbox().values() for t in system.tables.values()}


def test_the_key_map_is_asked_about_every_column_that_holds_keys():
    written = (PROJECT / "macros" / "key_columns.sql").read_text(encoding="utf-8")
    listed = re.findall(r'\["(\w+)", "([\w.]+)", "(\w+)"\]', written)
    tables = [t for system in inbox().values() for t in system.tables.values()]
    holding = {
        (place.entity, t.qualified, place.column)
        for t in tables
        # our own: policy is written in our keys, and the map itself
        if t.system != "policy" and t.qualified != "reference.key_map"
        for place in key_places(t)
        if not place.path and not place.when
    }
    assert len(listed) == len(holding) and set(listed) == holding


def test_staging_models_name_only_columns_of_their_contract():
    tables = {f"stg_{t.system}__{t.name}": t for s in inbox().values() for t in s.tables.values()}
    for path in (MODELS / "staging").rglob("*.sql"):
        body = path.read_text(encoding="utf-8").split("renamed as (")[1]
        named = set(re.findall(r"^        (\w+),?$", body, re.MULTILINE))
        known = {column.name for column in tables[path.stem].all_columns}
        assert named <= known | {"known_at", "_load_id", "_line_no"}, path.stem
