"""What companies ordered in bulk, and what was asked for otherwise, over the last half year of complete days."""

import polars as pl

from pipelines.planning.levels import SEPARATOR

# Long enough for goods of which companies order twice a year, short enough to follow a change of business.
DAYS = 182
LATELY = f"""
    fulfil_mode = 'own' and is_complete_day
    and demand_date >= (select max(demand_date) from marts.demand_history where is_complete_day) - {DAYS - 1}
"""
BULK_ORDERS = f"""
    select sku_id || '{SEPARATOR}' || location_id as unique_id, bulk_qty::double as qty
    from marts.demand_history
    where {LATELY} and bulk_qty > 0
    order by all
"""
OTHER_SALES = f"""
    select sku_id || '{SEPARATOR}' || location_id as unique_id, sum(gross_demand_qty)::double as units,
        sum(order_lines)::double as lines
    from marts.demand_history
    where {LATELY}
    group by all
    order by all
"""


def only_in_bulk(orders: pl.DataFrame, *known: pl.DataFrame) -> pl.DataFrame:
    """`unique_id` of the series of bulk orders that are in none of the frames: nobody else ever asked for them."""
    others = pl.concat(frame.select("unique_id") for frame in known)
    return orders.select("unique_id").unique().join(others, on="unique_id", how="anti").sort("unique_id")


def with_weeks_of_nothing(weekly: pl.DataFrame, only: pl.DataFrame) -> pl.DataFrame:
    """The weeks of a forecast, and those of series that nobody else asks for: nothing, which bulk orders come on."""
    numbers = [name for name in weekly.columns if name not in ("unique_id", "ds")]
    rows = only.join(weekly.select(pl.col("ds").unique().sort()), how="cross").with_columns(
        pl.lit(0.0).alias(name) for name in numbers
    )
    return pl.concat([weekly, rows.select(weekly.columns)])


def with_nothing_otherwise(sums: pl.DataFrame, only: pl.DataFrame) -> pl.DataFrame:
    """The sums of a forecast, nothing instead of null for series that nobody else asks for."""
    numbers = [name for name in sums.columns if name == "y_hat" or name.startswith("q_")]
    unasked = pl.col("unique_id").is_in(only["unique_id"].implode())
    return sums.with_columns(
        pl.when(unasked).then(pl.col(name).fill_null(0.0)).otherwise(name).alias(name) for name in numbers
    )
