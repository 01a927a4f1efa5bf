"""Young items of the twin against their category's average launch: ``python -m benchmarks.cold_start``."""

import argparse
import time
from datetime import date, timedelta

import numpy as np
import polars as pl

from forecasting import Params, borrow_history, cut_at_end, fit, less_predecessor, predict, weekly_history
from simulator.choice import choose
from simulator.masters import make
from simulator.steps.demand import Demand
from simulator.streams import Streams

AHEAD, YOUNG, LATE = 4, 4, 4
EPOCH, LAST_DAY = date(1970, 1, 1), 30_000


def twin(world: str, days: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Own demand by SKU, warehouse and day of sale, and the items: attributes, launch and what they replace."""
    parameters = choose(world)
    masters = make(parameters)
    demand = Demand(masters, parameters, Streams(parameters.world.seed))
    units = np.stack([demand.own_units(masters.first_day + day) for day in range(days)])
    day, place, sku = np.nonzero(units)
    daily = pl.DataFrame({"sku": sku, "place": place, "y": units[day, place, sku], "day": masters.first_day + day})
    named = pl.concat_str("sku", "place", separator=" ")
    daily = daily.with_columns(ds=pl.lit(EPOCH) + pl.duration(days="day"), unique_id=named)
    size = [f"{category} {size}" for category, size in zip(masters.category_of, masters.size, strict=True)]
    goods = pl.DataFrame(
        {
            "sku": np.arange(len(masters.sku_ids)),
            "spu": masters.spu_of.astype(str),
            "category": masters.category_of.astype(str),
            "brand": masters.brand_of.astype(str),
            "size": size,
            "launches_on": [EPOCH + timedelta(days=int(day)) for day in masters.launch_day],
            "replaces": masters.predecessor_of,
            "ends_on": [EPOCH + timedelta(days=min(int(day), LAST_DAY)) for day in masters.end_day],
        }
    )
    places = pl.DataFrame({"place": np.arange(units.shape[1]), "location": [f"W{k}" for k in range(units.shape[1])]})
    items = goods.join(places, how="cross").with_columns(unique_id=named)
    sold = items.join(daily, on="unique_id", how="semi")
    return daily.select("unique_id", "ds", "y"), sold.drop("sku", "place")


def average_launch(past: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Mean demand by category and week since the first sale, of the launches of a history."""
    began = past.group_by("unique_id").agg(began=pl.col("ds").min())
    launched = began.filter(pl.col("began") >= past["ds"].min() + timedelta(weeks=LATE))
    aged = past.join(launched, on="unique_id").join(items, on="unique_id")
    age = (pl.col("ds") - pl.col("began")).dt.total_days() // 7
    return aged.with_columns(age=age).group_by("category", "age").agg(usual=pl.col("y").mean())


def one_origin(daily: pl.DataFrame, items: pl.DataFrame, origin: date, params: Params) -> pl.DataFrame:
    """Truth, forecast and average launch of the weeks after an origin, of every series that was young at it."""
    past = weekly_history(daily, origin)
    truth = weekly_history(daily, origin + timedelta(weeks=AHEAD)).filter(pl.col("ds") >= origin)
    began = past.group_by("unique_id").agg(began=pl.col("ds").min())
    new = pl.col("launches_on") > daily["ds"].min()
    young = began.filter(pl.col("began") > origin - timedelta(weeks=YOUNG)).join(items.filter(new), on="unique_id")
    usual = average_launch(past, items)
    known = past.with_columns(pl.col("y").cast(pl.Float64))
    linked = links(items, young)
    model = fit(borrow_history(known, linked), params, items.drop("replaces", "launches_on", "ends_on"))
    forecast = cut_at_end(predict(model, AHEAD), items, 7)
    forecast = less_predecessor(forecast, linked, ["ds"])
    age = (pl.col("ds") - pl.col("began")).dt.total_days() // 7
    asked = truth.join(young, on="unique_id").join(forecast, on=["unique_id", "ds"])
    return asked.with_columns(age=age).join(usual, on=["category", "age"], how="inner")


def links(items: pl.DataFrame, young: pl.DataFrame) -> pl.DataFrame:
    """What a young item replaces, in the same warehouse."""
    place = pl.col("unique_id").str.split(" ").list.last()
    lender = pl.concat_str(pl.col("replaces").cast(pl.String), place, separator=" ")
    found = young.filter(pl.col("replaces") >= 0).select("unique_id", lender=lender, scale=1.0, replaces=True)
    return found.join(items.select(lender="unique_id"), on="lender", how="semi")


def main() -> None:
    """Print WAPE and bias of the four weeks after each origin, for new items and for successors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="reference")
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--origins", type=int, default=4)
    parser.add_argument("--weeks-apart", type=int, default=8)
    parser.add_argument("--learned-rows", type=int, default=Params().learned_rows)
    asked = parser.parse_args()
    began, params = time.process_time(), Params(choice_origins=0, learned_rows=asked.learned_rows)
    daily, items = twin(asked.world, asked.days)
    last = daily["ds"].max() + timedelta(days=1)
    monday = last - timedelta(days=last.weekday())
    step = timedelta(weeks=asked.weeks_apart)
    origins = [monday - timedelta(weeks=AHEAD) - step * k for k in reversed(range(asked.origins))]
    seen = pl.concat([one_origin(daily, items, origin, params) for origin in origins])
    for what, rows in (
        ("new", seen.filter(pl.col("replaces") < 0)),
        ("successors", seen.filter(pl.col("replaces") >= 0)),
    ):
        total = rows["y"].sum()
        if not total:
            print(f"{what}: none was young at these origins")
            continue
        parts = [f"{what}: {rows['unique_id'].n_unique()} series"]
        for name in ("usual", "y_hat"):
            error = rows[name] - rows["y"]
            parts.append(f"{name} WAPE {error.abs().sum() / total:.3f} bias {error.sum() / total:+.3f}")
        print(", ".join(parts))
    print(f"{len(origins)} origins, {time.process_time() - began:.0f} CPU-s")


if __name__ == "__main__":
    main()
