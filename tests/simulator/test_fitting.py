"""Every fit finds again what made up its data."""

import duckdb
import numpy as np
import pytest
from made_up_counts import negative_binomial

from simulator.fitting.basket import (
    TruncatedNegativeBinomial,
    fit_geometric,
    fit_truncated_negative_binomial,
    fit_zeta,
    shares,
)
from simulator.fitting.chart import Axis
from simulator.fitting.dispersion import fit_dispersion, variances_about
from simulator.fitting.dispersion_over_items import lognormal_dispersion
from simulator.fitting.figure import Figure
from simulator.fitting.fitted_toml import fitted_toml
from simulator.fitting.giving_back import match_cancellations
from simulator.fitting.intermittence import demand_classes
from simulator.fitting.lateness import (
    fit_tail,
    growth_with_lead,
    spread_over_suppliers,
    spread_within_and_between,
    tail_reached,
)
from simulator.fitting.level_noise import fit_level_noise
from simulator.fitting.panel import Panel, expected
from simulator.fitting.promotion import fit_uplift, spread_over_items
from simulator.fitting.seasonality import amplitude, season, weighted_quantiles
from simulator.fitting.weekly_rate import poisson_lognormal, share_of_top_fifth

WEEKS = 52


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20240618)


def test_rates_are_found_though_items_without_a_sale_are_missing(rng):
    counts = rng.poisson(WEEKS * np.exp(rng.normal(-3.0, 1.5, 6000)))
    mu, sigma = poisson_lognormal(counts[counts > 0], WEEKS)
    assert (mu, sigma) == (pytest.approx(-3.0, abs=0.12), pytest.approx(1.5, abs=0.07))


def test_a_huge_count_does_not_upset_the_rates(rng):
    counts = rng.poisson(WEEKS * np.exp(rng.normal(3.0, 0.5, 2000)))
    assert poisson_lognormal(counts, WEEKS) == (pytest.approx(3.0, abs=0.04), pytest.approx(0.5, abs=0.03))


def test_share_of_the_top_fifth():
    assert share_of_top_fifth(np.array([1, 1, 1, 1, 6])) == pytest.approx(0.6)


def test_variance_law_is_found(rng):
    rates = np.exp(rng.normal(1.0, 1.2, 3000))[:, None] * np.ones(WEEKS)
    counts = negative_binomial(rng, rates, 0.4, 1.6)
    found = fit_dispersion(*variances_about(counts, expected(counts, np.ones(WEEKS)), 1))
    assert (found.c, found.p) == (pytest.approx(0.4, rel=0.1), pytest.approx(1.6, abs=0.05))


def test_items_differ_in_dispersion_as_they_were_made_to(rng):
    k = np.exp(rng.normal(np.log(0.4), 0.5, 500))
    means = np.exp(rng.normal(0.3, 0.8, 500))[:, None] * np.ones(300)
    counts = rng.poisson(rng.gamma(1 / k[:, None], means * k[:, None], means.shape)).astype(float)
    counts[:, 0] = np.nan
    assert lognormal_dispersion(counts, means) == (pytest.approx(0.4, rel=0.1), pytest.approx(0.5, abs=0.08))


def test_wandering_levels_are_told_from_the_noise_of_single_weeks(rng):
    phi, sigma, items = 0.8, 0.4, 3000
    shocks = rng.normal(0, sigma, (items, WEEKS))
    for week in range(1, WEEKS):
        shocks[:, week] = phi * shocks[:, week - 1] + np.sqrt(1 - phi**2) * shocks[:, week]
    level = np.exp(rng.normal(2.5, 0.8, items))[:, None] * np.exp(shocks - sigma**2 / 2)
    counts = negative_binomial(rng, level, 0.3, 1.5)
    about = expected(counts, np.ones(WEEKS))
    noise = fit_level_noise(counts / about)
    assert (noise.phi, noise.sigma) == (pytest.approx(phi, abs=0.05), pytest.approx(sigma, abs=0.04))
    given = fit_dispersion(*variances_about(counts, about, 1), float(noise.covariance(np.zeros(1))[0]))
    # What the level takes from an item's own mean over a year is not in its variance: c is a little short.
    assert (given.c, given.p) == (pytest.approx(0.3, rel=0.25), pytest.approx(1.5, abs=0.15))


def test_a_week_left_out_is_no_week_without_a_sale():
    counts = np.array([[4.0, np.nan, *[6.0, 4.0] * 6]])
    mean, variance = variances_about(counts, np.full_like(counts, 5.0), 1)
    assert (mean[0], variance[0]) == (5.0, pytest.approx(13 / 12))


def promoted(rng: np.random.Generator, items: int, slopes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Item, columns (cut, display) and sales of items with these elasticities and a display worth .6."""
    item = np.repeat(np.arange(items), WEEKS)
    cut = np.where(rng.random(len(item)) < 0.3, rng.uniform(0.1, 0.6, len(item)), 0.0)
    display = (rng.random(len(item)) < 0.2).astype(float)
    means = np.exp(rng.normal(3.0, 0.5, items))[item] * np.exp(slopes[item] * cut + 0.6 * display)
    return item, np.column_stack([cut, display]), negative_binomial(rng, means, 0.2, 1.5)


def test_uplift_is_found_with_honest_errors(rng):
    item, columns, sales = promoted(rng, 400, np.full(400, 1.8))
    found = fit_uplift(sales, item, columns, np.zeros(len(sales)))
    assert np.all(np.abs(found.coefficients - [1.8, 0.6]) < 3 * found.errors)
    assert np.all(found.errors < 0.03)


def test_uplift_is_measured_against_the_season(rng):
    item, columns, sales = promoted(rng, 300, np.full(300, 1.5))
    peak = np.tile(np.where(np.arange(WEEKS) < 26, 0.7, 0.0), 300)
    columns[:, 0] = np.where(peak > 0, columns[:, 0], 0.0)
    sales = rng.poisson(20 * np.exp(peak + columns @ [1.5, 0.6])).astype(float)
    assert fit_uplift(sales, item, columns, peak).coefficients == pytest.approx([1.5, 0.6], abs=0.03)


def test_items_differ_as_much_as_they_were_made_to(rng):
    slopes = rng.normal(1.8, 0.5, 600)
    item, columns, sales = promoted(rng, 600, slopes)
    common = fit_uplift(sales, item, columns, np.zeros(len(sales)))
    centre, spread, items = spread_over_items(sales, item, columns[:, 0], common.expected, 5.0)
    assert common.coefficients[0] + centre == pytest.approx(1.8, abs=0.1)
    assert spread == pytest.approx(0.5, abs=0.08)
    assert items > 500


def test_items_alike_differ_by_chance_alone(rng):
    item, columns, sales = promoted(rng, 600, np.full(600, 1.8))
    common = fit_uplift(sales, item, columns, np.zeros(len(sales)))
    assert spread_over_items(sales, item, columns[:, 0], common.expected, 5.0)[1] < 0.15


def test_a_promotion_that_never_changes_is_refused():
    item = np.repeat([0, 1], 5)
    with pytest.raises(ValueError, match="does not vary within any item"):
        fit_uplift(np.ones(10), item, item[:, None].astype(float), np.zeros(10))


def test_order_sizes_are_found_and_scaled(rng):
    drawn = rng.negative_binomial(0.6, 0.6 / (0.6 + 4.0), 20_000)
    found = fit_truncated_negative_binomial(drawn[drawn > 0])
    assert (found.mean, found.size) == (pytest.approx(4.0, rel=0.1), pytest.approx(0.6, rel=0.15))
    assert found.shares() == pytest.approx(shares(drawn[drawn > 0]), abs=0.01)
    scaled = found.with_mean(1.6)
    counts = np.arange(1.0, 500.0)
    assert (np.exp(scaled.log_probability(counts)) * counts).sum() == pytest.approx(1.6)
    assert scaled.size == found.size


def test_a_truncated_negative_binomial_of_size_one_is_geometric():
    assert TruncatedNegativeBinomial(1.0, 1.0).shares() == pytest.approx((0.5, 0.25, 0.125, 0.0625, 0.0625))


def test_line_sizes_are_found_and_the_better_law_is_likelier(rng):
    geometric, power = rng.geometric(0.7, 20_000), rng.zipf(2.8, 20_000)
    assert fit_geometric(geometric)[0] == pytest.approx(0.7, abs=0.01)
    assert fit_zeta(power)[0] == pytest.approx(2.8, abs=0.05)
    assert fit_geometric(geometric)[1] > fit_zeta(geometric)[1]
    assert fit_zeta(power)[1] > fit_geometric(power)[1]


def test_a_season_is_found_through_noise(rng):
    weeks = np.arange(WEEKS)
    totals = rng.poisson(500 * np.exp(0.3 * np.sin(2 * np.pi * weeks / 52.18)))
    assert amplitude(season(totals.astype(float))) == pytest.approx(0.3, abs=0.03)


def test_weighted_quantiles_follow_the_weight():
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 8.0])
    assert weighted_quantiles(values, weights, (0.1, 0.5, 0.95)) == (1.0, 2.0, 3.0)


def test_demand_classes_of_four_items():
    weeks = np.array(
        [
            [5, 5, 6, 5, 5, 6, 5, 5],
            [1, 30, 1, 1, 28, 1, 2, 1],
            [2, 0, 0, 2, 0, 0, 2, 0],
            [1, 0, 0, 40, 0, 0, 1, 0],
        ]
    )
    assert demand_classes(weeks) == {"smooth": 0.25, "erratic": 0.25, "intermittent": 0.25, "lumpy": 0.25}


def test_days_late_are_found_and_their_law_is_named(rng):
    weibull = np.round(21 * rng.weibull(0.7, 3000))
    tail = fit_tail(weibull[weibull >= 1])
    assert (tail.shape, tail.scale_days) == (pytest.approx(0.7, abs=0.04), pytest.approx(21, rel=0.1))
    assert tail.best == "weibull"
    assert tail_reached(tail, np.array([0.0, 1000.0])) == pytest.approx([0.0, 1.0], abs=1e-4)

    lognormal = np.round(rng.lognormal(2.2, 1.1, 3000))
    tail = fit_tail(lognormal[lognormal >= 1])
    assert (tail.mu, tail.sigma, tail.best) == (pytest.approx(2.2, abs=0.06), pytest.approx(1.1, abs=0.05), "lognormal")

    exponential = np.round(rng.exponential(9.0, 3000))
    assert fit_tail(exponential[exponential >= 1]).mean_days == pytest.approx(9.0, rel=0.04)


def test_lateness_in_proportion_to_the_lead_has_the_exponent_one(rng):
    lead = rng.uniform(20, 250, 2000)
    slope, error = growth_with_lead(lead, lead * rng.lognormal(-2, 1.3, 2000))
    assert abs(slope - 1) < 3 * error < 0.2


def test_suppliers_differ_as_they_were_made_to(rng):
    deliveries = rng.integers(5, 80, 400)
    late = rng.binomial(deliveries, rng.beta(1.0, 9.0, 400))
    assert spread_over_suppliers(late, deliveries) == (pytest.approx(1.0, rel=0.25), pytest.approx(9.0, rel=0.3))


def test_lead_times_spread_within_and_between_suppliers(rng):
    supplier = rng.integers(0, 200, 4000)
    logs = 3 + rng.normal(0, 0.4, 200)[supplier] + rng.normal(0, 0.25, 4000)
    within, between = spread_within_and_between(logs, np.unique(supplier, return_inverse=True)[1])
    assert (within, between) == (pytest.approx(0.25, abs=0.02), pytest.approx(0.4, abs=0.06))


def test_a_cancellation_undoes_the_latest_purchase_that_is_large_enough():
    connection = duckdb.connect()
    connection.execute(
        """
        create table sale (invoice text, item text, customer text, happened_at timestamp, units bigint);
        create table cancellation as from sale;
        insert into sale values
            ('1', 'A', 'c', '2011-01-01 09:00', 10), ('2', 'A', 'c', '2011-01-20 09:00', 2),
            ('3', 'A', 'd', '2011-02-01 09:00', 10), ('4', 'A', 'c', '2011-03-01 09:00', 10);
        insert into cancellation values
            ('C1', 'A', 'c', '2011-02-10 09:00', 10), ('C2', 'A', 'c', '2011-02-11 09:00', 1),
            ('C3', 'B', 'c', '2011-02-10 09:00', 1), ('C4', 'A', null, '2011-02-10 09:00', 1)
        """
    )
    match_cancellations(connection)
    assert connection.execute("select * from given_back order by units").fetchall() == [(1, 22, 1), (0, 40, 10)]


def test_items_that_came_or_went_within_the_time_are_not_living():
    counts = np.zeros((3, WEEKS))
    counts[0, [1, 50]], counts[1, [1, 30]], counts[2, [20, 50]] = 10, 10, 10
    assert Panel(np.array(["a", "b", "c"]), counts).living(5).items.tolist() == ["a"]


@pytest.mark.parametrize("log", [False, True])
def test_ticks_of_an_axis_hold_the_data(log):
    axis = Axis.over([np.array([0.3, 47.0])], log)
    assert axis.ticks()[0] == pytest.approx(axis.low) and axis.ticks()[-1] == pytest.approx(axis.high)
    assert 0 <= axis.share(0.3) < axis.share(47.0) <= 1


def test_figures_of_one_fit_stand_under_one_comment():
    pair = [
        Figure("demand", name, value, "Shop", "Counted", "9 weeks") for name, value in (("c", 1 / 3), ("p", (1, 2.0)))
    ]
    assert fitted_toml(pair).endswith("\n[demand]\n# Shop, 9 weeks. Counted.\nc = 0.3333\np = [1, 2.0]\n")


def test_a_figure_fitted_twice_is_refused():
    with pytest.raises(ValueError, match=r"\[demand\] c is fitted twice"):
        fitted_toml([Figure("demand", "c", 1.0, "Shop", "Counted", "9 weeks")] * 2)


@pytest.mark.parametrize(
    "fit",
    [
        lambda: poisson_lognormal(np.ones(3), WEEKS),
        lambda: fit_dispersion(np.ones(3), np.ones(3)),
        lambda: fit_level_noise(np.ones((3, 52))),
        lambda: lognormal_dispersion(np.ones((3, 52)), np.ones((3, 52))),
        lambda: fit_zeta(np.ones(3)),
        lambda: fit_tail(np.ones(3)),
        lambda: spread_over_suppliers(np.ones(3), np.ones(3)),
    ],
)
def test_too_little_data_is_refused(fit):
    with pytest.raises(ValueError, match=r"needed .*found 3|needed .*found 3 and 52"):
        fit()


# ---------- the four exports, small and made up
