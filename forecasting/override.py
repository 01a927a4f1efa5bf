"""What planners know better, laid over a forecast and never into it."""

from __future__ import annotations

from datetime import date

import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows

OVERRIDES = {
    "override_id": "text",
    "author": "text",
    "reason": "text",
    "made_on": "date",
    "expires_on": "date?",
    "level": "text",
    "member": "text",
    "first_ds": "date",
    "last_ds": "date",
    "kind": "text",
    "value": "number",
}
KINDS = ("factor", "add", "total")


def override(
    forecast: pl.DataFrame, overrides: pl.DataFrame, attributes: pl.DataFrame, today: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Apply overrides one after another, oldest first, each shared out as the forecast itself is.

    Parameters
    ----------
    forecast
        ``unique_id`` (text), ``ds`` (date), ``y_hat`` (number) and perhaps ``q_<level>`` …, as ``predict``
        returns them.
    overrides
        One row per event: ``override_id``, ``author``, ``reason`` (text), ``made_on`` (date), ``expires_on``
        (date, null for never: from that day on it no longer holds), ``level`` (text: ``unique_id`` or a column of
        ``attributes``), ``member`` (text: the series, category, brand … it is about), ``first_ds``, ``last_ds``
        (date: first and last period it is about), ``kind`` (``factor``: times value; ``add``: value more in total;
        ``total``: value in total) and ``value`` (number, ≥ 0 but for ``add``).
    attributes
        ``unique_id`` (text) and attributes (text).
    today
        Overrides made later or expired by then do not hold.

    Returns
    -------
    (pl.DataFrame, pl.DataFrame)
        The forecast with ``y_hat`` and quantiles moved by the same factor (quantiles whole where all were), and
        ``y_model`` (float, what the model said). Then one row per override that held and series and period it moved:
        ``override_id``, ``author``, ``unique_id``, ``ds``, ``before``, ``after`` (float).

    Raises
    ------
    ValueError
        When a column is missing or of another type, an id occurs twice, a level or kind is not known, or a value
        is negative where it may not be.
    """
    check_frame(forecast, {"unique_id": "text", "ds": "date", "y_hat": "number"}, "forecast")
    check_frame(overrides, OVERRIDES, "overrides")
    check_unique(overrides, ["override_id"], "overrides")
    check_unique(attributes, ["unique_id"], "attributes")
    levels = ["unique_id", *(name for name in attributes.columns if name != "unique_id")]
    refuse_rows(overrides, ~pl.col("level").is_in(levels), "level", f"must be one of {levels}", "overrides")
    refuse_rows(overrides, ~pl.col("kind").is_in(KINDS), "kind", f"must be one of {list(KINDS)}", "overrides")
    negative = (pl.col("value") < 0) & (pl.col("kind") != "add")
    refuse_rows(overrides, negative | ~pl.col("value").is_finite(), "value", "must be zero or more", "overrides")

    holding = overrides.filter(
        pl.col("made_on") <= today, pl.col("expires_on").is_null() | (pl.col("expires_on") > today)
    ).sort("made_on", "override_id")
    current = forecast.join(attributes, on="unique_id", how="left", maintain_order="left").with_columns(
        y_model=pl.col("y_hat").cast(pl.Float64), y_hat=pl.col("y_hat").cast(pl.Float64)
    )
    quantiles = [name for name in forecast.columns if name.startswith("q_")]
    moves = [pl.DataFrame(schema=MOVES)]
    for event in holding.iter_rows(named=True):
        about = (pl.col(event["level"]) == event["member"]) & pl.col("ds").is_between(
            event["first_ds"], event["last_ds"]
        )
        held = current.filter(about.fill_null(False))
        if not held.height:
            continue
        moved = shared_out(held["y_hat"], event["kind"], float(event["value"]))
        after = held.select("unique_id", "ds", "y_hat").with_columns(after=moved)
        moves.append(
            after.select(
                pl.lit(event["override_id"]).alias("override_id"),
                pl.lit(event["author"]).alias("author"),
                "unique_id",
                "ds",
                pl.col("y_hat").alias("before"),
                "after",
            )
        )
        current = current.join(
            after.drop("y_hat"), on=["unique_id", "ds"], how="left", maintain_order="left"
        ).with_columns(pl.coalesce("after", "y_hat").alias("y_hat"))
        current = current.drop("after")
    moved = moved_quantiles(current, quantiles, pl.col("y_model"), pl.col("y_hat"))
    return moved.select(*forecast.columns, "y_model"), pl.concat(moves)


def moved_quantiles(frame: pl.DataFrame, names: list[str], before: pl.Expr, after: pl.Expr) -> pl.DataFrame:
    """Quantiles times what the mean was multiplied by, plus its units where it was zero; whole where all were."""
    whole = all(frame[name].drop_nulls().round().equals(frame[name].drop_nulls()) for name in names)
    factor = pl.when(before > 0).then(after / before)
    scaled = [pl.coalesce(pl.col(name) * factor, pl.col(name) + after - before) for name in names]
    rounded = [(values + 0.5).floor() if whole else values for values in scaled]
    return frame.with_columns(values.alias(name) for name, values in zip(names, rounded, strict=True))


MOVES = {
    "override_id": pl.String,
    "author": pl.String,
    "unique_id": pl.String,
    "ds": pl.Date,
    "before": pl.Float64,
    "after": pl.Float64,
}


def shared_out(before: pl.Series, kind: str, value: float) -> pl.Series:
    """The new values: a factor for each, or a total in the proportions of the old ones (equal if all were zero)."""
    if kind == "factor":
        return before * value
    total = before.sum()
    target = max(value + (total if kind == "add" else 0.0), 0.0)
    return before * (target / total) if total > 0 else pl.Series([target / before.len()] * before.len())
