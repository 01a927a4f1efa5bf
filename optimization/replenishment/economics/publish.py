"""A choice as the frames of a plan."""

import numpy as np
import polars as pl

from optimization.replenishment.economics.bridge import bridge
from optimization.replenishment.economics.futures import NO_LIMIT
from optimization.replenishment.economics.offers import Offers, positions
from optimization.replenishment.economics.problem import BUCKETS, ReplenishmentProblem
from optimization.replenishment.problem import KEY
from optimization.replenishment.rounding import round_up


def line_frame(
    problem: ReplenishmentProblem,
    offered: Offers,
    option: np.ndarray,
    second: np.ndarray,
    candidate: np.ndarray,
    selected: np.ndarray,
    price: np.ndarray,
) -> pl.DataFrame:
    """Lines of the plan, as ``ReplenishmentPlan`` documents them.

    Parameters
    ----------
    problem, offered
        What was decided on.
    option, second
        Shape (items,): best and second best option; −1 for none.
    candidate, selected
        Shape (items,): candidate chosen, and before containers were filled.
    price
        Shape (items,): price of the budgets that pay for an item.
    """
    some, rows = option >= 0, np.arange(option.size)
    value = np.where(some[:, None], offered.value[option], 0.0) if offered.value.size else np.zeros((option.size, 2))

    def at(part: np.ndarray, where: np.ndarray) -> np.ndarray:
        return np.where(some, part[option, where], 0) if part.size else np.zeros(option.size)

    spend = np.where(some[:, None], offered.spend[option], 0.0) if offered.spend.size else np.zeros((option.size, 2))
    listed = np.where(some[:, None], offered.list_spend[option], 0.0) if offered.spend.size else spend
    # What is true of an order whatever the last plan said; what changing it costs is a step of its own.
    change = np.where(some[:, None], offered.change[option], 0.0) if offered.value.size else value
    unmoved = value + change
    best, stable, priced = unmoved.argmax(axis=1), value.argmax(axis=1), (value - price[:, None] * spend).argmax(axis=1)
    carried = np.where(some[:, None], offered.receiving[option], 0.0) if offered.value.size else spend
    unstepped = np.where(np.isfinite(unmoved), unmoved + spend - listed, -np.inf)
    at_list, in_units = (unstepped + carried).argmax(axis=1), unstepped.argmax(axis=1)
    following = np.minimum(candidate + 1, value.shape[1] - 1)
    quantity = at(offered.quantity, candidate).astype(np.int64)
    further = at(offered.quantity, following).astype(np.int64) > quantity
    suppliers = np.append(problem.options["supplier_id"].to_numpy(), None)
    rival = (
        np.where(
            (second >= 0) & np.isfinite(offered.value[second, 1:]).any(axis=1),
            offered.value.max(axis=1, initial=0.0)[second] - offered.lost[second] + offered.lost[option],
            np.nan,
        )
        if offered.value.size
        else value[:, 0]
    )
    lines = problem.items.select(*KEY, "policy", "policy_reason").with_columns(
        supplier_id=pl.Series(suppliers[option].tolist(), dtype=pl.String),
        runner_up_supplier_id=pl.Series(suppliers[second].tolist(), dtype=pl.String),
        status=pl.Series(np.where(some, np.where(quantity > 0, "order", "nothing"), "no_supplier")),
        suggested_qty=pl.Series(quantity),
        spend=pl.Series(at(offered.spend, candidate).astype(float)),
        value=pl.Series(value[rows, candidate]),
        runner_up_value=pl.Series(rival.astype(float)).fill_nan(None),
        change_cost=pl.Series(change[rows, candidate]),
        best_value=pl.Series(unmoved[rows, best]),
        short_qty_if_nothing=pl.Series(at(offered.outcomes.short, np.zeros_like(candidate)).astype(float)),
        short_qty=pl.Series(at(offered.outcomes.short, candidate).astype(float)),
        left_qty=pl.Series(at(offered.outcomes.left, candidate).astype(float)),
        expired_qty=pl.Series(at(offered.outcomes.expired, candidate).astype(float)),
        next_pack_value=pl.Series(
            np.where(further, unmoved[rows, following] - unmoved[rows, candidate], np.nan)
        ).fill_nan(None),
        critical_ratio=pl.Series(
            np.where(some, offered.ratio[option], np.nan) if offered.ratio.size else np.full(option.size, np.nan)
        ).fill_nan(None),
        list_qty=pl.Series(at(offered.quantity, at_list).astype(np.int64)),
        unit_qty=pl.Series(at(offered.quantity, in_units).astype(np.int64)),
        best_qty=pl.Series(at(offered.quantity, best).astype(np.int64)),
        stable_qty=pl.Series(at(offered.quantity, stable).astype(np.int64)),
        priced_qty=pl.Series(at(offered.quantity, priced).astype(np.int64)),
        selected_qty=pl.Series(at(offered.quantity, selected).astype(np.int64)),
    )
    return _with_levels(lines, problem, offered, option)


def _with_levels(
    lines: pl.DataFrame, problem: ReplenishmentProblem, offered: Offers, option: np.ndarray
) -> pl.DataFrame:
    """Add the levels that the bridge runs over, from demand to the least order."""
    stocks = problem.batches.group_by(KEY).agg(
        pl.col("quantity").filter(bucket=bucket).sum().cast(pl.Int64).alias(f"{bucket}_qty") for bucket in BUCKETS
    )
    lines = lines.join(stocks, on=KEY, how="left", maintain_order="left").with_columns(
        pl.col(f"{bucket}_qty").fill_null(0) for bucket in BUCKETS
    )
    some, position = option >= 0, positions(problem)
    if not problem.options.height:
        zero = np.zeros(lines.height, dtype=np.int64)
        demand, network, need, timing, expiring, yielded, packed, least, capped, fresh = (
            zero, zero, -position, *([zero] * 7)
        )  # fmt: skip
    else:
        demand, need, timing, expiring = _needed(problem, offered, option, position)
        # Whose customers they are is told apart; both are served from here.
        network = np.floor(problem.items["exchanged_qty"].to_numpy() + 0.5).astype(np.int64)
        column = {
            name: problem.options[name].cast(pl.Float64).to_numpy()[option]
            for name in ("yield_share", "order_step", "moq", "capacity_qty")
        }
        yielded = np.where(
            some, np.ceil(np.maximum(need, 0) / column["yield_share"] - 1e-9), np.maximum(need, 0)
        ).astype(np.int64)
        step = column["order_step"].astype(np.int64)
        packed = np.where(some, round_up(yielded, step), yielded)
        lowest = round_up(np.maximum(column["moq"].astype(np.int64), packed), step)
        least = np.where(some & (packed > 0), lowest, packed)
        smallest = round_up(np.maximum(column["moq"].astype(np.int64), 1), step)
        most = np.where(some, np.nan_to_num(column["capacity_qty"], nan=NO_LIMIT, posinf=NO_LIMIT), NO_LIMIT)
        capped = _at_most(least, most.astype(np.int64) // step * step, smallest)
        fresh = _at_most(capped, np.where(some, offered.fresh[option], capped) // step * step, smallest)
    return lines.with_columns(
        demand_qty=pl.Series(demand - network),
        network_qty=pl.Series(network),
        timing_qty=pl.Series(timing),
        expiring_qty=pl.Series(expiring),
        target_qty=pl.Series(position + need),
        need_qty=pl.Series(need),
        yielded_qty=pl.Series(yielded),
        packed_qty=pl.Series(packed),
        least_qty=pl.Series(least),
        capped_qty=pl.Series(capped),
        fresh_qty=pl.Series(fresh),
    )


def _at_most(quantity: np.ndarray, most: np.ndarray, smallest: np.ndarray) -> np.ndarray:
    """Quantities lowered to the most there may be, to nothing where that is less than the smallest order."""
    return np.where(quantity <= most, quantity, np.where(most >= smallest, most, 0))


def _needed(
    problem: ReplenishmentProblem, offered: Offers, option: np.ndarray, position: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean demand until the next order arrives, the need at the critical ratio, what timing changes, what expires.

    What is sold out before the order can arrive is lost, or what is under way comes too late: so much the mean of
    the paths' needs departs from demand less what of the position does not expire. Whole units.

    Without an option the item's first interval is its review.
    """
    some, paths = option >= 0, problem.demand.shape[1]
    place = np.ceil(offered.ratio[option] * paths - 1e-9).astype(np.int64).clip(1, paths) - 1
    review = problem.items["review_periods"].cast(pl.Int64).to_numpy()[:, None]
    last = np.where(some[:, None], problem.covered_until()[option], review)
    inside = np.arange(problem.demand.shape[2]) < last[..., None]
    mean = np.einsum("ipt,ipt->i", problem.demand, inside) / paths
    demand = np.floor(mean + 0.5).astype(np.int64)
    need = np.where(some, np.ceil(offered.needs[option, place] - 1e-6), demand - position).astype(np.int64)
    mean_need = np.where(some, np.floor(offered.needs[option].mean(axis=1) + 0.5), demand - position)
    expiring = np.where(some, np.floor(offered.expiring[option] + 0.5), 0).astype(np.int64)
    return demand, need, mean_need.astype(np.int64) - (demand - position) - expiring, expiring


def curve_frame(problem: ReplenishmentProblem, offered: Offers, option: np.ndarray) -> pl.DataFrame:
    """Profit against quantity for the chosen option of every item."""
    some = np.flatnonzero(option >= 0)
    of = option[some]
    candidates = offered.quantity.shape[1]
    fresh = np.ones((of.size, candidates), dtype=bool)
    fresh[:, 1:] = np.diff(offered.quantity[of], axis=1) > 0
    key = problem.items.select(KEY)[np.repeat(some, candidates)]
    flat = {
        "quantity": offered.quantity[of],
        "spend": offered.spend[of],
        "value": np.where(np.isfinite(offered.value[of]), offered.value[of] + offered.change[of], np.nan),
        "short_qty": offered.outcomes.short[of],
        "left_qty": offered.outcomes.left[of],
    }
    return (
        key.with_columns(supplier_id=problem.options["supplier_id"].gather(np.repeat(of, candidates)))
        .with_columns(**{name: pl.Series(part.ravel()) for name, part in flat.items()})
        .with_columns(pl.col("value").fill_nan(None))
        .filter(pl.Series(fresh.ravel()))
    )


def order_frame(lines: pl.DataFrame, problem: ReplenishmentProblem) -> pl.DataFrame:
    """Orders that are made, per supplier."""
    shape = problem.items.select(*KEY, "unit_volume", "unit_weight")
    volume, weight = (pl.col("suggested_qty") * pl.col(name) for name in ("unit_volume", "unit_weight"))
    made = (
        lines.filter(pl.col("suggested_qty") > 0)
        .join(shape, on=KEY, how="left")
        .group_by("supplier_id")
        .agg(
            lines=pl.len().cast(pl.Int64), spend=pl.col("spend").sum(), value=pl.col("value").sum(),
            volume=volume.sum(), weight=weight.sum(),
        )
    )  # fmt: skip
    terms = problem.suppliers.select("supplier_id", "minimum_value", "order_cost")
    held = problem.containers.select("supplier_id", holds=pl.col("volume"), bears=pl.col("weight"), each=pl.col("cost"))
    # As many as the tighter of the two asks for; a hair of tolerance for sums of floats.
    load = pl.max_horizontal(pl.col("volume") / pl.col("holds"), pl.col("weight") / pl.col("bears"))
    count = (load - 1e-9).ceil().clip(0)
    return (
        made.join(terms, on="supplier_id", how="left")
        .join(held, on="supplier_id", how="left")
        .with_columns(
            containers=count.cast(pl.Int64), fill=load / count,
            container_cost=(count * pl.col("each")).fill_null(0.0),
        )
        .with_columns(value=pl.col("value") - pl.col("order_cost") - pl.col("container_cost"))
        .select(
            "supplier_id", "lines", "spend", "minimum_value", "order_cost", "value", "volume", "weight", "containers",
            "fill", "container_cost",
        )
        .sort("supplier_id")
    )  # fmt: skip


def bridge_frame(lines: pl.DataFrame) -> pl.DataFrame:
    """The bridge of every line that has a supplier."""
    return bridge(lines.filter(pl.col("status") != "no_supplier"))
