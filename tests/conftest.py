"""Fixtures that every test may use."""

import tempfile

import pytest

pytest_plugins = ["services"]


@pytest.fixture(scope="session", autouse=True)
def _temporary_files_go_with_the_session(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the code under test or a killed worker leaves among temporary files is below pytest's folder, and goes."""
    tempfile.tempdir = str(tmp_path_factory.getbasetemp())
