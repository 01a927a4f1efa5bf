"""SQL that types one value by its contract type (contract §0.1): the value, or the reason it has none.

A value that breaks its type is never coerced: `value` is NULL and `reason` names the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from contracts.model import Column
from pipelines.ingestion.schema import literal
from pipelines.ingestion.zones import instant

UNKNOWN = "__unknown__"
T, P, V, U = "$t", "$p", "$v", "$u"
INTEGERS = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
}  # fmt: skip
FLOATS = {"FLOAT", "DOUBLE"}
NUMBERS = INTEGERS | FLOATS | {"DECIMAL"}

# Blank, TAB, line breaks, the no-break space and the full-width space of Chinese exports.
BLANKS = " \t\r\n\u00a0\u3000"
UNTRIMMED = f"'^[{BLANKS}]|[{BLANKS}]$'"
# What spreadsheets guard a value with: ="00123", a leading ' or `.
GUARDS = "`='\""
GUARDED = f"""'^[{BLANKS}`='']|[{BLANKS}"]$'"""
# Most values are written plainly. One cheap look tells, and the dear rules see only the rest.
PLAIN_ID = r"'^[0-9A-Za-z][0-9A-Za-z_:/#-]{0,63}$'"
PLAIN_QTY = {".": r"'^-?[0-9]{1,14}(\.0*)?$'", ",": r"'^-?[0-9]{1,14}(,0*)?$'"}
PLAIN_MONEY = {".": r"'^-?[0-9]{1,14}(\.[0-9]{1,4})?$'", ",": r"'^-?[0-9]{1,14}(,[0-9]{1,4})?$'"}
# Thousands are apart by commas, where those are no decimals by points, blanks or apostrophes.
THOUSANDS = {".": ",", ",": ". \u00a0\u202f''"}
CURRENCY = {
    "CNY": "￥|¥|元|CNY|RMB", "JPY": "￥|¥|円|JPY", "USD": r"\$|US\$|USD", "EUR": "€|EUR", "GBP": "£|GBP",
    "HKD": r"HK\$|\$|HKD", None: "￥|¥|元|CNY|RMB",
}  # fmt: skip
# A cell whose formula failed.
ERROR_CELL = r"'^#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|GETTING_DATA)$'"
EPOCHS = {"epoch_s": (r"'^\d{10}$'", 1_000_000), "epoch_ms": (r"'^\d{13}$'", 1_000)}
# Instants that mean "none" in real exports.
NO_INSTANT = r"""'^[\s`=''"]*(1970-01-01|0000-00-00|2099-)'"""
# A year of two digits is not guessed at: read with %Y it is one of antiquity.
FIRST_INSTANT = "timestamp '1900-01-01'"
ISO_INSTANT = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%d",
)
OFFSET = r"'^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|[+-]\d{2}(:?\d{2})?)$'"


@dataclass(frozen=True)
class Typed:
    """SQL in steps, so that nothing is computed twice; each step names the ones before it.

    `text` cleans the source expression and is `$t`; `parsed`, where there is one, is `$p`; `value`
    is the typed value, `$v`; `reason` tells why there is none (None where it cannot fail). `look`,
    where there is one, tells of the source `$t` whether it is written plainly, and is `$o`. `$u` is what
    the unit of a quantity comes to in base units, `{n, d}`, or NULL.
    """

    text: str
    value: str
    reason: str | None
    parsed: str | None = None
    look: str | None = None


@dataclass(frozen=True)
class Rules:
    """How a source writes its values, as its mapping declares it."""

    tz: str
    formats: Sequence[str] = ()
    enum_map: Mapping[str, str] | None = None
    decimal: str = "."  # or a comma: 1.234,50
    currency: str | None = None  # its sign or code may stand at an amount, no other
    has_unit: bool = False  # it is counted in, or priced for, a unit of its own


def typed(column: Column, source: str, source_type: str, rules: Rules) -> Typed:
    """SQL for `source`, an expression of DuckDB type `source_type`, as a value of `column`."""
    return with_limits(column, by_rules(column, source, source_type, rules))


def by_rules(column: Column, source: str, source_type: str, rules: Rules) -> Typed:
    """The same without what the contract asks of the column beside its type."""
    kind = source_type.split("(")[0].strip().upper()
    if kind == "VARCHAR" or (column.type == "enum"):
        return _from_text(column, source if kind == "VARCHAR" else f"cast({source} as varchar)", rules)
    if rules.has_unit:
        return _from_text(column, f"cast({source} as varchar)", replace(rules, decimal="."))
    return _from_type(column, source, kind, rules)


def _from_text(column: Column, source: str, rules: Rules) -> Typed:
    text = _trimmed(column.type, source)
    match column.type:
        case "id":
            return Typed(text, T, _id_reason())
        case "text":
            return Typed(text, T, f"case when contains({T}, chr(0)) then 'control_character' end")
        case "json":
            return Typed(text, T, f"case when {T} is not null and not json_valid({T}) then 'not_json' end")
        case "enum":
            return _enum(column, text, rules.enum_map or {})
        case "qty":
            return _qty_of_unit(text, rules) if rules.has_unit else _qty(text, rules)
        case "money":
            return _price_of_unit(text, rules) if rules.has_unit else _money(text, rules)
        case "rate":
            return _or_reason(text, _rate(), "not_a_share", _pointed(rules))
        case "number":
            return _or_reason(text, _number(), "not_a_number", _pointed(rules))
        case "int":
            point = "," if rules.decimal == "," else r"\."
            whole = rf"regexp_matches({T}, '^[+-]?\d+({point}0+)?$')"
            digits = rf"regexp_replace({T}, '{point}0+$', '')"
            return _or_reason(text, f"case when {whole} then try_cast({digits} as bigint) end", "not_a_whole_number")
        case "bool":
            return _or_reason(text, _bool(), "not_yes_or_no")
        case "time":
            clock = rf"regexp_matches({T}, '^\d{{1,2}}:\d{{2}}(:\d{{2}})?$')"
            return _or_reason(text, f"case when {clock} then try_cast({T} as time) end", "not_a_time")
        case "ts":
            return _instant(text, rules)
        case "date":
            return _date(text, rules)
    raise AssertionError(column.type)


def _or_reason(text: str, value: str, reason: str, parsed: str | None = None) -> Typed:
    """`value`, or `reason` where there is a text that has none."""
    return Typed(text, value, f"case when {T} is not null and {V} is null then '{reason}' end", parsed)


def _trimmed(kind: str, source: str) -> str:
    tidy = f"nullif(trim({source}, '{BLANKS}'), '')"
    if kind in ("text", "json"):
        return f"case when regexp_matches({source}, {UNTRIMMED}) then {tidy} else nullif({source}, '') end"
    wrapped = f"starts_with({tidy}, '=\"') and ends_with({tidy}, '\"')"
    bare = f"case when {wrapped} then {tidy}[3:-2] else {tidy} end"
    unguarded = f"nullif(trim(ltrim({bare}, {literal(chr(96) + chr(39))}), '{BLANKS}'), '')"
    if kind != "id":
        trimmed = f"case when regexp_matches({source}, {GUARDED}) then {unguarded} else nullif({source}, '') end"
        if kind not in ("ts", "date"):
            return trimmed
        return f"case when not regexp_matches({source}, {NO_INSTANT}) then {trimmed} end"
    return f"case when regexp_matches({source}, {PLAIN_ID}) then {source} else {unguarded} end"


def trimmed_id(source: str) -> str:
    """SQL for a code as ids are read: without blanks and what spreadsheets guard it with."""
    return _trimmed("id", f"cast({source} as varchar)")


def _id_reason() -> str:
    return (
        f"case when regexp_matches({T}, {PLAIN_ID}) then null "
        f"when length({T}) > 64 then 'id_too_long' "
        rf"when regexp_matches({T}, '[\x00-\x1f\x7f]') then 'control_character' "
        rf"when regexp_matches({T}, '^\d+\.0$') then 'float_id' "
        # A key put together from a damaged one is damaged too.
        rf"when regexp_matches({T}, '(^|[^0-9A-Za-z.])\d(\.\d+)?E\+\d+($|[^0-9A-Za-z])') then 'excel_mangled_id' "
        rf"when regexp_matches({T}, '(^|[^0-9A-Za-z.])\d(\.\d+)?e\+\d+($|[^0-9A-Za-z])') then 'excel_truncated_id' "
        rf"when regexp_matches({T}, {ERROR_CELL}) then 'error_cell' end"
    )


def _enum(column: Column, text: str, enum_map: Mapping[str, str]) -> Typed:
    # Values of the map are checked against the closed list when the mapping is loaded.
    # One by one: of a long list the engine makes a join, which it does for all rows and cannot leave out.
    meant = dict(enum_map) | {value: value for value in column.values if value not in enum_map}
    cases = " ".join(f"when {T} = {literal(written)} then {literal(value)}" for written, value in meant.items())
    unknown = "null" if column.hard else literal(UNKNOWN)
    value = f"case when {T} is null then null {cases} else {unknown} end"
    return _or_reason(text, value, "unknown_value") if column.hard else Typed(text, value, None)


def _plain(looks_plain: Mapping[str, str], rules: Rules) -> str:
    """SQL for a number as exports write it, made plain; NULL for what is none.

    1,234.50 -3.00 (3.00) 3.00- ￥3.00 3.00元: one sign, and thousands apart only where they are.
    """
    point, apart = f"[{rules.decimal}]", f"[{THOUSANDS[rules.decimal]}]"
    mark = f"(?:{CURRENCY.get(rules.currency, rules.currency)})"
    digits = rf"(?:(?:\d{{1,3}}(?:{apart}\d{{3}})+|\d+)(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
    signed = rf"[+-]?(?:{mark} ?)?{digits}|{mark} ?-{digits}|\((?:{mark} ?)?{digits}\)|(?:{mark} ?)?{digits}-"
    written = rf"'^(?:{signed})(?: ?{mark})?$'"
    negative = rf"'^\(|^(?:{mark})? ?-|-(?: ?{mark})?$'"
    found = rf"regexp_extract({T}, '[0-9{rules.decimal}][0-9.,{THOUSANDS[rules.decimal]}]*([eE][+-]?[0-9]+)?')"
    together = f"regexp_replace({found}, '{apart}', '', 'g')"
    sign = f"case when regexp_matches({T}, {negative}) then '-' else '' end"
    plain, pointed = T, together
    if rules.decimal == ",":
        plain, pointed = f"replace({T}, ',', '.')", f"replace({together}, ',', '.')"
    return (
        f"case when regexp_matches({T}, {looks_plain[rules.decimal]}) then {plain} "
        f"when regexp_matches({T}, {written}) then {sign} || {pointed} end"
    )


def _pointed(rules: Rules) -> str:
    """SQL for a number without thousands, with a point before its decimals."""
    if rules.decimal == ".":
        return T
    return f"case when not contains({T}, '.') then replace({T}, ',', '.') end"


def amount(source: str, rules: Rules) -> str:
    """SQL for an amount of money in the text `source`, typed as the contract does; NULL where there is none."""
    money = _money(f"trim({source}, '{BLANKS}')", rules)
    return money.value.replace(P, money.parsed).replace(T, money.text)


def _qty(text: str, rules: Rules) -> Typed:
    whole = rf"regexp_matches({P}, '^-?(\d+(\.0*)?|\.0+)$')"
    reason = (
        f"case when {T} is null or {V} is not null then null when {whole} then 'out_of_range' "
        rf"when regexp_matches({P}, '^-?(\d+(\.\d*)?|\.\d+)$') then 'fractional_units' else 'not_a_quantity' end"
    )
    return Typed(text, f"case when {whole} then try_cast({P} as decimal(18, 4)) end", reason, _plain(PLAIN_QTY, rules))


def _qty_of_unit(text: str, rules: Rules) -> Typed:
    """A quantity times its factor, in whole numbers: half a box of twelve is six, a third of ten refused."""
    written = rf"regexp_matches({P}, '^-?(\d+(\.\d*)?|\.\d+)$')"
    exact = rf"regexp_matches({P}, '^-?(\d{{1,14}}(\.\d{{0,9}}0*)?|\.\d{{1,9}}0*)$')"
    scaled = f"cast(try_cast({P} as decimal(38, 9)) * 1000000000 as hugeint) * {U}.n"
    scale = f"({U}.d * 1000000000::hugeint)"
    whole = f"{exact} and ({scaled}) % {scale} = 0"
    reason = (
        f"case when {T} is null or {V} is not null then null when {P} is null or not {written} then 'not_a_quantity' "
        f"when {U} is null then 'unknown_unit' when {whole} then 'out_of_range' else 'fractional_units' end"
    )
    value = f"case when {U} is not null and {whole} then try_cast(({scaled}) // {scale} as decimal(18, 4)) end"
    return Typed(text, value, reason, _plain(PLAIN_QTY, rules))


def _price_of_unit(text: str, rules: Rules) -> Typed:
    """The price of one base unit, rounded to the four decimals that are kept."""
    money = _money(text, rules)
    scaled = f"cast(({money.value}) * 10000 as hugeint)"
    rounded = f"sign({scaled}) * ((2 * abs({scaled}) * {U}.d + {U}.n) // (2 * {U}.n))"
    value = f"try_cast(cast({rounded} as decimal(38, 0)) * 0.0001 as decimal(18, 4))"
    reason = (
        f"case when {T} is null or {V} is not null then null when ({money.value}) is null then 'not_an_amount' "
        f"when {U} is null then 'unknown_unit' else 'out_of_range' end"
    )
    return Typed(text, value, reason, money.parsed)


def _money(text: str, rules: Rules) -> Typed:
    # Four decimals are kept; what floats leave beyond them is residue only if it is nought.
    exact = rf"regexp_matches({P}, '^-?(\d+(\.\d{{0,4}}0*)?|\.\d{{1,4}}0*)$')"
    tiny = rf"regexp_matches({P}, '[eE]-\d+$') and abs(try_cast({P} as double)) < 0.00005"
    rounded = f"round(try_cast({P} as double), 4)"
    residue = rf"regexp_matches({P}, '^-?\d*\.\d+$') and abs(try_cast({P} as double) - {rounded}) < 1e-9"
    value = (
        f"case when {exact} then try_cast({P} as decimal(18, 4)) when {tiny} then cast(0 as decimal(18, 4)) "
        f"when {residue} then try_cast({rounded} as decimal(18, 4)) end"
    )
    return _or_reason(text, value, "not_an_amount", _plain(PLAIN_MONEY, rules))


def _rate() -> str:
    percent = rf"regexp_matches({P}, '^[+-]?\d+(\.\d+)?%$')"
    share = rf"regexp_matches({P}, '^[+-]?(\d+(\.\d*)?|\.\d+)$') and abs(try_cast({P} as double)) <= 1"
    return (
        f"case when {percent} then try_cast(try_cast({P}[1:-2] as decimal(18, 8)) / 100 as decimal(9, 6)) "
        f"when {share} then try_cast({P} as decimal(9, 6)) end"
    )


def _number() -> str:
    written = rf"regexp_matches({P}, '^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$')"
    number = f"try_cast({P} as double)"
    return f"case when {written} and isfinite({number}) then {number} end"


def _bool() -> str:
    lowered = f"lower({T})"
    return (
        f"case when {lowered} in ('true', 't', 'y', 'yes', '1', '是') then true "
        f"when {lowered} in ('false', 'f', 'n', 'no', '0', '否') then false end"
    )


def _strptime(formats: Sequence[str]) -> str:
    return f"try_strptime({T}, [{', '.join(literal(item) for item in formats)}])"


def _instant(text: str, rules: Rules) -> Typed:
    formats = [item for item in rules.formats if item not in EPOCHS]
    epochs = [EPOCHS[item] for item in rules.formats if item in EPOCHS]
    value = f"case when {P} >= {FIRST_INSTANT} then {instant(P, rules.tz)}"
    if not rules.formats:
        together = rf"regexp_replace({T}, ' ([-+Z])', '\1')"  # the engine takes no blank before an offset
        value += f" when {P} is null and regexp_matches({T}, {OFFSET}) then try_cast({together} as timestamptz)"
    for digits, micros in epochs:
        utc = f"make_timestamp(cast({T} as bigint) * {micros})"
        value += f" when {P} is null and regexp_matches({T}, {digits}) then timezone('UTC', {utc})"
    if epochs:
        text = f"nullif({text}, '0')"
    parsed = _strptime(formats or ISO_INSTANT) if formats or not epochs else "cast(null as timestamp)"
    return _or_reason(text, value + " end", "not_an_instant", parsed)


def _date(text: str, rules: Rules) -> Typed:
    value = f"case when {P} >= {FIRST_INSTANT} then cast({P} as date) end"
    return _or_reason(text, value, "not_a_date", _strptime(rules.formats or ("%Y-%m-%d",)))


def _from_type(column: Column, source: str, kind: str, rules: Rules) -> Typed:
    """Typed Parquet is checked in its own types: turning it into text and back costs four times as much."""
    match column.type:
        case "id" | "text" | "json" if kind in INTEGERS | {"UUID", "BOOLEAN", "DATE"}:
            return Typed(source, f"cast({T} as varchar)", None)
        case "id" if kind in FLOATS:
            return _or_reason(source, "cast(null as varchar)", "float_id")
        case "qty" | "int" if kind in NUMBERS:
            return _whole(column, source, kind)
        case "money" | "rate" if kind in NUMBERS:
            return _amount(column, source, kind)
        case "number" if kind in NUMBERS:
            finite = f"isfinite(cast({T} as double))"
            return _or_reason(source, f"case when {finite} then cast({T} as double) end", "not_a_number")
        case "bool" if kind == "BOOLEAN":
            return Typed(source, T, None)
        case "ts" if kind == "TIMESTAMP WITH TIME ZONE":
            return Typed(source, f"case when not {_no_instant()} then {T} end", None)
        case "ts" if kind == "DATE" or kind.startswith("TIMESTAMP"):
            value = f"case when not {_no_instant()} then {instant(T, rules.tz)} end"
            return Typed(f"cast({source} as timestamp)", value, None)
        case "date" if kind == "DATE" or kind.startswith("TIMESTAMP"):
            value = f"case when not {_no_instant()} then cast({T} as date) end"
            return Typed(f"cast({source} as timestamp)", value, None)
    return _from_text(column, f"cast({source} as varchar)", rules)


def _no_instant() -> str:
    return f"(({T} >= '1970-01-01' and {T} < '1970-01-02') or ({T} >= '2099-01-01' and {T} < '2100-01-01'))"


def _whole(column: Column, source: str, kind: str) -> Typed:
    whole = "true" if kind in INTEGERS else f"{T} = trunc({T})"
    broken = "fractional_units" if column.type == "qty" else "not_a_whole_number"
    reason = f"case when {T} is null or {V} is not null then null when {whole} then 'out_of_range' else '{broken}' end"
    return Typed(source, f"case when {whole} then try_cast({T} as {column.duckdb_type}) end", reason)


def _amount(column: Column, source: str, kind: str) -> Typed:
    digits, broken = (4, "not_an_amount") if column.type == "money" else (6, "not_a_share")
    # An integer has nothing to round; a share above one is a percentage that does not say so.
    rounded = T if kind in INTEGERS else f"round({T}, {digits})"
    near = f"abs({T} - {rounded}) < 1e-9" if column.type == "money" else f"abs({T}) <= 1"
    return _or_reason(source, f"case when {near} then try_cast({rounded} as {column.duckdb_type}) end", broken)


def with_limits(column: Column, base: Typed) -> Typed:
    """Add what the contract asks of the column beside its type.

    A key part that is empty takes its default after these checks, so that one which is not empty
    but broken is not taken for it.
    """
    checks = [base.reason] if base.reason else []
    if column.required and column.key_default is None:
        is_key = column.primary_key or column.name == "source_system"
        # The source of a deleted row may tell no more of it than its key.
        missing = "'missing_key'" if is_key else "case when is_deleted is not true then 'missing_value' end"
        checks.append(f"case when {V} is null then {missing} end")
    if column.minimum is not None:
        checks.append(f"case when {V} < {column.minimum} then 'below_minimum' end")
    if column.exclusive_minimum is not None:
        checks.append(f"case when {V} <= {column.exclusive_minimum} then 'below_minimum' end")
    if column.pattern is not None:
        checks.append(f"case when not regexp_full_match({V}, {literal(column.pattern)}) then 'not_in_form' end")
    reason = None
    if checks:
        # The first that holds: a value with a reason of its own is not called missing as well.
        reason = checks[0] if len(checks) == 1 else f"coalesce({', '.join(checks)})"
    return replace(base, reason=reason)
