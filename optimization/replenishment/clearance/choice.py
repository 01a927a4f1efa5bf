"""What to do with goods that will not sell in time."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, refuse_rows

STOCK = {
    "sku_id": "text",
    "location_id": "text",
    "batch_no": "text?",
    "stock_qty": "integer",
    "unsold_qty": "integer",
    "elsewhere_qty": "number",
    "days_left": "integer",
    "unit_cost": "number",
    "unit_price": "number",
    "fee_share": "number",
    "selling_cost": "number",
    "holding_cost": "number",
    "salvage_value": "number",
    "scrap_value": "number?",
    "elasticity": "number?",
    "deepest_markdown": "number?",
    "bundle_sku_id": "text?",
    "bundle_markdown": "number?",
    "bundle_qty": "integer?",
    "bundle_value": "number?",
    "to_warehouse_id": "text?",
    "transfer_qty": "integer?",
    "transfer_value": "number?",
    "supplier_id": "text?",
    "return_qty": "integer?",
    "return_value": "number?",
}
NOT_NEGATIVE = (
    "stock_qty", "unsold_qty", "elsewhere_qty", "days_left", "unit_cost", "unit_price", "selling_cost",
    "holding_cost", "bundle_qty", "transfer_qty", "return_qty",
)  # fmt: skip
ACTIONS = ("markdown", "bundle", "transfer", "return_to_vendor", "scrap")
DEPTHS = np.arange(1, 15) * 0.05
ZH = {"markdown": "降价", "bundle": "组合", "transfer": "调拨", "return_to_vendor": "退供应商", "scrap": "报废"}


def choose_clearance(stock: pl.DataFrame, least_gain: float = 0.0) -> pl.DataFrame:
    """For every batch with unsold goods the action that brings most, against leaving it.

    Left alone, what is unsold is held until the last day and is then worth its salvage value: what it brings, or
    what it spares later where it can still be sold (``kept_value``). The alternatives:

    - ``markdown``: all of the batch sells at (1 − depth) of the price, and demand grows by (1 − depth) to the power of
      the elasticity; what would have sold anyway, here or elsewhere at the same price, earns less, which is charged to
      the markdown. Depths from 5 to 70 % in
      steps of 5, no deeper than prices were ever seen. Only where an elasticity is known.
    - ``bundle`` (the price of a bundle with them is cut, ``ways_of_bundles``), ``transfer``, ``return_to_vendor``: so
      many units bring so much each, the rest its salvage value.
    - ``scrap``: everything unsold brings its scrap value now and is not held. Only where that is given.

    Parameters
    ----------
    stock
        One row per batch: ``sku_id``, ``location_id``, ``batch_no`` (text, null: any), ``stock_qty`` (int),
        ``unsold_qty`` (int, ≥ 0: of it will not sell by the last day), ``elsewhere_qty`` (number: sales of other stock
        by then that a markdown would make cheaper too), ``days_left`` (int, ≥ 0), ``unit_cost``,
        ``unit_price`` (money, net of tax), ``fee_share`` (in [0, 1): channel fees of a sale), ``selling_cost`` (money
        per unit sold: handling), ``holding_cost`` (money per unit and day), ``salvage_value`` (money per unit on the
        last day, below zero where disposal costs), ``scrap_value`` (money per unit now, null: nobody would scrap
        them), ``elasticity`` (below zero, null: unknown), ``deepest_markdown`` (share of the price, null: any depth),
        and what else is possible, each null where it is not: ``bundle_sku_id`` with ``bundle_markdown``
        (share off its price), ``bundle_qty`` and ``bundle_value``, ``to_warehouse_id`` with
        ``transfer_qty`` and ``transfer_value``, ``supplier_id`` with ``return_qty`` and
        ``return_value`` (units that can go, money each after all costs).
    least_gain
        Money that an action must bring beyond leaving the batch alone. Default 0: any gain.

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``batch_no``, ``action`` (str), ``quantity`` (int: units to clear),
        ``markdown_rate`` (float: share off its price, or off the bundle's), ``floor_price`` (float: price at which
        a sale, its own costs paid, brings no more than leaving or scrapping the unit), ``supplier_id``,
        ``to_warehouse_id``, ``bundle_sku_id``, ``value_at_cost``, ``expected_recovery`` (money from the units to
        clear), ``money_at_stake`` (gain over leaving it), ``runner_up`` (str), ``runner_up_gain``, ``reason``,
        ``reason_zh``; largest gain first.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    _check(stock)
    rows = stock.filter(pl.col("unsold_qty") > 0)
    gains, quantities, depth = _gains(rows)
    order, pick = np.argsort(-gains, axis=0, kind="stable"), np.arange(rows.height)
    names, best, second = np.array(ACTIONS), gains[order[0], pick], gains[order[1], pick]
    quantity = quantities[order[0], pick]
    fee, salvage, unsold, selling = (
        rows[name].to_numpy().astype(float) for name in ("fee_share", "salvage_value", "unsold_qty", "selling_cost")
    )
    left_alone = quantity * salvage - _held(rows) * quantity / unsold
    found = rows.with_columns(
        action=pl.Series(names[order[0]], dtype=pl.String),
        quantity=pl.Series(quantity, dtype=pl.Int64),
        markdown_rate=pl.when(pl.Series(order[0] == ACTIONS.index("markdown")))
        .then(pl.Series(depth))
        .when(pl.Series(order[0] == ACTIONS.index("bundle")))
        .then("bundle_markdown"),
        floor_price=pl.Series((_worth_kept(rows, salvage) + selling) / (1 - fee)),
        expected_recovery=pl.Series(left_alone + best),
        money_at_stake=pl.Series(best),
        runner_up=pl.when(pl.Series(second > 0)).then(pl.Series(names[order[1]], dtype=pl.String)),
        runner_up_gain=pl.when(pl.Series(second > 0)).then(pl.Series(second)),
        value_at_cost=pl.Series(quantity * rows["unit_cost"].to_numpy().astype(float)),
    ).filter((pl.col("money_at_stake") > 0) & (pl.col("money_at_stake") >= least_gain))
    return _readable(found)


def _held(rows: pl.DataFrame) -> np.ndarray:
    """Cost of holding what is unsold to the last day."""
    return (rows["unsold_qty"] * rows["holding_cost"] * rows["days_left"]).to_numpy().astype(float)


def _worth_kept(rows: pl.DataFrame, salvage: np.ndarray) -> np.ndarray:
    """What a unit is worth today if it is left or scrapped, whichever is more; never below zero."""
    held = (rows["holding_cost"] * rows["days_left"]).to_numpy().astype(float)
    scrapped = rows["scrap_value"].cast(pl.Float64).fill_null(-np.inf).to_numpy()
    return np.maximum(np.maximum(salvage - held, scrapped), 0.0)


def _gains(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gain and units of every action, shape (actions, rows), in their order; and the depth of the markdown."""
    unsold, salvage = rows["unsold_qty"].to_numpy(), rows["salvage_value"].to_numpy().astype(float)
    held = _held(rows)
    depth, cut = _best_markdown(rows, salvage, held)
    scrapped = rows["scrap_value"].cast(pl.Float64).fill_null(-np.inf).to_numpy()
    gains = {"markdown": cut, "scrap": unsold * (scrapped - salvage) + held}
    quantities = {"markdown": unsold, "scrap": unsold}
    for action, name in (("bundle", "bundle"), ("transfer", "transfer"), ("return_to_vendor", "return")):
        units = np.minimum(rows[f"{name}_qty"].fill_null(0).to_numpy(), unsold)
        value = rows[f"{name}_value"].fill_null(0).to_numpy().astype(float)
        quantities[action] = units
        gains[action] = np.where(units > 0, units * (value - salvage) + held * units / unsold, -np.inf)
    return np.stack([gains[name] for name in ACTIONS]), np.stack([quantities[name] for name in ACTIONS]), depth


def _check(stock: pl.DataFrame) -> None:
    check_frame(stock, STOCK, "stock")
    for column in NOT_NEGATIVE:
        refuse_rows(stock, pl.col(column) < 0, column, "must be zero or more", "stock")
    more = pl.col("unsold_qty") > pl.col("stock_qty")
    refuse_rows(stock, more, "unsold_qty", "must not exceed the stock", "stock")
    share = ~((pl.col("fee_share") >= 0) & (pl.col("fee_share") < 1))
    refuse_rows(stock, share, "fee_share", "must lie in [0, 1)", "stock")
    depth = ~pl.col("deepest_markdown").is_between(0, 1)
    refuse_rows(stock, depth, "deepest_markdown", "must lie between 0 and 1", "stock")
    refuse_rows(stock, pl.col("elasticity") >= 0, "elasticity", "must be below zero", "stock")


def _best_markdown(rows: pl.DataFrame, salvage: np.ndarray, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth that brings most, and its gain over leaving the batch; minus infinity where no elasticity is known."""
    numbers = ("stock_qty", "unsold_qty", "elsewhere_qty", "unit_price", "fee_share", "selling_cost")
    stock, unsold, elsewhere, price, fee, selling = (rows[name].to_numpy().astype(float)[:, None] for name in numbers)
    elasticity = rows["elasticity"].cast(pl.Float64).fill_null(np.nan).to_numpy()[:, None]
    net_price, anyway = price * (1 - fee), stock - unsold
    sold = np.minimum(anyway * (1 - DEPTHS) ** elasticity, stock)
    # What sells more is no longer held to the end; on average it leaves half-way.
    spared = (sold - anyway) / unsold * held[:, None] / 2
    brings = sold * net_price * (1 - DEPTHS) - (sold - anyway) * selling + (stock - sold) * salvage[:, None] + spared
    given_away = anyway * net_price + elsewhere * net_price * DEPTHS
    gain = np.nan_to_num(brings - given_away - unsold * salvage[:, None], nan=-np.inf)
    deepest = rows["deepest_markdown"].cast(pl.Float64).fill_null(1.0).to_numpy()[:, None]
    gain = np.where(deepest + 1e-9 >= DEPTHS, gain, -np.inf)
    best = np.argmax(gain, axis=1)
    return DEPTHS[best], gain[np.arange(rows.height), best]


def _readable(found: pl.DataFrame) -> pl.DataFrame:
    """The columns that leave, with the reason in one sentence each of English and Chinese."""
    action, amount = pl.col("action"), pl.col("money_at_stake").round(2).cast(pl.String)
    off = (pl.col("markdown_rate") * 100).round().cast(pl.Int64)
    bundled = action == "bundle"
    way = (
        pl.when(bundled)
        .then(pl.format("{} % off bundle {}", off, "bundle_sku_id"))
        .otherwise(action.str.replace_all("_", " "))
    )
    chinese = (
        pl.when(bundled)
        .then(pl.format("组合 {} 降价 {}% ", "bundle_sku_id", off))
        .otherwise(action.replace_strict(ZH, return_dtype=pl.String))
    )
    days, unsold = pl.col("days_left").cast(pl.String), pl.col("unsold_qty").cast(pl.String)
    return found.with_columns(
        supplier_id=pl.when(action == "return_to_vendor").then("supplier_id"),
        to_warehouse_id=pl.when(action == "transfer").then("to_warehouse_id"),
        bundle_sku_id=pl.when(action == "bundle").then("bundle_sku_id"),
        reason=unsold + " will not sell in " + days + " days; " + way + " brings " + amount + " more than leaving them",
        reason_zh=days + " 天内有 " + unsold + " 件卖不掉；" + chinese + "比搁置多得 " + amount,
    ).select(
        "sku_id", "location_id", "batch_no", "action", "quantity", "markdown_rate", "floor_price", "supplier_id",
        "to_warehouse_id", "bundle_sku_id", "value_at_cost", "expected_recovery", "money_at_stake", "runner_up",
        "runner_up_gain", "reason", "reason_zh",
    ).sort(["money_at_stake", "sku_id", "location_id", "batch_no"], descending=[True, False, False, False])  # fmt: skip
