"""Fixtures that every test may use, and which tests one worker runs."""

import tempfile

import pytest

from pipelines.kernels import forget_stale_kernels

pytest_plugins = ["services"]

# Fixtures of a whole session that take a minute or so: whatever needs one is run by the worker that has it.
SHARED = {"planned": "cycle", "copied": "cycle", "loop": "simulation", "built": "dbt_project"}


def pytest_configure(config: pytest.Config) -> None:
    """Today's kernels are tested, not those of the sources before an edit."""
    if not hasattr(config, "workerinput"):
        forget_stale_kernels()


@pytest.fixture(scope="session", autouse=True)
def _temporary_files_go_with_the_session(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the code under test or a killed worker leaves among temporary files is below pytest's folder, and goes."""
    tempfile.tempdir = str(tmp_path_factory.getbasetemp())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module together, and those of modules that share a fixture: else it is made twice."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            shared = (group for fixture, group in SHARED.items() if fixture in getattr(item, "fixturenames", ()))
            item.add_marker(pytest.mark.xdist_group(next(shared, item.nodeid.split("::")[0])))
