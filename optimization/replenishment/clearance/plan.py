"""What to do with all the stock of which more is there than will sell in time."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from optimization.replenishment.clearance.bundled import Bundles, ways_of_bundles
from optimization.replenishment.clearance.choice import choose_clearance
from optimization.replenishment.clearance.demand_ahead import demand_ahead
from optimization.replenishment.clearance.elasticity import deepest_markdown, fit_elasticity
from optimization.replenishment.clearance.kept_value import kept_value
from optimization.replenishment.clearance.room_elsewhere import room_elsewhere
from optimization.replenishment.clearance.unsold import unsold_stock
from optimization.replenishment.params import ClearanceParams
from optimization.replenishment.problem import KEY

DAYS_OF_A_YEAR = 365
AT_ONCE = 2_000  # items whose futures are held in memory together
PARTS = (1.0, 0.75, 0.5, 0.25)  # of excess, the units that would sell last: those before may be worth keeping
FLOAT = pl.Float64


@dataclass(frozen=True)
class ClearancePlan:
    """What to clear, and what it rests on.

    Parameters
    ----------
    suggestions
        The columns of ``choose_clearance``, with ``unit_cost``, ``currency``, ``days_left``, ``clear_by`` and
        ``expiry_date``; one row per SKU and location, largest gain first.
    unsold
        Per batch: ``sku_id``, ``location_id``, ``batch_no``, ``unsold_qty`` (int: left on nine of ten futures),
        ``days_left`` (int: until it expires or is excess), ``expiring`` (bool).
    demand
        Per item: ``sku_id``, ``location_id``, ``expected_daily_qty`` (number), ``levels`` (list of numbers, rising:
        total demand of each future over the mean).
    elasticity
        As ``fit_elasticity`` returns it; empty where there is no history of prices.
    """

    suggestions: pl.DataFrame
    unsold: pl.DataFrame
    demand: pl.DataFrame
    elasticity: pl.DataFrame


def plan_clearance(
    stock: pl.DataFrame,
    items: pl.DataFrame,
    quantiles: pl.DataFrame,
    weekly: pl.DataFrame,
    history: pl.DataFrame,
    lanes: pl.DataFrame,
    bundles: Bundles,
    as_of_date: date,
    params: ClearanceParams | None = None,
) -> ClearancePlan:
    """Find what will not sell before it expires or becomes excess, and the way out that brings most.

    Goods that expire later than they are excess are excess. What is kept longer is worth what it spares then (another
    purchase, or its price where none would be made), less what each day costs (``kept_value``); what expires, or is
    listed no more, is lost.
    Goods on launch have stock before they have demand and are no excess.

    Parameters
    ----------
    stock
        One row per batch: ``sku_id``, ``location_id``, ``batch_no`` (null: any), ``supplier_id``, ``category_id``,
        ``currency``, ``stock_qty`` (int, free), ``excess_days``, ``fee_share``, ``unit_price``, ``unit_cost``,
        ``selling_cost``, ``holding_cost_day``, ``disposal_cost`` (numbers), ``is_replaced``, ``is_new``,
        ``is_listed``, ``is_returnable`` (bool), ``expiry_date``, ``last_sale_date`` (null: does not expire).
    items
        As for ``demand_ahead``, with ``position_qty`` (number: there, on its way and suggested) and ``worth_here``
        (money: of a unit that is moved there); every place that could take goods too.
    quantiles, weekly
        As for ``demand_ahead``.
    history
        As for ``fit_elasticity``; may be empty.
    lanes
        As for ``room_elsewhere``.
    bundles
        What goods are a part of.
    as_of_date
        Business date.
    params
        Settings; defaults if None.

    Returns
    -------
    ClearancePlan
    """
    params = params or ClearanceParams()
    items, stock = items.sort(KEY), _dated(stock, as_of_date)
    futures = [_look(part, stock, quantiles, weekly, as_of_date, params) for part in items.iter_slices(AT_ONCE)]
    demand = pl.concat([part for part, _ in futures]) if futures else _no_demand(items)
    left = pl.concat([part for _, part in futures]) if futures else _nothing_left(stock)
    answers = fit_elasticity(history) if history.height else _no_elasticity()
    deepest = deepest_markdown(history) if history.height else _no_depth()
    rows = _ways_out(_kept(_in_parts(left), demand, params), items, demand, lanes, answers, deepest, bundles, params)
    best = choose_clearance(rows.select(CHOSEN_FROM), params.least_gain)
    told = rows.select(*KEY, "batch_no", "unit_cost", "currency", "expiry_date", "days_left", "expiring").unique()
    by = pl.lit(as_of_date) + pl.duration(days=pl.col("days_left"))
    suggestions = (
        best.unique(KEY, keep="first", maintain_order=True)
        .join(told, on=[*KEY, "batch_no"], how="left", nulls_equal=True, maintain_order="left")
        # Excess has no day of its own: the end of a month moves once a month, not every day.
        .with_columns(clear_by=pl.when("expiring").then(by).otherwise(by.dt.month_end()))
        .drop("expiring")
    )
    return ClearancePlan(
        suggestions, left.select(*KEY, "batch_no", "unsold_qty", "days_left", "expiring"), demand, answers
    )


CHOSEN_FROM = [
    *KEY, "batch_no", "stock_qty", "unsold_qty", "elsewhere_qty", "days_left", "unit_cost", "unit_price", "fee_share",
    "selling_cost", "holding_cost", "salvage_value", "scrap_value", "elasticity", "deepest_markdown", "bundle_sku_id",
    "bundle_markdown", "bundle_qty", "bundle_value", "to_warehouse_id", "transfer_qty", "transfer_value", "supplier_id",
    "return_qty", "return_value",
]  # fmt: skip


def _dated(stock: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    """Days until each batch must be gone, and whether it expires then."""
    until = (pl.col("last_sale_date") - pl.lit(as_of_date)).dt.total_days().clip(lower_bound=0)
    excess = pl.col("excess_days").cast(FLOAT).ceil().cast(pl.Int64)
    return stock.with_columns(
        last_day=until.cast(FLOAT).fill_null(np.inf),
        expiring=(until <= excess).fill_null(False),
        days_left=pl.min_horizontal(until, excess).cast(pl.Int64),
    )


def _nothing_left(stock: pl.DataFrame) -> pl.DataFrame:
    """What `_look` tells of no items at all."""
    return stock.clear().with_columns(unsold_qty=pl.lit(0, pl.Int64), ahead_qty=pl.lit(0.0, FLOAT))


def _look(
    items: pl.DataFrame,
    stock: pl.DataFrame,
    quantiles: pl.DataFrame,
    weekly: pl.DataFrame,
    as_of_date: date,
    params: ClearanceParams,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Demand of some items, and what will be left of their batches."""
    mine = stock.join(items.select(KEY), on=KEY, how="semi")
    days = max(int(mine["days_left"].max() or 1), 1)
    known = (frame.join(items.select(KEY), on=KEY, how="semi") for frame in (quantiles, weekly))
    paths = demand_ahead(items, *known, (as_of_date - date(1970, 1, 1)).days, days, params.paths)
    totals = paths.sum(axis=2)
    mean = totals.mean(axis=1)
    levels = np.sort(totals, axis=1) / np.where(mean > 0, mean, 1)[:, None]
    demand = items.select(KEY).with_columns(
        expected_daily_qty=pl.Series(mean / days, dtype=FLOAT),
        levels=pl.Series(levels.tolist(), dtype=pl.List(FLOAT)),
    )
    batches = mine.with_columns(quantity="stock_qty", last_sellable_period=pl.col("days_left") - 1)
    left = unsold_stock(items, paths, batches)
    cleared = pl.when(pl.col("is_new") & ~pl.col("expiring")).then(0).otherwise("unsold_likely_qty")
    queued = pl.col("stock_qty").cum_sum().over(KEY)
    return demand, left.select(
        *stock.columns, unsold_qty=cleared.cast(pl.Int64), ahead_qty=(queued - cleared).cast(FLOAT)
    )


def _in_parts(left: pl.DataFrame) -> pl.DataFrame:
    """The unsold as they are, and of excess also the last units alone, as if those before them were no stock."""
    part = pl.lit(list(PARTS), dtype=pl.List(FLOAT))
    shares = left.filter(pl.col("unsold_qty") > 0).with_columns(part=part).explode("part")
    units = (pl.col("unsold_qty") * pl.col("part")).ceil().cast(pl.Int64)
    kept = pl.col("unsold_qty") - units
    return (
        shares.filter((pl.col("part") == 1.0) | ~pl.col("expiring"))
        .with_columns(unsold_qty=units, stock_qty=pl.col("stock_qty") - kept, ahead_qty=pl.col("ahead_qty") + kept)
        .drop("part")
        .unique(maintain_order=True)
    )


def _kept(left: pl.DataFrame, demand: pl.DataFrame, params: ClearanceParams) -> pl.DataFrame:
    """The unsold with their holding cost and what they are worth on their last day."""
    cost, price = pl.col("unit_cost").cast(FLOAT), pl.col("unit_price").cast(FLOAT)
    net = price * (1 - pl.col("fee_share")) - pl.col("selling_cost").cast(FLOAT)
    rows = left.join(demand, on=KEY, how="left", maintain_order="left").with_columns(
        holding_cost=pl.col("holding_cost_day").cast(FLOAT) + cost * params.writedown_per_year / DAYS_OF_A_YEAR,
        worth_sold=pl.when("is_replaced").then(cost).otherwise(pl.coalesce(net, cost)),
        disposal_value=-pl.col("disposal_cost").cast(FLOAT),
    )
    numbers = ("ahead_qty", "unsold_qty", "expected_daily_qty", "days_left", "worth_sold", "holding_cost",
               "disposal_value", "last_day")  # fmt: skip
    kept = kept_value(*(rows[name].cast(FLOAT).to_numpy() for name in numbers))
    return rows.with_columns(
        salvage_value=pl.when(pl.col("expiring") | ~pl.col("is_listed"))
        .then("disposal_value")
        .otherwise(pl.Series(kept, dtype=FLOAT)),
        # Nobody throws away what can still be sold.
        scrap_value=pl.when(pl.col("last_day") <= 0).then("disposal_value"),
    )


def _ways_out(
    rows: pl.DataFrame,
    items: pl.DataFrame,
    demand: pl.DataFrame,
    lanes: pl.DataFrame,
    answers: pl.DataFrame,
    deepest: pl.DataFrame,
    bundles: Bundles,
    params: ClearanceParams,
) -> pl.DataFrame:
    """The unsold with all that could be done: prices, bundles, other places, their supplier."""
    unsold = rows.group_by(KEY, maintain_order=True).agg(pl.col("unsold_qty").max(), pl.col("days_left").max())
    days = int(unsold["days_left"].max() or 0)
    places = (
        items.filter(pl.col("position_qty").is_not_null())
        .join(demand, on=KEY)
        .select(
            *KEY,
            demand_qty=pl.col("expected_daily_qty") * days,
            position_qty=pl.col("position_qty").cast(FLOAT),
            worth=pl.col("worth_here").cast(FLOAT).fill_null(0.0),
        )
    )
    elsewhere = _sold_elsewhere(unsold, demand)
    moves = room_elsewhere(unsold.drop("days_left"), places, lanes)
    back, cost = pl.col("is_returnable") & pl.col("supplier_id").is_not_null(), pl.col("unit_cost").cast(FLOAT)
    listed = rows.with_row_index("place").filter("is_listed")
    bundled = pl.concat([listed.select("place"), ways_of_bundles(listed, bundles)], how="horizontal")
    return (
        rows.with_row_index("place")
        .join(bundled, on="place", how="left", maintain_order="left")
        .join(moves, on=KEY, how="left", maintain_order="left")
        .join(elsewhere, on=KEY, how="left", maintain_order="left")
        .join(answers.select("sku_id", "elasticity"), on="sku_id", how="left", maintain_order="left")
        # Goods of no category are one of their own in the history of prices.
        .with_columns(pl.col("category_id").fill_null(""))
        .join(deepest, on="category_id", how="left", maintain_order="left")
        .with_columns(
            unit_price=pl.col("unit_price").cast(FLOAT).fill_null(0.0),
            # Where no price is known, or nobody can buy, there is none to cut.
            elasticity=pl.when(pl.col("unit_price").is_not_null() & pl.col("is_listed")).then("elasticity"),
            selling_cost=pl.col("selling_cost").cast(FLOAT),
            return_qty=pl.when(back).then("unsold_qty"),
            return_value=pl.when(back).then(cost * (1 - params.return_cost_share)),
            unit_cost=cost,
        )
    )


def _sold_elsewhere(unsold: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """Sales at places with nothing unsold: a price is cut for them too, so those who cut it share the loss."""
    others = demand.join(unsold, on=KEY, how="anti").group_by("sku_id").agg(daily=pl.col("expected_daily_qty").sum())
    share = pl.col("unsold_qty") / pl.col("unsold_qty").sum().over("sku_id")
    return unsold.join(others, on="sku_id", how="left").select(
        *KEY, elsewhere_qty=pl.col("daily").fill_null(0.0) * pl.col("days_left") * share
    )


def _no_demand(items: pl.DataFrame) -> pl.DataFrame:
    columns = {"expected_daily_qty": FLOAT, "levels": pl.List(FLOAT)}
    return items.select(*KEY, **{name: pl.lit(None, dtype=kind) for name, kind in columns.items()})


def _no_elasticity() -> pl.DataFrame:
    return pl.DataFrame(schema={"sku_id": pl.String, "elasticity": FLOAT})


def _no_depth() -> pl.DataFrame:
    return pl.DataFrame(schema={"category_id": pl.String, "deepest_markdown": FLOAT})
