"""How a value is written that needs no rule of `typed`: one cheap look tells, and a cast is enough.

Most values of most exports are written so. Whatever passes the test of its type must come out of the
rules as the same value and without a reason, so that looking first changes nothing but the cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from contracts.model import Column
from pipelines.ingestion.schema import literal
from pipelines.ingestion.typed import BLANKS, GUARDS, Rules, T, Typed

LOOK = "$o"
EMPTY = Typed("cast(null as varchar)", "null", None)  # a column without any value
# Days that exist, of years in which no instant means "none".
DAY = "20[0-8][0-9]-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
OFFSET = "(?:Z|[+-](?:0[0-9]|1[0-3])(?::?[0-5][0-9])?)"
ID = r"[0-9A-Za-z\x{4e00}-\x{9fff}*][0-9A-Za-z\x{4e00}-\x{9fff}_:/#*-]*"
ISO_SECONDS = "%Y-%m-%d %H:%M:%S"
TRUE = ("true", "True", "TRUE", "1", "Y", "y", "是")
FALSE = ("false", "False", "FALSE", "0", "N", "n", "否")


@dataclass(frozen=True)
class Plain:
    """SQL that tells whether the text `$t` is written plainly, and its value then.

    `parsed` stands for the step of that name in `typed`. Without `value`, the value is the one of the rules.
    """

    test: str
    value: str | None
    parsed: str | None = None
    is_cheaper: bool = True  # than the rules, for a single value


def plain_forms(column: Column, rules: Rules) -> list[Plain]:
    """The plain forms of a column's values, each of which may be the one of them all; the most usual first."""
    form = _plain(column, rules)
    if column.type == "ts" and not rules.formats:
        return [form, Plain(_matches(f"{DAY}[ T]{CLOCK}{OFFSET}"), f"cast({T} as timestamptz)", is_cheaper=False)]
    return [form] if form else []


def _plain(column: Column, rules: Rules) -> Plain | None:
    pointed = rules.decimal == "."
    match column.type:
        case "id":
            return Plain(f"(strlen({T}) <= 64 and {_matches(ID)})", T)
        case "text":
            return Plain(rf"not regexp_matches({T}, '^[{BLANKS}]|[{BLANKS}]$|\x00')", T, is_cheaper=False)
        case "enum":
            return _enum(column, rules)
        case "qty":
            return _number(r"-?[0-9]{1,14}(\.0{0,4})?" if pointed else "-?[0-9]{1,14}", "decimal(18, 4)")
        case "money":
            return _number(r"-?[0-9]{1,14}(\.[0-9]{1,4})?" if pointed else "-?[0-9]{1,14}", "decimal(18, 4)")
        case "rate":
            return _number(r"-?0(\.[0-9]{1,6})?|1(\.0{1,6})?" if pointed else "0|1", "decimal(9, 6)")
        case "number":
            return _number(r"-?[0-9]{1,15}(\.[0-9]{1,15})?" if pointed else "-?[0-9]{1,15}", "double")
        case "int":
            return _number("-?[0-9]{1,18}", "bigint")
        case "bool":
            yes, either = (", ".join(map(literal, values)) for values in (TRUE, TRUE + FALSE))
            return Plain(f"{T} in ({either})", f"{T} in ({yes})")
        case "ts" if not rules.formats or rules.formats[0] == ISO_SECONDS:
            clock = f" {CLOCK}" if rules.formats else f"(?:[ T]{CLOCK})?"
            return Plain(_matches(DAY + clock), None, f"cast({T} as timestamp)")
        case "date" if not rules.formats or rules.formats[0] == "%Y-%m-%d":
            return Plain(_matches(DAY), f"cast({T} as date)")
    return None


def _enum(column: Column, rules: Rules) -> Plain:
    # The rules do not see a key of the map as it is if they take blanks and guards off it.
    codes = [code for code in rules.enum_map or {} if code.strip(BLANKS + GUARDS) == code]
    known = ", ".join(map(literal, dict.fromkeys([*codes, *column.values])))
    return Plain(f"{T} in ({known})", None if rules.enum_map else T)


def _matches(pattern: str) -> str:
    return f"regexp_full_match({T}, '{pattern}')"


def _number(pattern: str, kind: str) -> Plain:
    return Plain(_matches(pattern), f"cast({T} as {kind})")


def typed_plainly(base: Typed, form: Plain, source: str) -> Typed:
    """What `base` comes to where every value of `source` is written plainly, or empty."""
    return Typed(f"nullif({source}, '')", form.value or base.value, None, form.parsed)


def typed_by_look(base: Typed, form: Plain, source: str) -> Typed:
    """`base` with its rules only for the values that `LOOK` does not find to be written plainly."""
    text = f"case when {LOOK} then {source} else {base.text} end"
    reason = f"case when not {LOOK} then {base.reason} end" if base.reason else None
    value, parsed = base.value, base.parsed
    if form.value is not None:
        value = f"case when {LOOK} then {form.value} else {base.value} end"
        parsed = f"case when not {LOOK} then {base.parsed} end" if base.parsed else None
    if form.parsed is not None:
        parsed = f"case when {LOOK} then {form.parsed} else {base.parsed} end"
    return Typed(text, value, reason, parsed, form.test)


def looks(
    connection: duckdb.DuckDBPyConnection, sources: dict[str, str], forms: dict[str, list[Plain]], rows: str
) -> dict[str, Plain | None]:
    """By column name, the form that all of its values in `rows` have; None where it has no value."""
    asked = [(name, form) for name, some in forms.items() for form in some]
    if not asked:
        return {}
    found = ", ".join(
        f"bool_and({form.test.replace(T, sources[name])}) filter ({sources[name]} <> '')" for name, form in asked
    )
    looks = zip(asked, connection.execute(f"select {found} from {rows}").fetchone(), strict=True)
    return {
        name: form if is_plain else None for (name, form), is_plain in reversed(list(looks)) if is_plain is not False
    }
