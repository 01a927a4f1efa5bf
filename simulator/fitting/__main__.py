"""Fit the figures of the worlds and write them, their page and its charts: ``python -m simulator.fitting --help``."""

import argparse
import sys
from pathlib import Path

from simulator.fitting.fitted_toml import fitted_toml
from simulator.fitting.grocery_report import grocery_report
from simulator.fitting.online_report import online_report
from simulator.fitting.page import TITLES, page
from simulator.fitting.purchase_report import purchase_report
from simulator.fitting.report import in_order
from simulator.fitting.shipment_report import shipment_report
from simulator.fitting.sources import SourceError

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> None:
    """Read the data sets, fit, write."""
    parser = argparse.ArgumentParser(prog="python -m simulator.fitting", description=__doc__)
    parser.add_argument("--complete-journey", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--online-retail", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--shipments", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--adventureworks", type=Path, metavar="FOLDER", help="without it, [orders] is left out")
    parser.add_argument("--into", type=Path, default=ROOT, metavar="FOLDER", help="default: this repository")
    asked = parser.parse_args(arguments)
    try:
        reports = [
            grocery_report(asked.complete_journey),
            online_report(asked.online_retail),
            shipment_report(asked.shipments),
            *([purchase_report(asked.adventureworks)] if asked.adventureworks else []),
        ]
    except (SourceError, ValueError) as error:
        sys.exit(f"simulator.fitting: {error}")
    figures, charts = in_order(reports, list(TITLES)), [chart for report in reports for chart in report.charts]
    worlds, docs = asked.into / "simulator" / "worlds", asked.into / "docs"
    for folder in (worlds, docs):
        folder.mkdir(parents=True, exist_ok=True)
    (worlds / "fitted.toml").write_text(fitted_toml(figures), encoding="utf-8")
    (docs / "simulator-fit.md").write_text(page(figures, charts), encoding="utf-8")
    for chart in charts:
        (docs / f"{chart.name}.svg").write_text(chart.svg(), encoding="utf-8")
    print(f"{len(figures)} figures in {worlds / 'fitted.toml'}; {docs / 'simulator-fit.md'} shows the fit")


if __name__ == "__main__":
    main()
