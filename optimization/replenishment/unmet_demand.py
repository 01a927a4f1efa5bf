"""What becomes of demand that finds no goods, by setting: it is lost, or waits for the next receipt."""

import polars as pl

from optimization.replenishment.params import Params
from optimization.replenishment.set_for import set_for_item


def waits(params: Params) -> pl.Expr:
    """Whether an item's customers wait when it has run out; bool, of ``sku_id``, ``location_id``, ``segment``."""
    of_item, _ = set_for_item(params.unmet_demand_of_item)
    names = dict(params.unmet_demand_of)
    of_segment = pl.col("segment").replace_strict(names, default=None, return_dtype=pl.String)
    return pl.coalesce(of_item, of_segment, pl.lit(params.unmet_demand)) == "waits"


def short_cost(params: Params, margin: pl.Expr, penalty: pl.Expr) -> pl.Expr:
    """What a unit short costs beyond its sale; of an item whose customers wait, each day that one does.

    Of those who wait a share gives up in a day, and each who does is a lost sale: its margin and its penalty. The
    rest are served late and cost nothing more.
    """
    return pl.when(waits(params)).then(params.gives_up_per_day * (margin + penalty)).otherwise(penalty)
