"""SQL that types one value by its contract type (contract §0.1): the value, or the reason it has none.

A value that breaks its type is never coerced: `value` is NULL and `reason` names the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.model import Column
from pipelines.ingestion.schema import literal
from pipelines.ingestion.zones import instant

UNKNOWN = "__unknown__"
T, P, V = "$t", "$p", "$v"
INTEGERS = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
}
FLOATS = {"FLOAT", "DOUBLE"}
# Instants that mean "none" in real exports.
NO_INSTANT = r"'^(1970-01-01|0000-00-00|2099-)'"
ISO_INSTANT = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d",
)
OFFSET = r"'^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}(:?\d{2})?)$'"


@dataclass(frozen=True)
class Typed:
    """SQL in steps, so that nothing is computed twice; each step names the ones before it.

    `text` cleans the source expression and is `$t`; `parsed`, where there is one, is `$p`; `value`
    is the typed value, `$v`; `reason` tells why there is none (None where it cannot fail).
    """

    text: str
    value: str
    reason: str | None
    parsed: str | None = None


@dataclass(frozen=True)
class Rules:
    """How a source writes its values, as its mapping declares it."""

    tz: str
    formats: Sequence[str] = ()
    enum_map: Mapping[str, str] | None = None


def typed(column: Column, source: str, source_type: str, rules: Rules) -> Typed:
    """SQL for `source`, an expression of DuckDB type `source_type`, as a value of `column`."""
    kind = source_type.split("(")[0].strip().upper()
    if kind == "VARCHAR" or (column.type == "enum"):
        base = _from_text(column, source if kind == "VARCHAR" else f"cast({source} as varchar)", rules)
    else:
        base = _from_type(column, source, kind, rules)
    return _with_limits(column, base)


def _from_text(column: Column, source: str, rules: Rules) -> Typed:
    text = _trimmed(column, source)
    if column.type == "ts":
        return _instant(text, rules)
    value, reason = _rule(column, rules)
    return Typed(text, value, reason)


def _rule(column: Column, rules: Rules) -> tuple[str, str | None]:
    match column.type:
        case "id":
            return _id(T)
        case "text" | "json":
            return _text(column, T)
        case "enum":
            return _enum(column, T, rules.enum_map or {})
        case "qty":
            return _qty(T)
        case "money":
            return _money(T)
        case "rate":
            return _rate(T)
        case "number":
            return _cast(T, r"'^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$'", "DOUBLE", "not_a_number")
        case "int":
            return _cast(T, r"'^[+-]?\d+(\.0+)?$'", "BIGINT", "not_a_whole_number", strip_zeros=True)
        case "bool":
            return _bool(T)
        case "date":
            return _date(T, rules)
        case "time":
            return _cast(T, r"'^\d{1,2}:\d{2}(:\d{2})?$'", "TIME", "not_a_time")
    raise AssertionError(column.type)


def _trimmed(column: Column, source: str) -> str:
    if column.type == "id":
        # Spreadsheet guards: ="00123", a leading ' or ` that keeps digits text.
        bare = f"case when starts_with({source}, '=\"') then rtrim(ltrim({source}, '=\"'), '\"') else {source} end"
        return f"nullif(trim(ltrim(trim({bare}, ' \t\r\n'), '`''')), '')"
    return f"nullif(trim({source}, ' \t\r\n'), '')"


def _id(text: str) -> tuple[str, str | None]:
    suspicious = rf"regexp_matches({text}, '[\x00-\x1f\x7f]|^\d+\.0$|^\d(\.\d+)?E\+\d+$')"
    reason = (
        f"case when length({text}) > 64 then 'id_too_long' when {suspicious} then "
        rf"case when regexp_matches({text}, '^\d+\.0$') then 'float_id' "
        rf"when regexp_matches({text}, '^\d(\.\d+)?E\+\d+$') then 'excel_mangled_id' "
        "else 'control_character' end end"
    )
    return (text, reason)


def _text(column: Column, text: str) -> tuple[str, str | None]:
    if column.type == "json":
        return (text, f"case when {text} is not null and not json_valid({text}) then 'not_json' end")
    return (text, None)


def _enum(column: Column, text: str, enum_map: Mapping[str, str]) -> tuple[str, str | None]:
    # Values of the map are checked against the closed list when the mapping is loaded.
    mapped = " ".join(f"when {text} = {literal(k)} then {literal(v)}" for k, v in enum_map.items())
    known = ", ".join(literal(value) for value in column.values)
    unknown = "null" if column.hard else literal(UNKNOWN)
    value = (
        f"case when {text} is null then null {mapped} when {text} in ({known}) then {text} else {unknown} end"
    )
    return (
        value,
        f"case when {text} is not null and {V} is null then 'unknown_value' end" if column.hard else None,
    )


def _cast(
    text: str, pattern: str, kind: str, reason: str, strip_zeros: bool = False
) -> tuple[str, str | None]:
    source = rf"regexp_replace({text}, '\.0+$', '')" if strip_zeros else text
    value = f"case when regexp_matches({text}, {pattern}) then try_cast({source} as {kind}) end"
    return (value, f"case when {text} is not null and {V} is null then '{reason}' end")


def _plain(text: str) -> str:
    """A written amount with thousands separators, currency sign, and accounting minus made plain."""
    bare = f"replace(replace(trim(replace(replace({text}, '￥', ''), '¥', '')), ',', ''), ' ', '')"
    return (
        f"case when regexp_matches({text}, '^-?[0-9]+(\\.[0-9]+)?$') then {text} "
        f"when starts_with({bare}, '(') and ends_with({bare}, ')') then '-' || {bare}[2:-2] "
        f"when ends_with({bare}, '-') then '-' || {bare}[1:-2] else {bare} end"
    )


def _grouped(text: str) -> str:
    """Whether commas, if any, stand where thousands separators stand: 1,234.50 but not 12,34."""
    return rf"(not contains({text}, ',') or regexp_matches({text}, '^[^0-9]*\d{{1,3}}(,\d{{3}})+(\.\d+)?[^0-9]*$'))"


def _qty(text: str) -> tuple[str, str | None]:
    plain = _plain(text)
    number = (
        f"case when regexp_matches({plain}, '^[+-]?\\d+(\\.\\d+)?$') and {_grouped(text)} then {plain} end"
    )
    whole = rf"regexp_matches({plain}, '^[+-]?\d+(\.0*)?$')"
    value = f"case when {whole} then try_cast({number} as decimal(18, 4)) end"
    reason = (
        f"case when {text} is null then null when ({number}) is null then 'not_a_quantity' "
        f"when not {whole} then 'fractional_units' when {V} is null then 'out_of_range' end"
    )
    return (value, reason)


def _money(text: str) -> tuple[str, str | None]:
    plain = _plain(text)
    # Four decimals are kept; what floats leave beyond them is residue only if it is nought.
    exact = rf"regexp_matches({plain}, '^[+-]?(\d+(\.\d{{0,4}}0*)?|\.\d{{1,4}}0*)$') and {_grouped(text)}"
    floaty = rf"regexp_matches({plain}, '^[+-]?\d*\.\d+$')"
    tiny = rf"regexp_matches({plain}, '^[+-]?\d(\.\d+)?[eE]-\d+$') and abs(try_cast({plain} as double)) < 0.00005"
    rounded = f"round(try_cast({plain} as double), 4)"
    residue = f"{floaty} and abs(try_cast({plain} as double) - {rounded}) < 1e-9"
    value = (
        f"case when {exact} then try_cast({plain} as decimal(18, 4)) when {tiny} then cast(0 as decimal(18, 4)) "
        f"when {residue} then try_cast({rounded} as decimal(18, 4)) end"
    )
    return (value, f"case when {text} is not null and {V} is null then 'not_an_amount' end")


def _rate(text: str) -> tuple[str, str | None]:
    percent = rf"regexp_matches({text}, '^[+-]?\d+(\.\d+)?%$')"
    value = (
        f"case when {percent} then try_cast(cast({text}[1:-2] as decimal(18, 8)) / 100 as decimal(9, 6)) "
        rf"when regexp_matches({text}, '^[+-]?(\d+(\.\d*)?|\.\d+)$') and abs(try_cast({text} as double)) <= 1 "
        f"then try_cast({text} as decimal(9, 6)) end"
    )
    return (value, f"case when {text} is not null and {V} is null then 'not_a_share' end")


def _bool(text: str) -> tuple[str, str | None]:
    lowered = f"lower({text})"
    value = (
        f"case when {lowered} in ('true', 't', 'y', 'yes', '1', '是') then true "
        f"when {lowered} in ('false', 'f', 'n', 'no', '0', '否') then false end"
    )
    return (value, f"case when {text} is not null and {V} is null then 'not_yes_or_no' end")


def _formats(formats: Sequence[str]) -> str:
    return "[" + ", ".join(literal(item) for item in formats) + "]"


def _instant(text: str, rules: Rules) -> Typed:
    none = f"regexp_matches({T}, {NO_INSTANT})"
    value = instant(P, rules.tz)
    if not rules.formats:
        value = f"case when {P} is not null then {value} when regexp_matches({T}, {OFFSET}) then try_cast({T} as timestamptz) end"
    return Typed(
        text,
        f"case when not {none} then {value} end",
        f"case when {T} is not null and {V} is null and not {none} then 'not_an_instant' end",
        parsed=f"try_strptime({T}, {_formats(rules.formats or ISO_INSTANT)})",
    )


def _date(text: str, rules: Rules) -> tuple[str, str | None]:
    none = f"regexp_matches({text}, {NO_INSTANT})"
    value = f"cast(try_strptime({text}, {_formats(rules.formats or ('%Y-%m-%d',))}) as date)"
    return (
        f"case when not {none} then {value} end",
        f"case when {text} is not null and not {none} and {V} is null then 'not_a_date' end",
    )


def _from_type(column: Column, source: str, kind: str, rules: Rules) -> Typed:
    """Typed Parquet is checked in its own types: turning it into text and back costs four times as much."""
    if column.type in ("id", "text", "json") and kind in (INTEGERS | {"UUID", "BOOLEAN", "DATE"}):
        return Typed(source, f"cast({T} as varchar)", None)
    if column.type == "id" and kind in FLOATS:
        return Typed(source, "cast(null as varchar)", f"case when {T} is not null then 'float_id' end")
    if column.type in ("qty", "int") and kind in (INTEGERS | FLOATS | {"DECIMAL"}):
        target = column.duckdb_type
        whole = f"{T} = trunc({T})" if kind not in INTEGERS else "true"
        value = f"case when {whole} then try_cast({T} as {target}) end"
        code = "fractional_units" if column.type == "qty" else "not_a_whole_number"
        return Typed(source, value, f"case when {T} is not null and {V} is null then '{code}' end")
    if column.type in ("money", "rate") and kind in (INTEGERS | FLOATS | {"DECIMAL"}):
        return _amount_from_number(column, source)
    if column.type == "number" and kind in (INTEGERS | FLOATS | {"DECIMAL"}):
        value = f"case when isfinite(cast({T} as double)) then cast({T} as double) end"
        return Typed(source, value, f"case when {T} is not null and {V} is null then 'not_a_number' end")
    if column.type == "bool" and kind == "BOOLEAN":
        return Typed(source, T, None)
    if column.type == "ts" and kind.startswith("TIMESTAMP"):
        return Typed(source, T, None) if "TIME ZONE" in kind else _local(source, rules)
    if column.type == "ts" and kind == "DATE":
        return _local(source, rules)
    if column.type == "date" and (kind == "DATE" or kind == "TIMESTAMP"):
        return Typed(source, f"cast({T} as date)", None)
    return _from_text(column, f"cast({source} as varchar)", rules)


def _local(source: str, rules: Rules) -> Typed:
    return Typed(f"cast({source} as timestamp)", instant(T, rules.tz), None)


def _amount_from_number(column: Column, source: str) -> Typed:
    digits = 4 if column.type == "money" else 6
    rounded = f"round({T}, {digits})"
    value = f"case when abs({T} - {rounded}) < 1e-9 then try_cast({rounded} as {column.duckdb_type}) end"
    code = "not_an_amount" if column.type == "money" else "not_a_share"
    return Typed(source, value, f"case when {T} is not null and {V} is null then '{code}' end")


def _with_limits(column: Column, base: Typed) -> Typed:
    value = base.value
    if column.key_default is not None:
        value = f"coalesce({value}, {literal(column.key_default)}::{column.duckdb_type})"
    checks = [base.reason] if base.reason else []
    if column.required and column.key_default is None:
        checks.append(
            f"case when {V} is null then '{'missing_key' if column.primary_key else 'missing_value'}' end"
        )
    if column.minimum is not None:
        checks.append(f"case when {V} < {column.minimum} then 'below_minimum' end")
    if column.exclusive_minimum is not None:
        checks.append(f"case when {V} <= {column.exclusive_minimum} then 'below_minimum' end")
    reason = None
    if checks:
        # The first that holds: a value with a reason of its own is not called missing as well.
        reason = checks[0] if len(checks) == 1 else f"coalesce({', '.join(checks)})"
    return Typed(base.text, value, reason, base.parsed)
