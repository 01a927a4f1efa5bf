"""Money of suppliers abroad in the money of sales and budgets."""

import polars as pl


def in_our_money(rows: pl.DataFrame, rates: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Rows with amounts of each row's own currency converted.

    One supplier may sell in several currencies, so the currency is the row's and not his.

    Parameters
    ----------
    rows
        With ``currency`` (null: our money) and the columns.
    rates
        As ``Problem.rates``.
    columns
        What to convert; float afterwards, null stays null. Null too where nobody told what the currency is worth: no
        amount is better than one that is taken for ours.
    """
    joined = rows.join(rates.select("currency", "rate"), on="currency", how="left", maintain_order="left")
    rate = pl.when(pl.col("currency").is_null()).then(1.0).otherwise("rate")
    return joined.with_columns(pl.col(name).cast(pl.Float64) * rate for name in columns).drop("rate")


def no_rate(rates: pl.DataFrame) -> pl.Expr:
    """Why money of a row's ``currency`` cannot be compared with ours; null where it can."""
    unknown = pl.col("currency").is_not_null() & ~pl.col("currency").is_in(rates["currency"].to_list())
    return pl.when(unknown).then(pl.format("nobody told what {} is worth in our money", "currency"))


def terms_in_our_money(terms: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Terms of orders (``Problem.terms``) in our money; who asks for a minimum or a fee of unknown worth is closed."""
    asked = (pl.col("minimum_value") > 0) | (pl.col("order_cost") > 0)
    closed = terms.with_columns(closed_reason=pl.coalesce("closed_reason", pl.when(asked).then(no_rate(rates))))
    return in_our_money(closed, rates, "minimum_value", "order_cost")
