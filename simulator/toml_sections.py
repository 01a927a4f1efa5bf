"""Reads TOML tables into frozen dataclasses; whatever does not fit is one clear error naming file and key."""

import dataclasses
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

__all__ = ["ParameterError", "read_document", "section", "sections", "within"]


class ParameterError(ValueError):
    """A world file is wrong. The message names the file and the key, what was found and what to write."""


def within(low: float | None = None, high: float | None = None, default: Any = dataclasses.MISSING, choices=(), size=0):
    """A dataclass field whose value (or each of its values) lies in `low` … `high` or among `choices`.

    `size` is the number of values a tuple must hold, 0 for any. Without a default the key is required.
    """
    return dataclasses.field(default=default, metadata={"low": low, "high": high, "choices": choices, "size": size})


def read_document(path: Path) -> dict[str, Any]:
    """The tables of `path`, laid over those of the file that its key `based_on` names.

    A table of the file replaces single keys of the table below it; an array of tables replaces the whole array.

    Raises
    ------
    ParameterError
        If a file is missing, is no TOML, or the files are based on each other in a ring.
    """
    return _read(Path(path), ())


def _read(path: Path, above: tuple[Path, ...]) -> dict[str, Any]:
    path = path.resolve()
    if path in above:
        raise ParameterError(f"{path}: based_on leads back to this file; remove it here or in {above[-1].name}")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ParameterError(f"{path}: no such file; name a world file such as simulator/worlds/small.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path}: not readable as TOML: {error}; mend the file") from None
    based_on = document.pop("based_on", None)
    if based_on is None:
        return document
    if not isinstance(based_on, str):
        raise ParameterError(f"{path}: based_on: found {based_on!r}; write the name of a file beside this one")
    below = _read(path.parent / based_on, (*above, path))
    for key, value in document.items():
        below[key] = {**below[key], **value} if isinstance(value, dict) and isinstance(below.get(key), dict) else value
    return below


def section(kind: type, values: Any, place: str) -> Any:
    """`values` as a `kind`; `place` (file and table) leads every message."""
    if not isinstance(values, dict):
        raise ParameterError(f"{place}: found {values!r}; write a table of keys")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in values:
        if key not in fields:
            raise ParameterError(f"{place} {key}: unknown key; the keys are {', '.join(fields)}")
    for name, field in fields.items():
        if name not in values and field.default is dataclasses.MISSING:
            raise ParameterError(f"{place} {name}: missing; add it")
    hints = get_type_hints(kind)
    return kind(**{key: _value(hints[key], fields[key], value, f"{place} {key}") for key, value in values.items()})


def sections(kind: type, values: Any, place: str) -> tuple:
    """An array of tables as a tuple of `kind`, numbered from 1 in messages."""
    if not isinstance(values, list) or not values:
        raise ParameterError(f"{place}: found {values!r}; write at least one table of this name in double brackets")
    return tuple(section(kind, value, f"{place} {number}") for number, value in enumerate(values, 1))


def _value(hint: Any, field: dataclasses.Field, value: Any, place: str) -> Any:
    if get_origin(hint) is not tuple:
        return _single(hint, field, value, place)
    size = field.metadata.get("size", 0)
    if not isinstance(value, list) or (size and len(value) != size):
        raise ParameterError(f"{place}: found {value!r}; write a list of {size or 'any number of'} values")
    return tuple(_single(get_args(hint)[0], field, entry, place) for entry in value)


def _single(hint: type, field: dataclasses.Field, value: Any, place: str) -> Any:
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint:
        raise ParameterError(f"{place}: found {value!r}; write a value of type {hint.__name__}")
    low, high, choices = (field.metadata.get(key) for key in ("low", "high", "choices"))
    if low is not None and not value >= low:
        raise ParameterError(f"{place}: found {_plain(value)}; must be at least {_plain(low)}")
    if high is not None and not value <= high:
        raise ParameterError(f"{place}: found {_plain(value)}; must be at most {_plain(high)}")
    if choices and value not in choices:
        raise ParameterError(f"{place}: found {value!r}; must be one of {', '.join(choices)}")
    return value


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else repr(value)
