"""Stock and what is under way, by bucket, by the day it is expected and by the day it expires."""

import numpy as np
import polars as pl

from optimization.replenishment.problem import KEY, Problem

WHOLE = pl.Int64


def supply(items: pl.DataFrame, problem: Problem) -> tuple[pl.DataFrame, np.ndarray]:
    """What every item has and gets, one row per item, bucket and date.

    What is under way is as fresh as its supplier owes when it arrives. What customers send back is taken to keep.

    Parameters
    ----------
    items
        Decidable items with ``sellable_days`` of their goods.
    problem
        What replenishment decides on.

    Returns
    -------
    tuple
        ``item`` (row), ``sku_id``, ``location_id``, ``bucket``, ``quantity``, ``last_sellable_period`` (null: keeps),
        ``is_transfer`` (bool); and shape (rows,): days until each is expected.
    """
    rows = items.with_row_index("item").with_columns(
        pl.col("item").cast(WHOLE), lead_days=pl.col("lead_time_days").cast(pl.Float64).ceil().cast(WHOLE)
    )
    dated = problem.inbound.join(rows, on=KEY).select(
        "item", *KEY, "sellable_days", bucket=pl.lit("on_order"), quantity=pl.col("quantity").cast(WHOLE),
        due=pl.col("due_in_days").cast(WHOLE).fill_null(pl.col("lead_days")),
    )  # fmt: skip
    told = dated.group_by("item").agg(told=pl.col("quantity").sum())
    moved = _moved(rows, problem)
    by_bucket = [
        moved.filter(bucket=bucket).group_by("item").agg(pl.col("quantity").sum().alias(f"{bucket}_told"))
        for bucket in ("in_transit", "approved")
    ]
    for known in (told, *by_bucket):
        rows = rows.join(known, on="item", how="left", maintain_order="left")
    whole = {name: pl.col(f"{name}_qty").cast(WHOLE) for name in ("on_hand", "in_transit", "on_order", "approved")}
    coming = {
        "in_transit": (whole["in_transit"] - pl.col("in_transit_told").fill_null(0), pl.lit(1)),
        "on_order": (whole["on_order"] - pl.col("told").fill_null(0), pl.col("lead_days")),
        "approved": (whole["approved"] - pl.col("approved_told").fill_null(0), pl.col("lead_days")),
    }
    under_way = [dated, moved] + [
        rows.select("item", *KEY, "sellable_days", bucket=pl.lit(bucket), quantity=quantity, due=due.cast(WHOLE))
        for bucket, (quantity, due) in coming.items()
    ]
    arriving = pl.concat(under_way, how="diagonal").with_columns(
        is_transfer=pl.col("is_transfer").fill_null(pl.col("bucket") == "in_transit"),
        last_sellable_period=pl.col("due").clip(lower_bound=0) + pl.col("sellable_days") - 1,
    )
    together = (
        pl.concat([arriving.drop("sellable_days"), *_here(rows, problem), _returning(rows, problem)], how="diagonal")
        .filter(pl.col("quantity") > 0)
        .sort("item", "bucket", "due", "last_sellable_period", "quantity", nulls_last=True)
    )
    columns = ("item", *KEY, "bucket", "quantity", "last_sellable_period", pl.col("is_transfer").fill_null(False))
    return together.select(columns), together["due"].to_numpy()


def _moved(rows: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """Transfers by the day they come, the first ones first, no more of them than the items have in their bucket."""
    held = rows.unpivot(
        ["in_transit_qty", "approved_qty"], index=["item", *KEY, "sellable_days"], variable_name="bucket",
        value_name="held",
    ).with_columns(pl.col("bucket").str.strip_suffix("_qty"), pl.col("held").cast(WHOLE))  # fmt: skip
    dated = problem.moves.join(held, on=[*KEY, "bucket"]).sort("item", "bucket", "due_in_days", "quantity")
    before = (pl.col("quantity").cum_sum() - pl.col("quantity")).over("item", "bucket")
    return dated.select(
        "item", *KEY, "sellable_days", "bucket",
        quantity=pl.min_horizontal("quantity", (pl.col("held") - before).clip(lower_bound=0)).cast(WHOLE),
        due=pl.col("due_in_days").cast(WHOLE).clip(lower_bound=0), is_transfer=pl.lit(True),
    )  # fmt: skip


def _here(rows: pl.DataFrame, problem: Problem) -> list[pl.DataFrame]:
    """On hand by batch, what keeps, and what is reserved of it; below zero on hand is owed."""
    on_hand = pl.col("on_hand_qty").cast(WHOLE).clip(lower_bound=0)
    named = rows.select("item", *KEY, "on_hand_qty", due=pl.lit(0, WHOLE))
    # What expires last lies there the longest: where batches say more than is on hand, the others have left.
    batches = (
        problem.batches.select(*KEY, pl.col("days_left", "quantity").cast(WHOLE))
        .join(named, on=KEY)
        .sort("item", "days_left", "quantity", descending=[False, True, False])
    )
    later = pl.col("quantity").cum_sum().over("item") - pl.col("quantity")
    batches = batches.with_columns(
        quantity=pl.min_horizontal("quantity", (on_hand - later).clip(lower_bound=0)),
        last_sellable_period=pl.col("days_left").clip(lower_bound=0) - 1,
        bucket=pl.lit("on_hand"),
    )
    batched = batches.group_by("item").agg(batched=pl.col("quantity").sum())
    keeps = named.join(batched, on="item", how="left", maintain_order="left").with_columns(
        bucket=pl.lit("on_hand"), quantity=on_hand - pl.col("batched").fill_null(0)
    )
    owed = pl.col("reserved_qty").cast(WHOLE) - pl.col("on_hand_qty").cast(WHOLE).clip(upper_bound=0)
    reserved = rows.select("item", *KEY, due=pl.lit(0, WHOLE), bucket=pl.lit("reserved"), quantity=owed)
    return [batches.drop("days_left", "on_hand_qty"), keeps.drop("batched", "on_hand_qty"), reserved]


def _returning(rows: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """What customers send back."""
    return problem.returning.join(rows.select(*KEY, "item"), on=KEY).select(
        "item", *KEY, bucket=pl.lit("returning"), quantity=pl.col("quantity").cast(WHOLE),
        due=pl.col("due_in_days").cast(WHOLE),
    )  # fmt: skip
