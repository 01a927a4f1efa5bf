"""Money of suppliers abroad in the money of sales and budgets."""

import polars as pl


def in_our_money(rows: pl.DataFrame, rates: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Rows with amounts of a supplier's money converted.

    Parameters
    ----------
    rows
        With ``supplier_id`` and the columns.
    rates
        As ``Problem.rates``; who is not among them is paid in our money.
    columns
        What to convert; float afterwards, null stays null.
    """
    joined = rows.join(rates.select("supplier_id", "rate"), on="supplier_id", how="left", maintain_order="left")
    rate = pl.col("rate").fill_null(1.0)
    return joined.with_columns(pl.col(name).cast(pl.Float64) * rate for name in columns).drop("rate")
