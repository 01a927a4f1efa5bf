"""Demand and returns from Online Retail."""

from pathlib import Path

import duckdb
import numpy as np

from simulator.fitting import sources
from simulator.fitting.basket import fit_geometric, fit_truncated_negative_binomial, fit_zeta, shares
from simulator.fitting.dispersion import fit_dispersion, variances_about
from simulator.fitting.dispersion_over_items import lognormal_dispersion
from simulator.fitting.giving_back import FOLLOWED_DAYS, match_cancellations
from simulator.fitting.intermittence import demand_classes
from simulator.fitting.level_noise import fit_level_noise
from simulator.fitting.panel import expected, panel
from simulator.fitting.report import Report
from simulator.fitting.seasonality import common_factor
from simulator.fitting.weekly_rate import poisson_lognormal, share_of_top_fifth

SECTION = "demand.online_retail"
LEAST_LINES = 10  # of items whose dispersion is fitted
HUGE = 1_000  # units of a line that is taken for wholesale or for a slip of the keyboard
FAST = 5  # order lines a week, of items whose level noise is fitted


def online_report(folder: Path) -> Report:
    """Fit all that Online Retail tells; ``folder`` holds ``order_lines.parquet``."""
    report = Report("Online Retail")
    connection = sources.online_retail(folder)
    add_demand(report, connection)
    add_baskets(report, connection)
    add_profiles(report, connection)
    add_returns(report, connection)
    return report


def add_demand(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """Rates, dispersion, level noise and demand classes of order lines by item."""
    # Whole weeks only, from the first Monday; a week or day without any sale is a closed shop.
    first, weeks = connection.execute(
        """
        select date_trunc('week', min(happened_at) + interval 6 day)::date monday,
            date_diff('day', monday, max(happened_at)::date + 1) // 7
        from sale
        """
    ).fetchone()
    since = f"date_diff('day', date '{first}', happened_at::date)"
    lines = panel(connection, f"case when {since} >= 0 then {since} // 7 else -1 end", "1", weeks)
    factors = common_factor(lines.counts.sum(axis=0))
    open_weeks = int((factors > 0).sum())
    totals = lines.counts.sum(axis=1)
    mu, sigma = poisson_lognormal(totals, open_weeks)
    report.add(
        SECTION,
        {"weekly_rate_log_mean": mu, "weekly_rate_log_sigma": sigma, "top_fifth_share": share_of_top_fifth(totals)},
        "As in [demand], on order lines: units are wholesale",
        f"{len(totals):,} items, {open_weeks} weeks",
        "The mean is that of this shop",
    )
    living = lines.living(LEAST_LINES)
    means = expected(living.counts, factors)
    mean, variance = variances_about(living.counts, means, 1)
    fast = living.counts.mean(axis=1) >= FAST
    noise = fit_level_noise((living.counts / means)[fast][:, factors > 0])
    free = fit_dispersion(mean, variance)
    given = fit_dispersion(mean, variance, float(noise.covariance(np.zeros(1))[0]))
    n = f"{len(living.items):,} items on sale throughout, {LEAST_LINES} lines or more, {open_weeks} weeks"
    report.add(
        SECTION,
        {"weekly_dispersion_c": free.c, "weekly_dispersion_p": free.p},
        "As in [demand], on order lines, about the item's mean times the week's total over the mean total",
        n,
        "Nobody recorded promotions and stock-outs: both are in the variance; growth and season common to all are not",
    )
    report.add(
        SECTION,
        {"level_phi": noise.phi, "level_log_sigma": noise.sigma},
        "As in [demand]",
        f"{int(fast.sum()):,} items with {FAST} lines a week or more",
        "Promotions, stock-outs and the seasons of gifts are in it: an upper bound",
    )
    report.add(
        SECTION,
        {"weekly_dispersion_given_level_c": given.c, "weekly_dispersion_given_level_p": given.p},
        "As in [demand], to be used with the level noise",
        n,
    )
    days = panel(connection, since, "1", 7 * weeks)
    daily = days.where(np.isin(days.items, living.items))
    of_day = expected(daily.counts, common_factor(days.counts.sum(axis=0)))
    by_day = fit_dispersion(*variances_about(daily.counts, of_day, 1))
    report.add(
        SECTION,
        {"daily_dispersion_c": by_day.c, "daily_dispersion_p": by_day.p},
        "As in [demand], by trading day",
        f"{len(daily.items):,} items, {int((days.counts.sum(axis=0) > 0).sum())} days",
    )
    median, spread = lognormal_dispersion(daily.counts[fast], of_day[fast])
    report.add(
        SECTION,
        {"daily_k_median": median, "daily_k_log_sigma": spread},
        "As in [demand], by trading day, about the item's mean times the day's total over the mean total",
        f"{int(fast.sum()):,} items with {FAST} lines a week or more",
        "Promotions, stock-outs and the seasons of gifts are in it: an upper bound",
    )
    report.add(
        SECTION,
        {f"share_{name}": share for name, share in demand_classes(living.counts[:, factors > 0]).items()},
        "As in [demand], on weekly order lines",
        n,
        "Depends on the size of the shop",
    )


def add_baskets(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """Lines per invoice and units per line."""
    lines = connection.execute("select count(distinct item) n from sale group by invoice order by all").fetchnumpy()[
        "n"
    ]
    units = connection.execute("select units from sale order by all").fetchnumpy()["units"]
    fitted = fit_truncated_negative_binomial(lines)
    report.add(
        SECTION,
        {
            "lines_per_order_shares": shares(lines),
            "lines_per_order_nb_size": fitted.size,
            "lines_per_order_nb_mean": fitted.mean,
        },
        f"As in [demand]; mean {lines.mean():.1f}; the fit gives "
        + ", ".join(f"{share:.3f}" for share in fitted.shares())
        + " for the shares",
        f"{len(lines):,} invoices",
        "Many customers are shops that buy to sell again: orders and lines are larger than consumers'. Invoices of one "
        "line are commoner than the law has them",
    )
    stop, by_geometric = fit_geometric(units)
    exponent, by_zeta = fit_zeta(units)
    report.add(
        SECTION,
        {
            "units_per_line_shares": shares(units),
            "units_per_line_zeta_s": exponent,
            "units_per_line_geometric_p": stop,
        },
        f"As in [demand]; mean {units.mean():.1f}; log likelihood {by_zeta:.3f} (zeta), {by_geometric:.3f} (geometric)",
        f"{len(units):,} lines",
        "Wholesale, in sixes and dozens: not for a consumer shop",
    )


def add_profiles(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """When customers order."""
    for name, period, periods, words in (
        ("weekday_shares", "isodow(happened_at) - 1", 7, "Monday to Sunday"),
        ("hour_shares", "hour(happened_at)", 24, "hours 0 to 23"),
    ):
        found = connection.execute(
            f"""
            with invoices as (select invoice, min(happened_at) happened_at from sale group by invoice)
            select {period} as period, count(*) n from invoices group by 1 order by 1
            """
        ).fetchnumpy()
        counted = np.bincount(np.asarray(found["period"]).astype(int), found["n"], periods)
        report.add(
            SECTION,
            {name: tuple(float(share) for share in counted / counted.sum())},
            f"Share of invoices, {words}",
            f"{int(counted.sum()):,} invoices",
            "When the office keyed them: no Saturdays and no nights"
            + ("; consumers on a telephone order in the evening" if name == "hour_shares" else ""),
        )


def add_returns(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """How much is given back and when."""
    match_cancellations(connection)
    bought, cancelled, units, returned = connection.execute(
        f"""
        with back as (select purchase, sum(units) units from given_back group by purchase)
        select count(*), count(back.purchase), sum(sale.units),
            sum(least(back.units, sale.units)) filter (back.units is not null)
        from sale left join back on back.purchase = sale.rowid
        where customer is not null and sale.units < {HUGE}
            and happened_at < (select max(happened_at) from sale) - interval {FOLLOWED_DAYS} day
        """
    ).fetchone()
    lags = connection.execute("select lag_days from given_back order by all").fetchnumpy()["lag_days"]
    if not len(lags):
        raise ValueError("no cancellation of Online Retail matches a purchase: returns cannot be fitted")
    caveat = (
        "Cancelled invoices: wrong entries and cancelled orders are among the returns, and customers are shops. "
        "Consumers of shoes in China return far more: their rate is assumed by the world"
    )
    report.add(
        "returns",
        {"share_of_lines": cancelled / bought, "share_of_units": float(returned) / float(units)},
        "Lines later cancelled by the same customer, matched to the latest purchase of the item in that quantity; of "
        f"purchases followed for {FOLLOWED_DAYS} days or more",
        f"{bought:,} lines with a customer, {cancelled:,} cancelled",
        caveat + f". Lines of {HUGE:,} units or more are left out: a single slip would double the units",
    )
    later = np.log(lags[lags > 0])
    total = connection.execute("select count(*) from cancellation").fetchone()[0]
    report.add(
        "returns",
        {
            "lag_days_p10_p25_p50_p75_p90_p95": tuple(
                float(day) for day in np.quantile(lags, (0.1, 0.25, 0.5, 0.75, 0.9, 0.95))
            ),
            "share_same_day": float((lags == 0).mean()),
            "lag_log_mean_after_day_0": float(later.mean()),
            "lag_log_sigma_after_day_0": float(later.std()),
        },
        "Days from purchase to cancellation: quantiles; lognormal of those after the first day (maximum likelihood)",
        f"{len(lags):,} matched of {total:,} cancellations",
        "Ten months: lags that would end after the data are cut off, so that long ones are too rare. No dates of "
        "request, receipt and refund",
    )
