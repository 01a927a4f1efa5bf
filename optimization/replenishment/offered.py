"""What every supplier offers for an item: his price, packs and lead time, and what of it may be ordered."""

import numpy as np
import polars as pl

from optimization.replenishment.currencies import in_our_money, no_rate, terms_in_our_money
from optimization.replenishment.economics.problem import OPTION_KEY
from optimization.replenishment.lead_time_paths import behind_what_is_under_way
from optimization.replenishment.params import Params
from optimization.replenishment.problem import HELD, KEY, OFFER, Problem
from optimization.replenishment.rounding import order_step, round_up
from optimization.replenishment.supplier_capacity import shared_capacity

SEPARATOR = "\x1f"
ANOTHER = "another supplier costs less, what his lead times cost included"
SAFETY = 1.64  # deviations of demand over lead time and review that are kept: nineteen of twenty
FLOAT = pl.Float64
# A supplier looks at one order, and there is one for each place it ships to.
ORDER_OF = pl.concat_str("supplier_id", "location_id", separator=SEPARATOR)
LEAD = ("lead_time_days", "lead_time_std_days")


def supplier_of(order: str) -> pl.Expr:
    """The supplier of an order, by the column that names the order; of a room, its location."""
    return pl.col(order).str.split(SEPARATOR).list.first()


def place_of(order: str) -> pl.Expr:
    """The location that an order is for, of a room its class; null where the column names something else."""
    return pl.col(order).str.split(SEPARATOR).list.get(1, null_on_oob=True)


def offers_of(items: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """What every supplier offers for each item, the planned one's first: one row per option.

    Returns
    -------
    pl.DataFrame
        The key, ``supplier_id``, the columns of ``OFFER``, ``item`` (row), ``planned``, ``no_rate`` (why his price
        cannot be compared; null: it can), ``is_open`` (bool: something may be had from him today) and ``order_of``.
    """
    rows = items.with_row_index("item").with_columns(pl.col("item").cast(pl.Int64))
    columns = [*KEY, "supplier_id", *OFFER]
    types = dict.fromkeys(("lead_time_days", "lead_time_std_days", "unit_extra", "yield_share"), FLOAT)
    types |= dict.fromkeys(("moq", "order_multiple", "pack_numerator", "pack_denominator", "capacity_qty"), pl.Int64)
    types |= dict.fromkeys(("unit_cost", "later_unit_cost"), FLOAT)
    own = rows.select("item", *columns, planned=True).cast(types)
    others = problem.others.join(rows.select(*KEY, "item"), on=KEY).select("item", *columns, planned=False).cast(types)
    held = terms_in_our_money(problem.terms, problem.rates).select("supplier_id", "location_id", "closed_reason")
    return (
        in_our_money(pl.concat([own, others]), problem.rates, "unit_cost", "later_unit_cost", "unit_extra")
        .with_columns(pl.col("unit_extra").fill_null(0.0), no_rate=no_rate(problem.rates))
        .sort("item", pl.col("planned").not_(), "supplier_id")
        .join(held, on=["supplier_id", "location_id"], how="left", maintain_order="left")
        .join(
            rows.select(
                *KEY, "review_days", "demand_mean", "holding_cost",
                daily=pl.col("demand_mean") / (pl.col("lead_time_days") + pl.col("review_days")),
            ),
            on=KEY, how="left", maintain_order="left",
        )
        .with_columns(
            is_open=pl.col("closed_reason").is_null()
            & pl.col("no_rate").is_null()
            & (pl.col("capacity_qty").fill_null(1) > 0),
            order_of=ORDER_OF,
        )
        .pipe(lambda known: known.with_columns(preferred=preferred(known)))
        .pipe(lambda known: _within_capacity(known, items, problem))
    )  # fmt: skip


def _within_capacity(offered: pl.DataFrame, items: pl.DataFrame, problem: Problem) -> pl.DataFrame:
    """Offers with what their supplier has left today, and who delivers while it lasts.

    Who has nothing left today is not closed: he delivers again within days, so what a later order costs is his price.
    """
    held = items.select(held="hold_reason") if "hold_reason" in items.columns else items.select(held=pl.lit(None))
    told = offered.with_columns(held=held["held"].gather(offered["item"]), order_step=pl.Series(steps_of(offered)))
    buys = pl.col("preferred") & pl.col("is_open") & pl.col("held").is_null()
    most = shared_capacity(
        told.with_columns(buys=buys), items, problem.demand, problem.capacities, problem.price_breaks
    )
    left = offered.with_columns(capacity_qty=most)
    today = left.with_columns(is_open=pl.col("is_open") & (pl.col("capacity_qty").fill_null(1) > 0))
    return left.with_columns(preferred=preferred(today))


def after_what_is_under_way(
    offered: pl.DataFrame,
    lead: np.ndarray,
    in_time: np.ndarray,
    batches: pl.DataFrame,
    due: np.ndarray,
    arrivals: np.ndarray,
) -> np.ndarray:
    """Lead times of new orders behind those under way (``behind_what_is_under_way``).

    Another supplier overtakes nothing either, unless the planned one cannot be ordered from: an order just placed with
    the one would else be placed again with the other, to bridge the days until it comes. Those are for transfers, and
    for hastening what is under way. ``in_time`` are the days within which what is due comes before a new order.
    """
    told = offered.select("item", "planned", "is_open").with_row_index("option")
    # An order may be one with the slowest of them: nobody delivers before what is due by then.
    each = told.with_columns(days=pl.Series(in_time))
    slowest = pl.when(pl.col("is_open") | pl.col("planned")).then("days").max().over("item")
    furthest = each.select(pl.max_horizontal("days", slowest)).to_series().to_numpy()
    blocked = told.filter(pl.col("planned") & ~pl.col("is_open"))["item"]
    waits = told.select(~pl.col("planned") & ~pl.col("item").is_in(blocked.to_list())).to_series().to_numpy()
    furthest = np.where(waits, np.inf, furthest)
    pairs = batches.with_row_index("batch").select("batch", "item").join(told.select("option", "item"), on="item")
    of, batch = pairs["option"].to_numpy(), pairs["batch"].to_numpy()
    return behind_what_is_under_way(lead, furthest, due[batch], arrivals[batch], of)


def preferred(rows: pl.DataFrame) -> pl.Series:
    """Who delivers each item: of those open, the one whose good unit costs least with the stock his lead times ask for.

    That stock is kept against Poisson demand over lead time and review and against the spread of lead times (Silver,
    Pyke and Thomas 2017, §7.10), at its holding cost per unit sold. What lies here today does not enter: else an order
    with one supplier would be followed by an order with another, whose goods come at another time. Where the first
    cannot deliver what is expected to sell until the next order comes, the others take part if they come by then.

    Parameters
    ----------
    rows
        Options as ``offers_of`` has them, with ``daily`` (mean demand), ``review_days``, ``demand_mean`` and
        ``holding_cost`` of their items.

    Returns
    -------
    pl.Series
        Bool, in the order of ``rows``.
    """
    spread = pl.col("lead_time_std_days").fill_null(0.0) * pl.col("daily")
    days = pl.col("lead_time_days") + pl.col("review_days")
    kept = SAFETY * (pl.col("daily") * days + spread**2).sqrt()
    waiting = pl.when(pl.col("daily") > 0).then(pl.col("holding_cost") * kept / pl.col("daily")).otherwise(0.0)
    landed = (pl.col("unit_cost").fill_null(0.0) + pl.col("unit_extra")) / pl.col("yield_share")
    ranked = rows.with_row_index("row").with_columns(landed=landed + waiting)
    order = ["item", pl.col("is_open").not_(), "landed", pl.col("planned").not_(), "supplier_id"]
    first = ranked.sort(order).unique("item", keep="first", maintain_order=True)
    short = first.select(
        "item", best="row", until=pl.col("lead_time_days") + pl.col("review_days"),
        short=(pl.col("capacity_qty") < pl.col("demand_mean")).fill_null(False),
    )  # fmt: skip
    joined = ranked.join(short, on="item", how="left", maintain_order="left")
    helps = pl.col("short") & (pl.col("lead_time_days") < pl.col("until"))
    return joined.select((pl.col("row") == pl.col("best")) | helps).to_series()


def later_cost(
    offered: pl.DataFrame, breaks: pl.DataFrame, cycle_days: pl.Series, excess_cost: pl.Series, longest_days: float
) -> pl.Series:
    """What a unit costs in a later order, of whoever is cheapest then, in the quantity that is cheapest to live by.

    That quantity is what an order's cycle sells, the supplier's least, or a price step whose units cost less by more
    than lying until they sell costs: unit for unit the excess cost for half of the days by which it outlasts the
    cycle. So a step that orders reach anyway is no gain now, and one that is worth its stock is worth it each time.

    Parameters
    ----------
    offered
        Offers as ``offers_of`` has them, in our money.
    breaks
        Price steps of the offers, in our money.
    cycle_days, excess_cost
        By row of ``offered``: days that an order of its supplier covers; money for a unit that lies a day too long.
    longest_days
        Days of demand beyond which no step is reached.

    Returns
    -------
    pl.Series
        Money per unit, by item.
    """
    told = offered.with_columns(cycle=cycle_days, lying=excess_cost).with_row_index("row")
    sold_in_a_cycle = pl.max_horizontal(pl.col("moq").cast(FLOAT), pl.col("cycle") * pl.col("daily"))
    steps = (
        breaks.filter(pl.col("kind") == "all_unit")
        .select(*OPTION_KEY, "from_quantity", step_cost=pl.col("unit_cost").cast(FLOAT))
        .join(told.select(*OPTION_KEY, "row", "daily", "cycle", "lying", least=sold_in_a_cycle), on=OPTION_KEY)
        .with_columns(
            days=pl.col("from_quantity") / pl.col("daily"), is_reached=pl.col("from_quantity") <= pl.col("least")
        )
        .filter(pl.col("is_reached") | (pl.col("days") <= longest_days))
        .with_columns(outlasts=pl.col("days") - pl.max_horizontal("cycle", pl.col("least") / pl.col("daily")))
        .with_columns(waits=pl.when("is_reached").then(0.0).otherwise(pl.col("lying") * pl.col("outlasts") / 2))
        .group_by("row")
        .agg(reached=(pl.col("step_cost") + pl.col("waits")).min())
    )
    joined = told.join(steps, on="row", how="left", maintain_order="left")
    cost = pl.col("unit_cost").fill_null(0.0)
    rise = (pl.col("later_unit_cost") / cost).fill_null(1.0).fill_nan(1.0)
    later = (pl.min_horizontal("reached", cost) * rise + pl.col("unit_extra")).clip(lower_bound=0.0)
    open_ones = pl.when("is_open").then(later)
    cheapest = joined.group_by("item", maintain_order=True).agg(
        later=pl.coalesce(open_ones.min(), later.filter("planned").first())
    )
    return cheapest.sort("item")["later"]


def options_of(items: pl.DataFrame, offered: pl.DataFrame, params: Params) -> pl.DataFrame:
    told = items.select(
        *KEY, "later_cost", "sellable_days", "hold_reason", "reserved_qty",
        held=pl.sum_horizontal(HELD, ignore_nulls=False),
    )  # fmt: skip
    rows = offered.join(told, on=KEY, how="left", maintain_order="left")
    step = steps_of(rows)
    owed = pl.col("reserved_qty") - pl.col("held")
    lasting = (params.overstock_days * pl.col("daily") + owed).ceil()
    least = pl.Series(round_up(np.maximum(rows["moq"].to_numpy(), 1), step))
    return rows.select(
        *KEY,
        supplier_id="order_of",
        unit_cost=pl.col("unit_cost").fill_null(0.0),
        later_unit_cost="later_cost",
        unit_extra="unit_extra",
        moq="moq",
        order_step=pl.Series(step, dtype=pl.Int64),
        yield_share="yield_share",
        shelf_life_periods="sellable_days",
        # No price step is worth goods that lie for ever; a minimum order is the supplier's.
        capacity_qty=pl.min_horizontal("capacity_qty", pl.max_horizontal(lasting.cast(pl.Int64), least)),
        blocked_reason=pl.coalesce("hold_reason", "no_rate", pl.when(~pl.col("preferred")).then(pl.lit(ANOTHER))),
    )


def steps_of(rows: pl.DataFrame) -> np.ndarray:
    """Base units by which the orders of these offers can differ; shape (rows,)."""
    packs = (rows[name].cast(pl.Int64).to_numpy() for name in ("order_multiple", "pack_numerator", "pack_denominator"))
    return order_step(*packs)
