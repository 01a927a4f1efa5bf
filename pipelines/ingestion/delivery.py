"""A delivery: one file in the inbox, what its name and manifest say, what contract it fills."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts import inbox
from contracts.mapping import FileMapping, Mapping, Target
from contracts.model import Table
from contracts.profile import Profile

MANIFEST_SUFFIX = ".manifest.json"
MARKER_SUFFIX = ".done"
MAX_FILE = 20 << 30  # bytes
MAX_MANIFEST = 1 << 20  # bytes
UNFINISHED = (".part", ".tmp", ".crdownload", ".filepart")
PLAIN = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json",
    ".xlsx": "xlsx",
}  # fmt: skip
# Name ending to format. What a bare .zip holds, a mapping's profile says.
FORMATS = {".parquet": "parquet", ".zip": ""} | {
    ending + packing: kind for ending, kind in PLAIN.items() for packing in ("", ".gz", ".zip")
}
NAME = re.compile(
    r"^(?P<system>[a-z]+)\.(?P<table>[a-z_]+)\.(?P<scope>[^.]+)\.(?P<date>\d{8}(?:T\d{6})?)\.(?P<seq>\d+)$"
)


def _known_zone(tz: str) -> None:
    try:
        ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"tz {tz!r} is no time zone") from error


class DeliveryRefusedError(Exception):
    """A whole file cannot be taken; the message names file, what was found and what to do.

    `position` is the place of the target that it was found at.
    """

    def __init__(self, reason: str, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        self.position = position


@dataclass(frozen=True)
class Manifest:
    """What the sender attests in `<file>.manifest.json` (contract §0.4)."""

    contract: str
    rows: int | None = None
    sha256: str | None = None
    complete: bool = True
    scope: dict | None = None
    window: tuple[str, str] | None = None
    control_totals: dict[str, str] | None = None
    encoding: str = "utf-8"
    tz: str | None = None
    extracted_at: str | None = None

    @classmethod
    def beside(cls, path: Path) -> Manifest | None:
        """Read the sidecar of `path`; None if there is none.

        Raises
        ------
        DeliveryRefusedError
            If the sidecar is no JSON object with a `contract`.
        """
        sidecar = path.with_name(path.name + MANIFEST_SUFFIX)
        if not os.path.lexists(sidecar):
            return None
        try:
            with opened(sidecar, MAX_MANIFEST) as file:
                return cls._checked(json.load(file))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
            raise DeliveryRefusedError(
                "bad_manifest",
                f"{sidecar.name}: not a manifest ({error!r}). Expected a JSON object with at least 'contract'.",
            ) from error

    @classmethod
    def _checked(cls, content: dict) -> Manifest:
        window, extracted_at, tz, rows = (content.get(n) for n in ("window", "extracted_at", "tz", "rows"))
        if tz is not None:
            _known_zone(tz)
        if rows is not None and type(rows) is not int:
            raise ValueError(f"rows {rows!r} is no whole number")
        if not isinstance(content.get("encoding", ""), str | None):
            raise ValueError(f"encoding {content['encoding']!r} is no text")
        for instant in (extracted_at, *(window or ())):
            if instant is not None:
                datetime.fromisoformat(instant)
        return cls(
            contract=content["contract"],
            rows=rows,
            sha256=content.get("sha256"),
            complete=bool(content.get("complete", True)),
            scope=content.get("scope"),
            window=(window[0], window[1]) if window else None,
            control_totals={k: str(v) for k, v in (content.get("control_totals") or {}).items()},
            encoding=content.get("encoding") or "utf-8",
            tz=tz,
            extracted_at=extracted_at,
        )


@dataclass(frozen=True)
class Delivery:
    """A file to be read, and the contract tables it fills."""

    path: Path
    format: str
    sha256: str
    targets: tuple[tuple[Target, Table], ...]
    source_system: str | None
    file_mapping: FileMapping | None
    mapping_name: str
    mapping_version: str
    manifest: Manifest | None
    attempt: int = 0  # loads of the same content under the same rules before this one

    @property
    def tz(self) -> str | None:
        if self.manifest and self.manifest.tz:
            return self.manifest.tz
        return self.file_mapping.tz if self.file_mapping else None

    @cached_property
    def profile(self) -> Profile:
        """How the file is laid out: as its mapping says, else as its ending and manifest do."""
        if self.file_mapping:
            return self.file_mapping.profile
        given = {"encoding": self.manifest.encoding} if self.manifest else {}
        if ".tsv" in self.path.suffixes:
            given["delimiter"] = "\t"
        return Profile(format=self.format, **given)

    @property
    def encoding(self) -> str:
        return self.profile.encoding

    @property
    def extracted_at(self) -> datetime | None:
        stated = self.manifest.extracted_at if self.manifest else None
        if stated is None and self.file_mapping is not None:
            stated = self.file_mapping.extracted_at
        return datetime.fromisoformat(str(stated)) if stated else None

    @property
    def load_id(self) -> str:
        """Stable for the same content under the same rules, so that a rerun writes the same rows."""
        tables = ",".join(table.qualified for _, table in self.targets)
        ending = split_name(self.path)[1]
        identity = f"{self.sha256}|{ending}|{self.mapping_name}|{self.mapping_version}|{tables}|{self.manifest!r}"
        load_id = hashlib.sha256(identity.encode()).hexdigest()[:24]
        return f"{load_id}-{self.attempt}" if self.attempt else load_id


def inbox_files(folder: Path) -> list[Path]:
    """What lies below `folder` and is no folder, in the order it is loaded: by name, so that it is stable.

    Links and devices are among it, so that they are refused by name and not passed over in silence.
    """
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(
        (
            path
            for path in found
            if not path.name.endswith((MANIFEST_SUFFIX, MARKER_SUFFIX, *UNFINISHED)) and path.name[0] != "."
        ),
        key=lambda path: (path.name, str(path)),
    )


def printable(path: Path) -> Path:
    """The path with its name as text: bytes of it that are none are written as \\xNN."""
    name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
    return path if name == path.name else path.with_name(name)


def opened(path: Path, at_most: int) -> BinaryIO:
    """The bytes of a file that lies at `path` itself; a link would show what lies elsewhere, a pipe never end.

    Raises
    ------
    DeliveryRefusedError
        `not_a_file` or `too_large`.
    OSError
        If it cannot be opened.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        kind = "a link" if stat.S_ISLNK(found.st_mode) else "a pipe, socket or device"
        raise DeliveryRefusedError(
            "not_a_file", f"{path.name}: is {kind}, which is not followed. Put the file itself into the inbox."
        )
    if found.st_size > at_most:
        raise DeliveryRefusedError(
            "too_large", f"{path.name}: has {found.st_size:,} bytes, at most {at_most:,} are read. Send it in parts."
        )
    # It may have become another thing meanwhile: a link is not followed, and opening a pipe does not wait.
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")


def content_hash(path: Path) -> str:
    """SHA-256 of the file's bytes.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `not_a_file` or `too_large`.
    """
    try:
        with opened(path, MAX_FILE) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DeliveryRefusedError(
            "unreadable",
            f"{path.name}: cannot be opened ({error.strerror}). Check the file and its permissions.",
        ) from error


def split_name(path: Path) -> tuple[str, str]:
    """A file name without its format ending, and that ending."""
    for ending in sorted(FORMATS, key=len, reverse=True):
        if path.name.lower().endswith(ending):
            return path.name[: -len(ending)], ending
    return path.stem, path.suffix.lower()


def recognise(path: Path, sha256: str, mappings: list[Mapping]) -> Delivery:
    """Find what contract tables a file fills: by its name, or by the mappings of the workspace.

    Raises
    ------
    DeliveryRefusedError
        `unknown_file`, `unknown_format` or `bad_manifest`.
    """
    stem, ending = split_name(path)
    manifest = Manifest.beside(path)
    matches = [(m, f) for m in mappings for f in m.files if fnmatch.fnmatchcase(path.name, f.pattern)]
    named = NAME.match(_policy_name(path, stem) or stem)
    if not matches and not named:
        raise DeliveryRefusedError(
            "unknown_file",
            f"{path.name}: no mapping of this workspace names such a file, and it is not called "
            "<system>.<table>.<scope>.<yyyymmdd>.<seq>.csv|xlsx|jsonl|parquet. "
            "Rename it, or add its mapping to `mappings` in supplyloop.toml.",
        )
    if ending not in FORMATS:
        raise DeliveryRefusedError(
            "unknown_format",
            f"{path.name}: format '{ending or 'none'}' is not read. Export it as {', '.join(FORMATS)}.",
        )
    if matches:
        mapping, file_mapping = matches[0]
        if FORMATS[ending] not in ("", file_mapping.profile.format):
            raise DeliveryRefusedError(
                "wrong_format",
                f"{path.name}: ends as {FORMATS[ending]}, the profile of mapping '{mapping.name}' says "
                f"{file_mapping.profile.format}. Export it so, or mend the mapping.",
            )
        return Delivery(
            path, file_mapping.profile.format, sha256, _targets(file_mapping), mapping.source_system, file_mapping,
            mapping.name, mapping.version, manifest,
        )  # fmt: skip
    if not FORMATS[ending]:
        raise DeliveryRefusedError(
            "unknown_format", f"{path.name}: does not say what it packs. Call it by that, such as .csv.zip."
        )
    return _native(path, FORMATS[ending], sha256, named, manifest)


def _policy_name(path: Path, stem: str) -> str | None:
    """Planning policy is kept by hand in `policy/<table>.csv`, without system, scope or date in its name."""
    if path.parent.name != "policy" or "." in stem:
        return None
    return f"policy.{stem}.all.00000000.1"


def _targets(file_mapping: FileMapping) -> tuple[tuple[Target, Table], ...]:
    tables = {table.qualified: table for system in inbox().values() for table in system.tables.values()}
    return tuple((target, tables[target.table]) for target in file_mapping.targets)


def _native(path: Path, kind: str, sha256: str, named: re.Match, manifest: Manifest | None) -> Delivery:
    system = inbox().get(named["system"])
    table = system.tables.get(named["table"]) if system else None
    if table is None:
        raise DeliveryRefusedError(
            "unknown_file",
            f"{path.name}: the contracts have no table '{named['system']}.{named['table']}'. "
            "Look it up in docs/contracts.md and rename the file.",
        )
    if manifest and manifest.contract != table.qualified:
        raise DeliveryRefusedError(
            "bad_manifest",
            f"{path.name}: its name says {table.qualified}, its manifest {manifest.contract}. Mend one of them.",
        )
    # A contract file maps every column to itself.
    target = Target(table=table.qualified, columns={column.name: column.name for column in table.columns})
    return Delivery(path, kind, sha256, ((target, table),), None, None, "contract", table.version, manifest)
