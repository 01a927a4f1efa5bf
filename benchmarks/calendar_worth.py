"""What knowing Lunar New Year, 618, Double 11 and workdays is worth on the twin, origin by origin."""

import argparse
import time
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from benchmarks.cold_start import twin
from benchmarks.promotion_weeks import campaign_days, campaign_weeks, wape, with_campaigns
from forecasting import Params, fit, predict, weekly_history
from forecasting.calendar_events import seen_festivals

AHEAD = 8


def one_origin(
    history: pl.DataFrame, campaigns: pl.DataFrame, items: pl.DataFrame, origin: date, params: Params
) -> dict[str, tuple[float, float]]:
    """WAPE and bias without the calendar and with it, campaigns known as they were announced."""
    past, ahead = history.filter(pl.col("ds") < origin), history.filter(pl.col("ds") >= origin)
    truth = ahead.filter(pl.col("ds") < origin + timedelta(weeks=AHEAD)).join(past, on="unique_id", how="semi")
    announced = campaign_weeks(campaigns.filter(pl.col("announced_on") < origin))
    known, planned = with_campaigns(past, announced), with_campaigns(truth.select("unique_id", "ds"), announced)
    found = {}
    for calendar in ("", "CN"):
        forecast = predict(fit(known, replace(params, calendar=calendar), items), AHEAD, planned=planned)
        found[calendar] = wape(truth.join(forecast, on=["unique_id", "ds"]), "y_hat")
    return found


def main() -> None:
    """Print score (WAPE, bias) at each origin and the means, by how many festivals had been seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="reference", help="one that ships, or a .toml file")
    parser.add_argument("--days", type=int, default=1010)
    parser.add_argument("--first-week", type=int, default=88, help="weeks of history at the first origin")
    parser.add_argument("--weeks-apart", type=int, default=4)
    parser.add_argument("--learned-rows", type=int, default=20_000)
    asked, began = parser.parse_args(), time.process_time()
    daily, items = twin(asked.world, asked.days)
    attributes = items.drop("replaces", "launches_on", "ends_on").unique("unique_id")
    campaigns, last = campaign_days(asked.world, asked.days), daily["ds"].max() + timedelta(days=1)
    monday = last - timedelta(days=last.weekday())
    history = weekly_history(daily, monday).with_columns(pl.col("y").cast(pl.Float64))
    first, params = (
        history["ds"].min(),
        Params(choice_origins=0, learned_rows=asked.learned_rows, sum_periods=(1, 2, 4, 8)),
    )
    rows, weeks = [], (monday - first).days // 7
    for week in range(asked.first_week, weeks - AHEAD + 1, asked.weeks_apart):
        origin = first + timedelta(weeks=week)
        found = one_origin(history, campaigns, attributes, origin, params)
        (without, bias), (known, bias_known) = found[""], found["CN"]
        seen = seen_festivals("CN", first, origin - timedelta(days=1))
        told = f"{without:.3f} ({bias:+.3f}) without, {known:.3f} ({bias_known:+.3f}) with"
        print(f"{origin}: {told}; {seen} festivals seen")
        rows.append((seen, without + abs(bias), known + abs(bias_known)))
    means = pl.DataFrame(rows, schema=["seen", "without", "known"], orient="row")
    for seen, origins, before, after in means.group_by("seen").agg(pl.len(), pl.all().mean()).sort("seen").iter_rows():
        print(f"{seen} seen, {origins} origins: score {before:.4f} without, {after:.4f} with")
    print(f"{time.process_time() - began:.0f} CPU-s")


if __name__ == "__main__":
    main()
