"""Orders that no supplier has confirmed."""

from datetime import date

import polars as pl

from forecasting.door import check_frame

LINES = {
    "po_line_id": "text",
    "supplier_id": "text",
    "is_acknowledged": "bool",
    "ordered_date": "date",
    "expected_arrival_date": "date",
    "open_amount": "number",
}


def to_chase(lines: pl.DataFrame, as_of_date: date, patience_days: int) -> pl.DataFrame:
    """Lines whose supplier should be asked whether he has the order.

    They still count as supply: a silent supplier is asked, never ordered from again.

    Parameters
    ----------
    lines
        Open lines: ``po_line_id``, ``supplier_id`` (text), ``is_acknowledged`` (bool), ``ordered_date``,
        ``expected_arrival_date`` (date), ``open_amount`` (number, money).
    as_of_date
        Business date.
    patience_days
        Days that a supplier has to confirm.

    Returns
    -------
    pl.DataFrame
        ``supplier_id``, ``po_line_id``, ``days_unacknowledged`` (int), ``days_to_arrival`` (int), ``money_at_stake``
        (float: what is open), most urgent first: what should come soonest, of those the largest amount.

    Raises
    ------
    ValueError
        When a column is missing or wrong, or the patience is below zero.
    """
    check_frame(lines, LINES, "lines")
    if patience_days < 0:
        raise ValueError(f"patience_days must be zero or more, found {patience_days}")
    waited = (pl.lit(as_of_date) - pl.col("ordered_date")).dt.total_days()
    return (
        lines.filter(~pl.col("is_acknowledged") & (waited > patience_days))
        .select(
            "supplier_id",
            "po_line_id",
            days_unacknowledged=waited,
            days_to_arrival=(pl.col("expected_arrival_date") - pl.lit(as_of_date)).dt.total_days(),
            money_at_stake=pl.col("open_amount").cast(pl.Float64),
        )
        .sort(["days_to_arrival", "money_at_stake", "po_line_id"], descending=[False, True, False])
    )
