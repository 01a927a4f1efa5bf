"""What a file says of its own rows, in its footer or in a row of totals: it must tie out to the cent."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from contracts.mapping import Total
from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.gate import DeliveryHeldError
from pipelines.ingestion.readers.relation import Drift, Staged
from pipelines.ingestion.schema import literal
from pipelines.ingestion.typed import Rules, amount

# Stands for an amount that cannot be read: it moves any sum that it is part of.
UNREADABLE = "cast(10000000000000000000 as decimal(38, 4))"


def define_amount(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Let SQL of the mapping read amounts as the contract types them: `amount('1,234.50-')`; NULL for none."""
    mapping = delivery.file_mapping
    rules = Rules("UTC", decimal=mapping.decimal, currency=mapping.currency) if mapping else Rules("UTC")
    read = f"cast({amount('cast(t as varchar)', rules)} as decimal(38, 4))"
    connection.execute(f"create or replace temp macro amount(t) as {read}")


def check_stated_totals(connection: duckdb.DuckDBPyConnection, delivery: Delivery, staged: Staged) -> list[Drift]:
    """Compare the totals that the mapping names with the rows; those that bad rows keep from tying out are returned.

    Raises
    ------
    DeliveryHeldError
        `total_missing` or `totals_differ`.
    """
    untied = []
    for total in delivery.file_mapping.totals if delivery.file_mapping else ():
        stated, computed = _compared(connection, delivery, staged, total)
        if stated == computed:
            continue
        if _counts_rows(total) or not (
            staged.refused.num_rows or _rests_on_unreadable(connection, delivery, total, computed)
        ):
            raise DeliveryHeldError(
                "totals_differ",
                f"{delivery.path.name}: states {stated} as '{total.name}', its rows give {computed}. "
                "Rows are missing or were changed; export it again.",
            )
        untied.append(Drift("total_not_comparable", total.name, f"stated {stated}, good rows {computed}", staged.rows))
    return untied


def _compared(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, staged: Staged, total: Total
) -> tuple[Decimal, Decimal]:
    stated = total.stated or " + ".join(f"amount({literal(text)})" for text in staged.stated.get(total.name, []))
    found, computed = (_number(connection, sql) for sql in (stated or "null", total.computed))
    if found is None:
        raise DeliveryHeldError(
            "total_missing",
            f"{delivery.path.name}: does not state '{total.name}' (found {', '.join(staged.stated) or 'no footer'}). "
            "The file is cut off, or its footer has another form: export it again, or mend the mapping.",
        )
    # A row that cannot be taken apart is a row all the same.
    torn = staged.refused.num_rows if _counts_rows(total) else 0
    return found, (computed or Decimal(0)) + torn


def _counts_rows(total: Total) -> bool:
    return total.computed.replace(" ", "").lower() == "count(*)"


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> Decimal | None:
    return connection.execute(f"select cast(({sql}) as decimal(38, 4)) from staged limit 1").fetchone()[0]


def _rests_on_unreadable(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, total: Total, computed: Decimal
) -> bool:
    """Whether an amount that cannot be read is part of what was computed."""
    (macro,) = connection.execute(
        "select macro_definition from duckdb_functions() where function_name = 'amount' and function_type = 'macro'"
    ).fetchone()
    unread = f"case when ({macro}) is null and trim(cast(t as varchar)) <> '' then {UNREADABLE} else ({macro}) end"
    connection.execute(f"create or replace temp macro amount(t) as {unread}")
    try:
        return _number(connection, total.computed) != computed
    finally:
        define_amount(connection, delivery)
