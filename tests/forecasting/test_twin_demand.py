"""What the forecast promises of the twin, whose demand is known."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from forecasting import demand_parts
from simulator.choice import choose
from simulator.masters import make
from simulator.steps.demand import Demand
from simulator.streams import Streams

DAYS = 180


@pytest.fixture(scope="module")
def wanted() -> pl.DataFrame:
    """Own demand of the small world by SKU, warehouse and day on sale, whatever there was in stock."""
    parameters = choose("small")
    masters = make(parameters)
    demand = Demand(masters, parameters, Streams(parameters.world.seed))
    units = np.stack([demand.own_units(masters.first_day + day) for day in range(DAYS)])
    day, warehouse, sku = (place.ravel() for place in np.indices(units.shape))
    number = masters.first_day + day
    on_sale = (number >= masters.launch_day[sku]) & (number <= masters.end_day[sku])
    first = date(1970, 1, 1) + timedelta(days=int(masters.first_day))
    frame = pl.DataFrame({"unique_id": sku * 10 + warehouse, "day": day, "y": units.ravel()}).filter(on_sale)
    named = frame.with_columns(pl.col("unique_id").cast(pl.String), ds=pl.lit(first) + pl.duration(days="day"))
    return named.filter(pl.col("y").sum().over("unique_id") > 0).sort("unique_id", "ds")


def test_recovered_demand_is_within_three_percent_of_the_truth_where_a_tenth_of_days_is_stocked_out(wanted):
    rng = np.random.default_rng(3)
    out = np.zeros(wanted.height, bool)
    while out.mean() < 0.1:
        begin = rng.integers(0, wanted.height)
        out[begin : begin + rng.integers(2, 11)] = True
    truth = wanted["y"].sum()
    sold = wanted.with_columns(in_stock=pl.Series(~out)).with_columns(pl.col("y") * pl.col("in_stock"))
    assert sold["y"].sum() < 0.93 * truth
    assert demand_parts(sold)["unconstrained"].sum() == pytest.approx(truth, rel=0.03)
