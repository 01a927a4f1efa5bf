"""The metric dictionary: each definition runs, each column of it exists, its page is up to date."""

import re

import pytest

from pipelines.metrics import PAGE, REPOSITORY, metrics, page
from pipelines.query import open_publication
from pipelines.settings import load_settings


@pytest.fixture
def reader(planned):
    with open_publication(planned, load_settings(planned.settings_file)) as reader:
        yield reader


def test_every_metric_is_one_figure_of_the_published_marts(reader):
    for metric in metrics().values():
        columns, [row] = reader.rows(metric.select(), 2)
        assert columns == [metric.name] and len(row) == 1, metric.name


def test_the_tiny_world_has_a_figure_for_every_metric(reader):
    unknown = {metric.name for metric in metrics().values() if reader.rows(metric.select(), 1)[1][0][0] is None}
    assert unknown == set()


def test_a_metric_cut_by_a_column_adds_up_to_the_whole(reader):
    revenue = metrics()["net_revenue"]
    whole = reader.rows(revenue.select(), 1)[1][0][0]
    parts = reader.rows(revenue.select(["fulfil_mode", "shop_id"]), 1000)[1]
    assert len(parts) > 1 and sum(part[-1] for part in parts) == whole


def test_the_page_of_the_metrics_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m pipelines.metrics` and commit what it writes"


def test_every_metric_that_a_page_names_exists():
    for path in [REPOSITORY / "README.md", *REPOSITORY.glob("docs/*.md")]:
        for name in re.findall(r"metrics\.md#(\w+)", path.read_text(encoding="utf-8")):
            assert name in metrics(), f"{path.name} names the metric {name}"
