"""`supplyloop map`: a mapping is proposed, confirmed, tried in memory and written; nothing is loaded."""

import pytest
from typer.testing import CliRunner

from contracts.mapping import load_mapping
from pipelines.cli import app
from pipelines.initialise import initialise
from pipelines.settings import SettingsError, chosen_mappings, load_settings
from pipelines.workspace import Workspace
from tests.pipelines.wizard.test_propose import ORDERS, PURCHASES


@pytest.fixture
def workspace(tmp_path):
    list(initialise(tmp_path / "shop", "shop", "Asia/Shanghai", (), None, None))
    return Workspace.at(tmp_path / "shop")


def supplyloop(workspace, *words, answers=""):
    return CliRunner().invoke(app, ["-w", str(workspace.root), *words], input=answers, catch_exceptions=False)


def test_what_is_certain_is_accepted_tried_and_written(workspace, tmp_path):
    file = tmp_path / "purchases_20250301.jsonl"
    file.write_text(PURCHASES, encoding="utf-8")
    said = supplyloop(workspace, "map", str(file), "--yes")
    assert said.exit_code == 0, said.output
    assert "8 rows in the file, 8 would load, 0 be quarantined" in said.output
    assert 'mappings = ["purchases"]' in said.output
    written = load_mapping(workspace.mappings / "purchases.yaml")
    assert written.files[0].matches("purchases_20250401.jsonl")
    assert not workspace.warehouse.exists()


def test_what_is_not_certain_stops_with_a_list_and_an_answer_settles_it(workspace, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    said = supplyloop(workspace, "map", str(file), "--yes")
    assert said.exit_code == 1
    assert "--set 'fulfil_mode=…'" in said.output
    assert not list(workspace.mappings.iterdir())
    said = supplyloop(workspace, "map", str(file), "--yes", "--set", "fulfil_mode=own")
    assert said.exit_code == 0, said.output
    text = (workspace.mappings / "orders.yaml").read_text(encoding="utf-8")
    for of_a_row in ("张三", "13800138000", "2025010500000000001", "快点", "219.00"):
        assert of_a_row not in text
    for of_a_person in ("张三", "13800138000", "快点"):
        assert of_a_person not in said.output


def test_the_mapping_that_was_written_loads_the_file(workspace, tmp_path):
    from pipelines.ingestion.delivery import inbox_files
    from pipelines.ingestion.ingest import Clock, ingest_files
    from pipelines.wizard.trial import scratch
    from tests.pipelines.ingestion.conftest import CLOCK

    file = workspace.inbox / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    supplyloop(workspace, "map", str(file), "--yes", "--set", "fulfil_mode=own")
    settings = workspace.settings_file.read_text(encoding="utf-8").replace("mappings = []", 'mappings = ["orders"]')
    workspace.settings_file.write_text(settings, encoding="utf-8")
    chosen = chosen_mappings(workspace.settings_file, load_settings(workspace.settings_file))
    assert [mapping.name for mapping in chosen] == ["orders"]
    with scratch("Asia/Shanghai", "1GB", 2) as connection:
        from pipelines.ingestion.schema import create_warehouse

        create_warehouse(connection)
        outcomes = ingest_files(
            connection, inbox_files(workspace.inbox), chosen, Clock(CLOCK.loaded_at, "Asia/Shanghai")
        )
        orders = connection.execute(
            "select order_id, status, paid_amount::varchar, dest_province from raw.order__sales_order order by 1"
        ).fetchall()
    assert [(one.status, one.rows_in, one.rows_loaded) for one in outcomes] == [("loaded", 3, 3), ("loaded", 3, 2)]
    assert orders == [
        ("2025010500000000001", "shipped", "219.0000", "浙江"),
        ("2025010500000000002", "completed", "99.0000", "江苏"),
    ]


def test_the_user_is_asked_and_may_change_a_column(workspace, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    # Layout; business mode; column 4, the province, is not to be read; go on; write.
    said = supplyloop(workspace, "map", str(file), answers="y\nown\n4\n-\n\ny\n")
    assert said.exit_code == 0, said.output
    mapping = load_mapping(workspace.mappings / "orders.yaml")
    assert "收货省" in mapping.files[0].unread_columns


def test_a_mapping_that_ships_is_not_shadowed(workspace, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text(ORDERS, encoding="utf-8")
    with pytest.raises(Exception, match="ships with the platform"):
        supplyloop(workspace, "map", str(file), "--yes", "--name", "shopify")
    (workspace.mappings / "shopify.yaml").write_text("name: shopify\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="ships with the platform"):
        chosen_mappings(workspace.settings_file, load_settings(workspace.settings_file))


def test_a_mapping_is_not_overwritten_by_accident(workspace, tmp_path):
    file = tmp_path / "purchases.jsonl"
    file.write_text(PURCHASES, encoding="utf-8")
    assert supplyloop(workspace, "map", str(file), "--yes").exit_code == 0
    with pytest.raises(Exception, match="exists"):
        supplyloop(workspace, "map", str(file), "--yes")
    assert supplyloop(workspace, "map", str(file), "--yes", "--overwrite").exit_code == 0
