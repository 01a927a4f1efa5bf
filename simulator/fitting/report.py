"""What the fits of one data set hand on: figures and charts."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.fitting.chart import Chart
from simulator.fitting.figure import Figure, Value


@dataclass
class Report:
    """Figures and charts in the order they were added.

    Parameters
    ----------
    source
        Name of the data set, written beside every figure.
    """

    source: str
    figures: list[Figure] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)

    def add(self, section: str, values: dict[str, Value], method: str, n: str, misses: str = "") -> None:
        """Add figures that were fitted together."""
        self.figures += [Figure(section, name, value, self.source, method, n, misses) for name, value in values.items()]


def in_order(reports: Sequence[Report], sections: Sequence[str]) -> list[Figure]:
    """The figures of all reports, by section in the order given; a section's subtables follow it."""
    figures = [figure for report in reports for figure in report.figures]
    return sorted(figures, key=lambda figure: (sections.index(figure.section.split(".")[0]), figure.section.count(".")))
