"""How the rows of a file stand together: which are totals, and which leave out what the first of them says."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from contracts import table as contract_table
from pipelines.ingestion.readers.relation import LINE
from pipelines.ingestion.schema import literal, quote
from pipelines.wizard.observe import File
from pipelines.wizard.proposal import Draft, Placement

TOTALS = ("合计", "总计", "小计", "汇总", "total", "grand total", "subtotal", "sum")


def totals_in(connection: duckdb.DuckDBPyConnection, placed: Sequence[Placement]) -> str | None:
    """The id column in which a row says that it is a total."""
    words = ", ".join(map(literal, TOTALS))
    for placement in placed:
        if contract_table(placement.table).column(placement.column).type != "id":
            continue
        name = quote(placement.source)
        if connection.execute(
            f"select 1 from staged where lower(trim(cast({name} as varchar), ' :：')) in ({words}) limit 1"
        ).fetchall():
            return placement.source
    return None


def fill_down_of(
    connection: duckdb.DuckDBPyConnection, file: File, drafts: Sequence[Draft], key: str | None
) -> tuple[str, tuple[str, ...]] | None:
    """Cells of a document that stand in its first row alone."""
    if key is None or file.profile.format not in ("csv", "xlsx"):
        return None
    names = [p.source for p in drafts[1].placements if p.source != key]
    if not names:
        return None
    blank = [f"coalesce(trim({quote(name)}), '') = ''" for name in names]
    counts = ", ".join(
        f"count(*) filter (where n = 1 and not b{i}), count(*) filter (where n > 1 and not b{i})"
        for i in range(len(names))
    )
    found = connection.execute(
        f"select count(*) filter (where n > 1), {counts} from (select row_number() over "
        f"(partition by {quote(key)} order by {LINE}) as n, {', '.join(f'{b} as b{i}' for i, b in enumerate(blank))} "
        "from staged)"
    ).fetchone()
    later, counted = found[0], found[1:]
    filled = tuple(name for i, name in enumerate(names) if later and counted[2 * i] > 0 and counted[2 * i + 1] == 0)
    return (key, filled) if filled else None
