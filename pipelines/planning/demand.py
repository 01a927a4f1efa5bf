"""Demand history to forecasts: per week, and summed over the intervals that orders must cover."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import polars as pl

import forecasting
from pipelines.planning.bulk import (
    BULK_ORDERS,
    DAYS,
    OTHER_SALES,
    only_in_bulk,
    with_nothing_otherwise,
    with_weeks_of_nothing,
)
from pipelines.planning.contracted import PAST, SUBSCRIPTIONS, Contracted, by_week, read_contracted
from pipelines.planning.demand_part import demand_part
from pipelines.planning.fitted import fitted
from pipelines.planning.kept_trees import KeptTrees
from pipelines.planning.levels import SEPARATOR, SKU_OF, attributes, levels, split
from pipelines.planning.lives import coming, ends, successions
from pipelines.planning.tables import read

HORIZON_WEEKS = 8
# The causes of a series' eight weeks cost 20 ms, as much as the forecast of twenty: those that sell most are explained.
EXPLAINED_SERIES = 200
WEEKLY_LEVELS = (0.1, 0.5, 0.9, 0.95)
# Service targets lie between these; the tails price what a shortage and what is left over cost.
INTERVAL_LEVELS = (0.05, 0.25, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)
HISTORY = f"""
    select
        sku_id || '{SEPARATOR}' || location_id as unique_id,
        demand_date as ds,
        gross_demand_qty::double as y,
        not coalesce(is_stocked_out, false) as in_stock
    from marts.demand_history
    where fulfil_mode = 'own' and is_complete_day and (gross_demand_qty > 0 or bulk_qty = 0 or is_stocked_out)
    order by all
"""
# What is planned for a SKU is planned in every warehouse.
PROMOTIONS = """
    select
        sku_id,
        week_start as ds,
        announced_on,
        campaign_days::double as x_campaign_days,
        discount_rate::double as x_discount,
        exposures::double as x_exposures
    from marts.promotion_week
    order by all
"""
ITEMS = """
    select sku_id, spu_id, category_path as category, brand
    from intermediate.int_sku
    order by all
"""
# Who bought in the last thirteen weeks; a shop whose platform is not delivered is its own channel.
CHANNELS = f"""
    with
    shops as (
        select shop_id, max(platform) as platform from staging.stg_order__shop group by shop_id
    ),
    known as (
        select max(demand_date) as last_day from marts.demand_history where is_complete_day
    )
    select
        sku_id || '{SEPARATOR}' || natural_location_id as unique_id,
        coalesce(platform, shop_id) as member,
        sum(demand_qty)::double as y
    from intermediate.int_order_line
    left join shops using (shop_id)
    cross join known
    where
        fulfil_mode = 'own' and exclusion_reason is null and demand_qty > 0
        and ordered_date > last_day - 91 and ordered_date <= last_day
        and shop_id is not null and sku_id is not null
    group by all
    order by all
"""
LIVES = """
    select sku_id, launch_date as launches_on, end_date as ends_on
    from intermediate.int_sku
    where launch_date is not null or end_date is not null
    order by all
"""
PREDECESSORS = """
    select sku_id, predecessor_sku_id, scale
    from marts.predecessor
    order by all
"""
INTERVALS = """
    select sku_id, location_id, lead_time_days, review_days, service_target
    from marts.replenishment_input
    order by all
"""
OVERRIDES = """
    select override_id, author, reason, made_on, expires_on, "level", member, first_ds, last_ds, kind, "value"
    from plan.forecast_override
    order by override_id
"""


def read_demand(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """What forecasting needs, as frames."""
    queries = {
        "history": HISTORY,
        "contracted": PAST,
        "bulk_orders": BULK_ORDERS,
        "other_sales": OTHER_SALES,
        "subscriptions": SUBSCRIPTIONS,
        "promotions": PROMOTIONS,
        "items": ITEMS,
        "channels": CHANNELS,
        "lives": LIVES,
        "predecessors": PREDECESSORS,
        "intervals": INTERVALS,
        "overrides": OVERRIDES,
    }
    return {name: read(connection, sql) for name, sql in queries.items()}


@dataclass(frozen=True)
class Expected:
    """A model, what it learned from, what is planned and agreed ahead, and the weeks expected, overrides in them.

    Of the series in `only` the model knows nothing: companies alone buy them, in bulk.
    """

    known: pl.DataFrame
    contracted: Contracted
    bulk: forecasting.BulkOrders
    only: pl.DataFrame
    as_of_date: date
    model: forecasting.Model
    planned: pl.DataFrame
    weekly: pl.DataFrame
    moves: pl.DataFrame
    groups: pl.DataFrame
    last_days: pl.DataFrame

    @property
    def shown(self) -> pl.DataFrame:
        """The weeks that are written; overrides of later ones count in long intervals."""
        return self.weekly.filter(pl.col("ds") < self.model.series["ds"].max() + timedelta(weeks=HORIZON_WEEKS + 1))


def forecast(
    frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict, kept: KeptTrees | None = None
) -> dict[str, pl.DataFrame]:
    """Weekly quantiles, and quantiles over lead time and protection interval, per SKU and location.

    Beside them what planners' overrides moved, and sums of every level. Trees are learned once for every last
    complete week of history, where `kept` keeps them.
    """
    expected = _expected(frames, as_of_date, settings, kept)
    if expected is None:
        return {name: pl.DataFrame() for name in WRITTEN}
    return {
        "demand_forecast": _weekly(expected),
        "interval_demand": _interval_demand(expected, frames["intervals"]),
        "forecast_move": _by_week(expected.moves.drop("author"), "override_id"),
        "forecast_total": _totals(expected.shown, expected.groups, frames["channels"]),
    }


WRITTEN = ("demand_forecast", "interval_demand", "forecast_move", "forecast_total")


def explanation(
    frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict, kept: KeptTrees | None = None
) -> dict[str, pl.DataFrame]:
    """Why the forecast is what it is: units by cause, of the series that are expected to sell most; history apart."""
    expected = _expected(frames, as_of_date, settings, kept)
    if expected is None:
        return {name: pl.DataFrame() for name in EXPLAINED}
    return {
        "forecast_explanation": _by_week(_explained(expected)),
        "demand_part": demand_part(expected.known, expected.contracted.past),
    }


EXPLAINED = ("forecast_explanation", "demand_part")


def choice_in_use(
    frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict, kept: KeptTrees | None = None
) -> pl.DataFrame:
    """What the forecast of the day is put together from, and the figures that decided it (`forecasting.chosen`)."""
    expected = _expected(frames, as_of_date, settings, kept)
    return pl.DataFrame() if expected is None else forecasting.chosen(expected.model)


def _expected(
    frames: dict[str, pl.DataFrame], as_of_date: date, settings: dict, kept: KeptTrees | None
) -> Expected | None:
    """What is expected; None where there is no history."""
    params = forecasting.Params.from_mapping(settings)
    history = forecasting.weekly_history(frames["history"], as_of_date)
    if history.is_empty():
        return None
    own = with_promotions(less_contracted(history, frames), frames["promotions"])
    links = successions(history, frames["predecessors"], frames["lives"], as_of_date)
    known = forecasting.borrow_history(own, links)
    new = coming(known, frames["intervals"], frames["lives"], as_of_date)
    known = with_agreed(known, frames["subscriptions"].join(new, on="unique_id", how="anti"), params)
    learned = attributes(pl.concat([known.select("unique_id"), new.select("unique_id")]), frames["items"])
    launched = learned.join(new, on="unique_id", how="left", maintain_order="left")
    only = only_in_bulk(frames["bulk_orders"], known, new)
    groups = pl.concat([learned, attributes(only, frames["items"])])
    model = fitted(known, launched, params, kept)
    planned = with_promotions(weeks_ahead(known, params), frames["promotions"])
    # Overrides of weeks that only a long protection interval reaches count in it.
    reach = planned["ds"].n_unique() if frames["overrides"].height else HORIZON_WEEKS
    last_days = ends(groups, frames["lives"])
    weekly = with_weeks_of_nothing(forecasting.predict(model, reach, WEEKLY_LEVELS, planned), only)
    weekly = forecasting.cut_at_end(weekly, last_days, params.period_days)
    last = _last_day(frames["intervals"], as_of_date, reach)
    contracted = read_contracted(frames["contracted"], frames["subscriptions"], as_of_date, last, last_days)
    weekly = forecasting.plus_contracted(weekly, contracted.weeks)
    weekly, moves = forecasting.override(weekly, frames["overrides"], levels(groups), as_of_date)
    stretch = min(DAYS, (as_of_date - frames["history"]["ds"].min()).days) / params.period_days
    bulk = forecasting.bulk_orders(frames["bulk_orders"], frames["other_sales"], stretch)
    return Expected(own, contracted, bulk, only, as_of_date, model, planned, weekly, moves, groups, last_days)


def _last_day(intervals: pl.DataFrame, as_of_date: date, weeks: int) -> date:
    """The last day that a forecast of so many weeks, or of an interval to be covered, may reach."""
    longest = intervals.select((pl.col("lead_time_days") + pl.col("review_days")).max()).item() or 0.0
    return as_of_date + timedelta(days=max(math.ceil(longest), 7 * weeks))


def with_agreed(known: pl.DataFrame, subscriptions: pl.DataFrame, params: forecasting.Params) -> pl.DataFrame:
    """History with the series that are subscribed to and were never asked for: weeks of nothing, so not new goods."""
    weeks = known.select("ds").unique().sort("ds").tail(params.short_below)
    unsold = subscriptions.select("unique_id").unique().join(known, on="unique_id", how="anti").sort("unique_id")
    nothing = {name: pl.lit(0.0) for name in known.columns if name.startswith("x_")}
    rows = unsold.join(weeks, how="cross").with_columns(y=pl.lit(0.0), in_stock=pl.lit(True), **nothing)
    return pl.concat([known, rows], how="diagonal")


def less_contracted(history: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Weeks without what subscriptions had agreed: what is left must be forecast."""
    return forecasting.less_contracted(history, by_week(frames["contracted"]))


def weeks_ahead(history: pl.DataFrame, params: forecasting.Params) -> pl.DataFrame:
    """Every series in every week that a forecast may reach."""
    reach = max(HORIZON_WEEKS, *params.sum_periods)
    last = history["ds"].max()
    weeks = pl.DataFrame({"ds": [last + timedelta(weeks=week) for week in range(1, reach + 1)]})
    return history.select(pl.col("unique_id").unique().sort()).join(weeks, how="cross")


def with_promotions(weeks: pl.DataFrame, promotions: pl.DataFrame) -> pl.DataFrame:
    """Weeks of series with what was planned for their SKU, and when each part of it was announced."""
    drivers = [name for name in promotions.columns if name.startswith("x_")]
    joined = weeks.with_columns(sku_id=SKU_OF).join(promotions, on=["sku_id", "ds"], how="left", maintain_order="left")
    announced = {f"known_{name}": pl.col("announced_on") for name in drivers}
    return joined.with_columns(pl.col(drivers).fill_null(0.0), **announced).drop("sku_id", "announced_on")


def _by_week(frame: pl.DataFrame, *first: str) -> pl.DataFrame:
    return split(frame).rename({"ds": "week_start"}).sort(*first, "sku_id", "location_id", "week_start")


def _weekly(expected: Expected) -> pl.DataFrame:
    weekly = expected.shown
    # Nobody buys after a series' last day on sale.
    on_sale = forecasting.cut_at_end(
        weekly.select("unique_id", "ds", y_hat=pl.lit(1.0)), expected.last_days, expected.model.params.period_days
    )
    asked = weekly.select("unique_id", "y_hat", periods=on_sale["y_hat"])
    bulk = forecasting.bulk_units(asked, expected.bulk).alias("bulk_qty")
    return _by_week(
        weekly.with_columns(bulk).rename(
            {forecasting.quantile_column(q): f"q_{q:g}".replace(".", "_") for q in WEEKLY_LEVELS}
        )
    )


def _totals(weekly: pl.DataFrame, groups: pl.DataFrame, channels: pl.DataFrame) -> pl.DataFrame:
    """The forecast summed over every level above a series: sums of the same numbers, so all add up."""
    above = levels(groups).drop("series", "total")
    units = weekly.select("unique_id", "ds", "y_hat", "y_model")
    of_channels = forecasting.split_by(units, channels).with_columns(level=pl.lit("channel"))
    summed = forecasting.aggregate(units, above)
    node = pl.col("unique_id").str.splitn("=", 2).struct
    named = summed.slice(weekly.height).with_columns(
        level=node.field("field_0"), member=node.field("field_1").fill_null(forecasting.TOTAL)
    )
    both = pl.concat([named.drop("unique_id"), of_channels], how="diagonal")
    return both.rename({"ds": "week_start"}).sort("level", "member", "week_start")


def _explained(expected: Expected) -> pl.DataFrame:
    """Units by cause, of the series that are expected to sell most; what is agreed is a cause of its own."""
    agreed = expected.contracted.weeks
    weekly = expected.shown.join(agreed, on=["unique_id", "ds"], how="left", maintain_order="left")
    weekly = weekly.with_columns(pl.col("contracted").fill_null(0.0))
    units = (
        weekly.join(expected.only, on="unique_id", how="anti")
        .group_by("unique_id")
        .agg(pl.col("y_model").sum())
        .sort("y_model", "unique_id", descending=True)
    )
    most = units.head(EXPLAINED_SERIES)["unique_id"].to_list()
    causes = forecasting.explain(expected.model, most, HORIZON_WEEKS, expected.planned)
    learned = weekly.select("unique_id", "ds", y_hat=pl.col("y_model") - pl.col("contracted"))
    causes = forecasting.scale_causes(causes, learned)
    both = causes.join(weekly.select("unique_id", "ds", "contracted"), on=["unique_id", "ds"], how="left")
    return both.with_columns(y_hat=pl.col("y_hat") + pl.col("contracted"))


def _interval_demand(expected: Expected, intervals: pl.DataFrame) -> pl.DataFrame:
    model, last_days = expected.model, expected.last_days
    days = {
        "lead_time": pl.col("lead_time_days"),
        "protection": pl.col("lead_time_days") + pl.col("review_days"),
    }
    targets = intervals["service_target"].unique().to_list()
    asked_levels = sorted({*INTERVAL_LEVELS, *(target for target in targets if 0 < target < 1)})
    identity = pl.concat_str("sku_id", "location_id", separator=SEPARATOR)
    asked = pl.concat(
        intervals.select(identity.alias("unique_id"), pl.lit(name).alias("interval"), (weeks / 7).alias("periods"))
        for name, weeks in days.items()
    )
    days_of_period, last = model.params.period_days, model.series["ds"].max()
    asked = forecasting.until_end(asked, last_days, last + timedelta(days=days_of_period), days_of_period)
    summed = with_nothing_otherwise(
        forecasting.demand_over(model, asked, asked_levels, expected.planned), expected.only
    )
    summed = forecasting.plus_contracted_over(summed, expected.contracted.days, expected.as_of_date, days_of_period)
    summed = forecasting.override_sums(summed, expected.weekly)
    summed = forecasting.plus_bulk_over(summed, expected.bulk)
    long = forecasting.unpivot_quantiles(summed.drop("y_model").rename({"y_hat": "demand_mean"}))
    return split(long.filter(pl.col("quantity").is_not_null())).sort("sku_id", "location_id", "interval", "level")
