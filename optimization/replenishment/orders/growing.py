"""Which open orders may grow: where more is needed, and an order of its own would be too small."""

import polars as pl

from optimization.replenishment.plan import Plan
from optimization.replenishment.problem import KEY

# What takes all of a need away that a few units on top of an order under way would meet.
TOO_SMALL = ("order_minimum", "container", "economics")


def growing(lines: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """Open lines with whether each may grow.

    More is bought by a suggestion of its own wherever one is worth it; where none is, for what the supplier takes at
    least or an order costs, an order that is under way anyway can bring it. Nothing grows that may not be bought, that
    would double beyond what the supplier can deliver, or while money, room or a supplier's capacity is used up: what
    there is of them goes to what the plan chose.

    Parameters
    ----------
    lines
        ``sku_id``, ``location_id``, ``supplier_id`` (text), ``open_qty`` (int) and other columns.
    plan
        What is bought today.

    Returns
    -------
    pl.DataFrame
        The lines in their order, with ``may_grow`` (bool): of its item's planned supplier, who may deliver it.
    """
    waiting = _waiting(plan).with_columns(waits=True)
    found = lines.join(waiting, on=[*KEY, "supplier_id"], how="left", maintain_order="left")
    # The largest increase that is looked at doubles a line.
    room = pl.col("most_more").is_null() | (pl.col("most_more") >= pl.col("open_qty"))
    free = plan.shadow_prices.filter(pl.col("price") > 0).is_empty()
    return found.with_columns(may_grow=pl.col("waits").fill_null(False) & room & free).drop("waits", "most_more")


def _waiting(plan: Plan) -> pl.DataFrame:
    """What is needed and not bought because an order would be too small, and the most that its supplier delivers."""
    takers = plan.bridge.filter(pl.col("step").is_in(TOO_SMALL) & (pl.col("quantity") < 0)).select(KEY).unique()
    offers = plan.priced.options.unique(KEY, keep="first", maintain_order=True).join(
        plan.priced.suppliers, on="supplier_id", how="left"
    )
    # Who takes no order today takes a call about one that he has.
    is_open = pl.col("closed_reason").is_null() | pl.col("opens_soon")
    allowed = offers.filter(pl.col("blocked_reason").is_null() & is_open)
    return (
        plan.lines.filter(status="waits")
        .select(*KEY, "supplier_id")
        .join(takers, on=KEY, how="semi")
        .join(allowed.select(*KEY, most_more="capacity_qty"), on=KEY)
    )
