"""What every option offers: candidate quantities, what they cost and what they earn."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from optimization.replenishment.economics.arrays import Arrays
from optimization.replenishment.economics.futures import (
    NO_LIMIT,
    Outcomes,
    later_levels,
    lost_before,
    most_fresh,
    outcomes,
    path_needs,
)
from optimization.replenishment.economics.handling_units import in_whole_units, receiving_cost
from optimization.replenishment.economics.ladder import ladder
from optimization.replenishment.economics.params import EconomicParams
from optimization.replenishment.economics.problem import OPTION_KEY, ReplenishmentProblem
from optimization.replenishment.economics.purchase_cost import purchase_cost
from optimization.replenishment.problem import KEY
from optimization.replenishment.rounding import round_up

STEPS_NEAR = 12  # steps on either side of a chosen quantity by which containers are filled
RULE_RETURN = 1e-3  # a rule's order is worth at least this share of its money: rules hold unless money is short
LATE_SHARE = 0.01  # of its value at least, by which goods that come late are judged


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
    receiving
        What receiving and putting it away costs, by packs, layers and pallets; in ``earned`` already.
    earned
        Money earned more than by doing nothing, the purchase aside.
    value
        ``earned`` − ``spend`` − ``change``; minus infinity where the candidate may not be ordered.
    change
        Price of departing from the last plan, against that of dropping its suggestion; nothing where a rule decides.
    needs
        Shape (options, paths): ``path_needs``.
    expiring
        Shape (options,): units there or under way that expire until the next order arrives, were nothing ordered.
    fresh
        Shape (options,): most units of which not too much would expire before it sells.
    ratio
        Shape (options,): critical ratio.
    outcomes
        What is short, left and expired.
    by_rule
        Shape (options,), bool: a rule asks for an order, the candidate of column 1.
    lost
        Shape (options,), money: sales that are lost before an order could arrive, more than with the supplier who loses
        fewest; zero where an item has one option.
    judged
        ``value`` by which suppliers of an item are told apart: less what is lost until the order comes, in proportion
        to what of the best candidate's value a candidate has. Never below a share of ``value``, for goods that come
        late are worth more than none.
    """

    quantity: np.ndarray
    spend: np.ndarray
    list_spend: np.ndarray
    receiving: np.ndarray
    earned: np.ndarray
    value: np.ndarray
    change: np.ndarray
    needs: np.ndarray
    expiring: np.ndarray
    fresh: np.ndarray
    ratio: np.ndarray
    outcomes: Outcomes
    by_rule: np.ndarray
    lost: np.ndarray
    judged: np.ndarray


def offers(problem: ReplenishmentProblem, params: EconomicParams, near: np.ndarray | None = None) -> Offers:
    """Price every candidate of every option on every path.

    Parameters
    ----------
    problem
        The problem.
    params
        Settings.
    near
        Shape (options,): quantities around which every step is looked at too, for goods that fill containers.

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
    needs, reach, expiring = path_needs(arrays)
    fresh = most_fresh(arrays, params.most_expiring_share, options["order_step"].cast(pl.Int64).to_numpy(), yields)
    quantity, asked = _quantities(problem, arrays, (needs / yields[:, None], reach / yields), breaks, fresh, params)
    if near is not None:
        quantity = _with_steps(problem, quantity, near)
    list_spend = quantity * unit_cost[:, None]
    spend = purchase_cost(quantity, unit_cost, breaks)
    level = filled_up_to(problem, arrays, first_later(arrays))
    received = quantity * yields[:, None]
    found = outcomes(arrays, received, level)
    earned = found.earned - found.earned[:, :1]
    earned -= quantity * problem.options["unit_extra"].cast(pl.Float64).to_numpy()[:, None]
    receiving = receiving_cost(problem, quantity)
    earned -= receiving
    ruled = (problem.items["policy"] != "economic").to_numpy()[arrays.item]
    change = _nervousness(problem, arrays, quantity, unit_cost, params, ruled)
    value = np.where(ruled[:, None], rule_values(earned - spend, spend, asked), earned - spend - change)
    wasted = found.expired - found.expired[:, :1]
    refused = (wasted > params.most_expiring_share * received + 1e-9) | _closed(problem)[:, None]
    value = np.where(refused & (quantity > 0), -np.inf, value)
    lost = _lost(arrays, value)
    return Offers(
        quantity=quantity, spend=spend, list_spend=list_spend, receiving=receiving, earned=earned, value=value,
        change=change, needs=needs, expiring=expiring, fresh=fresh, ratio=ratio, outcomes=found,
        by_rule=ruled & (asked > 0), lost=lost, judged=judged_values(value, lost),
    )  # fmt: skip


def judged_values(value: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """``Offers.judged``: gains lowered in proportion, so that the best candidate of an option loses ``lost``."""
    best = value.max(axis=1, initial=0.0)
    share = np.divide(best - lost, best, out=np.ones_like(best), where=best > 0)
    return np.where(value > 0, value * np.maximum(share, LATE_SHARE)[:, None], value)


def _lost(arrays: Arrays, value: np.ndarray) -> np.ndarray:
    """Money lost until each option's order arrives, more than the best of an item's options loses.

    What an option earns counts from its arrival, so a slow supplier and one who is often late would else be compared
    without the days that his goods are waited for. It is no more than somebody quicker would earn.
    """
    contested = np.flatnonzero(np.bincount(arrays.item)[arrays.item] > 1) if arrays.item.size else arrays.item
    found = np.zeros(arrays.item.size)
    if not contested.size:
        return found
    item, best = arrays.item[contested], value[contested, 1:].max(axis=1)
    each = arrays.price[contested] - arrays.later[contested] + arrays.short_cost[item]
    lost = lost_before(arrays, contested) * each
    # Whom nothing would be bought from saves no sale.
    saves = np.where(best > 0, lost, np.inf)
    least, most = np.full(arrays.review.size, np.inf), np.zeros(arrays.review.size)
    np.minimum.at(least, item, saves)
    np.maximum.at(most, item, best)
    found[contested] = np.minimum(np.maximum(lost - least[item], 0.0), most[item])
    return found


def _quantities(
    problem: ReplenishmentProblem,
    arrays: Arrays,
    wanted: tuple[np.ndarray, np.ndarray],
    breaks: pl.DataFrame,
    fresh: np.ndarray,
    params: EconomicParams,
) -> tuple[np.ndarray, np.ndarray]:
    """Candidate quantities, a ladder where economics decides; and what a rule asks for, shape (options,)."""
    options = problem.options
    moq, step = (options[name].cast(pl.Int64).to_numpy() for name in ("moq", "order_step"))
    most = options["capacity_qty"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    most = np.where(fresh < NO_LIMIT, np.minimum(most, fresh), most)
    quantity = in_whole_units(problem, ladder(*wanted, moq, step, most, params.candidates), most)
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


def filled_up_to(problem: ReplenishmentProblem, arrays: Arrays, first: np.ndarray) -> np.ndarray:
    """What a later order fills up to at the start of each period; shape (items, periods).

    Parameters
    ----------
    problem, arrays
        The problem, and it as arrays.
    first
        Shape (items,): first period that is asked for; earlier ones are infinite.
    """
    ratio = np.zeros(problem.items.height)
    np.maximum.at(ratio, arrays.item, arrays.ratio())
    level = later_levels(arrays.demand, arrays.review, ratio, first)
    return _with_smallest_orders(level, problem, arrays, problem.options["yield_share"].cast(pl.Float64).to_numpy())


def _with_smallest_orders(
    level: np.ndarray, problem: ReplenishmentProblem, arrays: Arrays, yields: np.ndarray
) -> np.ndarray:
    """What a later order fills up to where its smallest one is more than the level; shape (items, periods).

    Whoever waits has to take the smallest order as well, one review later, so its units would lie there anyway: what
    waiting saves is their holding until then, not until they sell (one step looked ahead, as the best time to stop
    asks for). Goods whose smallest order earns less than it costs until it is sold, unit n after n / rate periods, are
    no such goods: of them nothing would be bought later either.
    """
    moq, step = (problem.options[name].cast(pl.Int64).to_numpy() for name in ("moq", "order_step"))
    lot, of = round_up(np.maximum(moq, 1), step) * yields, arrays.item
    gain = arrays.price - arrays.later + arrays.short_cost[of]
    worthwhile = gain * arrays.rate[of] * 2 > arrays.excess[of] * lot
    # From whom nothing is to be had, nobody waits for a smaller order.
    worthwhile &= ~_closed(problem) | opening_soon(problem)
    smallest = np.full(arrays.review.size, np.inf)
    np.minimum.at(smallest, of[worthwhile], lot[worthwhile])
    smallest = np.where(np.isfinite(smallest), smallest, 0.0)[:, None]
    return np.where((level > 0) & (smallest > level), level + smallest, level)


def _with_steps(problem: ReplenishmentProblem, quantity: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Candidates with the steps around some quantity, for options whose supplier ships in containers.

    Others keep theirs, the last repeated. A rule's order stays the first candidate after nothing.
    """
    options = problem.options
    moq, step = (options[name].cast(pl.Int64).to_numpy() for name in ("moq", "order_step"))
    most = options["capacity_qty"].cast(pl.Float64).fill_null(2.0**52).to_numpy().astype(np.int64)
    ships = options["supplier_id"].is_in(problem.containers["supplier_id"].to_list()).to_numpy() & (near > 0)
    around = near[:, None] + step[:, None] * np.arange(-STEPS_NEAR, STEPS_NEAR + 1)
    fits = (around >= round_up(np.maximum(moq, 1), step)[:, None]) & (around <= most[:, None]) & ships[:, None]
    rules = problem.items.select(*KEY, rule=pl.col("policy") != "economic")
    ruled = options.join(rules, on=KEY, how="left", maintain_order="left")["rule"].to_numpy()
    fits &= around > np.where(ruled, quantity[:, 1], 0)[:, None]
    extra = np.where(fits, around, quantity[:, -1:])
    return np.hstack([quantity[:, :1], np.sort(np.hstack([quantity[:, 1:], extra]), axis=1)])


def _with_rules(
    problem: ReplenishmentProblem,
    arrays: Arrays,
    needs: np.ndarray,
    quantity: np.ndarray,
    order: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Replace the ladder, where the item has a rule, by the rule's order and what may top up its supplier's."""
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
    to_high = (high - held) / yields
    asked = np.where(policy == "service_level", covered, np.where(held <= low, to_high, 0.0))
    whole = np.ceil(np.maximum(asked, 0.0) - 1e-9).astype(np.int64)
    target = np.where(whole > 0, round_up(np.maximum(whole, moq), step), 0)
    # What cannot be had in full is had as far as it can.
    limit = np.where(np.isfinite(most), most, 2.0**52).astype(np.int64) // step * step
    target = np.where(target <= limit, target, np.where(limit >= np.maximum(moq, 1), limit, 0))
    enough = np.where(policy == "service_level", quantity[:, -1], np.floor(np.maximum(to_high, 0.0)))
    top = np.where(np.isfinite(most) & (policy == "service_level"), limit, enough.astype(np.int64))
    ruled = _topping_up(target, np.maximum(top, target), np.maximum(moq, 1), step, quantity.shape[1])
    economic = policy == "economic"
    return np.where(economic[:, None], quantity, ruled), np.where(economic, 0, target)


def _topping_up(
    target: np.ndarray, top: np.ndarray, least: np.ndarray, step: np.ndarray, candidates: int
) -> np.ndarray:
    """Nothing, the rule's order, and quantities beyond it up to ``top``, closer together near the order."""
    share = (np.arange(candidates - 1) / max(candidates - 2, 1)) ** 2
    beyond = round_up(
        np.maximum((target[:, None] + (top - target)[:, None] * share).astype(np.int64), 0), step[:, None]
    )
    lowest = round_up(least, step)
    reached = np.minimum(beyond, np.maximum(top // step * step, target)[:, None])
    # Without an order of the rule's, the first candidate is nothing; whatever else there is is at least the minimum.
    reached = np.where((reached > 0) & (reached < lowest[:, None]), lowest[:, None], reached)
    reached = np.where(reached <= np.maximum(top, target)[:, None], reached, target[:, None])
    return np.hstack([np.zeros((target.size, 1), dtype=np.int64), np.maximum.accumulate(reached, axis=1)])


def rule_values(value: np.ndarray, spend: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Values by which a rule's order comes first: it is worth having, and any other quantity less than it.

    Units beyond it are not worth having but to reach what the supplier takes; they then cost what keeping them does.

    Parameters
    ----------
    value, spend
        Shape (options, candidates), money; column 1 is the rule's order.
    asked
        Shape (options,): units that the rule asks for; 0 for none.
    """
    base = np.where(asked > 0, np.maximum(value[:, 1], RULE_RETURN * spend[:, 1]), 0.0)[:, None]
    from_spend = np.where(asked > 0, spend[:, 1], 0.0)[:, None]
    from_value = np.where(asked > 0, value[:, 1], 0.0)[:, None]
    more = spend - from_spend
    beyond = base + np.minimum(value - from_value, -RULE_RETURN * more)
    found = np.where(more > 0, beyond, base)
    found[:, 0] = 0.0
    return found


def first_later(arrays: Arrays) -> np.ndarray:
    """First period in which a later order can arrive; shape (items,)."""
    periods = arrays.demand.shape[2]
    first = np.full(arrays.review.size, periods)
    np.minimum.at(first, arrays.item, arrays.until.min(axis=1, initial=periods))
    return first


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


def opening_soon(problem: ReplenishmentProblem) -> np.ndarray:
    """Options that may not be ordered now but from a later plan; shape (options,), bool."""
    if "opens_soon" not in problem.suppliers.columns:
        return np.zeros(problem.options.height, dtype=bool)
    told = problem.options.join(problem.suppliers, on="supplier_id", how="left", maintain_order="left")
    return told.select(pl.col("opens_soon") & pl.col("blocked_reason").is_null()).to_series().to_numpy()


def _nervousness(
    problem: ReplenishmentProblem,
    arrays: Arrays,
    quantity: np.ndarray,
    unit_cost: np.ndarray,
    params: EconomicParams,
    ruled: np.ndarray,
) -> np.ndarray:
    """Cost of departing from the last plan, against the cost of dropping its suggestion."""
    if params.change_cost_share == 0 or problem.items["previous_qty"].is_null().all():
        return np.broadcast_to(0.0, quantity.shape)
    previous = problem.items["previous_qty"].cast(pl.Float64).fill_null(np.nan).to_numpy()[arrays.item]
    changed = np.abs(quantity - previous[:, None]) - previous[:, None]
    priced = np.nan_to_num(params.change_cost_share * changed * unit_cost[:, None])
    return np.where(ruled[:, None], 0.0, priced)
