"""One warehouse per session: built over nothing first, then over a retailer small enough to check by hand."""

from __future__ import annotations

from pathlib import Path

import hand_made_warehouse
import pytest
import yaml
from hand_made_warehouse import Built

SMALL_RETAILER = Path(__file__).with_name("small_retailer.yaml")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dbt")
    built = Built(folder / "warehouse.duckdb", folder / "target")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SUPPLYLOOP_WAREHOUSE", str(built.path))
        environment.setenv("SUPPLYLOOP_SPILL", str(folder / "spill"))
        hand_made_warehouse.create(built.path)
        assert built.dbt("run").success
        built.rows_when_nothing_was_delivered = {
            mart: built.query(f"select count(*) from marts.{mart}")[0][0] for mart in built.marts()
        }
        built.status_when_nothing_was_delivered = built.query(
            "select system, status, stands_in, stands_in_zh from marts.delivery_status"
        )
        for table, rows in yaml.safe_load(SMALL_RETAILER.read_text(encoding="utf-8")).items():
            hand_made_warehouse.deliver(built.path, table, rows)
        yield built
