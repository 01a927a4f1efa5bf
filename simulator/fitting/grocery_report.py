"""Demand and promotion from The Complete Journey."""

from pathlib import Path

import duckdb
import numpy as np
from scipy.stats import norm

from simulator.fitting import sources
from simulator.fitting.basket import fit_geometric, fit_truncated_negative_binomial, fit_zeta, shares
from simulator.fitting.chart import Chart, Series
from simulator.fitting.dispersion import fit_dispersion, variances_about
from simulator.fitting.dispersion_over_items import lognormal_dispersion
from simulator.fitting.grocery_weeks import EFFECTS, WEEKS, GroceryWeeks, category_seasons, grocery_weeks, kinds_of
from simulator.fitting.intermittence import demand_classes
from simulator.fitting.lateness import spread_within_and_between
from simulator.fitting.level_noise import fit_level_noise
from simulator.fitting.panel import expected, panel
from simulator.fitting.promotion import Uplift, spread_over_items
from simulator.fitting.report import Report
from simulator.fitting.seasonality import amplitude, common_factor, weighted_quantiles
from simulator.fitting.weekly_rate import poisson_lognormal, share_of_top_fifth

DEPTHS = np.array([0.05, 0.15, 0.25, 0.35, 0.45])
# Items whose weeks tell their own price effect within a standard error of 0.32 or less.
LEAST_INFORMATION = 10.0
LEAST_UNITS = 10  # in a year, of items whose dispersion is fitted
SCALED_LINES = 1.6


def grocery_report(folder: Path) -> Report:
    """Fit all that The Complete Journey tells; ``folder`` holds its raw files."""
    report = Report("Complete Journey")
    connection = sources.complete_journey(folder)
    seasons, units_of = category_seasons(connection)
    weeks = grocery_weeks(connection, seasons)
    uplift = weeks.uplift()
    add_rates(report, connection)
    add_dispersion(report, connection, weeks, uplift)
    add_daily_dispersion(report, connection, weeks, uplift)
    add_baskets(report, connection)
    add_profiles(report, connection)
    add_seasons(report, seasons, units_of)
    add_promotion(report, weeks, uplift)
    return report


def add_rates(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """How the items' mean rates spread, and how many sell in fits and starts."""
    units = panel(connection, "week", "units", WEEKS)
    totals = units.counts.sum(axis=1)
    mu, sigma = poisson_lognormal(totals, WEEKS)
    top = share_of_top_fifth(totals)
    report.add(
        "demand",
        {"weekly_rate_log_mean": mu, "weekly_rate_log_sigma_listed": sigma},
        "Poisson-lognormal truncated at zero, maximum likelihood: units a week of items listed, sold or not",
        f"{len(totals):,} items, {WEEKS} weeks",
        "The mean is that of 2,500 households: set it by the world's size. Items launched or dropped within the year "
        "count as slow ones",
    )
    report.add(
        "demand",
        {"top_fifth_share": top, "weekly_rate_log_sigma": float(norm.ppf(0.8) + norm.ppf(top))},
        "Share of units of the best-selling fifth of items sold, and the sigma of the lognormal with that share, "
        "Phi(sigma - 0.8416): for a catalogue in which every item sells",
        f"{len(totals):,} items, {totals.sum():,.0f} units",
        "A whole supermarket; one department of a shop is more even",
    )
    living = units.living(LEAST_UNITS)
    _, categories = kinds_of(connection, living)
    category = np.unique(categories, return_inverse=True)[1]
    within, _ = spread_within_and_between(np.log(living.counts.sum(axis=1)), category)
    report.add(
        "demand",
        {"weekly_rate_log_sigma_within_category": within},
        "Log of units of the year: one-way analysis of variance by category",
        f"{len(living.items):,} items on sale all year, {LEAST_UNITS} units or more, {category.max() + 1} categories",
        "Slower items are cut off: a lower bound",
    )
    found = demand_classes(living.counts)
    report.add(
        "demand",
        {f"share_{name}": share for name, share in found.items()},
        "Share of items by weekly demand class: 1.32 weeks between demands, squared variation of sizes .49 "
        "(Syntetos, Boylan & Croston 2005)",
        f"{len(living.items):,} items on sale all year, {LEAST_UNITS} units or more",
        "Depends on the size of the shop: follows from the rates, not to be set beside them",
    )


def add_dispersion(report: Report, connection: duckdb.DuckDBPyConnection, weeks: GroceryWeeks, uplift: Uplift) -> None:
    """Variance against mean, by week and day, and how the level wanders."""
    sales, means = weeks.by_week(weeks.sales), weeks.by_week(uplift.expected)
    items = len(sales)
    mean, variance = variances_about(sales, means, 1)
    noise = fit_level_noise(sales / means)
    level = float(noise.covariance(np.zeros(1))[0])
    free, given = fit_dispersion(mean, variance), fit_dispersion(mean, variance, level)
    n = f"{items:,} items with 5 units a week or more, {len(weeks.sales):,} item-weeks"
    law = "variance = mean + c mean^p, gamma quasi-likelihood on the items' variances"
    report.add(
        "demand",
        {"weekly_dispersion_c": free.c, "weekly_dispersion_p": free.p},
        f"{law}, about the expectation with season, price cut, display and mailer in it",
        n,
        "All variance that is left, the wandering level included; fast items only: slower ones lack prices",
    )
    report.add(
        "demand",
        {"level_phi": noise.phi, "level_log_sigma": noise.sigma},
        "AR(1) of the log level, least squares on autocovariances of lags 1 to 12 weeks, freed of the bias of the "
        "fitted mean; a week's shock is sigma sqrt(1 - phi^2)",
        n,
        "Trends within the year, launches and gaps on the shelf are in it; a correlation that lasts longer than a "
        "year cannot be told from a mean",
    )
    report.add(
        "demand",
        {"weekly_dispersion_given_level_c": given.c, "weekly_dispersion_given_level_p": given.p},
        f"{law} + (exp(level_log_sigma^2) - 1) mean^2: to be used with the level noise, the pair above alone",
        n,
    )
    living = panel(connection, "week", "units", WEEKS).living(LEAST_UNITS)
    everything = panel(connection, "week", "units", WEEKS).counts.sum(axis=0)
    about = expected(living.counts, common_factor(everything))
    slow = fit_dispersion(*variances_about(living.counts, about, 1))
    report.add(
        "demand",
        {"weekly_dispersion_with_promotions_c": slow.c, "weekly_dispersion_with_promotions_p": slow.p},
        f"{law}, about the item's mean times the week's total over the mean total",
        f"{len(living.items):,} items on sale all year, {LEAST_UNITS} units or more",
        "Promotions and category seasons are in the variance: an upper bound, given for slow items",
    )
    days = panel(connection, "day", "units", 7 * WEEKS)
    daily = days.where(np.isin(days.items, living.items))
    about = expected(daily.counts, common_factor(days.counts.sum(axis=0)))
    by_day = fit_dispersion(*variances_about(daily.counts, about, 1))
    report.add(
        "demand",
        {"daily_dispersion_with_promotions_c": by_day.c, "daily_dispersion_with_promotions_p": by_day.p},
        f"{law}, by day, about the item's mean times the day's total over the mean total",
        f"{len(daily.items):,} items, {7 * WEEKS} days",
        "Promotions and seasons are in the variance, and a household's several units of one trip",
    )
    report.charts.append(
        Chart(
            "simulator-fit-dispersion",
            "Weekly variance against mean, Complete Journey",
            "mean units a week",
            "variance",
            tuple(
                Series(
                    label,
                    np.array(found.means),
                    np.array(found.variances),
                    grid := np.geomspace(found.means[0], found.means[-1], 40),
                    grid + found.c * grid**found.p,
                )
                for label, found in (
                    ("season and promotions removed (fast items)", free),
                    ("promotions in it (all items)", slow),
                )
            ),
            log_x=True,
            log_y=True,
        )
    )


def add_daily_dispersion(
    report: Report, connection: duckdb.DuckDBPyConnection, weeks: GroceryWeeks, uplift: Uplift
) -> None:
    """How daily order lines vary about what season, weekday and promotion make expected, and how items differ."""
    fast = panel(connection, "week", "units", WEEKS).where_items(weeks.items)
    days = panel(connection, "day", "1", 7 * WEEKS)
    lines = days.where_items(weeks.items)
    of_day = days.counts.sum(axis=0).reshape(WEEKS, 7)
    day_of_week = (of_day / of_day.sum(axis=1, keepdims=True)).ravel()
    units_a_line = fast.sum(axis=1, keepdims=True) / lines.sum(axis=1, keepdims=True)
    means = np.repeat(weeks.by_week(uplift.expected) / units_a_line, 7, axis=1) * day_of_week
    median, spread = lognormal_dispersion(lines, means)
    report.add(
        "demand",
        {"daily_k_median": median, "daily_k_log_sigma": spread},
        "Order lines of a day: negative binomial of variance mean + k mean^2, k lognormal over items, maximum "
        "likelihood, about the week's expectation with season, price cut, display and mailer in it, split over its "
        "days as all sales",
        f"{len(lines):,} items with 5 units a week or more, {np.isfinite(means).sum():,} item-days",
        "The wandering level is in k. An effect of promotion that differs from the common one counts as dispersion",
    )


def add_baskets(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """Lines per order and units per line."""
    lines = connection.execute("select count(distinct item) n from sale group by basket order by all").fetchnumpy()["n"]
    fitted = fit_truncated_negative_binomial(lines)
    n = f"{len(lines):,} baskets"
    report.add(
        "demand",
        {"lines_per_order_shares": shares(lines)},
        f"Shares of 1, 2, 3, 4, 5 or more items; mean {lines.mean():.1f}",
        n,
        "Grocery trips: much larger than online orders of sports goods",
    )
    fit = ", ".join(f"{share:.3f}" for share in fitted.shares())
    report.add(
        "demand",
        {"lines_per_order_nb_size": fitted.size, "lines_per_order_nb_mean": fitted.mean},
        f"Zero-truncated negative binomial, maximum likelihood; it gives {fit} for the shares above",
        n,
        "The size can be kept and the mean scaled",
    )
    report.add(
        "demand",
        {"lines_per_order_scaled_shares": fitted.with_mean(SCALED_LINES).shares()},
        f"The same shape scaled to {SCALED_LINES} lines an order, assumed for an online retailer of sports goods",
        n,
        "The mean is assumed",
    )
    units = connection.execute("select units from sale order by all").fetchnumpy()["units"]
    stop, by_geometric = fit_geometric(units)
    exponent, by_zeta = fit_zeta(units)
    report.add(
        "demand",
        {"units_per_line_shares": shares(units)},
        f"Shares of 1, 2, 3, 4, 5 or more units; mean {units.mean():.2f}",
        f"{len(units):,} lines",
    )
    report.add(
        "demand",
        {"units_per_line_zeta_s": exponent, "units_per_line_geometric_p": stop},
        f"Maximum likelihood; log likelihood a line {by_zeta:.3f} (zeta) and {by_geometric:.3f} (geometric)",
        f"{len(units):,} lines",
        "Twos are commoner than the zeta has them, fives and more than the geometric",
    )


def add_profiles(report: Report, connection: duckdb.DuckDBPyConnection) -> None:
    """When people buy."""
    for name, period, periods, words in (
        ("weekday_shares", "day % 7", 7, "Monday to Sunday"),
        ("hour_shares", "hour", 24, "hours 0 to 23, local time"),
    ):
        found = connection.execute(
            f"select {period} as period, count(distinct basket) n from sale group by 1 order by 1"
        ).fetchnumpy()
        counted = np.bincount(np.asarray(found["period"]).astype(int), found["n"], periods)
        report.add(
            "demand",
            {name: tuple(float(share) for share in counted / counted.sum())},
            f"Share of baskets, {words}",
            f"{int(counted.sum()):,} baskets",
            "Store visits, not mobile orders in China" if name == "hour_shares" else "",
        )


def add_seasons(report: Report, seasons: dict[str, np.ndarray], units_of: dict[str, float]) -> None:
    """How strongly categories swing over the year."""
    amplitudes = np.array([amplitude(factors) for factors in seasons.values()])
    found = weighted_quantiles(amplitudes, np.array(list(units_of.values())), (0.1, 0.5, 0.9))
    report.add(
        "demand",
        {"season_log_amplitude_p10_p50_p90": found},
        "Half the distance from trough to peak of two harmonics of the year fitted to the log of a category's share "
        "of all sales; quantiles over categories weighted by units",
        f"{len(seasons)} categories, {WEEKS} weeks",
        "One year: a trend of a category counts as season. Grocery; the Chinese calendar's peaks are the world's own",
    )


def add_promotion(report: Report, weeks: GroceryWeeks, uplift: Uplift) -> None:
    """Uplift by depth, display and mailer; dip afterwards; siblings; spread over items."""
    n = f"{int(weeks.item.max()) + 1:,} items, {len(weeks.sales):,} item-weeks"
    beta, error = dict(zip(EFFECTS, uplift.coefficients, strict=True)), dict(zip(EFFECTS, uplift.errors, strict=True))
    method = "One Poisson pseudo-maximum-likelihood regression with an effect per item, season as offset"

    def effect(name: str, key: str, words: str, misses: str = "") -> None:
        told = "" if abs(beta[key]) >= 1.96 * error[key] else "; not told apart from nothing"
        report.add(
            "promotion",
            {name: float(beta[key])},
            f"{method}: {words}; standard error {error[key]:.3f}{told}",
            n,
            misses,
        )

    effect(
        "price_elasticity",
        "log_price_cut",
        "log of mean sales per unit of -log(paid / base price)",
        "The price is the mean that buyers paid: stores with the deal weigh more in it. Promotions were timed by the "
        "retailer, so some of the uplift is its good timing",
    )
    effect("display_log_uplift", "display", "on display in all stores, beside the price cut")
    effect("mailer_log_uplift", "mailer", "in the mailer in all stores, beside the price cut")
    effect("dip_after_one_week", "cut_a_week_ago", "log of mean sales per unit of last week's -log(paid / base)")
    effect("dip_after_two_weeks", "cut_two_weeks_ago", "the same of the week before last")
    effect(
        "sibling_elasticity",
        "siblings_cut",
        "per unit of the mean -log(paid / base) of other items of its product type, weighted by sales",
        "Siblings that sell in most weeks only; siblings cut together share a cause",
    )
    gained = beta["log_price_cut"]
    report.add(
        "promotion",
        {
            "pulled_forward_share": -(beta["cut_a_week_ago"] + beta["cut_two_weeks_ago"]) / gained,
            "cannibalised_share": -beta["siblings_cut"] / gained,
        },
        "Of the sales that a small price cut adds, the part missing from the item in the next two weeks, and from its "
        "siblings in the same week: ratios of the coefficients above",
        n,
        "To first order; the household may have bought the rest elsewhere",
    )
    means, by_depth = weeks.uplift_by_depth(DEPTHS)
    found = by_depth.coefficients[: len(means)]
    errors = ", ".join(f"{part:.3f}" for part in by_depth.errors[: len(means)])
    report.add(
        "promotion",
        {
            "depth_means": tuple(float(1 - np.exp(-cut)) for cut in means),
            "depth_log_uplifts": tuple(float(part) for part in found),
        },
        "The same regression with a step for discounts of 5-15, 15-25, 25-35, 35-45 and over 45 % in place of the "
        f"slope, against less than 5 %; standard errors {errors}",
        n,
    )
    centre, spread, items = spread_over_items(
        weeks.sales, weeks.item, weeks.effects[:, 0], uplift.expected, LEAST_INFORMATION
    )
    report.add(
        "promotion",
        {
            "price_elasticity_sd_over_items": spread,
            "price_elasticity_log_sigma": float(np.sqrt(np.log1p((spread / (uplift.coefficients[0] + centre)) ** 2))),
        },
        "Standard deviation of a normal random effect over the items' own slopes, each with its own error "
        f"(maximum likelihood); their mean differs from the common slope by {centre:+.2f}; as a lognormal of that mean",
        f"{items:,} items with standard errors of .32 or less",
        "Items promoted often and deeply; a negative elasticity is chance or a deal the price does not show",
    )
    report.charts.append(
        Chart(
            "simulator-fit-uplift",
            "Uplift by price cut, Complete Journey",
            "-log(paid price / base price)",
            "log uplift of sales",
            (
                Series(
                    "steps by depth (points), constant elasticity (line)",
                    means,
                    found,
                    grid := np.linspace(0, means[-1], 30),
                    beta["log_price_cut"] * grid,
                ),
            ),
        )
    )
