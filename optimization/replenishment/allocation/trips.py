"""Transfers that are worth the trip, with the days on which it goes."""

from datetime import date, timedelta

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

LANES = {
    "from_location_id": "text",
    "to_location_id": "text",
    "days": "number",
    "unit_cost": "number",
    "trip_cost": "number",
    "weekdays": "text?",
}
ROUTE = ["from_location_id", "to_location_id"]


def next_trips(lanes: pl.DataFrame, today: date) -> pl.DataFrame:
    """When each lane goes next, from tomorrow on, and when what it carries is there.

    Parameters
    ----------
    lanes
        ``from_location_id``, ``to_location_id`` (text), ``days`` (number, ≥ 0: from shipping until it can be sold),
        ``unit_cost``, ``trip_cost`` (number, ≥ 0), ``weekdays`` (text, null: any day: digits 1, Monday, to 7).
    today
        Business date.

    Returns
    -------
    pl.DataFrame
        ``lanes`` with ``ship_date``, ``arrival_date``.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    check_frame(lanes, LANES, "lanes")
    check_unique(lanes, ROUTE, "lanes")
    for column in ("days", "unit_cost", "trip_cost"):
        refuse_rows(lanes, pl.col(column) < 0, column, "must be zero or more", "lanes")
    refuse_rows(lanes, ~pl.col("weekdays").str.contains("[1-7]"), "weekdays", "must hold digits 1 to 7", "lanes")
    week = [today + timedelta(days=ahead) for ahead in range(1, 8)]
    ship = [
        next(day for day in week if weekdays is None or str(day.isoweekday()) in weekdays)
        for weekdays in lanes["weekdays"]
    ]
    return lanes.with_columns(ship_date=pl.Series(ship, dtype=pl.Date)).with_columns(
        arrival_date=pl.col("ship_date") + pl.duration(days=pl.col("days").ceil().cast(pl.Int64))
    )


def worth_the_trip(moves: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    """Moves whose lane saves more than its trip costs, each with its share of the trip in its cost.

    Parameters
    ----------
    moves
        As ``plan_transfers`` returns them.
    lanes
        As ``next_trips`` returns them.

    Returns
    -------
    pl.DataFrame
        ``moves`` with ``ship_date``, ``arrival_date``, the trip shared out by what each saves, so that none bears more
        than that; largest saving first.
    """
    joined = moves.join(lanes.select(*ROUTE, "trip_cost", "ship_date", "arrival_date"), on=ROUTE)
    share = pl.col("trip_cost") * pl.col("saving") / pl.col("saving").sum().over(ROUTE)
    return (
        joined.filter(pl.col("saving").sum().over(ROUTE) > pl.col("trip_cost"))
        .with_columns(est_cost=pl.col("est_cost") + share, saving=pl.col("saving") - share)
        .drop("trip_cost")
        .sort(["saving", "sku_id", *ROUTE], descending=[True, False, False, False])
    )
