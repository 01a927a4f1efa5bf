"""What is said of a model that dbt could not build."""

from types import SimpleNamespace

import pytest

from pipelines.transformation import _failures


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Runtime Error in model m (models/m.sql)\n  Out of Memory: no block\n  Try less", "Out of Memory: no block"),
        ("Got 3 results, configured to fail if != 0", "Got 3 results, configured to fail if != 0"),
        (None, "error"),
    ],
)  # fmt: skip
def test_a_model_that_failed_is_named_with_the_first_line_of_its_error(message, told):
    failed = SimpleNamespace(status="error", node=SimpleNamespace(name="m"), message=message)
    built = SimpleNamespace(status="success", node=SimpleNamespace(name="n"), message="OK")
    outcome = SimpleNamespace(exception=None, result=SimpleNamespace(results=[failed, built]))
    assert _failures(outcome) == f"dbt: 1 models or tests failed\n  m: {told}"
