"""How well fitted price elasticities foretell later sales: ``python -m benchmarks.elasticity FOLDER``.

The folder holds `sales.parquet` (`unique_id`, `ds`, `y`, `x_price`) and `items.parquet` (`unique_id`, `brand`). They
are fitted on the first 60 weeks. Of the later ones those count in which the price is 5 % or more from its later usual
one; what is compared is how far sales are from `usual sales × (price / usual price) ** elasticity`, usual sales being
the median of the later weeks at the usual price, so that only the answer to price is judged. The error is a sum of
absolute differences over sales.
"""

import argparse
import time
from pathlib import Path

import polars as pl

from optimization.replenishment.clearance import fit_elasticity

WEEKS, LEAST_CHANGE = 60, 0.05


def main() -> None:
    """Print the errors without an elasticity, with one for all, and with the fitted ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    sales = pl.read_parquet(folder / "sales.parquet").join(pl.read_parquet(folder / "items.parquet"), on="unique_id")
    sales = sales.filter(pl.col("x_price") > 0).select(
        sku_id="unique_id", category_id=pl.col("brand").cast(pl.String), ds="ds", units="y", price="x_price"
    )
    split = sales["ds"].unique().sort()[WEEKS]
    began = time.process_time()
    first = sales.filter(pl.col("ds") < split)
    fitted = fit_elasticity(first.with_columns(baseline=pl.col("units").median().clip(1).over("sku_id")))
    spent = time.process_time() - began
    later = sales.filter(pl.col("ds") >= split).with_columns(usual_price=pl.col("price").median().over("sku_id"))
    change = pl.col("price") / pl.col("usual_price")
    still = later.filter((change - 1).abs() < LEAST_CHANGE)
    usual = still.group_by("sku_id").agg(baseline=pl.col("units").median())
    later = later.filter((change - 1).abs() >= LEAST_CHANGE).join(usual, on="sku_id").join(fitted, on="sku_id")
    print(f"{fitted.height} series, {fitted['elasticity'].count()} elasticities, {spent:.2f} CPU-s")
    for name, elasticity in (
        ("none", pl.lit(0.0)),
        ("-2 for all", pl.lit(-2.0)),
        ("fitted", pl.col("elasticity").fill_null(0.0)),
    ):
        expected = pl.col("baseline") * change**elasticity
        error = later.select((pl.col("units") - expected).abs().sum() / pl.col("units").sum()).item()
        print(f"{name}: {error:.3f} over {later.height:,} weeks")


if __name__ == "__main__":
    main()
