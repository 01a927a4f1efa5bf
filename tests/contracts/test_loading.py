"""A contract with a mistake in it gives one clear error: the file, the table, the column, what was found."""

import shutil
import subprocess
import sys

import pytest

from contracts import CONTRACTS, ContractError, load_directory

SPU_ID = "{name: spu_id, logicalType: string, physicalType: VARCHAR, required: true, primaryKey: true"


@pytest.fixture
def broken(tmp_path):
    """Loads the real contracts after replacing one text in one of them."""

    def load(system, old, new):
        directory = tmp_path / "contracts" / "inbox"
        shutil.copytree(CONTRACTS / "inbox", directory)
        file = directory / f"{system}.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_directory(directory)

    return load


def test_contracts_load_from_another_folder(broken):
    systems = broken("product", "businessName: Product model", "businessName: Model")
    assert systems["product"].tables["spu"].title == "Model"


def test_a_misspelt_standard_key_names_the_column_and_the_key_that_was_meant(broken):
    with pytest.raises(ContractError) as error:
        broken("product", SPU_ID, SPU_ID.replace("required", "requird"))
    assert str(error.value) == (
        "contracts/inbox/product.yaml, table spu, column spu_id: key 'requird' is not known; did you mean 'required'?"
    )


def test_a_misspelt_custom_property_names_the_table_and_the_key_that_was_meant(broken):
    with pytest.raises(ContractError) as error:
        broken("order", "{property: updateSemantics,", "{property: updateSemantic,")
    assert str(error.value) == (
        "contracts/inbox/order.yaml, table shop: key 'updateSemantic' is not known; did you mean 'updateSemantics'?"
    )


def test_a_missing_key_says_which(broken):
    with pytest.raises(ContractError, match=r"table spu, column spu_id: key 'logicalType' is missing; add it"):
        broken("product", SPU_ID, SPU_ID.replace("logicalType: string, ", ""))


@pytest.mark.parametrize(
    ("system", "old", "new", "message"),
    [
        (
            "product",
            "value: [new, active,",
            "value: [new, new,",
            r"column lifecycle: values holds an entry twice",
        ),
        (
            "product",
            "value: {unknownColumn:",
            "value: {unknownColumns:",
            r"product.yaml: key .*unknownColumns",
        ),
        ("order", "domain: order", "domain: orders", r"domain 'orders'; both must be 'order'"),
        ("order", "value: ordered_at}", "value: order_at}", r"table sales_order: eventTime names 'order_at'"),
        (
            "order",
            "to: order.shop.shop_id",
            "to: order.shops.shop_id",
            r"'order\.shops'; did you mean 'order\.shop'",
        ),
        (
            "order",
            "to: order.shop.shop_id",
            "to: order.shop.is_deleted",
            r"'id' but points to .*, which is 'bool'",
        ),
        (
            "product",
            "physicalType: VARCHAR",
            "physicalType: TEXT",
            r"'TEXT', but .* stored as 'VARCHAR'; write that",
        ),
        (
            "inventory",
            "from: [bin_stock.ware",
            "from: [bin_stck.ware",
            r"must lead from columns of 'bin_stock'",
        ),
        ("inventory", "{property: slice,", "{property: slices,", r"table stock_snapshot: key 'slices'"),
        (
            "inventory",
            "- name: bin_stock",
            "- name: bin_stock\n    name2: x",
            r"table bin_stock: key 'name2'",
        ),
        ("finance", "apiVersion: v3.1.0", "apiVersion: v2.0.0", r"apiVersion is 'v2\.0\.0'"),
        ("finance", "schema:", "schema: [", r"finance\.yaml: cannot be read as YAML"),
    ],
)
def test_a_contract_that_contradicts_itself_or_another_is_refused(broken, system, old, new, message):
    with pytest.raises(ContractError, match=message):
        broken(system, old, new)


def test_a_folder_without_contracts_is_refused(tmp_path):
    with pytest.raises(ContractError, match=r"holds no contract"):
        load_directory(tmp_path)


def test_importing_the_package_imports_neither_pydantic_nor_yaml():
    code = "import contracts, sys; print({'pydantic', 'yaml'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
