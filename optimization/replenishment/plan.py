"""What replenishment decided."""

from dataclasses import dataclass

import polars as pl

from optimization.proof import Proof
from optimization.replenishment.check import faults
from optimization.replenishment.problem import Problem


@dataclass(frozen=True)
class Plan(Proof):
    """Suggestions, levels and the bridges that explain them.

    Parameters
    ----------
    lines
        One row per item of the problem, sorted by SKU and location: ``sku_id``, ``location_id``,
        ``supplier_id`` (str), ``status`` (str: ``order``, ``enough``, ``stock_unknown``, ``no_forecast``,
        ``no_supplier``), ``service_target``, ``demand_mean`` (float), ``safety_stock_qty``,
        ``reorder_point_qty``, ``order_up_to_qty``, ``position_qty``, ``need_qty``, ``suggested_qty``,
        ``order_step_qty``, ``suggested_packs`` (int, base units but the last, which is in purchase units),
        ``unit_cost``, ``amount`` (decimal), ``expected_shortage_qty`` (float), ``money_at_stake``
        (decimal), ``cover_days_now``, ``cover_days_after`` (float), ``stock_out_date`` (date), ``warning``
        (str: ``overstock``), ``reason`` (str). What cannot be known is null.
    bridge
        ``sku_id``, ``location_id`` (str), ``seq`` (int, from 1), ``step`` (str), ``quantity`` (int, signed,
        base units): ten steps for each line with a quantity, which add up to it exactly.
    """

    lines: pl.DataFrame
    bridge: pl.DataFrame

    def check(self, problem: Problem) -> list[str]:
        """Faults of this plan against its problem, in words; empty when there are none."""
        return faults(self.lines, self.bridge, problem)
