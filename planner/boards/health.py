"""Inventory, suppliers, profit: how the business stands."""

from planner.boards.section import Section

HEALTH = (
    Section(
        "stock_by_status",
        """
        select status, count(*) as lines, sum(stock_amount) as stock_amount, sum(money_at_stake) as money_at_stake
        from inventory_health
        group by status
        order by stock_amount desc nulls last, status
        """,
        "stock_amount",
        (("status", "health"),),
    ),
    Section(
        "stock_by_age",
        """
        select age_band, count(*) as lines, sum(left_qty)::double as units, sum(left_amount) as stock_amount
        from stock_age
        group by age_band
        order by age_band
        """,
        "stock_amount",
    ),
    Section(
        "suppliers",
        """
        select
            supplier_name, order_lines, otif_promised_rate, fill_rate, defect_rate, lead_time_mean_days,
            lead_time_std_days, open_amount, forced_safety_amount
        from supplier_scorecard
        where order_lines > 0
        order by open_amount desc nulls last, supplier_name
        limit 100
        """,
        "otif_promised_rate",
    ),
    Section(
        "profit_by_month",
        """
        select
            month_start, revenue_amount, landed_cost_amount, freight_amount, return_cost_amount, marketing_amount,
            profit_amount, profit_rate
        from profit_cube
        where dimension = 'all'
        order by month_start
        """,
        "profit_amount",
    ),
    Section(
        "profit_by_category",
        """
        select
            member as category, sum(revenue_amount) as revenue_amount, sum(profit_amount) as profit_amount,
            (sum(profit_amount) / nullif(sum(revenue_amount), 0))::double as profit_rate
        from profit_cube
        where dimension = 'category'
        group by member
        order by profit_amount, category
        limit 50
        """,
        "profit_amount",
    ),
)
