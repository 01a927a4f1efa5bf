"""From the world's integers to typed Arrow columns as the contract names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.layout import REFERENCES, SERIAL_BASE, SOURCE, Book, Const, Digits, Serial, written_as
from simulator.tables import NULL, contract_of

if TYPE_CHECKING:
    from contracts.model import Column

__all__ = ["columns_table", "ids", "rows_table"]

_TS = pa.timestamp("us", tz="Asia/Shanghai")
_TYPES = {
    "id": pa.string(), "text": pa.string(), "json": pa.string(), "enum": pa.string(), "qty": pa.decimal128(18, 4),
    "money": pa.decimal128(18, 4), "rate": pa.decimal128(9, 6), "number": pa.float64(), "ts": _TS,
    "date": pa.date32(), "time": pa.time32("s"), "bool": pa.bool_(), "int": pa.int64(),
}  # fmt: skip
_LOOKED_UP = pa.dictionary(pa.int32(), pa.string())
# Written digits of one unit of the world's integer: fen are 100 of the fourth digit, units 10,000.
_SCALE = {"money": 100, "qty": 10_000, "rate": 1}


def columns_table(
    qualified: str, columns: Mapping[str, np.ndarray], books: Mapping[str, Sequence[str]], *, versioned: bool
) -> pa.Table:
    """Integer columns (with `_serial`) as the contract's table; columns the world does not fill are null."""
    contract = contract_of(qualified)
    n = len(columns["_serial"])
    out: dict[str, pa.Array] = {"source_system": _repeated(SOURCE[contract.system], n)}
    for column in contract.columns:
        array = _column(qualified, column, columns, books, n)
        out[column.name] = _nothing(qualified, column, n) if array is None else array
    if versioned:
        out["updated_at"] = _instants(columns["updated_at"])
    return pa.table(out)


def rows_table(qualified: str, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Rows of Python values as the contract's table; the columns are those of the first row."""
    contract = contract_of(qualified)
    types = {column.name: _TYPES[column.type] for column in contract.all_columns}
    names = [name for name in types if name in rows[0]]
    filled = [{"source_system": SOURCE[contract.system], **row} for row in rows]
    if "source_system" not in names:
        names.insert(0, "source_system")
    return pa.table({name: pa.array([row.get(name) for row in filled], types[name]) for name in names})


def ids(writing: Book | Serial, numbers: np.ndarray, books: Mapping[str, Sequence[str]]) -> pa.Array:
    """Places of a book or serial numbers as the ids that they stand for; null where they are negative."""
    return _looked_up(numbers, books[writing.name]) if isinstance(writing, Book) else _numbered(writing, numbers)


def _column(
    qualified: str, column: Column, columns: Mapping[str, np.ndarray], books: Mapping[str, Sequence[str]], n: int
) -> pa.Array | None:
    writing = written_as(qualified, column.name)
    if isinstance(writing, Const):
        return _repeated(writing.value, n)
    if isinstance(writing, Book) and writing.name.startswith("*"):
        return _references(columns, column.name, writing.name == "*ref_line")
    if isinstance(writing, Serial | Digits):
        numbers = columns.get("_serial" if writing.own else column.name)
        return None if numbers is None else _numbered(writing, numbers)
    values = columns.get(column.name)
    if values is None:
        return None
    if isinstance(writing, Book):
        return _looked_up(values, books[writing.name])
    if column.type == "enum":
        return _looked_up(values, column.values)
    return _typed(column.type, values)


def _nothing(qualified: str, column: Column, n: int) -> pa.Array:
    """A column of nulls, of the type it has when it is filled."""
    looked_up = column.type == "enum" or isinstance(written_as(qualified, column.name), Book)
    return pa.nulls(n, _LOOKED_UP if looked_up else _TYPES[column.type])


def _typed(kind: str, values: np.ndarray) -> pa.Array:
    if kind in _SCALE:
        return _decimals(values, _SCALE[kind], _TYPES[kind])
    if kind == "ts":
        return _instants(values)
    if kind == "date":
        return pa.array(values, pa.int32(), mask=values == 0).cast(pa.date32())
    if kind == "bool":
        return pa.array(values == 1, pa.bool_(), mask=values < 0)
    if kind == "int":
        return pa.array(values, pa.int64(), mask=values == NULL)
    if kind == "number":
        return pa.array(values, pa.float64(), mask=np.isnan(values))
    raise TypeError(f"a column of type {kind} needs a book or a serial number in simulator/layout.py")


def _instants(values: np.ndarray) -> pa.Array:
    return pa.array(values * 1_000_000, _TS, mask=values == 0)


def _decimals(values: np.ndarray, scale: int, kind: pa.DataType) -> pa.Array:
    """Integers as decimals without a detour over text: 128-bit little-endian numbers, built by hand."""
    null = values == NULL
    wide = np.empty((len(values), 2), np.int64)
    np.multiply(np.where(null, 0, values), scale, out=wide[:, 0])
    wide[:, 1] = wide[:, 0] >> 63
    validity = pa.py_buffer(np.packbits(~null, bitorder="little").tobytes()) if null.any() else None
    return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(wide.tobytes())])


def _numbered(writing: Serial | Digits, numbers: np.ndarray) -> pa.Array:
    base = SERIAL_BASE if isinstance(writing, Serial) else writing.base
    digits = pa.array(numbers.astype(np.int64) + base, pa.int64(), mask=numbers < 0).cast(pa.string())
    return pc.binary_join_element_wise(writing.prefix, digits, "") if writing.prefix else digits


def _looked_up(codes: np.ndarray, book: Sequence[str]) -> pa.Array:
    indices = pa.array(codes, pa.int32(), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(book), pa.string()))


def _references(columns: Mapping[str, np.ndarray], name: str, of_line: bool) -> pa.Array:
    """A ledger row's document: the prefix follows from the kind of document."""
    kinds, numbers = columns["ref_type"], columns[name]
    prefixes = [REFERENCES[value][of_line] for value in contract_of("inventory.stock_ledger").column("ref_type").values]
    digits = pa.array(numbers + SERIAL_BASE, pa.int64(), mask=numbers < 0).cast(pa.string())
    return pc.binary_join_element_wise(_looked_up(kinds, prefixes).cast(pa.string()), digits, "")


def _repeated(value: str, n: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([value]))
