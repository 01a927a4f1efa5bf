"""Whether a supplier takes an order today, and when next; whether a later plan would order as soon."""

from datetime import date, timedelta

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

SUPPLIERS = {"supplier_id": "text", "contract_ends": "date?"}
SHUTDOWNS = {"supplier_id": "text", "first_date": "date", "last_date": "date"}
HORIZON_DAYS = 366
LATER = "its supplier takes orders again on {}, and a later plan orders in time for it"


def order_days(
    suppliers: pl.DataFrame, shutdowns: pl.DataFrame, lead_days: dict[str, int], today: date
) -> pl.DataFrame:
    """Why a supplier is closed today, and the next day on which it is not.

    Parameters
    ----------
    suppliers
        ``supplier_id``; ``contract_ends`` (date, null: open end): last day of contract or licence. What would be
        received after it is not ordered. Weekdays close nobody here: see ``left_to_a_later_plan``.
    shutdowns
        ``supplier_id``, ``first_date``, ``last_date``: days without orders, both included.
    lead_days
        Longest lead time of each supplier in days.
    today
        Business date.

    Returns
    -------
    pl.DataFrame
        ``supplier_id``, ``closed_reason`` (str, null: open today), ``next_order_date`` (date, null: none within a
        year), in the order given.

    Raises
    ------
    ValueError
        When a column is missing, a supplier doubled or a shutdown ends before it begins.
    """
    check_frame(suppliers, SUPPLIERS, "suppliers")
    check_unique(suppliers, ["supplier_id"], "suppliers")
    check_frame(shutdowns, SHUTDOWNS, "shutdowns")
    reversed_days = pl.col("last_date") < pl.col("first_date")
    refuse_rows(shutdowns, reversed_days, "last_date", "must not be before first_date", "shutdowns")
    closed: dict[str, list[tuple[date, date]]] = {}
    for name, first, last in shutdowns.select(*SHUTDOWNS).iter_rows():
        closed.setdefault(name, []).append((first, last))
    rows = []
    for name, ends in suppliers.select(*SUPPLIERS).iter_rows():
        terms = ends, closed.get(name, []), lead_days.get(name, 0)
        ahead = (today + timedelta(days=shift) for shift in range(HORIZON_DAYS))
        rows.append(
            (
                name,
                reason_closed(today, *terms),
                next((day for day in ahead if reason_closed(day, *terms) is None), None),
            )
        )
    schema = {"supplier_id": pl.String, "closed_reason": pl.String, "next_order_date": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def reason_closed(
    day: date, contract_ends: date | None, shutdowns: list[tuple[date, date]], lead_days: int
) -> str | None:
    """Why no order can be placed on a day; None if one can."""
    for first, last in shutdowns:
        if first <= day <= last:
            return f"shut down from {first} to {last}"
    if contract_ends is not None and day + timedelta(days=lead_days) > contract_ends:
        return f"contract or licence ends on {contract_ends}, before an order of {day} is sure to arrive"
    return None


def left_to_a_later_plan(waits: pl.DataFrame, today: date, next_plan_days: int) -> pl.DataFrame:
    """Suppliers from whom the next plan orders as soon as this one: it knows more, and its orders are larger.

    Parameters
    ----------
    waits
        Days before suppliers take an order of today, as ``Problem.waits``.
    today
        Business date.
    next_plan_days
        Days until the orders of the next plan are placed; 0: nothing is left to it.

    Returns
    -------
    pl.DataFrame
        ``supplier_id``, ``later_reason`` (text: on which day he takes the order of today).
    """
    in_time = (pl.col("days") >= next_plan_days) & (next_plan_days > 0)
    taken = waits.group_by("supplier_id").agg(days=pl.col("day").max()).filter(in_time)
    on = pl.lit(today) + pl.duration(days=pl.col("days"))
    return taken.sort("supplier_id").select("supplier_id", later_reason=pl.format(LATER, on.dt.to_string("%Y-%m-%d")))
