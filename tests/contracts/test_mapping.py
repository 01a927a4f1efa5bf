"""A mapping is checked against the contracts before a single row is read."""

import pytest

from contracts import ContractError
from contracts.mapping import load_mapping, mappings

SMALL = """
name: corner_shop
version: "1.0"
title: Tills of a corner shop
source_system: corner_shop
files:
  - pattern: "tills_*.csv*"
    profile: {format: csv, encoding: utf-8, delimiter: ";", header_row: 2, quote: '"'}
    extracted_at: null
    tz: Europe/London
    currency: GBP
    required_columns: [InvoiceNo, StockCode]
    targets:
      - table: order.sales_order
        where: InvoiceNo not like 'C%'
        group_by: [InvoiceNo]
        columns: {order_id: InvoiceNo, ordered_at: min(InvoiceDate), status: any_value(State)}
        constants: {currency: GBP, fulfil_mode: own}
        enum_map: {status: {Done: completed}}
        formats: {ordered_at: ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M"]}
      - table: order.sales_order_line
        columns: {order_line_id: "InvoiceNo || '-' || Line", order_id: InvoiceNo, sku_id: StockCode, qty: 1}
        set_aside:
          - {reason: postage, when: "StockCode in ('POST', 'DOT')", note: Postage is no product}
"""


@pytest.fixture
def load(tmp_path):
    def load(old="", new=""):
        assert old in SMALL
        file = tmp_path / "corner_shop.yaml"
        file.write_text(SMALL.replace(old, new, 1) if old else SMALL, encoding="utf-8")
        return load_mapping(file)

    return load


def test_a_mapping_says_how_files_become_rows(load):
    mapping = load()
    file = mapping.file_for("tills_2011.csv.gz")
    order, line = file.targets
    assert (file.profile.delimiter, file.profile.header_row, file.tz) == (";", 2, "Europe/London")
    assert order.group_by == ("InvoiceNo",)
    assert order.formats["ordered_at"] == ("%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M")
    assert line.columns["qty"] == "1"
    assert line.set_aside[0].reason == "postage"


def test_a_file_of_another_name_belongs_to_no_mapping(load):
    assert load().file_for("stock.csv") is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("header_row", "header_rows", r"file 1 \(tills_\*\.csv\*\): key 'profile\.header_rows' is not known"),
        (
            "pattern:",
            "patern:",
            r"file 1 \(without a pattern\): key 'patern' is not known; did you mean 'pattern'",
        ),
        (
            "set_aside",
            "setaside",
            r"target order\.sales_order_line: key 'setaside' .* did you mean 'set_aside'",
        ),
        (
            "order.sales_order\n",
            "order.sale_order\n",
            r"'order\.sale_order'; did you mean 'order\.sales_order'",
        ),
        (
            "ordered_at: min",
            "orderd_at: min",
            r"order\.sales_order has no column 'orderd_at'; it has order_id",
        ),
        (", qty: 1", "", r"required column 'qty' has no expression and no constant; add one"),
        (
            "Done: completed",
            "Done: finished",
            r"enum_map turns 'Done' into 'finished', which is outside its list",
        ),
        (
            "fulfil_mode: own",
            "fulfil_mode: self",
            r"constant 'self' is outside its list; choose from own, dropship",
        ),
        (
            "{currency: GBP, ",
            "{order_id: x, ",
            r"column 'order_id' has an expression and a constant; keep one",
        ),
        ("formats: {ordered_at:", "formats: {status:", r"formats stand on type 'enum'; remove them"),
        ("Europe/London", "Europe/Londn", r"'Europe/Londn', which is no IANA time zone"),
        (
            "name: corner_shop",
            "name: corner",
            r"name is 'corner'; it must be 'corner_shop', as the file is called",
        ),
    ],
)
def test_a_mistake_in_a_mapping_names_the_file_the_target_and_the_column(load, old, new, message):
    with pytest.raises(ContractError, match=message) as error:
        load(old, new)
    assert "corner_shop.yaml" in str(error.value)


def test_the_mappings_that_ship_load():
    assert all(mapping.name == name for name, mapping in mappings().items())
