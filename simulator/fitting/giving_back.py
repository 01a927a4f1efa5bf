"""What is given back, and how long after the purchase."""

import duckdb

FOLLOWED_DAYS = 90  # purchases younger than this at the end of the data could still be given back: left out of rates


def match_cancellations(connection: duckdb.DuckDBPyConnection) -> None:
    """Make table ``given_back``: each line of a cancellation with the purchase it most likely undoes.

    That is the customer's latest earlier purchase of the item in at least that quantity; a cancellation without
    one (its purchase is older than the data, or it names no customer) has no purchase and is not in the table.
    Columns: ``purchase`` (row id in ``sale``), ``lag_days`` (days between the dates), ``units``.
    """
    connection.execute(
        """
        create or replace table given_back as
        select s.rowid purchase, date_diff('day', s.happened_at::date, c.happened_at::date) lag_days, c.units
        from cancellation c
        join sale s using (customer, item)
        where s.happened_at <= c.happened_at and s.units >= c.units
        qualify row_number() over (partition by c.rowid order by s.happened_at desc, s.rowid) = 1
        """
    )
