"""What reading one file may cost, and what a file must be to be read at all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.ingestion.delivery import Delivery, DeliveryRefusedError

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30}
SECONDS_PER_MEGABYTE = 1.0
IDLE = 10  # times the processor time that a file may take, spent waiting for a disk that does not answer


@dataclass(frozen=True)
class Limits:
    """What the process that reads files may take.

    Parameters
    ----------
    seconds
        Of processor time for one file, beside one more for each MB of it. Default 60.
    memory
        Of the process, as text. Default "2GB".
    spill
        Folder whose subfolder `reading` takes what does not fit into memory; None for the system's.
    spilled
        Bytes that may lie there. Default 8 GB.
    threads
        That read a JSON document or a workbook's rows. Default 2.
    """

    seconds: float = 60.0
    memory: str = "2GB"
    spill: Path | None = None
    spilled: int = 8 * 10**9
    threads: int = 2

    @property
    def memory_bytes(self) -> int:
        return in_bytes(self.memory)

    @property
    def settings(self) -> tuple[str, str]:
        """What a file may be refused for and read under other settings."""
        return f"max_seconds={self.seconds}", f"max_memory={self.memory}"

    def seconds_for(self, size: int) -> float:
        """Processor seconds that a file of `size` bytes may take."""
        return self.seconds + SECONDS_PER_MEGABYTE * size / 10**6


class LimitReachedError(DeliveryRefusedError):
    """Reading a file took more than a setting allows; under another `setting` it is worth another try."""

    def __init__(self, reason: str, message: str, setting: str) -> None:
        super().__init__(reason, message)
        self.setting = setting


def too_slow(delivery: Delivery, limits: Limits, seconds: float) -> LimitReachedError:
    return LimitReachedError(
        "too_slow",
        f"{delivery.path.name}: reading its {delivery.path.stat().st_size:,} bytes takes more than {seconds:.0f} s of "
        "processor time. Send it in parts, or raise `max_seconds` under [inbox] in supplyloop.toml.",
        limits.settings[0],
    )


def too_much_memory(delivery: Delivery, limits: Limits) -> LimitReachedError:
    return LimitReachedError(
        "too_large",
        f"{delivery.path.name}: reading its {delivery.path.stat().st_size:,} bytes takes more than {limits.memory} of "
        "memory. Send it in parts, as CSV or with one record on each line (.jsonl), or raise `max_memory` under "
        "[inbox] in supplyloop.toml.",
        limits.settings[1],
    )


def in_bytes(size: str) -> int:
    """A size such as "1500MB" or "2 GiB" in bytes."""
    number, unit = re.fullmatch(r"([\d.]+)\s*([A-Za-z]+)", size.strip()).groups()
    return int(float(number) * UNITS[unit.upper()])
