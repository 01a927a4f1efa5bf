"""When parcels of a lane arrive: chances by day, with the uncertainty of what was learned."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique
from optimization.carriers.on_time import over_past, predict, uncertainty
from optimization.carriers.transit.model import LEVELS, TransitModel
from optimization.carriers.transit.steps import DRAWN, LANE, placed

# Moving days after hand-over up to which chances are given.
HORIZON = 30
# The chance of a day in a stage in which no parcel was seen yet.
UNSEEN = {"early": 0.0, "due": 0.5, "overdue": 0.5}
# So far ahead nothing is known of the day's level: a usual day.
SOME_DAY = 10_000
NORMAL_95 = 1.96
LANES = dict.fromkeys(LANE, "text") | {"promise_days": "integer"}


def arrivals(model: TransitModel, lanes: pl.DataFrame, today: int) -> pl.DataFrame:
    """What to expect of parcels of each lane.

    Parameters
    ----------
    lanes
        ``carrier_id``, ``service_code``, ``origin_region``, ``dest_region`` (text, unique together),
        ``promise_days`` (int).
    today
        Number of the day of hand-over, after the last of the history.

    Returns
    -------
    pl.DataFrame
        The lanes in their order with ``late_rate``, ``late_low``, ``late_high`` (share not arrived whole by the end
        of the promised day, with its 95 % interval, on the days of the last year on which its parcels left, and a
        little on all days of its province), ``late_today_rate`` (handed over today),
        ``failed_rate`` (lost or damaged), ``mean_days`` (of those that arrive), ``arrived_within`` (list: share that
        arrived within 0, 1, … ``HORIZON`` days, handed over today).
    """
    check_frame(lanes, LANES, "lanes")
    check_unique(lanes, LANE, "lanes")
    count = len(lanes)
    days = placed(lanes.with_row_index("lane").join(pl.DataFrame({"after": range(HORIZON + 1)}), how="cross"))
    # Asked is what any parcel may expect, whatever rule might have chosen it, and whatever it weighs.
    days = days.with_columns(drawn=pl.lit(DRAWN), weight_class=pl.lit(None, pl.String))
    arrive = _chances(model, days, today).reshape(count, -1)
    steady = _of_record(model, days, _chances(model, days, today + SOME_DAY)).reshape(count, -1)
    fail = predict(model.failing, days.with_columns(day=today)).reshape(count, -1)
    arrived, usual = _arrived(arrive, fail), _arrived(steady, fail)
    at_promise = np.minimum(lanes["promise_days"].to_numpy(), HORIZON)
    late = 1 - usual[np.arange(count), at_promise]
    low, high = _interval(late, steady, _variance(model, days).reshape(count, -1), at_promise)
    share = np.diff(usual, axis=1, prepend=0.0)
    return lanes.with_columns(
        late_rate=late,
        late_low=low,
        late_high=high,
        late_today_rate=1 - arrived[np.arange(count), at_promise],
        failed_rate=np.clip(_failed(steady, fail), 0.0, 1.0),
        mean_days=share @ np.arange(HORIZON + 1) / share.sum(axis=1),
        arrived_within=pl.Series(arrived.tolist(), dtype=pl.List(pl.Float64)),
    )


def _chances(model: TransitModel, days: pl.DataFrame, day: int) -> np.ndarray:
    """Chance of each row to arrive on its day if it has not before."""
    found = np.empty(len(days))
    for stage, otherwise in UNSEEN.items():
        mine = (days["stage"] == stage).to_numpy()
        asked = days.filter(mine).with_columns(day=day)
        known = model.stages.get(stage)
        found[mine] = otherwise if known is None or asked.is_empty() else predict(known, asked)
    return found


def _of_record(model: TransitModel, days: pl.DataFrame, otherwise: np.ndarray) -> np.ndarray:
    """The same on the days that were, in the stages whose chances differ by day; `otherwise` where none is known."""
    found = otherwise.copy()
    for stage in LEVELS:
        mine = (days["stage"] == stage).to_numpy()
        if stage in model.stages and mine.any():
            seen = over_past(model.stages[stage], days.filter(mine), LANE)
            found[mine] = np.where(np.isnan(seen), otherwise[mine], seen)
    return found


def _variance(model: TransitModel, days: pl.DataFrame) -> np.ndarray:
    """Variance of the logit of each row's chance; of a stage never seen that of anything."""
    found = np.full(len(days), 9.0)
    for stage, known in model.stages.items():
        mine = (days["stage"] == stage).to_numpy()
        if mine.any():
            found[mine] = uncertainty(known, days.filter(mine))
    return found


def _left(arrive: np.ndarray, fail: np.ndarray) -> np.ndarray:
    """Share that is still on the way at the begin of each day (lanes, days)."""
    stay = np.clip(1 - arrive - fail, 0.0, 1.0)
    return np.cumprod(np.column_stack([np.ones(len(stay)), stay[:, :-1]]), axis=1)


def _arrived(arrive: np.ndarray, fail: np.ndarray) -> np.ndarray:
    return np.cumsum(_left(arrive, fail) * np.minimum(arrive, 1 - fail), axis=1)


def _failed(arrive: np.ndarray, fail: np.ndarray) -> np.ndarray:
    return (_left(arrive, fail) * fail).sum(axis=1)


def _interval(
    late: np.ndarray, arrive: np.ndarray, variance: np.ndarray, promise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the late share, on the logit: days before the promised one move together, that one by itself.

    The logarithm of what is left after a day falls by its chance for each unit of that chance's logit (delta method).
    """
    after = np.arange(arrive.shape[1])
    before, due = after < promise[:, None], after == promise[:, None]
    spread = (arrive * np.sqrt(variance) * before).sum(axis=1) ** 2 + (arrive**2 * variance * due).sum(axis=1)
    middle = np.clip(late, 1e-9, 1 - 1e-9)
    logit, half = np.log(middle / (1 - middle)), NORMAL_95 * np.sqrt(spread) / (1 - middle)
    return tuple(1 / (1 + np.exp(-(logit + side))) for side in (-half, half))
