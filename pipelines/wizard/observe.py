"""What the values of an unknown file look like, column by column; judged by the rules that will type them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import duckdb

from contracts.model import COMMON_COLUMNS, Column
from contracts.profile import Profile
from contracts.types import DUCKDB_TYPES, LOGICAL_TYPES
from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.personal import REACHES, is_personal
from pipelines.ingestion.readers.relation import LINE
from pipelines.ingestion.reading.limits import Limits
from pipelines.ingestion.reading.reader import Reader
from pipelines.ingestion.schema import literal, quote
from pipelines.ingestion.stage import staged
from pipelines.ingestion.typed import CURRENCY, P, Rules, T, Typed, V, typed
from pipelines.wizard.dates import FORMATS, ISO, WITH_OFFSET, Dates, dates_of

SAMPLE_ROWS = 20_000
SAMPLE_VALUES = 2_000  # different ones of a column
# Types a value either is or is not; for the others a value of any kind will do.
JUDGED = ("id", "qty", "money", "rate", "int", "number", "bool", "time", "json")
REACHES_A_PERSON = 0.5
NUMBERED = r"^[#A-Za-z]{0,12}[-_/#]?[0-9][0-9/_-]*$"
SERIAL_DAYS = (20_000, 80_000)  # 1954 to 2119


@dataclass(frozen=True)
class Proposed(Delivery):
    """A file that no mapping names, to be read by a profile that is only proposed."""

    proposed: Profile = field(default_factory=lambda: Profile(format="csv"))

    @cached_property
    def profile(self) -> Profile:
        return self.proposed


@dataclass(frozen=True)
class Observed:
    """A source column: share of rows filled, share of different values that are of each contract type."""

    name: str
    kind: str
    filled: float
    distinct: int
    fits: dict[str, float]
    dates: Dates
    words: tuple[str, ...]  # the values, if there are few
    examples: tuple[str, ...]
    is_personal: bool
    is_unique: bool
    is_numbered: bool  # every value is a number with letters before it, as documents have

    def fit(self, column: Column) -> float:
        """Share of the different values that are of the column's type."""
        if column.type in ("ts", "date"):
            return self.dates.share if self.kind == "VARCHAR" else float(self.kind.startswith(("TIMESTAMP", "DATE")))
        return self.fits.get(column.type, 1.0)


@dataclass(frozen=True)
class File:
    """An unknown file as it was read: its profile, its rows, its columns and how it writes amounts."""

    path: Path
    profile: Profile
    rows: int
    stated: tuple[str, ...]
    columns: tuple[Observed, ...]
    decimal: str
    decimal_is_certain: bool
    currency: str | None

    def column(self, name: str) -> Observed:
        return next(column for column in self.columns if column.name == name)


@contextmanager
def observed(
    connection: duckdb.DuckDBPyConnection, path: Path, profile: Profile, limits: Limits | None = None
) -> Iterator[File]:
    """Read the file into the scratch table `staged`, for as long as the context, and look at its columns.

    Raises
    ------
    DeliveryRefusedError
        If it cannot be read by the profile.
    """
    unread = Proposed(path, profile.format, "", (), None, None, "proposed", "0", None, proposed=profile)
    with Reader(limits) as reader, staged(connection, unread, reader) as source:
        names = list(source.types)
        _gather(connection, names)
        decimal, certain = _decimal(connection, source.types)
        rules = Rules("UTC", decimal=decimal, currency=_currency(connection, decimal))
        columns = _columns(connection, source.types, rules, profile.format)
        yield File(path, profile, source.rows, tuple(source.stated), columns, decimal, certain, rules.currency)


def _gather(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    texts = ", ".join(f"cast({quote(name)} as varchar) as {quote(name)}" for name in names)
    connection.execute(
        f"""create or replace temp table seen as
            select name, value, count(*)::bigint as rows
            from (unpivot (select {texts} from staged order by {LINE} limit {SAMPLE_ROWS})
                on {", ".join(map(quote, names))} into name name value value)
            where trim(value, ' \t\r\n\u00a0\u3000') <> '' group by all"""
    )
    connection.execute(
        f"""create or replace temp table looked_at as from seen
            qualify row_number() over (partition by name order by hash(value), value) <= {SAMPLE_VALUES}"""
    )


def _share(connection: duckdb.DuckDBPyConnection, tests: dict[str, str | Typed]) -> dict[str, dict[str, float]]:
    """Per source column, the share of its different values for which each test holds: SQL, or a type's own rules."""
    cells = {key: cell for key, cell in tests.items() if isinstance(cell, Typed)}
    texts = "".join(f", {cell.text} as {quote('t_' + key)}" for key, cell in cells.items())
    parsed = "".join(
        f", {_named(cell.parsed, key)} as {quote('p_' + key)}" for key, cell in cells.items() if cell.parsed
    )
    values = "".join(f", {_named(cell.value, key)} as {quote('v_' + key)}" for key, cell in cells.items())
    held = {key: test if isinstance(test, str) else _holds(test, key) for key, test in tests.items()}
    shares = ", ".join(f"avg(coalesce({sql}, false)::int) as {quote(key)}" for key, sql in held.items())
    # Planning so many expressions well costs far more than it saves on a few thousand values.
    connection.execute("pragma disable_optimizer")
    try:
        rows = connection.execute(
            f"""with texts as (select name, value {texts} from looked_at), parsed as (select * {parsed} from texts),
                typed as (select * {values} from parsed) select name, {shares} from typed group by name"""
        ).fetchall()
    finally:
        connection.execute("pragma enable_optimizer")
    return {row[0]: dict(zip(held, row[1:], strict=True)) for row in rows}


def _named(sql: str, key: str) -> str:
    return sql.replace(T, quote("t_" + key)).replace(P, quote("p_" + key)).replace(V, quote("v_" + key))


def _holds(cell: Typed, key: str) -> str:
    reason = f"({_named(cell.reason, key)}) is null and " if cell.reason else ""
    return f"{reason}{quote('v_' + key)} is not null"


def _decimal(connection: duckdb.DuckDBPyConnection, types: dict[str, str]) -> tuple[str, bool]:
    """The sign before the cents: the one by which more columns are amounts. Alike, and `1,234` is left open."""
    rules = {sign: Rules("UTC", decimal=sign, currency=None) for sign in ".,"}
    tests: dict[str, str | Typed] = {sign: _is_of("money", rule) for sign, rule in rules.items()}
    tests["open"] = r"regexp_matches(trim(value), '^-?\d{1,3}[.,]\d{3}$')"
    shares = [share for name, share in _share(connection, tests).items() if types[name] == "VARCHAR"]
    points = sum(share["."] > share[","] and share["."] > 0.9 for share in shares)
    commas = sum(share[","] > share["."] and share[","] > 0.9 for share in shares)
    if points == commas:
        return ".", points == 0 and not any(share["open"] > 0.5 for share in shares)
    return ("," if commas > points else "."), min(points, commas) == 0


def _currency(connection: duckdb.DuckDBPyConnection, decimal: str) -> str | None:
    """The currency whose sign stands at amounts that are none without it."""
    tests = {code: _is_of("money", Rules("UTC", decimal=decimal, currency=code)) for code in CURRENCY if code}
    bare = _is_of("money", Rules("UTC", decimal=decimal, currency="XXX"))
    shares = _share(connection, tests | {"bare": bare})
    gained = {code: sum(max(0.0, s[code] - s["bare"]) for s in shares.values() if s[code] > 0.9) for code in tests}
    best = max(gained, key=gained.get)
    return best if gained[best] > 0 else None


def _column_of(kind: str) -> Column:
    known = next((column for column in COMMON_COLUMNS if column.type == kind), COMMON_COLUMNS[0])
    types = {"type": kind, "logical_type": LOGICAL_TYPES[kind], "physical_type": DUCKDB_TYPES[kind]}
    return known.model_copy(update=types | {"name": "value", "required": False, "personal": None})


def _is_of(kind: str, rules: Rules) -> Typed:
    """How the text `value` is typed as a contract type."""
    return typed(_column_of(kind), "value", "VARCHAR", rules)


def _columns(
    connection: duckdb.DuckDBPyConnection, types: dict[str, str], rules: Rules, format: str
) -> tuple[Observed, ...]:
    tests: dict[str, str | Typed] = {kind: _is_of(kind, rules) for kind in JUDGED}
    tests |= {f"date {item}": f"try_strptime(trim(value), {literal(item)}) is not null" for item in FORMATS}
    offset = WITH_OFFSET.replace("$value", "trim(value)")
    tests |= {f"date {ISO}": _is_of("ts", Rules("UTC")), "date offset": offset}
    tests |= {"date epoch_s": r"regexp_matches(trim(value), '^1\d{9}$')",
              "date epoch_ms": r"regexp_matches(trim(value), '^1\d{12}$')"}  # fmt: skip
    if format == "xlsx":
        low, high = SERIAL_DAYS
        tests["date serial"] = f"try_cast(value as double) between {low} and {high}"
    tests["numbered"] = f"regexp_matches(trim(value), {literal(NUMBERED)})"
    tests["reaches"] = f"regexp_matches(value, {literal('|'.join(REACHES))})"
    shares = _share(connection, tests)
    facts = {name: facts for name, *facts in connection.execute(
        """select name, sum(rows)::bigint, count(*), list(value order by rows desc, value)[:40],
            sum(rows) = count(*) from seen group by name"""
    ).fetchall()}  # fmt: skip
    (rows,) = connection.execute(f"select least(count(*), {SAMPLE_ROWS}) from staged").fetchone()
    return tuple(
        _observed(name, kind, shares.get(name, {}), facts.get(name, (0, 0, [], False)), rows)
        for name, kind in types.items()
    )


def _observed(name: str, kind: str, shares: dict[str, float], facts: Sequence, rows: int) -> Observed:
    filled, distinct, words, unique = facts
    dates = {test.removeprefix("date "): share for test, share in shares.items() if test.startswith("date ")}
    reaches = shares.get("reaches", 0.0) >= REACHES_A_PERSON and not is_number_of_things(name)
    # Some systems call the number of a document its name.
    numbered = shares.get("numbered", 0.0) >= 0.98
    return Observed(
        name=name,
        kind=kind.split("(")[0],
        filled=filled / rows if rows else 0.0,
        distinct=distinct,
        fits={test: shares[test] for test in JUDGED if test in shares},
        dates=dates_of(dates),
        words=tuple(words) if distinct <= 40 else (),
        examples=tuple(word[:40] for word in words[:2]),
        is_personal=reaches or (is_personal(name) and not (numbered and name.strip().casefold() == "name")),
        is_unique=bool(unique) and filled == rows,
        is_numbered=numbered,
    )


def is_number_of_things(name: str) -> bool:
    """Whether a name says that its digits number a document: an order's may look like a telephone's."""
    from contracts.vocabulary import plain

    words = plain(name)
    return any(sign in words for sign in ("单号", "编号", "编码", "流水", "条码")) or bool(
        {"id", "number", "sku", "barcode", "ean", "order"} & set(words.split())
    )
