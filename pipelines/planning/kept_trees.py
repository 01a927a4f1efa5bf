"""The forecast's trees, learned once a week: what they know of demand is older than a day's difference."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

from forecasting import Params, Trees


class KeptTrees:
    """Trees by the week that they learned up to, in a folder of the workspace.

    Parameters
    ----------
    folder
        Made when there is something to keep; holds one file, that of the last week.
    code
        Fingerprint of the code; other code learns anew.
    as_of
        The instant that is planned for: what was learned at a later one, perhaps from rows that came since, is
        passed over.
    anew
        Whether to learn anew whatever is kept (`supplyloop run --force`).
    """

    def __init__(self, folder: Path, code: str, as_of: datetime, anew: bool) -> None:
        self._folder, self._code, self._anew = folder, code, anew
        self._learned = f"{as_of.astimezone(UTC):%Y%m%dT%H%M%S}"

    def of_week(self, week: date, params: Params) -> Trees | None:
        """What was learned up to `week` by the same code and settings; None if nothing was."""
        path = self._path(week, params)
        return Trees.from_text(path.read_text(encoding="utf-8")) if path else None

    def standing(self, week: date, params: Params) -> str | None:
        """What tells these trees from all others; None if there are none."""
        path = self._path(week, params)
        return f"{path}|{path.stat().st_mtime_ns}" if path else None

    def _path(self, week: date, params: Params) -> Path | None:
        kept = sorted(self._folder.glob(f"{self._prefix(week, params)}-*.json"))
        kept = [path for path in kept if path.stem.rpartition("-")[2] <= self._learned]
        return kept[-1] if kept and not self._anew else None

    def keep(self, week: date, params: Params, trees: Trees) -> None:
        """Keep the trees of a week instead of all earlier ones."""
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{self._prefix(week, params)}-{self._learned}.json"
        aside = path.with_suffix(".part")
        aside.write_text(trees.to_text(), encoding="utf-8")
        aside.replace(path)
        for other in self._folder.glob("forecast-*"):
            if other != path:
                other.unlink()

    def _prefix(self, week: date, params: Params) -> str:
        rules = hashlib.sha256(f"{self._code}{params}".encode()).hexdigest()[:16]
        return f"forecast-{week}-{rules}"
