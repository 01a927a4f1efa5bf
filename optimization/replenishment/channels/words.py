"""Why units are kept for a shop, in English and Chinese."""

import polars as pl


def told(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with ``reason`` and ``reason_zh``.

    Parameters
    ----------
    rows
        ``ring_fenced`` (bool), ``allocated_qty``, ``committed_qty``, ``owed_qty`` (int), ``unit_margin`` (null for the
        pool), ``expected_demand_qty``.
    """
    promised = pl.min_horizontal("committed_qty", "owed_qty")
    by_rule = pl.col("owed_qty") - promised
    by_margin = pl.col("allocated_qty") - pl.col("owed_qty")
    margin = pl.col("unit_margin").round(2)
    english = pl.concat_str(
        pl.when(promised > 0).then(pl.format("{} promised to its campaigns", promised)),
        pl.when(by_rule > 0).then(pl.format("{} wanted by its service rule", by_rule)),
        pl.when(by_margin > 0).then(pl.format("{} because a unit earns {} here", by_margin, margin)),
        separator="; ",
        ignore_nulls=True,
    )
    chinese = pl.concat_str(
        pl.when(promised > 0).then(pl.format("活动承诺 {} 件", promised)),
        pl.when(by_rule > 0).then(pl.format("服务规则要求 {} 件", by_rule)),
        pl.when(by_margin > 0).then(pl.format("本店单件毛利 {}，多留 {} 件", margin, by_margin)),
        separator="；",
        ignore_nulls=True,
    )
    wanted = pl.col("expected_demand_qty").round(1)
    return rows.with_columns(
        reason=pl.when("ring_fenced")
        .then(english)
        .otherwise(pl.format("open to every shop; {} wanted of all meanwhile", wanted)),
        reason_zh=pl.when("ring_fenced").then(chinese).otherwise(pl.format("各店共享；其间共需 {} 件", wanted)),
    )
