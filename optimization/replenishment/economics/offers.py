"""What every option offers: candidate quantities, what they cost and what they earn."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.futures import Outcomes, later_levels, outcomes, path_needs
from optimization.replenishment.economics.ladder import ladder
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.problem import OPTION_KEY, ReplenishmentProblem
from optimization.replenishment.economics.purchase_cost import purchase_cost
from optimization.replenishment.problem import KEY
from optimization.replenishment.rounding import round_up

RULE_RETURN = 1e-3  # a rule's order is worth at least this share of its money: rules hold unless money is short


@dataclass(frozen=True)
class Offers:
    """Candidates of every option; shape (options, candidates) where not said otherwise.

    Parameters
    ----------
    quantity
        Base units to order, int; column 0 is nothing.
    spend
        Money to pay.
    list_spend
        The same without price breaks.
    earned
        Money earned more than by doing nothing, the purchase aside.
    value
        ``earned`` − ``spend``; minus infinity where the candidate may not be ordered.
    needs
        Shape (options, paths): ``path_needs``.
    ratio
        Shape (options,): critical ratio.
    outcomes
        What is short, left and expired.
    """

    quantity: np.ndarray
    spend: np.ndarray
    list_spend: np.ndarray
    earned: np.ndarray
    value: np.ndarray
    needs: np.ndarray
    ratio: np.ndarray
    outcomes: Outcomes


def offers(problem: ReplenishmentProblem, params: EconomicParams) -> Offers:
    """Price every candidate of every option on every path.

    Parameters
    ----------
    problem
        The problem.
    params
        Settings.

    Returns
    -------
    Offers
        In the order of ``problem.options``.
    """
    arrays, options = Arrays.of(problem), problem.options
    yields = options["yield_share"].cast(pl.Float64).to_numpy()
    unit_cost = options["unit_cost"].cast(pl.Float64).to_numpy()
    breaks = _breaks(problem)
    ratio = arrays.ratio()
    needs, reach = path_needs(arrays)
    quantity = _quantities(problem, arrays, (needs / yields[:, None], reach / yields), breaks, params)
    list_spend = quantity * unit_cost[:, None]
    spend = purchase_cost(quantity, unit_cost, breaks)
    of_item = np.zeros(problem.items.height)
    np.maximum.at(of_item, arrays.item, ratio)
    level = later_levels(arrays.demand, arrays.review, of_item, _first_later(arrays))
    received = quantity * yields[:, None]
    found = outcomes(arrays, received, level)
    earned = found.earned - found.earned[:, :1] - _nervousness(problem, arrays, quantity, unit_cost, params)
    value = earned - spend
    ruled = (problem.items["policy"] != "economic").to_numpy()[arrays.item]
    value = np.where(ruled[:, None], np.maximum(value, RULE_RETURN * spend), value)
    expiring = found.expired - found.expired[:, :1]
    refused = (expiring > params.most_expiring_share * received + 1e-9) | _closed(problem)[:, None]
    value = np.where(refused & (quantity > 0), -np.inf, value)
    return Offers(quantity, spend, list_spend, earned, value, needs, ratio, found)


def _quantities(
    problem: ReplenishmentProblem,
    arrays: Arrays,
    wanted: tuple[np.ndarray, np.ndarray],
    breaks: pl.DataFrame,
    params: EconomicParams,
) -> np.ndarray:
    """Candidate quantities: a ladder where economics decides, nothing or the rule's order where a rule does."""
    options = problem.options
    moq, step = (options[name].cast(pl.Int64).to_numpy() for name in ("moq", "order_step"))
    most = options["capacity_qty"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    quantity = ladder(*wanted, moq, step, most, params.candidates)
    # A price break and the quantity of the last plan are looked at whatever the paths say.
    previous = problem.items["previous_qty"].cast(pl.Float64).fill_null(0.0).to_numpy()[arrays.item]
    asked = [*breaks.select("option", "from_quantity").iter_rows()]
    asked += [(option, int(previous[option])) for option in np.flatnonzero(previous > 0)]
    for option, start in asked:
        reached = round_up(max(start, moq[option]), step[option])
        if reached <= most[option]:
            nearest = 1 + np.abs(quantity[option, 1:] - reached).argmin()
            quantity[option, nearest] = reached
            quantity[option] = np.sort(quantity[option])
    return _with_rules(problem, arrays, wanted[0], quantity, (moq, step, most))


def _with_rules(
    problem: ReplenishmentProblem,
    arrays: Arrays,
    needs: np.ndarray,
    quantity: np.ndarray,
    order: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> np.ndarray:
    """Replace the ladder by the order that a rule asks for, where the item has one."""
    moq, step, most = order
    items = problem.items
    policy = items["policy"].to_numpy()[arrays.item]
    low, high = (
        items[name].cast(pl.Float64).fill_null(0.0).to_numpy()[arrays.item] for name in ("policy_low", "policy_high")
    )
    held = positions(problem)[arrays.item]
    place = np.ceil(low * needs.shape[1] - 1e-9).astype(np.int64).clip(1, needs.shape[1]) - 1
    covered = needs[np.arange(len(needs)), place]
    yields = problem.options["yield_share"].cast(pl.Float64).to_numpy()
    asked = np.where(policy == "service_level", covered, np.where(held <= low, (high - held) / yields, 0.0))
    whole = np.ceil(np.maximum(asked, 0.0) - 1e-9).astype(np.int64)
    target = np.where(whole > 0, round_up(np.maximum(whole, moq), step), 0)
    # What cannot be had in full is had as far as it can.
    limit = np.where(np.isfinite(most), most, 2.0**52).astype(np.int64) // step * step
    target = np.where(target <= limit, target, np.where(limit >= np.maximum(moq, 1), limit, 0))
    return np.where(
        (policy == "economic")[:, None], quantity, np.where(np.arange(quantity.shape[1]) > 0, target[:, None], 0)
    )


def _first_later(arrays: Arrays) -> np.ndarray:
    """First period in which a later order can arrive; shape (items,)."""
    periods = arrays.demand.shape[2]
    first = np.full(arrays.review.size, periods)
    np.minimum.at(first, arrays.item, arrays.lead.min(axis=1, initial=periods))
    return np.minimum(first + arrays.review, periods)


def positions(problem: ReplenishmentProblem) -> np.ndarray:
    """Units on hand and under way less those reserved; shape (items,)."""
    sign = pl.when(pl.col("bucket") == "reserved").then(-pl.col("quantity")).otherwise(pl.col("quantity"))
    sums = problem.batches.group_by(KEY).agg(position=sign.sum())
    joined = problem.items.select(KEY).join(sums, on=KEY, how="left", maintain_order="left")
    return joined["position"].fill_null(0).cast(pl.Int64).to_numpy()


def _breaks(problem: ReplenishmentProblem) -> pl.DataFrame:
    """Price breaks by row of their option."""
    rows = problem.options.select(OPTION_KEY).with_row_index("option")
    return problem.price_breaks.join(rows, on=OPTION_KEY, how="inner").sort("option", "from_quantity")


def _closed(problem: ReplenishmentProblem) -> np.ndarray:
    """Options that may not be ordered now; shape (options,), bool."""
    closed = problem.suppliers.select("supplier_id", "closed_reason")
    joined = problem.options.join(closed, on="supplier_id", how="left", maintain_order="left")
    return (
        joined.select(pl.any_horizontal(pl.col("blocked_reason", "closed_reason").is_not_null())).to_series().to_numpy()
    )


def _nervousness(
    problem: ReplenishmentProblem, arrays: Arrays, quantity: np.ndarray, unit_cost: np.ndarray, params: EconomicParams
) -> np.ndarray:
    """Cost of departing from the last plan, against the cost of dropping its suggestion."""
    previous = problem.items["previous_qty"].cast(pl.Float64).fill_null(np.nan).to_numpy()[arrays.item]
    changed = np.abs(quantity - previous[:, None]) - previous[:, None]
    return np.nan_to_num(params.change_cost_share * changed * unit_cost[:, None])
