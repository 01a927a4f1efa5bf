"""Stages that promise each other how long a delivery takes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

STAGES = {
    "stage_id": "text",
    "lead_time": "integer",
    "max_service_time": "integer?",
    "inbound_time": "integer",
    "holding_cost": "number",
    "demand_spread": "number",
    "pooling": "number",
}
ARCS = {"upstream_id": "text", "downstream_id": "text", "units": "number"}


@dataclass(frozen=True)
class ServiceNetwork:
    """A network under guaranteed service.

    Every stage (a warehouse, a supplier, a step of work) promises its customers a service time and holds the
    safety stock that keeps the promise as long as demand stays below its bound. Graves and Willems (2000),
    "Optimizing strategic safety stock placement in supply chains", M&SOM 2(1).

    Parameters
    ----------
    stages
        One row per stage, times in whole periods:

        - ``stage_id`` (text),
        - ``lead_time`` (int, ≥ 0): from having all inputs to having the output,
        - ``max_service_time`` (int, ≥ 0): longest promise to customers; null where any will do,
        - ``inbound_time`` (int, ≥ 0): how long inputs from outside the network take,
        - ``holding_cost`` (number, ≥ 0): money per unit in stock and unit of time,
        - ``demand_spread`` (number, ≥ 0): units by which one period's outside demand may exceed its mean,
          such as 1.645 standard deviations; 0 where there is none; over τ periods it is √τ times that,
        - ``pooling`` (number, ≥ 1): spreads s of customers add up to ``(Σ s ** pooling) ** (1 / pooling)``: 2
          where they are independent, 1 where they rise together.
    arcs
        One row per delivery: ``upstream_id``, ``downstream_id`` (text), ``units`` (number, > 0) of the upstream
        output in one of the downstream.

    Raises
    ------
    ValueError
        When a column is missing or wrong, a key is doubled, an arc leads nowhere, or deliveries go in circles.
    """

    stages: pl.DataFrame
    arcs: pl.DataFrame

    def __post_init__(self) -> None:
        check_frame(self.stages, STAGES, "stages")
        check_frame(self.arcs, ARCS, "arcs")
        check_unique(self.stages, ["stage_id"], "stages")
        check_unique(self.arcs, ["upstream_id", "downstream_id"], "arcs")
        for column in ("lead_time", "max_service_time", "inbound_time", "holding_cost", "demand_spread"):
            refuse_rows(self.stages, pl.col(column) < 0, column, "must be zero or more", "stages")
        refuse_rows(self.stages, ~(pl.col("pooling") >= 1), "pooling", "must be 1 or more", "stages")
        refuse_rows(self.arcs, ~(pl.col("units") > 0), "units", "must be above zero", "arcs")
        for column in ("upstream_id", "downstream_id"):
            known = pl.col(column).is_in(self.stages["stage_id"].to_list())
            refuse_rows(self.arcs, ~known, column, "is no stage", "arcs")
        self._refuse_circles()

    def _refuse_circles(self) -> None:
        if len(self.order) < self.stages.height:
            circle = sorted(set(self.stages["stage_id"]) - {self.stages["stage_id"][row] for row in self.order})
            raise ValueError(f"arcs: deliveries go in circles among {circle}")

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each stage."""
        return {stage: row for row, stage in enumerate(self.stages["stage_id"])}

    @cached_property
    def links(self) -> list[tuple[int, int, float]]:
        """Arcs as rows of their stages, and units."""
        rows = self.arcs.select("upstream_id", "downstream_id", "units").iter_rows()
        return [(self.index[upstream], self.index[downstream], units) for upstream, downstream, units in rows]

    @cached_property
    def order(self) -> list[int]:
        """Rows of stages, each after all its suppliers; a circle and what it supplies are missing."""
        waiting = [0] * self.stages.height
        for _, downstream, _ in self.links:
            waiting[downstream] += 1
        order = [row for row, count in enumerate(waiting) if not count]
        for stage in order:
            for upstream, downstream, _ in self.links:
                if upstream == stage:
                    waiting[downstream] -= 1
                    if not waiting[downstream]:
                        order.append(downstream)
        return order

    @cached_property
    def spread(self) -> np.ndarray:
        """Units by which one period's demand on each stage may exceed its mean."""
        spread = self.stages["demand_spread"].to_numpy().astype(float)
        pooling = self.stages["pooling"].to_numpy().astype(float)
        for stage in reversed(self.order):
            parts = [units * spread[downstream] for upstream, downstream, units in self.links if upstream == stage]
            if parts:
                largest = max(*parts, spread[stage]) or 1.0
                scaled = np.array([*parts, spread[stage]]) / largest
                spread[stage] = largest * np.sum(scaled ** pooling[stage]) ** (1 / pooling[stage])
        return spread

    @cached_property
    def stock_cost(self) -> np.ndarray:
        """Cost of the safety stock that covers one period, by stage; over τ periods it is √τ times that."""
        return self.spread * self.stages["holding_cost"].to_numpy().astype(float)
