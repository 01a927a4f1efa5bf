import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from forecasting import demand_over, fit, unpivot_quantiles, weekly_history
from optimization.replenishment import Problem, solve

AS_OF = date(2025, 6, 2)
LEVELS = [0.5, 0.8, 0.9, 0.95, 0.98]


def test_daily_sales_become_an_order_that_covers_lead_time_and_review():
    days = pl.date_range(AS_OF - timedelta(days=140), AS_OF - timedelta(days=1), eager=True)
    daily = pl.DataFrame({"unique_id": "A|W1", "ds": days, "y": 2.0})
    model = fit(weekly_history(daily, AS_OF))
    intervals = pl.DataFrame(
        {"unique_id": ["A|W1"] * 2, "interval": ["protection", "lead_time"], "periods": [21 / 7, 14 / 7]}
    ).with_columns(sku_id=pl.lit("A"), location_id=pl.lit("W1"))
    forecast = demand_over(model, intervals, LEVELS)
    demand = unpivot_quantiles(forecast).select("sku_id", "location_id", "interval", "level", "quantity")
    stock = dict.fromkeys(["in_transit_qty", "on_order_qty", "approved_qty", "reserved_qty"], 0)
    items = forecast.filter(interval="protection").select("sku_id", "location_id", demand_mean="y_hat")
    items = items.with_columns(
        supplier_id=pl.lit("S"),
        stock_known=pl.lit(True),
        on_hand_qty=pl.lit(10),
        lead_time_days=pl.lit(14),
        review_days=pl.lit(7),
        moq=pl.lit(0),
        order_multiple=pl.lit(1),
        pack_numerator=pl.lit(6),
        pack_denominator=pl.lit(1),
        currency=pl.lit(None, dtype=pl.String),
        unit_cost=pl.lit(Decimal("3.5")),
        unit_margin=pl.lit(Decimal("1")),
        service_target=pl.lit(0.9),
        lead_time_std_days=pl.lit(0.0),
        later_unit_cost=pl.lit(None, dtype=pl.Decimal(18, 4)),
        unit_extra=pl.lit(0.0),
        shortage_penalty=pl.lit(None, dtype=pl.Decimal(18, 4)),
        holding_cost=pl.lit(0.01),
        disposal_cost=pl.lit(0.0),
        yield_share=pl.lit(1.0),
        capacity_qty=pl.lit(None, dtype=pl.Int64),
        segment=pl.lit("A"),
        **{name: pl.lit(value) for name, value in stock.items()},
    )
    problem = Problem(items, demand, AS_OF)
    plan = solve(problem)
    line = plan.lines.row(0, named=True)
    assert plan.check(problem) == [] and line["status"] == "order"
    # The shelf is empty from the fifth day to the fourteenth: what is lost then is not bought again.
    assert 42 <= line["order_up_to_qty"] <= 52 and line["suggested_qty"] % 6 == 0
    assert 14 <= line["need_qty"] <= 18 and line["need_qty"] <= line["suggested_qty"]
    assert line["stock_out_date"] == AS_OF + timedelta(days=5)


def test_the_rooms_import_neither_the_platform_nor_the_slow_models():
    rooms = "forecasting, feedback, optimization.replenishment, optimization.waves, optimization.carriers"
    heavy = "{'statsforecast', 'pandas', 'scipy', 'dagster', 'duckdb', 'sqlalchemy'}"
    code = f"import sys, {rooms}; sys.exit(', '.join({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.stderr.strip() == ""
