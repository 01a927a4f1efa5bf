"""Forecasts of items, categories and the whole that add up."""

from __future__ import annotations

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

TOTAL = "total"


def node_of(attribute: str, member: str) -> str:
    """Name of a node above the series: ``category=shoes``."""
    return f"{attribute}={member}"


def aggregate(frame: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """Sums of a long frame for every member of every attribute and for the whole, after its own rows.

    Parameters
    ----------
    frame
        ``unique_id`` (text), ``ds`` (date) and numbers, which are summed.
    attributes
        ``unique_id`` (text) and attributes (text); null belongs to no member.

    Returns
    -------
    pl.DataFrame
        The columns of the frame; ``unique_id`` of a sum is ``attribute=member`` or ``total``.

    Raises
    ------
    ValueError
        When a column is missing or of another type, or an item occurs twice.
    """
    check_frame(frame, {"unique_id": "text", "ds": "date"}, "frame")
    check_unique(attributes, ["unique_id"], "attributes")
    numbers = [name for name in frame.columns if name not in ("unique_id", "ds")]
    parts = [frame]
    for name in [*(name for name in attributes.columns if name != "unique_id"), None]:
        if name is None:
            node = pl.lit(TOTAL)
            joined = frame
        else:
            node = pl.concat_str(pl.lit(f"{name}="), name)
            joined = frame.join(attributes.select("unique_id", name), on="unique_id").drop_nulls(name)
        # Sums of floats differ in the last digit with the order of what is summed.
        ordered = joined.with_columns(node=node).sort("node", "ds", "unique_id")
        grouped = ordered.group_by("node", "ds", maintain_order=True).agg(pl.col(numbers).sum())
        parts.append(grouped.rename({"node": "unique_id"}).select(frame.columns))
    return pl.concat(parts, how="vertical_relaxed")


def reconcile(forecast: pl.DataFrame, above: pl.DataFrame, attributes: pl.DataFrame) -> pl.DataFrame:
    """Series' forecasts moved towards those of categories and the whole, so that all add up.

    Minimum trace with error variances (Wickramasuriya, Athanasopoulos & Hyndman 2019, JASA 114), in the form
    that only solves a system of the size of what stands above: b + V Aᵀ (A V Aᵀ + U)⁻¹ (a − A b), where b are the
    series with variances V, a what is above with variances U, and A adds up. A negative result counts as zero.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` (number, zero or more) and ``variance`` (number above zero:
        of its error) of every series.
    above
        The same of sums, named as ``aggregate`` names them; without rows this is bottom-up.
    attributes
        As for ``aggregate``.

    Returns
    -------
    pl.DataFrame
        ``unique_id`` (str), ``ds`` (date), ``y_hat`` (float) of the series and of every sum, as ``aggregate`` orders
        them: every sum is the sum of its series.

    Raises
    ------
    ValueError
        When a column is missing or of another type, a variance is not above zero, a row occurs twice, or a sum is
        about no series.
    """
    for frame, what in ((forecast, "forecast"), (above, "above")):
        columns = {"unique_id": "text", "ds": "date", "y_hat": "number", "variance": "number"}
        check_frame(frame, columns, what)
        check_unique(frame, ["unique_id", "ds"], what)
        refuse_rows(frame, ~(pl.col("variance") > 0), "variance", "must be above zero", what)
    moved = []
    for (day,), rows in forecast.sort("ds", "unique_id").group_by("ds", maintain_order=True):
        sums = above.filter(pl.col("ds") == day).sort("unique_id")
        moved.append(rows.select("unique_id", "ds", y_hat=pl.Series(coherent(rows, sums, attributes))))
    series = pl.concat(moved) if moved else forecast.select("unique_id", "ds", pl.col("y_hat").cast(pl.Float64))
    return aggregate(series.sort("unique_id", "ds"), attributes)


def coherent(rows: pl.DataFrame, sums: pl.DataFrame, attributes: pl.DataFrame) -> np.ndarray:
    """Reconciled forecasts of the series of one period; shape (series,)."""
    base = rows["y_hat"].cast(pl.Float64).to_numpy()
    if not sums.height:
        return base
    from scipy import sparse

    known = rows.select("unique_id").join(attributes, on="unique_id", how="left", maintain_order="left")
    members = {TOTAL: np.arange(rows.height)}
    for name in (name for name in attributes.columns if name != "unique_id"):
        for (member,), part in known.with_row_index().group_by(name):
            if member is not None:
                members[node_of(name, member)] = part["index"].to_numpy()
    strange = [node for node in sums["unique_id"] if node not in members]
    if strange:
        raise ValueError(f"above: {strange[:5]} are sums of no series that is forecast; found {sorted(members)[:5]} …")
    columns = [members[node] for node in sums["unique_id"]]
    index = np.repeat(np.arange(len(columns)), [column.size for column in columns])
    add = sparse.csr_matrix((np.ones(index.size), (index, np.concatenate(columns))), shape=(sums.height, rows.height))
    variance = rows["variance"].cast(pl.Float64).to_numpy()
    weighed = add.multiply(variance)
    system = (weighed @ add.T).toarray() + np.diag(sums["variance"].cast(pl.Float64).to_numpy())
    gap = sums["y_hat"].cast(pl.Float64).to_numpy() - add @ base
    return np.maximum(base + weighed.T @ np.linalg.solve(system, gap), 0)
