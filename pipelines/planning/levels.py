"""What a series belongs to: the levels that overrides are about and forecasts are summed over."""

from __future__ import annotations

import polars as pl

SEPARATOR = "\x1f"  # stands in no id (contract §0.1)
SKU_OF, LOCATION_OF = (
    pl.col("unique_id").str.split_exact(SEPARATOR, 1).struct.field(f"field_{part}") for part in (0, 1)
)


def split(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with SKU and location in place of the series' name."""
    return frame.with_columns(sku_id=SKU_OF, location_id=LOCATION_OF).drop("unique_id")


def attributes(history: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """What groups the series: product, category, brand and warehouse."""
    series = history.select(pl.col("unique_id").unique().sort())
    named = series.with_columns(sku_id=SKU_OF, location=LOCATION_OF)
    return named.join(items, on="sku_id", how="left", maintain_order="left").drop("sku_id")


def levels(groups: pl.DataFrame) -> pl.DataFrame:
    """One column per level (`feedback.forecast_override.LEVELS`), from the groups of `attributes`."""
    return groups.select(
        "unique_id",
        "category",
        "brand",
        spu="spu_id",
        sku=SKU_OF,
        warehouse="location",
        series=pl.concat_str(SKU_OF, LOCATION_OF, separator="@"),
        total=pl.lit("total"),
    )
