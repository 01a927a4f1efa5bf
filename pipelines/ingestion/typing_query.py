"""The query that types and judges the rows of one target, step by step; what it reads lies in `staged`."""

from __future__ import annotations

from datetime import datetime

from contracts.mapping import Unit
from contracts.model import Column, Table
from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.personal import kept
from pipelines.ingestion.plain import LOOK
from pipelines.ingestion.schema import literal, quote, row_hash
from pipelines.ingestion.stage import LINE
from pipelines.ingestion.text import REPLACEMENT
from pipelines.ingestion.typed import P, T, Typed, U, V, trimmed_id
from pipelines.ingestion.units import KNOWN_UNITS, factor_sql, source_sql

__all__ = ["typing_query", "unit_name"]


def typing_query(
    delivery: Delivery,
    table: Table,
    selected: str,
    cells: dict[str, Typed],
    risky: list[str],
    units: dict[str, Unit],
    undecodable: bool,
    loaded_at: datetime,
) -> str:
    """The rows of `selected` typed, judged and dated: the query behind `conformed`.

    Parameters
    ----------
    selected
        A query of the sources of every cell, by its name.
    cells
        How each cell becomes a value, and why it may not.
    risky
        Names of cells whose source may fail; they are computed apart.
    units
        The unit of each column that has one.
    undecodable
        Whether bytes of the file were no text.
    loaded_at
        When the business could know what says nothing of that.
    """
    columns = ", ".join(quote(column.name) for column in table.all_columns)
    unpacked = ", ".join(f"{quote(n)}.v as {quote(n)}, {quote(n)} is null as {_failed(n)}" for n in risky)
    texts = ", ".join(f"{_named(cell.text, name)} as {_text(name)}" for name, cell in cells.items())
    failed = "".join(f", {_failed(name)}" for name in risky)
    parsed = "".join(f", {_named(c.parsed, n)} as {_parsed(n)}" for n, c in cells.items() if c.parsed)
    forms = {name: cell.look for name, cell in cells.items() if cell.look}
    looked = "".join(f", coalesce({form.replace(T, quote(n))}, false) as {_look(n)}" for n, form in forms.items())
    judged = ", ".join(
        [
            *map(_text, cells),
            *(_parsed(n) for n, c in cells.items() if P in (c.reason or "")),
            *map(_look, forms),
            *(step(name) for name in units for step in (_word, _factor)),
        ]
    )
    words, factors, joins = _unit_steps(units)
    kept_units = {
        name: (_text(name), _word(name), _factor(name), _text(unit.sku) if unit.unit else "null")
        for name, unit in units.items()
    }
    extra = "_extra"
    if units:
        extra = f"cast(json_merge_patch(coalesce(_extra, '{{}}'), {source_sql(kept_units)}) as varchar) as _extra"
    values = ", ".join(_value(column, cells) for column in table.all_columns)
    defaulted = ", ".join(_defaulted(column) for column in table.all_columns)
    reasons = _reasons(cells, risky, undecodable)
    return f"""
        with
        selected as ({selected}),
        unpacked as (select * {f"exclude ({', '.join(map(quote, risky))}), {unpacked}" if risky else ""} from selected),
        looked as (select * {looked} from unpacked),
        texts as (
            select {LINE}, _rows, _extra {failed} {"".join(f", {_look(n)}" for n in forms)}, {texts} {words} from looked
        ),
        parsed as (select texts.* {parsed} {factors} from texts {joins}),
        valued as (select {LINE}, _rows, _extra {failed}, {judged}, {values} from parsed),
        judged as (select *, {_is_bad(reasons)} as is_bad from valued),
        checked as (select {defaulted}, {LINE}, _rows, {extra}, is_bad, {_bad(reasons)} as _bad from judged)
        select
            {columns}, {_known_at(table, delivery, loaded_at)} as known_at, _extra, {LINE}, _rows,
            {row_hash(table)} as _row_hash, is_bad, _bad
        from checked
    """


def _failed(name: str) -> str:
    return quote("f_" + name)


def _text(name: str) -> str:
    return quote("t_" + name)


def _parsed(name: str) -> str:
    return quote("p_" + name)


def _look(name: str) -> str:
    return quote("o_" + name)


def unit_name(name: str) -> str:
    """What the unit of a column is called among the sources."""
    return f"unit of {name}"


def _word(name: str) -> str:
    return quote("w_" + name)


def _factor(name: str) -> str:
    return quote("u_" + name)


def _unit_steps(units: dict[str, Unit]) -> tuple[str, str, str]:
    """SQL for the units' words, for their factors, and for the joins that find these."""
    words, factors, joins = "", "", ""
    for place, (name, unit) in enumerate(units.items()):
        words += f", {trimmed_id(quote(unit_name(name))) if unit.unit else 'cast(null as varchar)'} as {_word(name)}"
        factors += f", {factor_sql(unit, _word(name), f'known_{place}.factor')} as {_factor(name)}"
        if unit.unit:
            known = f"known_{place}"
            same = f"{known}.sku_id = {_text(unit.sku)} and {known}.uom = {_word(name)}"
            joins += f" left join ({KNOWN_UNITS}) as {known} on {same}"
    return words, factors, joins


def _named(sql: str, name: str) -> str:
    steps = {T: _text(name), P: _parsed(name), V: quote(name), U: _factor(name), LOOK: _look(name)}
    for mark, step in steps.items():
        sql = sql.replace(mark, step)
    return sql


def _value(column: Column, cells: dict[str, Typed]) -> str:
    value = kept(column, _named(cells[column.name].value, column.name)) if column.name in cells else "null"
    return f"cast({value} as {column.duckdb_type}) as {quote(column.name)}"


def _defaulted(column: Column) -> str:
    default = "false" if column.name == "is_deleted" else column.key_default
    if default is None:
        return quote(column.name)
    return f"coalesce({quote(column.name)}, cast({literal(default)} as {column.duckdb_type})) as {quote(column.name)}"


def _reasons(cells: dict[str, Typed], risky: list[str], undecodable: bool) -> list[str]:
    """SQL for each thing that may be wrong with a row: `column:reason`, or NULL."""
    reasons = [f"case when {_failed(name)} then {literal(name + ':not_computable')} end" for name in risky]
    reasons += [
        f"{literal(name + ':')} || ({_named(cell.reason, name)})" for name, cell in cells.items() if cell.reason
    ]
    if undecodable:
        read = ", ".join(_text(name) for name in cells)
        reasons.append(f"case when contains(concat_ws(' ', {read}), '{REPLACEMENT}') then '*:undecodable' end")
    return reasons


def _is_bad(reasons: list[str]) -> str:
    return " or ".join(f"({reason}) is not null" for reason in reasons) or "false"


def _bad(reasons: list[str]) -> str:
    """SQL for what is wrong with a row, joined by blanks, or NULL: text is put together for few rows only."""
    return f"case when is_bad then concat_ws(' ', {', '.join(reasons)}) end" if reasons else "cast(null as varchar)"


def _known_at(table: Table, delivery: Delivery, loaded_at: datetime) -> str:
    """When the business could know the version: its event, else its update, else the delivery, else now."""
    stated = dict.fromkeys(name for name in (table.known_at, table.event_time, "updated_at") if name)
    fallback = delivery.extracted_at or loaded_at
    candidates = [f"cast({quote(name)} as timestamptz)" for name in stated]
    return f"coalesce({', '.join(candidates)}, timestamptz {literal(fallback.isoformat())})"
