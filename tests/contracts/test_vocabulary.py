"""The field's words lead to columns and values that the contracts have."""

import pytest

from contracts import inbox
from contracts.vocabulary import plain, vocabulary

TABLES = {table.qualified: table for system in inbox().values() for table in system.tables.values()}
COLUMNS = {column.name for table in TABLES.values() for column in table.all_columns}


def test_every_word_stands_under_a_table_or_column_that_exists():
    words = vocabulary()
    assert set(words.tables) <= set(TABLES)
    for key in (*words.columns, *words.values):
        table, _, column = key.rpartition(".")
        assert column in ({c.name for c in TABLES[table].all_columns} if table else COLUMNS), key
    assert set(words.owner_knows) <= COLUMNS


def test_every_value_is_one_of_a_closed_list():
    for key, known in vocabulary().values.items():
        table, _, name = key.rpartition(".")
        tables = [TABLES[table]] if table else [t for t in TABLES.values() if name in {c.name for c in t.columns}]
        values = {value for t in tables for value in t.column(name).values}
        assert set(known) <= values, key


@pytest.mark.parametrize(
    ("name", "is_plain"),
    [
        ("实付金额（元）", "实付金额"),
        ("Order_Qty(pcs)", "order quantity"),
        ("orderQty", "order quantity"),
        ("SKU编码", "sku编码"),
        ("PO No.", "po number"),
        ("ＳＫＵ", "sku"),
    ],
)
def test_a_name_is_compared_without_unit_case_and_abbreviation(name, is_plain):
    assert plain(name).replace(" ", "") == is_plain.replace(" ", "")
