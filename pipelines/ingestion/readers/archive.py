"""Bytes of a delivery, out of gzip or zip where it is one; an archive that could do harm is refused unread."""

from __future__ import annotations

import fnmatch
import gzip
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError

MAX_MEMBERS = 1_000
MAX_BYTES = 20 << 30  # unpacked
# Exports of repeating lines shrink to a hundredth; deflate cannot do more than a thousandth.
MAX_RATIO = 300
FREE_BYTES = 64 << 20  # below this much, a ratio tells nothing
ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")
MAGIC = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\x00")
DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@contextmanager
def open_bytes(delivery: Delivery, member: str | None = None) -> Iterator[BinaryIO]:
    """Open the file's bytes: gunzipped when its name ends in `.gz`, of one member when it is a zip.

    Raises
    ------
    DeliveryRefusedError
        `unreadable` for a file that cannot be opened or is no gzip or zip.
    """
    try:
        with _opened(delivery.path, member) as raw:
            raw.peek(1)
            yield raw
    except DAMAGED as error:
        raise unreadable(delivery, error) from error


def unreadable(delivery: Delivery, error: Exception) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "unreadable",
        f"{delivery.path.name}: cannot be read to its end ({error}). Check the file and send it again.",
    )


@contextmanager
def _opened(path: Path, member: str | None) -> Iterator[BinaryIO]:
    if member is not None:
        with zipfile.ZipFile(path) as archive, archive.open(member) as raw:
            yield raw
    elif path.name.lower().endswith(".gz"):
        with gzip.open(path, "rb") as raw:
            yield raw
    else:
        with path.open("rb") as raw:
            yield raw


def refuse_explosion(delivery: Delivery, unpacked: int) -> None:
    """Refuse a file that has unpacked to far more than its size.

    Raises
    ------
    DeliveryRefusedError
        `too_large`.
    """
    packed = delivery.path.stat().st_size
    if unpacked > MAX_BYTES or (unpacked > FREE_BYTES and unpacked > MAX_RATIO * packed):
        raise DeliveryRefusedError(
            "too_large",
            f"{delivery.path.name}: its {packed:,} bytes unpack to {unpacked:,} and more. "
            f"More than {MAX_RATIO} times the size is not read; send it unpacked, or in parts.",
        )


def members(delivery: Delivery) -> list[str | None]:
    """Names of the files to read in a zip, in the order of their names; [None] for what is no zip.

    Raises
    ------
    DeliveryRefusedError
        `unreadable`, `unsafe_archive`, `too_large` or `unknown_member`.
    """
    if not delivery.path.name.lower().endswith(".zip"):
        return [None]
    try:
        with zipfile.ZipFile(delivery.path) as archive:
            refuse_unsafe(delivery, archive)
            files = [one.filename for one in archive.infolist() if not one.is_dir() and not _is_litter(one.filename)]
            wanted = _wanted(delivery, files)
            for name in wanted:
                _refuse_nested(delivery, name, archive)
            return list(wanted)
    except DAMAGED as error:
        raise unreadable(delivery, error) from error


def refuse_unsafe(delivery: Delivery, archive: zipfile.ZipFile) -> None:
    """Refuse a zip with too many or too large members, or one that points outside itself.

    Raises
    ------
    DeliveryRefusedError
        `unsafe_archive` or `too_large`.
    """
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise _unsafe(delivery, f"holds {len(entries)} files, at most {MAX_MEMBERS} are read")
    for entry in entries:
        if OUTSIDE.search(entry.orig_filename):
            raise _unsafe(delivery, f"names the path {entry.orig_filename[:100]!r}, outside the archive")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise _unsafe(delivery, f"holds the link {entry.filename[:100]!r}")
        if entry.flag_bits & 1:
            raise _unsafe(delivery, f"holds {entry.filename[:100]!r} under a password")
    if len({entry.filename for entry in entries}) < len(entries):
        raise _unsafe(delivery, "holds two files of one name")
    if sum(entry.compress_size for entry in entries) > delivery.path.stat().st_size:
        raise _unsafe(delivery, "holds files that overlap")
    refuse_explosion(delivery, sum(entry.file_size for entry in entries))


def _is_litter(name: str) -> bool:
    """What systems put into archives beside the data."""
    return name.startswith("__MACOSX/") or Path(name).name in (".DS_Store", "Thumbs.db", "desktop.ini")


def _wanted(delivery: Delivery, files: list[str]) -> list[str]:
    pattern = delivery.profile.members
    wanted = sorted(name for name in files if not pattern or fnmatch.fnmatchcase(Path(name).name, pattern))
    if not wanted or (len(wanted) > 1 and not pattern):
        raise DeliveryRefusedError(
            "unknown_member",
            f"{delivery.path.name}: holds {', '.join(files)[:300] or 'no file'}; "
            f"expected {f'files called {pattern!r}' if pattern else 'one file'}. "
            "Name those to read by `members` in the mapping's profile, or send one file.",
        )
    return wanted


def _refuse_nested(delivery: Delivery, name: str, archive: zipfile.ZipFile) -> None:
    with archive.open(name) as raw:
        magic = raw.read(8)
    is_workbook = delivery.profile.format == "xlsx" and magic.startswith(MAGIC[0])
    if not is_workbook and (name.lower().endswith(ARCHIVES) or magic.startswith(MAGIC)):
        raise _unsafe(delivery, f"holds the archive {name[:100]!r} inside")


def _unsafe(delivery: Delivery, found: str) -> DeliveryRefusedError:
    return DeliveryRefusedError(
        "unsafe_archive", f"{delivery.path.name}: {found}. Nothing of it is read; send the files themselves."
    )
