"""Which formats a column's times are written in. Days and months that could change places are never guessed."""

from __future__ import annotations

from dataclasses import dataclass

ISO = "iso"
# Named formats beside those that the contract reads without being told.
FORMATS = (
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d %H:%M", "%Y%m%d", "%Y%m%d%H%M%S", "%Y.%m.%d",
    "%Y.%m.%d %H:%M:%S", "%Y年%m月%d日", "%Y年%m月%d日 %H:%M:%S", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日 %H时%M分%S秒",
    "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d %b %Y %H:%M:%S",
    *(
        f"{day}{sign}{month}{sign}%Y{clock}"
        for sign in "/.-"
        for day, month in (("%d", "%m"), ("%m", "%d"))
        for clock in ("", " %H:%M", " %H:%M:%S", " %I:%M:%S %p", " %I:%M %p", " %H:%M:%S UTC")
    ),
)  # fmt: skip
WITH_OFFSET = r"regexp_matches($value, '^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|[+-]\d{2}(:?\d{2})?)$')"
ENOUGH = 0.98


@dataclass(frozen=True)
class Dates:
    """Formats that together read `share` of a column's values; none need be declared if `formats` is empty.

    `either` holds the formats with days and months the other way round, where the values do not tell.
    """

    share: float
    formats: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


def dates_of(shares: dict[str, float]) -> Dates:
    """The formats of a column from the share of its values that each one reads."""
    native = max(shares.get(ISO, 0.0), shares.get("offset", 0.0))
    if native >= ENOUGH:
        return Dates(native)
    if shares.get("serial", 0.0) >= ENOUGH:
        return Dates(shares["serial"], ("serial",))
    for epoch in ("epoch_s", "epoch_ms"):
        if shares.get(epoch, 0.0) >= ENOUGH:
            return Dates(shares[epoch], (epoch,))
    best = max(FORMATS, key=lambda item: shares.get(item, 0.0))
    share = shares.get(best, 0.0)
    if share < ENOUGH:
        return _together(shares, native)
    other = turned(best)
    if other and shares.get(other, 0.0) >= ENOUGH:
        return Dates(share, (best,), (other,))
    return Dates(share, (best,))


def _together(shares: dict[str, float], native: float) -> Dates:
    """Two ways of writing in one column, as spreadsheets leave them: with and without seconds, dashes and slashes."""
    parts = {item: share for item, share in shares.items() if item in FORMATS and share > 0}
    chosen: list[str] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d"] if native > 0 else []
    total = native
    for item, share in sorted(parts.items(), key=lambda part: -part[1]):
        if total + share <= 1.001 and turned(item) not in chosen:
            chosen.append(item)
            total += share
    either = tuple(other for item in chosen if (other := turned(item)) and shares.get(other, 0.0) >= shares[item])
    return Dates(min(total, 1.0), tuple(chosen), either)


def turned(item: str) -> str | None:
    """The format with days and months the other way round; None where their order is beyond doubt."""
    for sign in "/.-":
        for first, second in (("%d", "%m"), ("%m", "%d")):
            if item.startswith(f"{first}{sign}{second}"):
                return item.replace(f"{first}{sign}{second}", f"{second}{sign}{first}", 1)
    return None
