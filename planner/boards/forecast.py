"""How good the forecast was, what each step and each planner added, what is overridden now."""

from planner.boards.section import Section

FORECAST = (
    Section(
        "forecast_ahead",
        """
        select week_start, y_hat as units, y_model as model_units
        from forecast_total
        where summed_over = 'total'
        order by week_start
        """,
        "units",
    ),
    Section(
        "forecast_accuracy",
        """
        select
            summed_over, segment, member, weeks_ahead, periods, demand_qty as units, wape, bias,
            coverage_0_9 as coverage
        from forecast_accuracy
        order by weeks_ahead nulls first, summed_over, segment, member
        limit 200
        """,
        "wape",
        named=(("summed_over", "level"), ("segment", "level")),
    ),
    Section(
        "forecast_value_added",
        """
        select member, step, periods, wape, bias, value_added
        from forecast_value_added
        order by segment, member, place
        limit 200
        """,
        "value_added",
        named=(("step", "step"),),
    ),
    Section(
        "forecast_overrides",
        """
        select made_on, author, decided_for, member, kind, reason, first_week, last_week, before_qty, after_qty
        from forecast_override
        order by made_on desc, override_id
        limit 200
        """,
        named=(("decided_for", "level"), ("kind", "override")),
    ),
)
