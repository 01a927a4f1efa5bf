"""Personal data stay at the door: dropped, replaced by a keyed hash, or taken out of free text.

A contract says of each column that holds a person whether it is dropped or hashed. The hash is an HMAC-SHA256
with the workspace's own key, so that one person is one value everywhere in a workspace and nobody without the
key can try phone numbers until one fits. What people type into free text is searched for numbers that reach
them. The same rules clean what quarantine keeps of a row.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import threading
from collections.abc import Callable, Sequence

import duckdb

from contracts.model import Column
from pipelines.ingestion.delivery import Delivery
from pipelines.ingestion.schema import literal

HASH_LENGTH = 32  # hexadecimal signs: 128 bits
BLANK = "***"
PROBE = "'supplyloop'"
BLOCK = 64  # bytes of a SHA-256 block

# Written so that Python and the engine read them alike (no look-around): a sign on either side is kept.
REACHES = (
    r"(^|[^0-9])(?:\+?(?:00)?86[- ]?)?1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}($|[^0-9])",  # mobile phone
    r"(^|[^0-9])\(?0[0-9]{2,3}\)?[- ]?[0-9]{7,8}($|[^0-9])",  # telephone
    r"(^|[^0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx]($|[^0-9A-Za-z])",  # identity card
    r"(^|[^0-9A-Za-z._%+-])[0-9A-Za-z._%+-]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+($|[^0-9A-Za-z-])",  # e-mail
)
AROUND = rf"\1{BLANK}\2"
WIDE, NARROW = "０１２３４５６７８９＋－＠", "0123456789+-@"

# Names of columns that hold a person, in the exports we know of.
PERSON = re.compile(
    r"(^|[^a-z])(receiver|consignee|recipient|buyer|customer|member|contact|billing|shipping|payer|payee|operator)"
    r"[_ ./]?(full[_ ]?|first[_ ]?|last[_ ]?|nick)?(name|nick|phone|mobile|tel(no|ephone)?|e?mail|address[12]?|street"
    r"|id[_ ]?(card|no)|company|zip|message|remark|memo|words?)\b"
    r"|^(name|full[_ ]?name|first[_ ]?name|last[_ ]?name|phone|mobile|tel|telephone|e?mail|address[12]?|street"
    r"|id[_ ]?card|remark|notes?|note attributes|buyer[_ ]?nick|open[_ ]?id)$"
    r"|姓名|收件人|收货人|联系人|寄件人|用户标识|买家|会员名|昵称|手机|电话|邮箱|地址|身份证|留言|交易对方|对方账[号户]|付款人|收款人",
    re.IGNORECASE,
)
# What may stand in a row that cannot be taken apart: codes, numbers, dates. Anything else could be a name.
CODE = re.compile(r"[0-9A-Za-z_.:/#+-]*[0-9][0-9A-Za-z_.:/#+ -]*|")


# Of two files that are loaded at once one writes down what the key is.
FIRST_USE = threading.Lock()


class NoKeyError(Exception):
    """The workspace's key is missing or is not the one its data were hashed with."""


def use_key(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Let what this connection loads be hashed with `key`."""
    padded = (key if len(key) <= BLOCK else hashlib.sha256(key).digest()).ljust(BLOCK, b"\0")
    for name, pad in (("personal_inner", 0x36), ("personal_outer", 0x5C)):
        block = bytes(byte ^ pad for byte in padded).hex()
        connection.execute(f"set variable {name} = from_hex('{block}')")


def kept(column: Column, value: str) -> str:
    """SQL for what is kept of `value`, typed by `column`."""
    if column.personal == "drop":
        return "null"
    if column.personal == "hash":
        return hashed(f"cast({value} as varchar)")
    if column.type in ("text", "json"):
        return without_reach(value)
    return value


def hashed(text: str) -> str:
    """SQL for the HMAC-SHA256 (RFC 2104) of `text` under the connection's key, shortened."""
    inner, outer = "getvariable('personal_inner')", "getvariable('personal_outer')"
    return f"left(sha256({outer} || from_hex(sha256({inner} || encode({text})))), {HASH_LENGTH})"


def require_key(connection: duckdb.DuckDBPyConnection) -> None:
    """See that the connection has the key that the warehouse's data were hashed with.

    Raises
    ------
    NoKeyError
        If it has none, or another.
    """
    (probe,) = connection.execute(f"select {hashed(PROBE)}").fetchone()
    if probe is None:
        raise NoKeyError("personal data are to be hashed and the connection has no key; open it with open_warehouse")
    with FIRST_USE:
        stored = connection.execute("select probe from control.personal_key").fetchone()
        if stored is None:
            connection.execute("insert into control.personal_key values (?)", [probe])
            return
    if stored[0] != probe:
        raise NoKeyError(
            "the key for personal data (personal.key, or SUPPLYLOOP_PERSONAL_KEY) is not the one this warehouse was "
            "loaded with. Put that one back; with another, members and operators would not match the stored ones."
        )


def without_reach(text: str) -> str:
    """SQL for `text` without numbers and addresses that reach a person."""
    narrow = f"translate({text}, {literal(WIDE)}, {literal(NARROW)})"
    cleaned = narrow
    for pattern in REACHES:
        # Twice: the sign between two numbers ends the first and begins the second.
        for _ in range(2):
            cleaned = f"regexp_replace({cleaned}, {literal(pattern)}, {literal(AROUND)}, 'g')"
    found = f"regexp_matches({narrow}, {literal('|'.join(REACHES))})"
    return f"case when {found} then {cleaned} else {text} end"


def cleaned(text: str) -> str:
    """`text` without numbers and addresses that reach a person, as `without_reach` does it in SQL."""
    narrow = text.translate(str.maketrans(WIDE, NARROW))
    if not any(re.search(pattern, narrow) for pattern in REACHES):
        return text
    for pattern in REACHES:
        for _ in range(2):
            narrow = re.sub(pattern, AROUND, narrow)
    return narrow


def without_values(message: str) -> str:
    """An engine's message without the values that it quotes."""
    return re.sub(r"'[^']*'", "'…'", message)


def is_personal(name: str) -> bool:
    """Whether a source column of this name holds a person."""
    return PERSON.search(name.strip()) is not None


def personal_columns(delivery: Delivery, names: Sequence[str]) -> set[str]:
    """The source columns among `names` that hold a person.

    The contract says so of the columns it knows or makes something of; of all others their name does.
    """
    persons, others = set(), set()
    for target, table in delivery.targets:
        for column in table.all_columns:
            read = {name for name in names if _reads(delivery, target.columns.get(column.name, ""), column.name, name)}
            (persons if column.personal else others).update(read)
    return persons | {name for name in names if name not in others and is_personal(name)}


def _reads(delivery: Delivery, expression: str, column: str, name: str) -> bool:
    """Whether the contract column is made of the source column `name`."""
    if delivery.file_mapping is None:
        return column.casefold() == name.casefold()
    plain = re.escape(name)
    return re.search(rf'"{plain}"|(?<![\w"]){plain}(?![\w"])', expression, re.IGNORECASE) is not None


def cleaner(delivery: Delivery, names: Sequence[str]) -> Callable[[str, bool], str]:
    """What turns a raw row of the delivery, whole or `torn`, into what may be kept of it.

    Of a file that holds no person it only looks for numbers that reach one. Of a torn row, which cannot be
    taken apart so that a name may stand anywhere in it, only codes, numbers and dates are left.
    """
    personal = personal_columns(delivery, names)
    if not personal:
        return lambda raw, torn: cleaned(raw)
    if delivery.format != "csv":
        leaves = {_leaf(name) for name in personal}
        others = {_leaf(name) for name in names} - leaves

        def is_person(name: str) -> bool:
            return name in leaves or (name not in others and is_personal(name))

        return lambda raw, torn: cleaned(_clean_json(raw, is_person))
    places = {place for place, name in enumerate(names) if name in personal}
    return lambda raw, torn: cleaned(_clean_csv(raw, None if torn else places, delivery))


def _clean_csv(raw: str, places: set[int] | None, delivery: Delivery) -> str:
    """The row without the cells at `places`; without places, only its codes."""
    profile = delivery.profile
    cells = _split(raw, profile.delimiter, profile.quote)
    around = f" \t{profile.prefix}"
    kept_cells = [
        cell if (CODE.fullmatch(cell.strip(around)) if places is None else place not in places or not cell) else BLANK
        for place, cell in enumerate(cells)
    ]
    return raw if kept_cells == cells else profile.delimiter.join(kept_cells)


def _split(raw: str, delimiter: str, quote: str) -> list[str]:
    if len(delimiter) > 1 or not quote:
        return raw.split(delimiter)
    try:
        return next(csv.reader([raw], delimiter=delimiter, quotechar=quote), [])
    except csv.Error:
        return raw.split(delimiter)


def _leaf(name: str) -> str:
    return name.rsplit(".", 1)[-1].casefold()


def _clean_json(raw: str, is_person: Callable[[str], bool]) -> str:
    try:
        return json.dumps(_without(json.loads(raw), is_person), ensure_ascii=False)
    except (ValueError, RecursionError):  # the latter of a thousand lists inside each other
        return " ".join(part if CODE.fullmatch(part) else BLANK for part in re.split(r'[\s,;:{}\[\]"]+', raw))


def _without(value: object, is_person: Callable[[str], bool]) -> object:
    if isinstance(value, dict):
        return {name: _blanked(name, inner, is_person) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, is_person) for inner in value]
    return value


def _blanked(name: str, inner: object, is_person: Callable[[str], bool]) -> object:
    if is_person(name.casefold()) and inner not in (None, ""):
        return BLANK
    return _without(inner, is_person)
