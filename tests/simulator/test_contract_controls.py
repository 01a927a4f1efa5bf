"""What a clean world exports keeps the contract: columns, closed lists, keys, references.

Everything is read from the exported tables with DuckDB; nothing of the world's own state is looked at.
"""

import pytest
from exported_rows import none, one

from contracts import inbox

CONTRACTS = {table.qualified: table for system in inbox().values() for table in system.tables.values()}
DELIVERED = [name for name in CONTRACTS if not name.startswith("policy.")]
NOT_OURS = ("reference.key_map", "reference.fx_rate")  # one currency, one set of ids


def test_every_table_of_the_contract_is_delivered_with_rows(db):
    empty = [name for name in DELIVERED if name not in NOT_OURS and not one(db, f"select count(*) from {_view(name)}")]
    assert empty == []


def _view(name: str) -> str:
    return name.replace(".", "_")


@pytest.mark.parametrize("name", DELIVERED)
def test_values_keep_closed_lists_required_columns_minimums_and_keys(db, name):
    table = CONTRACTS[name]
    there = {row[0] for row in db.execute(f"describe {_view(name)}").fetchall()}
    if not there:
        return
    for column in table.columns:
        if column.values and column.name in there:
            found = {row[0] for row in db.execute(f'select distinct "{column.name}" from {_view(name)}').fetchall()}
            assert found - set(column.values) <= {None}, column.name
        if column.required:
            none(db, f'select * from {_view(name)} where "{column.name}" is null')
        if column.minimum is not None and column.name in there:
            none(db, f'select * from {_view(name)} where "{column.name}" < {column.minimum}')
    keys = ", ".join(f'"{part}"' for part in table.primary_key if part in there)
    none(db, f"select {keys} from {_view(name)} group by all having count(*) > 1")


def test_every_foreign_key_resolves(db):
    for name, table in CONTRACTS.items():
        for key in table.foreign_keys:
            if not name.startswith("policy."):
                _resolves(db, name, key)


def _resolves(db, name, key) -> None:
    pairs = list(zip(key.columns, key.to_columns, strict=True))
    given = " and ".join(f"coalesce(a.{column}::varchar, '') not in ('', '*')" for column, _ in pairs)
    same = " and ".join(f"a.{column} = b.{target}" for column, target in pairs)
    there = _view(key.table)
    none(db, f"select a.* from {_view(name)} a where {given} and not exists (select 1 from {there} b where {same})")
