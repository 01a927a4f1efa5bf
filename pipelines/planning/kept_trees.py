"""The forecast's trees, learned once a week: what they know of demand is older than a day's difference."""

from __future__ import annotations

import hashlib
from datetime import date
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
    anew
        Whether to learn anew whatever is kept (`supplyloop run --force`).
    """

    def __init__(self, folder: Path, code: str, anew: bool) -> None:
        self._folder, self._code, self._anew = folder, code, anew

    def of_week(self, week: date, params: Params) -> Trees | None:
        """What was learned up to `week` by the same code and settings; None if nothing was."""
        path = self._path(week, params)
        return None if self._anew or not path.exists() else Trees.from_text(path.read_text(encoding="utf-8"))

    def keep(self, week: date, params: Params, trees: Trees) -> None:
        """Keep the trees of a week instead of all earlier ones."""
        self._folder.mkdir(exist_ok=True)
        path = self._path(week, params)
        aside = path.with_suffix(".part")
        aside.write_text(trees.to_text(), encoding="utf-8")
        aside.replace(path)
        for other in self._folder.glob("forecast-*"):
            if other != path:
                other.unlink()

    def _path(self, week: date, params: Params) -> Path:
        rules = hashlib.sha256(f"{self._code}{params}".encode()).hexdigest()[:16]
        return self._folder / f"forecast-{week}-{rules}.json"
