"""Chances by carrier, lane and hour, with the level of the day filtered forward."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from forecasting.door import check_frame, refuse_rows
from optimization.carriers.on_time.effects import Effects, fit_effects
from optimization.carriers.on_time.levels import Level, follow

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
# Of the intercept's last correction: how far it may go, by how many steps, and when it is near enough.
FARTHEST, MOST_STEPS, NEAR = 3.0, 20, 1e-3


@dataclass(frozen=True)
class OnTimeParams:
    """What a chance depends on.

    Parameters
    ----------
    kinds
        Effects, each by one or more columns, from coarse to fine: a fine one says only by how much it differs from
        what the coarse ones say. A row with a null in one of the columns has no effect of that kind.
    levels
        Columns within which each day has a level of its own; () is one level for all.
    half_life_days
        After so many days an observation weighs half.
    drifting
        Those of ``kinds`` that may have changed of late: once all else is known, what differs lately is learned for
        them again, shrunk to nothing. Default: none.
    drift_half_life_days
        After so many days an observation weighs half for that, and for what a usual chance is. Default 60.

    Raises
    ------
    ValueError
        When a half-life is not positive.
    """

    kinds: tuple[tuple[str, ...], ...]
    levels: tuple[tuple[str, ...], ...] = ((),)
    half_life_days: float = 60.0
    drifting: tuple[tuple[str, ...], ...] = ()
    drift_half_life_days: float = 60.0

    def __post_init__(self) -> None:
        for name in ("half_life_days", "drift_half_life_days"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, found {getattr(self, name)}")


@dataclass(frozen=True)
class OnTimeModel:
    """What was learned.

    Parameters
    ----------
    params
        What it depends on.
    effects
        The fitted effects, of ``kinds`` first.
    names
        For each of ``kinds`` the effects' names, in the order of their means.
    levels
        For each of ``params.levels`` the level of each of its groups on the last day.
    last_day
        The last day seen.
    past
        What it was learned from: the columns of ``params``, ``day``, ``tried``, ``level`` and ``level_variance``
        (of the logit, of all levels of its day together).
    """

    params: OnTimeParams
    effects: Effects
    names: tuple[dict[str, int], ...]
    levels: tuple[dict[str, Level], ...]
    last_day: int
    past: pl.DataFrame


def fit(history: pl.DataFrame, params: OnTimeParams) -> OnTimeModel:
    """Learn chances from what has happened.

    Parameters
    ----------
    history
        One row per kind of observation: the columns of ``params``, ``day`` (int), ``tried`` and ``hit`` (number,
        0 ≤ hit ≤ tried, tried > 0). Whatever a planner could not know yet must not be in it.

    Raises
    ------
    ValueError
        When a column is missing or a row impossible.
    """
    columns = sorted({column for kind in (*params.kinds, *params.levels) for column in kind})
    check_frame(history, {"day": "integer", "tried": "number", "hit": "number"}, "history")
    impossible = (pl.col("tried") <= 0) | ~pl.col("hit").is_between(0, pl.col("tried"))
    refuse_rows(history, impossible, "hit", "must be between 0 and tried, and tried above 0", "history")
    cells = history.group_by([*columns, "day"]).agg(pl.col("tried", "hit").sum()).sort([*columns, "day"])
    last_day = int(cells["day"].max())
    age = last_day - cells["day"].to_numpy()
    per_day = [("day", *level) for level in params.levels]
    named = [_names(cells, kind) for kind in (*params.kinds, *per_day)]
    tried, hit = cells["tried"].to_numpy(), cells["hit"].to_numpy()
    codes, count = [code for code, _ in named], len(params.kinds)
    sizes = [len(names) for _, names in named]
    # Rows that share all their effects share their chance: what was tried of them counts together.
    first, alike = _alike(codes, sizes)
    shared = [code[first] for code in codes]

    def together(counts: np.ndarray, half_life_days: float) -> np.ndarray:
        return np.bincount(alike, counts * 0.5 ** (age / half_life_days), len(first))

    lasting, lately = params.half_life_days, params.half_life_days
    effects = fit_effects(shared, sizes, together(tried, lasting), together(hit, lasting))
    if params.drifting:
        lately = params.drift_half_life_days
        effects = _drifted(effects, shared, params, together(tried, lately), together(hit, lately))
    beyond = _excess(effects, shared, count, together(tried, lately))
    effects = replace(effects, intercept=effects.intercept + beyond)
    levels = tuple(
        _levels(list(names), effects.means[kind], effects.variances[kind], float(effects.spreads[kind]), last_day)
        for kind, (_, names) in enumerate(named[count:], start=count)
    )
    past = cells.drop("hit").with_columns(
        level=_summed(effects.means[count:], codes[count:], len(cells)),
        level_variance=_summed(effects.variances[count:], codes[count:], len(cells)),
    )
    return OnTimeModel(params, effects, tuple(names for _, names in named[:count]), levels, last_day, past)


def _alike(codes: Sequence[np.ndarray], sizes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """A row of each set of rows whose codes are all the same, and of every row the number of its set."""
    mixed = np.zeros(len(codes[0]), np.int64)
    for code, size in zip(codes, sizes, strict=True):
        # Numbered anew after every kind, so that they stay below rows times effects of one kind.
        mixed = np.unique(mixed * (size + 1) + code + 1, return_inverse=True)[1]
    return np.unique(mixed, return_index=True)[1], mixed


def _drifted(
    effects: Effects, codes: list[np.ndarray], params: OnTimeParams, tried: np.ndarray, hit: np.ndarray
) -> Effects:
    """The effects with what has changed of late in the kinds that drift, and in the intercept."""
    which = [params.kinds.index(kind) for kind in params.drifting]
    sizes = [len(effects.means[kind]) for kind in which]
    known = effects.intercept + _summed(effects.means, codes, len(tried))
    late = fit_effects([codes[kind] for kind in which], sizes, tried, hit, known)
    means, variances = list(effects.means), list(effects.variances)
    for place, kind in enumerate(which):
        means[kind] = means[kind] + late.means[place]
        variances[kind] = variances[kind] + late.variances[place]
    return replace(
        effects, intercept=effects.intercept + late.intercept, means=tuple(means), variances=tuple(variances)
    )


def _summed(effects: Sequence[np.ndarray], codes: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """Sum over kinds of the effect of each row (rows,); none is zero."""
    found = np.zeros(rows)
    for code, each in zip(codes, effects, strict=True):
        found += np.append(each, 0.0)[code]
    return found


def _excess(effects: Effects, codes: list[np.ndarray], count: int, tried: np.ndarray) -> float:
    """How far the intercept is to move so that chances averaged over days' levels come to what was seen.

    The fit takes each day's level at its mean. A level is less sure than that, and a chance averaged over it is larger
    than the chance at its mean where chances are small: predictions, which are averaged, would be too large.
    """
    from scipy.special import expit

    logit = effects.intercept + _summed(effects.means, codes, len(tried))
    spread = np.sqrt(_summed(effects.variances[count:], codes[count:], len(tried)))
    if not spread.any():
        return 0.0
    seen, shift = expit(logit) @ tried, 0.0
    # Newton's steps: what is expected rises with the shift, and the root lies near zero.
    for _ in range(MOST_STEPS):
        expected = slope = 0.0
        for node, share in zip(NODES, WEIGHTS, strict=True):
            chance = expit(logit + shift + spread * node)
            expected += share * (chance @ tried)
            slope += share * ((chance * (1 - chance)) @ tried)
        step = float(np.clip((seen - expected) / slope, -0.5, 0.5))
        shift += step
        if abs(step) < NEAR:
            break
    return float(np.clip(shift, -FARTHEST, FARTHEST))


def predict(model: OnTimeModel, asked: pl.DataFrame) -> np.ndarray:
    """Chance of each row (rows,), averaged over what its day may turn out to be.

    Parameters
    ----------
    asked
        The columns of ``params`` and ``day`` (int, after the model's last day). An effect that was never seen is
        zero: a new lane is like its carrier, a new carrier like all.
    """
    logit, variance = usual_logit(model, asked), np.zeros(len(asked))
    ahead = asked["day"].to_numpy() - model.last_day
    if (ahead < 1).any():
        raise ValueError(
            f"asked: day must be after {model.last_day}, the last of the history, found {asked['day'].min()}"
        )
    for column, levels in zip(model.params.levels, model.levels, strict=True):
        groups = _joined(asked, column).to_numpy()
        for name in np.unique(groups):
            rows = groups == name
            level = levels.get(name) or _unknown(levels)
            mean, spread = level.ahead(ahead[rows])
            logit[rows] += mean
            variance[rows] += spread
    return averaged(logit, variance)


def usual_logit(model: OnTimeModel, asked: pl.DataFrame) -> np.ndarray:
    """Logit of each row's chance (rows,) on a day whose level is zero; `asked` as in ``predict``, without ``day``."""
    logit = np.full(len(asked), model.effects.intercept)
    for kind, names, means in zip(model.params.kinds, model.names, model.effects.means, strict=False):
        known = _codes(asked, kind, names)
        logit += np.where(known < 0, 0.0, means[known])
    return logit


def averaged(logit: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Mean chance (rows,) of a normal logit (Gauss–Hermite)."""
    from scipy.special import expit

    return np.sum(WEIGHTS * expit(logit[:, None] + np.sqrt(variance)[:, None] * NODES), axis=1)


def uncertainty(model: OnTimeModel, asked: pl.DataFrame) -> np.ndarray:
    """Variance of the logit of each row's chance (rows,), the day's level left out; `asked` as in ``predict``.

    An effect that was never seen is as uncertain as its kind varies.
    """
    variance = np.zeros(len(asked))
    for number, (kind, names) in enumerate(zip(model.params.kinds, model.names, strict=True)):
        known = _codes(asked, kind, names)
        variance += np.where(known < 0, model.effects.spreads[number], model.effects.variances[number][known])
    return variance


def _unknown(levels: dict[str, Level]) -> Level:
    """The level of a group never seen: zero, as uncertain as any day."""
    spread = next(iter(levels.values())).spread
    return Level(0.0, spread, 0.0, spread)


def _joined(frame: pl.DataFrame, columns: Sequence[str]) -> pl.Series:
    if not columns:
        return pl.Series([""]).new_from_index(0, len(frame))
    return frame.select(
        pl.concat_str([pl.col(column).cast(pl.String) for column in columns], separator="\x1f")
    ).to_series()


def _names(frame: pl.DataFrame, columns: Sequence[str]) -> tuple[np.ndarray, dict[str, int]]:
    """The effect of each row by number (-1 none), and the number of each name, in the order in which they come."""
    joined = _joined(frame, columns)
    names = joined.drop_nulls().unique(maintain_order=True)
    code = joined.cast(pl.Enum(names)).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    return code, {name: number for number, name in enumerate(names)}


def _codes(frame: pl.DataFrame, columns: Sequence[str], names: dict[str, int]) -> np.ndarray:
    """The number of the effect of each row, -1 where it was never seen."""
    numbers = pl.Series(list(names.values()), dtype=pl.Int64)
    return _joined(frame, columns).replace_strict(pl.Series(list(names)), numbers, default=-1).to_numpy()


def _levels(names: list[str], means: np.ndarray, variances: np.ndarray, spread: float, last: int) -> dict[str, Level]:
    """The level of every group on the last day, from effects named day and group."""
    by_group: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        by_group.setdefault(name.partition("\x1f")[2], []).append(index)
    days = np.array([int(name.partition("\x1f")[0]) for name in names])
    return {
        group: follow(days[chosen], means[chosen], variances[chosen], spread, last)
        for group, chosen in sorted((group, np.array(indices)) for group, indices in by_group.items())
    }
