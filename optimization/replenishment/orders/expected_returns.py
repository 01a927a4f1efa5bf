"""What customers will send back, as supply."""

import polars as pl

from forecasting.door import check_frame, refuse_rows

RETURNS = {"sku_id": "text", "location_id": "text", "expected_date": "date", "resellable_qty": "number"}


def returns_as_supply(expected: pl.DataFrame, days_to_shelf: int) -> pl.DataFrame:
    """Whole units that returns will put on sale again, by day.

    A share of a unit is none, but shares of many days make some: the running sum is rounded down day by day, so a plan
    never counts on more than is expected so far, and loses less than one unit in all.

    Parameters
    ----------
    expected
        ``sku_id``, ``location_id`` (text), ``expected_date`` (date of receipt), ``resellable_qty`` (number, ≥ 0): the
        mart ``expected_return``.
    days_to_shelf
        Days from receipt until inspected goods are on sale.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id`` (str), ``date`` (date), ``quantity`` (int, > 0): inbound supply, as ``Network``
        takes it, sorted by these.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(expected, RETURNS, "expected")
    refuse_rows(expected, ~(pl.col("resellable_qty") >= 0), "resellable_qty", "must be zero or more", "expected")
    if days_to_shelf < 0:
        raise ValueError(f"days_to_shelf must be zero or more, found {days_to_shelf}")
    place = ["sku_id", "location_id"]
    so_far = (pl.col("resellable_qty").cast(pl.Float64).cum_sum().over(place) + 1e-9).floor().cast(pl.Int64)
    return (
        expected.sort(*place, "expected_date")
        .with_columns(so_far=so_far)
        .with_columns(quantity=pl.col("so_far") - pl.col("so_far").shift(1).over(place).fill_null(0))
        .filter(pl.col("quantity") > 0)
        .select(
            "sku_id",
            "location_id",
            date=pl.col("expected_date").dt.offset_by(f"{days_to_shelf}d"),
            quantity="quantity",
        )
    )
