"""The stock that each item is held to."""

import polars as pl

from optimization.replenishment.problem import KEY
from optimization.replenishment.quantiles import quantity_at

# What a line of the economic plan says of itself.
TOLD = (
    "policy", "policy_reason", "critical_ratio", "value", "short_qty_if_nothing", "short_qty", "left_over_qty",
    "next_pack_value", "runner_up_supplier_id", "runner_up_value",
)  # fmt: skip


def with_levels(items: pl.DataFrame, demand: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Add the levels in whole base units: mean demand, order-up-to level, reorder point, safety stock.

    Parameters
    ----------
    items, demand
        As in ``Problem``.
    decided
        Lines of the economic plan. Levels are the quantiles of demand at their critical ratio, of other items at
        their service target: whatever is on hand today, which only decides what is needed now.

    Returns
    -------
    pl.DataFrame
        The items with ``order_up_to_qty``, ``reorder_point_qty``, ``demand_mean_qty``, ``safety_stock_qty``,
        ``economic_qty`` and ``economic_need_qty`` (null: not decided) and what the economic line says of itself.
    """
    lines = items.join(
        decided.rename({"left_qty": "left_over_qty"}).select(
            *KEY, *TOLD, economic_qty="suggested_qty", economic_need_qty="need_qty"
        ),
        on=KEY,
        how="left",
        maintain_order="left",
    ).with_columns(
        # A rule of minimum and maximum is held at the service target, whatever another share would earn.
        critical_ratio=pl.when(pl.col("policy") == "min_max")
        .then(pl.col("service_target").cast(pl.Float64))
        .otherwise("critical_ratio")
    )
    up, reorder = levels_at(lines, demand)
    known = pl.col("demand_mean").is_not_null()
    return lines.with_columns(
        order_up_to_qty=pl.when(known).then(up),
        reorder_point_qty=pl.when(known).then(reorder),
        demand_mean_qty=(pl.col("demand_mean") + 0.5).floor().cast(pl.Int64),
    ).with_columns(safety_stock_qty=pl.col("order_up_to_qty") - pl.col("demand_mean_qty"))


def levels_at(lines: pl.DataFrame, demand: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Order-up-to level and reorder point of each line (base units), at its critical ratio, else its service target."""
    asked = _level(lines, demand)
    # Nine digits: a float a hair above a whole number must not cost a unit.
    up, reorder = (
        quantity_at(demand, asked, interval).round(9).ceil().cast(pl.Int64) for interval in ("protection", "lead_time")
    )
    return up, reorder


def _level(lines: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """The level at which each item's quantiles are read, within those given."""
    given = (
        demand.drop_nulls("quantity")
        .group_by(KEY)
        .agg(lowest=pl.col("level").cast(pl.Float64).min(), highest=pl.col("level").cast(pl.Float64).max())
    )
    level = pl.coalesce("critical_ratio", pl.col("service_target").cast(pl.Float64))
    joined = lines.select(*KEY, "service_target", "critical_ratio").join(
        given, on=KEY, how="left", maintain_order="left"
    )
    return joined.select(*KEY, service_target=level.clip("lowest", "highest"))
