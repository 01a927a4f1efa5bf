"""The contract types and what each becomes in DuckDB and in the Open Data Contract Standard.

A contract type says more than a storage type: `id`, `enum`, `text` and `json` are all VARCHAR in DuckDB, yet
a value breaks each of them in a different way. The rules a value must keep are the ingestion's; here is only
the naming.
"""

from typing import Literal, get_args

ContractType = Literal[
    "id", "qty", "money", "rate", "number", "ts", "date", "enum", "time", "bool", "int", "text", "json"
]

CONTRACT_TYPES: tuple[str, ...] = get_args(ContractType)

DUCKDB_TYPES: dict[str, str] = {
    "id": "VARCHAR",
    "qty": "DECIMAL(18,4)",
    "money": "DECIMAL(18,4)",
    "rate": "DECIMAL(9,6)",
    "number": "DOUBLE",
    "ts": "TIMESTAMPTZ",
    "date": "DATE",
    "enum": "VARCHAR",
    "time": "TIME",
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "text": "VARCHAR",
    "json": "VARCHAR",
}

# `logicalType` of the Open Data Contract Standard 3.1.
LOGICAL_TYPES: dict[str, str] = {
    "id": "string",
    "qty": "number",
    "money": "number",
    "rate": "number",
    "number": "number",
    "ts": "timestamp",
    "date": "date",
    "enum": "string",
    "time": "time",
    "bool": "boolean",
    "int": "integer",
    "text": "string",
    "json": "object",
}

NUMERIC_TYPES = frozenset({"qty", "money", "rate", "number", "int"})
