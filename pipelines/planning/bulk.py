"""What companies ordered in bulk, and what was asked for otherwise, over the last half year of complete days."""

from pipelines.planning.levels import SEPARATOR

# Long enough for goods of which companies order twice a year, short enough to follow a change of business.
DAYS = 182
LATELY = f"""
    fulfil_mode = 'own' and is_complete_day
    and demand_date >= (select max(demand_date) from marts.demand_history where is_complete_day) - {DAYS - 1}
"""
BULK_ORDERS = f"""
    select sku_id || '{SEPARATOR}' || location_id as unique_id, bulk_qty::double as qty
    from marts.demand_history
    where {LATELY} and bulk_qty > 0
    order by all
"""
OTHER_SALES = f"""
    select sku_id || '{SEPARATOR}' || location_id as unique_id, sum(gross_demand_qty)::double as units,
        sum(order_lines)::double as lines
    from marts.demand_history
    where {LATELY}
    group by all
    order by all
"""
