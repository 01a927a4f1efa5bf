"""Announced promotions are judged by the forecast as far as it reaches, and by what is planned beyond it."""

import duckdb
import polars as pl

from pipelines.planning.promotions import judge_promotions, read_promotions
from pipelines.workspace import Workspace


def test_a_promotion_that_ends_after_the_forecast_is_judged_by_what_is_planned_for_it(copied: Workspace):
    key = ["campaign_id", "sku_id", "shop_id"]
    with duckdb.connect(str(copied.warehouse)) as connection:
        connection.execute("set TimeZone = 'Asia/Shanghai'")
        whole = read_promotions(connection)["promotions"]
        connection.execute(
            "delete from plan.demand_forecast where week_start > (select min(week_start) from plan.demand_forecast)"
        )
        [(end,)] = connection.execute("select max(week_start) + 7 from plan.demand_forecast").fetchall()
        cut = read_promotions(connection)["promotions"]
    assert whole.height == cut.height > 0 and whole["expected_qty"].is_not_null().any()
    beyond = cut.filter(pl.col("last_date") >= end)
    assert beyond.height > 0 and beyond["expected_qty"].is_null().all()
    judged = judge_promotions({"promotions": beyond.with_columns(planned_qty=pl.lit(1e9))})["promotion_break_even"]
    assert judged.height == beyond.height and "short" not in judged.filter(pl.col("promo_margin") > 0)["verdict"]
    within = cut.filter(pl.col("last_date") < end).join(whole, on=key, how="left")
    assert (within["expected_qty"].fill_null(-1) == within["expected_qty_right"].fill_null(-1)).all()
