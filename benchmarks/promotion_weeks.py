"""What knowing campaigns is worth on the twin, in the weeks they run: ``python -m benchmarks.promotion_weeks``."""

import argparse
import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from benchmarks.cold_start import EPOCH, twin
from forecasting import Params, fit, predict, weekly_history
from simulator.choice import choose
from simulator.masters import make
from simulator.masters.campaigns import NO_AMOUNT
from simulator.steps.demand import Demand
from simulator.streams import Streams

AHEAD = 4


def campaign_days(world: str, days: int) -> pl.DataFrame:
    """Days on which a campaign holds a SKU: `sku`, `ds`, `cut` (share of the list price), `announced_on`."""
    masters = make(choose(world))
    campaigns, parts = masters.campaigns, []
    # Coupons hold all goods and name none.
    for n in np.flatnonzero(np.diff(campaigns.sku_start)):
        here = slice(campaigns.sku_start[n], campaigns.sku_start[n + 1])
        sku, price = campaigns.sku[here], campaigns.promo_price[here]
        cut = np.where(price == NO_AMOUNT, 0.0, 1 - price / masters.list_price[sku])
        running = np.arange(campaigns.first_day[n], campaigns.last_day[n] + 1)
        running = running[running < masters.first_day + days]
        day, which = np.repeat(running, sku.size), np.tile(np.arange(sku.size), running.size)
        parts.append(
            pl.DataFrame({"sku": sku[which], "day": day, "cut": cut[which], "published": campaigns.published_day[n]})
        )
    dates = {"ds": "day", "announced_on": "published"}
    return pl.concat(parts).select(
        "sku", "cut", **{name: pl.lit(EPOCH) + pl.duration(days=day) for name, day in dates.items()}
    )


def campaign_weeks(days: pl.DataFrame) -> pl.DataFrame:
    """By SKU and week what the mart `promotion_week` says of campaigns: `sku`, `ds`, `announced_on`, drivers."""
    by_day = days.group_by("sku", "ds").agg(pl.col("cut").max(), pl.col("announced_on").max())
    return by_day.group_by("sku", pl.col("ds").dt.truncate("1w")).agg(
        pl.col("announced_on").max(),
        x_campaign_days=pl.len().cast(pl.Float64),
        x_discount=pl.col("cut").max().clip(0, 1),
    )


def expected(world: str, first: date, days: int) -> pl.DataFrame:
    """What the world itself expects of each series and week, all its moods known: nobody can err less.

    Returns
    -------
    pl.DataFrame
        ``unique_id``, ``ds`` (Monday), ``expected`` (own units at the natural warehouse).
    """
    parameters = choose(world)
    masters = make(parameters)
    demand = Demand(masters, parameters, Streams(parameters.world.seed))
    natural = np.zeros((len(masters.warehouse_ids), masters.regional_mix.shape[1]))
    natural[masters.rank[:, 0], np.arange(natural.shape[1])] = 1
    place = natural @ masters.regional_mix[masters.category_of].T
    company = parameters.demand.b2b_share
    units = (1 - company) * np.maximum(masters.units_per_line, 1.0) + company * parameters.demand.b2b_units
    start, weeks = (first - EPOCH).days, []
    for week in range(start, start + days, 7):
        rate = sum(demand.rates(day) for day in range(week, week + 7))
        mean = rate * masters.modes[:, 0] * units * place
        where, sku = np.nonzero(mean)
        weeks.append(pl.DataFrame({"sku": sku, "place": where, "day": week, "expected": mean[where, sku]}))
    return pl.concat(weeks).select(
        pl.concat_str("sku", "place", separator=" ").alias("unique_id"),
        (pl.lit(EPOCH) + pl.duration(days="day")).alias("ds"),
        "expected",
    )


def with_campaigns(weeks: pl.DataFrame, campaigns: pl.DataFrame) -> pl.DataFrame:
    """Weeks of series with the campaigns of their SKU, each driver with the day it was announced."""
    drivers = [name for name in campaigns.columns if name.startswith("x_")]
    sku = pl.col("unique_id").str.split(" ").list.first().cast(pl.Int64)
    joined = weeks.with_columns(sku=sku).join(campaigns, on=["sku", "ds"], how="left", maintain_order="left")
    known = {f"known_{name}": pl.col("announced_on") for name in drivers}
    return joined.with_columns(pl.col(drivers).fill_null(0.0), **known).drop("sku", "announced_on")


def one_origin(
    history: pl.DataFrame, campaigns: pl.DataFrame, items: pl.DataFrame, origin: date, params: Params
) -> pl.DataFrame:
    """Truth and forecasts of the weeks ahead, with what was announced by the origin and without it."""
    past, truth = history.filter(pl.col("ds") < origin), history.filter(pl.col("ds") >= origin)
    truth = truth.filter(pl.col("ds") < origin + timedelta(weeks=AHEAD)).join(past, on="unique_id", how="semi")
    announced = campaign_weeks(campaigns.filter(pl.col("announced_on") < origin))
    planned = with_campaigns(truth.select("unique_id", "ds"), announced)
    found = truth.join(planned.select("unique_id", "ds", "x_discount"), on=["unique_id", "ds"])
    for name, known, ahead in (
        ("without", past, None),
        ("with", with_campaigns(past, announced), planned),
    ):
        forecast = predict(fit(known, params, items), AHEAD, planned=ahead)
        found = found.join(forecast.select("unique_id", "ds", pl.col("y_hat").alias(name)), on=["unique_id", "ds"])
    return found


def wape(rows: pl.DataFrame, name: str) -> tuple[float, float]:
    """WAPE and bias."""
    error, sold = rows[name] - rows["y"], max(rows["y"].sum(), 1)
    return error.abs().sum() / sold, error.sum() / sold


def main() -> None:
    """Print WAPE with and without knowledge of campaigns, in weeks with a price cut and in others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="reference")
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--origins", type=int, default=4)
    parser.add_argument("--weeks-apart", type=int, default=4)
    parser.add_argument("--calendar", default=Params().calendar, help="CN: both know holidays and sales events")
    parser.add_argument("--learned-rows", type=int, default=Params().learned_rows)
    asked = parser.parse_args()
    began, params = (
        time.process_time(),
        Params(choice_origins=0, learned_rows=asked.learned_rows, sum_periods=(1, 2, 4), calendar=asked.calendar),
    )
    daily, items = twin(asked.world, asked.days)
    attributes = items.drop("replaces", "launches_on", "ends_on").unique("unique_id")
    campaigns = campaign_days(asked.world, asked.days)
    last = daily["ds"].max() + timedelta(days=1)
    monday = last - timedelta(days=last.weekday())
    history = weekly_history(daily, monday).with_columns(pl.col("y").cast(pl.Float64))
    step = timedelta(weeks=asked.weeks_apart)
    origins = [monday - timedelta(weeks=AHEAD) - step * k for k in reversed(range(asked.origins))]
    seen = pl.concat(
        one_origin(history, campaigns, attributes, origin, params).join(
            expected(asked.world, origin, 7 * AHEAD), on=["unique_id", "ds"], how="left", maintain_order="left"
        )
        for origin in origins
    ).with_columns(pl.col("expected").fill_null(0.0))
    for what, rows in (
        ("weeks with a price cut", seen.filter(pl.col("x_discount") > 0)),
        ("other weeks", seen.filter(pl.col("x_discount") == 0)),
    ):
        (without, bias), (known, bias_known), (least, _) = (
            wape(rows, name) for name in ("without", "with", "expected")
        )
        sold = rows["y"].sum() / max(rows.height, 1)
        print(
            f"{what}: {rows.height} rows of {sold:.1f} units, WAPE (bias) {without:.3f} ({bias:+.3f}) without, "
            f"{known:.3f} ({bias_known:+.3f}) with, {1 - known / without:.1%} better; "
            f"{least:.3f} by the world's own rates, {1 - least / without:.1%}"
        )
    print(f"{len(origins)} origins, {time.process_time() - began:.0f} CPU-s")


if __name__ == "__main__":
    main()
