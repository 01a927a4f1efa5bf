"""Cash of the coming weeks: sales on many futures, and what was promised to suppliers, by the day it is paid."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl

from forecasting.door import check_frame

DAYS = 7
LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
MEMORY = 8  # weeks whose mean a week is compared with
LEAST_RATIOS = 12
# Without enough history: a week strays from those before it by a quarter, as weekly sales of retailers do.
USUAL_RATIOS = np.exp(0.25 * np.array([-1.6, -1.0, -0.7, -0.4, -0.2, 0.0, 0.0, 0.2, 0.4, 0.7, 1.0, 1.6]))
SALES = {"week_start": "date", "amount": "number"}
PAYMENTS = {"kind": "text", "pay_date": "date", "amount": "number"}
RATES = ("fee_share", "refund_share", "refund_days", "settle_days", "other_receipts", "other_payouts")
# Payments of what was not ordered yet follow what sells; the rest is promised.
FOLLOWS_SALES = "later_orders"
SUGGESTED = "suggested_orders"
KINDS = ("supplier_invoice", "goods_not_invoiced", "open_orders", "approved_orders", FOLLOWS_SALES, SUGGESTED)


def cash_forecast(
    past: pl.DataFrame,
    ahead: pl.DataFrame,
    payments: pl.DataFrame,
    rates: Mapping[str, float],
    as_of_date: date,
    weeks: int = 26,
    paths: int = 500,
    seed: int = 0,
) -> pl.DataFrame:
    """Money in and out week by week, before and after what is suggested today is approved.

    Sales of a future week are the forecast times an error that behaves as past weeks did: each is drawn from the
    ratios of past weeks to the mean of the eight before them, times the mean of the last eight errors (so errors
    last, and grow with the horizon). Customers pay when they order; channels pay us later and keep fees; part of it is
    refunded later still. Orders not made yet follow the error of sales by a week, and go on beyond the last one told as
    they were on average; all others are paid when due.

    Parameters
    ----------
    past, ahead
        ``week_start`` (date, Monday), ``amount`` (money that customers pay, tax included): whole weeks sold, and
        weeks expected; the last one expected stands for those beyond.
    payments
        ``kind`` (one of ``KINDS``), ``pay_date`` (date; what is overdue is paid in the first week), ``amount`` (money,
        tax included; below zero: it comes off what we owe).
    rates
        ``fee_share``, ``refund_share`` (of what customers pay), ``refund_days``, ``settle_days`` (from payment),
        ``other_receipts``, ``other_payouts`` (money per week: sales that are not ours, and what their owners get).
    as_of_date
        First day of the first week.
    weeks, paths, seed
        Horizon, futures, and their seed.

    Returns
    -------
    pl.DataFrame
        One row per scenario (``before``, ``after``) and week: ``scenario``, ``week_no`` (int, from 1), ``week_start``
        (date), expected ``receipts``, ``fees``, ``refunds``, ``payouts`` and each of ``KINDS`` (money, out below
        zero), ``net`` (their sum), and quantiles of the week's net and of the sum since today: ``net_p10`` …
        ``cumulative_p90``.

    Raises
    ------
    ValueError
        When a column is missing or wrong, a kind is not known, or a rate is missing.
    """
    for frame, columns, name in ((past, SALES, "past"), (ahead, SALES, "ahead"), (payments, PAYMENTS, "payments")):
        check_frame(frame, columns, name)
    strange = sorted(set(payments["kind"]) - set(KINDS))
    missing = [name for name in RATES if rates.get(name) is None]
    if strange or missing:
        raise ValueError(f"kind {strange[0]!r} is not one of {KINDS}" if strange else f"rates lack {missing[0]!r}")
    errors = _errors(past.sort("week_start")["amount"].cast(pl.Float64).to_numpy(), weeks, paths, seed)
    sold = np.hstack([_before(past, as_of_date, paths), _expected(ahead, as_of_date, weeks)[None, :] * errors])
    flows = {
        "receipts": _later(sold, rates["settle_days"], weeks) + rates["other_receipts"],
        "fees": -rates["fee_share"] * _later(sold, rates["settle_days"], weeks),
        "refunds": -rates["refund_share"] * _later(sold, rates["refund_days"], weeks),
        "payouts": np.full((paths, weeks), -rates["other_payouts"]),
    }
    follows = np.hstack([np.ones((paths, 1)), errors[:, :-1]])
    for kind in KINDS:
        due = -_due(payments.filter(kind=kind), as_of_date, weeks)
        due = np.repeat((_steady(due) if kind == FOLLOWS_SALES else due)[None, :], paths, axis=0)
        flows[kind] = due * follows if kind == FOLLOWS_SALES else due
    before = {name: part for name, part in flows.items() if name != SUGGESTED}
    scenarios = {"before": before | {SUGGESTED: np.zeros((paths, weeks))}, "after": flows}
    return pl.concat([_told(name, parts, as_of_date, weeks) for name, parts in scenarios.items()])


def _errors(sold: np.ndarray, weeks: int, paths: int, seed: int) -> np.ndarray:
    """Sales over their forecast; shape (paths, weeks), mean 1 in the first week."""
    means = np.array([sold[week - MEMORY : week].mean() for week in range(MEMORY, sold.size)])
    ratios = np.divide(sold[MEMORY:], means, out=np.ones_like(means), where=means > 0)
    ratios = ratios if ratios.size >= LEAST_RATIOS else USUAL_RATIOS
    drawn = np.random.default_rng(seed).choice(ratios / ratios.mean(), (paths, weeks))
    found = np.ones((paths, MEMORY + weeks))
    for week in range(MEMORY, MEMORY + weeks):
        found[:, week] = found[:, week - MEMORY : week].mean(axis=1) * drawn[:, week - MEMORY]
    return found[:, MEMORY:]


def _expected(ahead: pl.DataFrame, as_of_date: date, weeks: int) -> np.ndarray:
    """Sales expected in each week from today; shape (weeks,)."""
    known = dict(ahead.select("week_start", pl.col("amount").cast(pl.Float64)).iter_rows())
    if not known:
        return np.zeros(weeks)
    first, last = min(known), max(known)
    found = np.zeros(weeks)
    for day in range(weeks * DAYS):
        when = as_of_date + timedelta(days=day)
        monday = min(max(when - timedelta(days=when.weekday()), first), last)
        found[day // DAYS] += known.get(monday, known[last]) / DAYS
    return found


def _before(past: pl.DataFrame, as_of_date: date, paths: int) -> np.ndarray:
    """Sales of the last weeks, the latest last: some of their money is still to come, and to go; (paths, MEMORY)."""
    recent = past.filter(pl.col("week_start") < as_of_date).sort("week_start").tail(MEMORY)["amount"].cast(pl.Float64)
    found = np.zeros(MEMORY)
    if recent.len():
        found[MEMORY - recent.len() :] = recent.to_numpy()
    return np.repeat(found[None, :], paths, axis=0)


def _later(sold: np.ndarray, days: float, weeks: int) -> np.ndarray:
    """Sales by the week in which they count so many days later, spread evenly over the days; (paths, weeks)."""
    shift = min(max(days, 0.0) / DAYS, MEMORY - 1.0)
    whole, part = int(shift), shift - int(shift)
    first = sold.shape[1] - weeks
    sooner = sold[:, first - whole : first - whole + weeks]
    later = sold[:, first - whole - 1 : first - whole - 1 + weeks]
    return (1 - part) * sooner + part * later


def _due(payments: pl.DataFrame, as_of_date: date, weeks: int) -> np.ndarray:
    """Money due in each week; shape (weeks,)."""
    found = np.zeros(weeks)
    for when, amount in payments.select("pay_date", pl.col("amount").cast(pl.Float64)).iter_rows():
        week = max((when - as_of_date).days, 0) // DAYS
        if week < weeks:
            found[week] += amount
    return found


def _steady(due: np.ndarray) -> np.ndarray:
    """The same, with the mean week after the last one: nobody told of orders that far ahead."""
    some = np.flatnonzero(due)
    if not some.size:
        return due
    return np.where(np.arange(due.size) > some[-1], due[some[0] : some[-1] + 1].mean(), due)


def _told(scenario: str, flows: dict[str, np.ndarray], as_of_date: date, weeks: int) -> pl.DataFrame:
    net = sum(flows.values())
    together = np.cumsum(net, axis=1)
    quantiles = {
        f"{name}_{called}": np.quantile(part, level, axis=0)
        for name, part in (("net", net), ("cumulative", together))
        for called, level in LEVELS.items()
    }
    return pl.DataFrame(
        {
            "scenario": [scenario] * weeks,
            "week_no": np.arange(1, weeks + 1),
            "week_start": [as_of_date + timedelta(days=DAYS * week) for week in range(weeks)],
            **{name: part.mean(axis=0) for name, part in flows.items()},
            "net": net.mean(axis=0),
            **quantiles,
        }
    )
