"""What is set for an item by name."""

from collections.abc import Mapping

import polars as pl


def set_for_item(by_name: Mapping[str, str]) -> tuple[pl.Expr, pl.Expr]:
    """What is set for an item itself, null where nothing is, and the name by which it is: the closest one.

    Names are a SKU (``RS001``) or a SKU and location (``RS001@W1``), which is closer.
    """
    names = dict(by_name)
    sku, series = pl.col("sku_id"), pl.concat_str("sku_id", "location_id", separator="@")
    name = pl.when(series.is_in(list(names))).then(series).when(sku.is_in(list(names))).then(sku)
    return name.replace_strict(names, default=None, return_dtype=pl.String), name
