"""Lead times and lateness from SCMS shipments."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from simulator.fitting import sources
from simulator.fitting.chart import Chart, Series
from simulator.fitting.lateness import (
    Tail,
    fit_tail,
    growth_with_lead,
    spread_over_suppliers,
    spread_within_and_between,
    tail_reached,
)
from simulator.fitting.report import Report

# To 2009 83 to 99 % of those from own warehouses are recorded on the very day they were promised for, then 5 to 18 %:
# promises seem to have been filled in afterwards.
SINCE = date(2010, 1, 1)
LEADS = (7, 14, 30)
LEAST_BY_MODE = 100
KINDS = (("lead_time", "Direct Drop", "from vendors"), ("lead_time.transfer", "From RDC", "from own warehouses"))
CAVEAT = "Medicines to Africa and Asia by air and sea, not shoes by lorry"


def shipment_report(folder: Path) -> Report:
    """Fit all that SCMS tells; ``folder`` holds ``scms_to_2013.csv``."""
    report = Report("SCMS shipments")
    shipped = (
        sources.shipments(folder)
        .filter(pl.col("promised") >= SINCE)
        .with_columns(
            days_late=(pl.col("delivered") - pl.col("promised")).dt.total_days(),
            lead=(pl.col("promised") - pl.col("ordered")).dt.total_days(),
        )
    )
    for section, via, words in KINDS:
        late = add_lateness(report, section, shipped.filter(pl.col("via") == via), words)
        if section == "lead_time":
            of_vendors = shipped.filter(pl.col("via") == via, pl.col("lead") > 0)
            add_leads(report, of_vendors)
            add_scaling(report, of_vendors, late)
            add_vendors(report, shipped.filter(pl.col("via") == via))
    add_modes(report, shipped)
    return report


def add_lateness(report: Report, section: str, shipped: pl.DataFrame, words: str) -> Tail:
    """Shares early, on the day and late; how early and how late."""
    off = shipped["days_late"].to_numpy()
    late, early = fit_tail(off[off > 0]), fit_tail(-off[off < 0])
    report.add(
        section,
        {
            "share_early": float((off < 0).mean()),
            "share_on_the_day": float((off == 0).mean()),
            "share_late": float((off > 0).mean()),
        },
        f"Delivered against scheduled day, {words}",
        f"{len(off):,} deliveries promised since {SINCE.year}",
        f"{CAVEAT}. Many days promised seem to have been moved or filled in when known, which hides lateness",
    )
    for name, tail, days in (("late", late, off[off > 0]), ("early", early, -off[off < 0])):
        quantiles = np.quantile(days, (0.5, 0.9, 0.95))
        fitted = tail_reached(tail, np.floor(quantiles))
        check = ", ".join(
            f"{int(day)} days reach {np.mean(days <= day):.2f} (fitted {share:.2f})"
            for day, share in zip(np.floor(quantiles), fitted, strict=True)
        )
        report.add(
            section,
            {
                f"{name}_days_law": tail.best,
                f"{name}_days_weibull_shape": tail.shape,
                f"{name}_days_weibull_scale": tail.scale_days,
                f"{name}_days_log_mean": tail.mu,
                f"{name}_days_log_sigma": tail.sigma,
                f"{name}_days_exponential_mean": tail.mean_days,
            },
            f"Days {name} of those that are: three laws by maximum likelihood on whole days, the law with the least "
            f"Akaike criterion named; {check}",
            f"{len(days):,} deliveries",
        )
    days = np.sort(off[off > 0])
    steps = np.unique(days[days <= np.quantile(days, 0.98)])
    if section == "lead_time":
        grid = np.geomspace(1, steps[-1], 40)
        report.charts.append(
            Chart(
                "simulator-fit-lateness",
                f"Share of late deliveries {words} at most so late, SCMS",
                "days late",
                "share",
                (
                    Series(
                        f"deliveries (points), {late.best} (line)",
                        steps.astype(float),
                        np.array([np.mean(days <= day) for day in steps]),
                        grid,
                        tail_reached(late, grid),
                    ),
                ),
                log_x=True,
            )
        )
    return late


def add_leads(report: Report, shipped: pl.DataFrame) -> None:
    """How lead times spread, and the lead taken over the lead promised."""
    taken = shipped["lead"].to_numpy() + shipped["days_late"].to_numpy()
    positive = taken > 0
    vendor = np.unique(shipped["vendor"].to_numpy()[positive], return_inverse=True)[1]
    within, between = spread_within_and_between(np.log(taken[positive]), vendor)
    n = f"{len(shipped):,} deliveries from {int(vendor.max()) + 1} vendors"
    report.add(
        "lead_time",
        {
            "taken_over_promised_p05_p50_p90_p95_p99": tuple(
                float(part) for part in np.quantile(taken / shipped["lead"].to_numpy(), (0.05, 0.5, 0.9, 0.95, 0.99))
            )
        },
        "(delivered - ordered) / (scheduled - ordered): quantiles",
        n,
        "Only orders with a date; none from own warehouses has one",
    )
    report.add(
        "lead_time",
        {
            "promised_days_median": float(shipped["lead"].median()),
            "log_sigma_within_supplier": within,
            "log_sigma_between_suppliers": between,
        },
        "Log of days from order to delivery: one-way analysis of variance by vendor",
        n,
        "Median of months, not the 7 to 30 days of a domestic supplier: take the spreads, not the median. Part of the "
        "spread within a vendor is that of items and destinations, known when ordered",
    )


def add_scaling(report: Report, shipped: pl.DataFrame, late: Tail) -> None:
    """How days late grow with the lead, and what that makes of short leads."""
    behind = shipped.filter(pl.col("days_late") > 0)
    exponent, error = growth_with_lead(behind["lead"].to_numpy(), behind["days_late"].to_numpy())
    typical = float(behind["lead"].median())
    short = float((shipped["lead"] < LEADS[-1]).mean())
    ratio = np.log((behind["days_late"] / behind["lead"]).to_numpy())
    report.add(
        "lead_time",
        {"late_days_growth_with_lead": exponent},
        f"Slope of log days late on log lead promised among late deliveries, least squares; standard error {error:.2f}",
        f"{behind.height:,} late deliveries",
        "One means that lateness is in proportion to the lead: that is why it can be scaled",
    )
    report.add(
        "lead_time",
        {
            "late_over_promised_mean": float(np.exp(ratio).mean()),
            "late_over_promised_log_mean": float(ratio.mean()),
            "late_over_promised_log_sigma": float(ratio.std()),
        },
        "Days late over lead promised: mean, and lognormal by maximum likelihood",
        f"{behind.height:,} late deliveries",
    )
    report.add(
        "lead_time",
        {f"late_days_weibull_scale_at_{days}_days": late.scale_days * days / typical for days in LEADS},
        "The Weibull scale above in proportion to the lead promised, from the median lead of late deliveries, "
        f"{typical:.0f} days; its shape is kept",
        f"{behind.height:,} late deliveries",
        f"Extrapolated: {100 * short:.0f} % of leads there are below {LEADS[-1]} days. {CAVEAT}",
    )
    early_fifth, *_, long_fifth = np.array_split(np.argsort(shipped["lead"].to_numpy(), kind="stable"), 5)
    chance = (shipped["days_late"] > 0).to_numpy()
    report.add(
        "lead_time",
        {
            "share_late_shortest_and_longest_leads": (
                float(chance[early_fifth].mean()),
                float(chance[long_fifth].mean()),
            )
        },
        "Share late of the fifth of deliveries with the shortest and with the longest leads",
        f"{len(early_fifth):,} and {len(long_fifth):,} deliveries",
    )


def add_vendors(report: Report, shipped: pl.DataFrame) -> None:
    """How vendors differ in their chance of being late."""
    vendors = shipped.group_by("vendor").agg(late=(pl.col("days_late") > 0).sum(), n=pl.len()).sort("vendor")
    alpha, beta = spread_over_suppliers(vendors["late"].to_numpy().astype(float), vendors["n"].to_numpy().astype(float))
    report.add(
        "lead_time",
        {"late_chance_beta_alpha": alpha, "late_chance_beta_beta": beta},
        "Chance of a late delivery over suppliers: beta-binomial, maximum likelihood; its mean weighs every supplier "
        f"alike, {alpha / (alpha + beta):.3f}",
        f"{vendors.height} vendors, {shipped.height:,} deliveries",
    )


def add_modes(report: Report, shipped: pl.DataFrame) -> None:
    """Shares and medians by mode of transport."""
    for mode in ("Air", "Air Charter", "Ocean", "Truck"):
        off = shipped.filter(pl.col("mode") == mode)["days_late"].to_numpy()
        if len(off) < LEAST_BY_MODE or not (off > 0).any() or not (off < 0).any():
            continue
        report.add(
            f"lead_time.mode.{mode.lower().replace(' ', '_')}",
            {
                "share_early": float((off < 0).mean()),
                "share_late": float((off > 0).mean()),
                "late_days_median": float(np.median(off[off > 0])),
                "early_days_median": float(np.median(-off[off < 0])),
            },
            "Delivered against scheduled day, vendors and own warehouses together",
            f"{len(off):,} deliveries promised since {SINCE.year}",
        )
