"""Suggestions of one publication, with what is needed to rank, filter and explain them in a list."""

from __future__ import annotations

import polars as pl

from planner.snapshot import Snapshot

# Every cause that holds, the gravest first: the first one is what the list is folded by.
CAUSES = (
    "data_doubt", "late_order", "stock_out", "runs_out_first", "promotion", "new_item", "minimum_order", "below_level",
)  # fmt: skip

SUGGESTIONS = """
    with bridge as (
        select
            suggestion_id,
            sum(quantity) filter (where step in ('pack', 'minimum_order', 'order_minimum')) as rounded_qty
        from replenishment_bridge
        group by suggestion_id
    ),

    promoted as (
        select distinct sku_id from promotion_week
        where week_start between $today::date - 6 and $today::date + 56
    ),

    joined as (
        select
            s.suggestion_id, s.action, s.sku_id, s.sku_name, s.location_id,
            s.supplier_id, s.supplier_name, s.currency, s.reason, s.purchase_uom,
            coalesce(s.suggested_qty, 0)::double as suggested_qty,
            s.suggested_qty / nullif(s.suggested_packs, 0) as pack_qty,
            s.available_qty::double as available_qty,
            (s.in_transit_transfer_qty + i.in_transit_po_qty)::double as in_transit_qty,
            s.on_order_qty::double as on_order_qty,
            s.on_order_unacknowledged_qty::double as on_order_unacknowledged_qty,
            s.cover_days_before, s.cover_days_after, s.stock_out_date, s.requested_date,
            s.unit_cost, s.amount, s.money_at_stake,
            c.change, c.quantity_before::double as quantity_before,
            i.abc, i.lifecycle, i.category_id, i.min_order_amount,
            i.lead_time_days,
            list_filter([
                case when len(s.defaults) > 0 or not s.stock_known then 'data_doubt' end,
                case when i.on_order_late_qty > 0 then 'late_order' end,
                case when s.available_qty <= 0 then 'stock_out' end,
                case when s.stock_out_date < s.requested_date then 'runs_out_first' end,
                case when p.sku_id is not null then 'promotion' end,
                case when i.lifecycle = 'new' then 'new_item' end,
                case when b.rounded_qty * 2 > s.suggested_qty then 'minimum_order' end,
                'below_level'
            ], lambda tag: tag is not null) as tags
        from replenishment_suggestion as s
        left join replenishment_input as i using (sku_id, location_id)
        left join suggestion_change as c using (suggestion_id)
        left join bridge as b using (suggestion_id)
        left join promoted as p using (sku_id)
    )

    select
        * exclude (tags),
        tags[1] as cause,
        array_to_string(tags, ' ') as tags
    from joined
    -- What nobody can price comes last, and the order is whole.
    order by money_at_stake desc nulls last, suggestion_id
"""


def suggestions(snapshot: Snapshot) -> pl.DataFrame:
    """Every suggestion of the publication, the most money at stake first.

    Quantities are base units; `cause` is one of `CAUSES`, `tags` all that hold, between blanks.
    """
    frame = snapshot.frame(SUGGESTIONS.replace("$today", f"'{snapshot.today}'"))
    few = (
        "action", "location_id", "supplier_id", "supplier_name", "currency", "cause", "abc", "lifecycle", "category_id",
        "change",
    )  # fmt: skip
    return frame.with_columns(pl.col(few).cast(pl.Categorical))
