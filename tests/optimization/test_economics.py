"""Economic replenishment: what it promises whatever the problem is."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from economic_rows import PERIODS, batch, drawn, item, option, problem, supplier
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from optimization.replenishment.economics import EconomicParams, in_words, solve
from optimization.replenishment.economics.handling_units import receiving_cost
from optimization.replenishment.economics.ladder import ladder
from optimization.replenishment.economics.purchase_cost import purchase_cost
from optimization.replenishment.economics.selection import select


@pytest.mark.parametrize("seed", range(30))
def test_every_plan_passes_its_own_check_and_stays_below_its_bound(seed: int) -> None:
    asked = drawn(seed)
    plan = solve(asked)
    assert plan.check(asked) == []
    assert plan.value <= -plan.bound + 1e-6
    if (asked.items["policy"] == "economic").all():
        assert plan.value >= 0


@pytest.mark.parametrize("seed", range(30, 40))
def test_bridges_add_up_to_the_unit(seed: int) -> None:
    asked = drawn(seed)
    plan = solve(asked)
    sums = plan.bridge.group_by("sku_id", "location_id").agg(pl.col("quantity").sum())
    lines = plan.lines.filter(pl.col("status") != "no_supplier").join(sums, on=["sku_id", "location_id"])
    assert (lines["quantity"] == lines["suggested_qty"]).all()


@pytest.mark.parametrize("seed", range(60, 75))
def test_nobody_blocked_or_closed_is_ordered_from_and_next_to_nothing_would_expire(seed: int) -> None:
    asked = drawn(seed)
    closed = asked.suppliers.filter(pl.col("closed_reason").is_not_null())["supplier_id"].to_list()
    free = asked.options.filter(pl.col("blocked_reason").is_null(), ~pl.col("supplier_id").is_in(closed))
    nothing = solve(replace(asked, options=asked.options.with_columns(blocked_reason=pl.lit("all"))))
    spoilt = dict(nothing.lines.select("sku_id", "expired_qty").iter_rows())
    plan = solve(asked)
    ordered = pl.concat(part.lines.filter(pl.col("suggested_qty") > 0) for part in plan.parts)
    assert ordered.join(free, on=["sku_id", "location_id", "supplier_id"], how="anti").is_empty()
    bought = plan.lines.filter(pl.col("suggested_qty") > 0).select("sku_id", "suggested_qty", "expired_qty")
    assert all(expired - spoilt[sku] <= 0.05 * quantity + 1e-6 for sku, quantity, expired in bought.iter_rows())


@pytest.mark.parametrize(("seed", "more"), [(seed, 1.0 + seed % 5 / 2) for seed in range(40, 50)])
def test_more_budget_never_earns_less_by_more_than_the_proven_gap(seed: int, more: float) -> None:
    asked = drawn(seed)
    narrow, wide = solve(asked), solve(replace(asked, budget=asked.budget * more))
    assert -wide.bound >= narrow.value - 1e-6
    assert wide.value >= narrow.value - (-wide.bound - wide.value) - 1e-6


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 5.0), st.floats(0.0, 5.0))
@settings(max_examples=12, deadline=None)
def test_higher_shortage_cost_never_lowers_the_quantity(seed: int, low: float, more: float) -> None:
    demand = np.random.default_rng(seed).poisson(5.0, (1, 16, PERIODS))
    quantities = [
        solve(problem([item(shortage_cost=cost)], [option()], demand)).lines["suggested_qty"][0]
        for cost in (low, low + more)
    ]
    assert quantities[0] <= quantities[1]


@given(st.integers(0, 2**32 - 1), st.integers(2, 50))
@settings(max_examples=12, deadline=None)
def test_counting_in_packs_instead_of_units_changes_no_quantity(seed: int, pack: int) -> None:
    demand = pack * np.random.default_rng(seed).poisson(3.0, (1, 8, PERIODS))
    in_units = solve(problem([item()], [option(moq=pack, order_step=pack)], demand))
    rows = item(
        unit_price=15.0 * pack, holding_cost=0.1 * pack, excess_cost=0.1 * pack, beyond_rate=5.0 / pack,
        terminal_value=10.0 * pack,
    )  # fmt: skip
    in_packs = solve(
        problem([rows], [option(unit_cost=10.0 * pack, later_unit_cost=10.0 * pack, moq=1)], demand / pack)
    )
    assert in_units.lines["suggested_qty"][0] == pack * in_packs.lines["suggested_qty"][0]
    assert in_units.value == pytest.approx(in_packs.value)


def test_running_the_plan_twice_orders_nothing_more() -> None:
    demand = np.random.default_rng(3).poisson(6.0, (1, 32, PERIODS))
    first = solve(problem([item()], [option(order_step=6)], demand)).lines["suggested_qty"][0]
    again = problem([item()], [option(order_step=6)], demand, [batch(0, "approved", first)], arrivals=[1])
    assert first > 0
    assert solve(again).lines["suggested_qty"].to_list() == [0]


@pytest.mark.parametrize(
    ("excess", "ordered"), [(0.1, 24), (1.0, 0)], ids=["sells in time", "costs more than it earns"]
)
def test_a_smallest_order_that_is_due_anyway_is_not_waited_for(excess: float, ordered: int) -> None:
    # One of two customers of tomorrow would find nothing: 2.50 a day, for which a case is held a day longer: 0.24.
    demand = np.ones((1, 2, PERIODS))
    demand[0, 1, 1] = 2
    row = item(holding_cost=0.01, excess_cost=excess, beyond_rate=1.0)
    asked = problem([row], [option(moq=24, order_step=24)], demand, [batch(0, "on_hand", 2)], arrivals=[0])
    assert solve(asked).lines["suggested_qty"].to_list() == [ordered]


def test_what_is_late_still_counts_as_supply() -> None:
    demand = np.full((1, 4, PERIODS), 5)
    late = problem([item()], [option()], demand, [batch(0, "on_order", 40)], arrivals=[1])
    assert solve(late).lines["suggested_qty"].to_list() == [0]


def test_an_unlimited_order_is_the_newsvendors() -> None:
    # One period is served, what is left is worth its cost less the holding: critical ratio 5 / 5.1.
    demand = np.random.default_rng(0).integers(0, 100, (1, 64, 2))
    plan = solve(problem([item()], [option()], demand), EconomicParams(candidates=64))
    expected = np.sort(demand[0, :, 1])[int(np.ceil(64 * 5 / 5.1)) - 1]
    assert plan.lines["suggested_qty"][0] == expected


def test_stock_is_projected_path_by_path_with_sales_lost_at_zero() -> None:
    demand = np.array([[[100.0, 10.0], [0.0, 10.0]]])
    plan = solve(problem([item()], [option()], demand, [batch(0, "on_hand", 10)]))
    # On one path the stock is gone before the order comes; the shortage before is not made up for.
    assert plan.lines["suggested_qty"].to_list() == [10]
    assert plan.lines["short_qty_if_nothing"].to_list() == [5.0]


def test_waiting_demand_is_made_up_for_when_it_waits() -> None:
    demand = np.full((1, 4, 4), 10.0)
    lost = solve(problem([item(shortage_cost=1.0)], [option()], demand))
    waits = solve(problem([item(shortage_cost=1.0, backorder=True)], [option()], demand))
    assert [lost.lines["suggested_qty"][0], waits.lines["suggested_qty"][0]] == [10, 20]


def test_nothing_is_bought_that_would_expire() -> None:
    demand = np.full((1, 4, PERIODS), 5.0)
    plan = solve(problem([item()], [option(moq=40, shelf_life_periods=2)], demand))
    assert plan.lines["suggested_qty"].to_list() == [0]
    assert solve(problem([item()], [option(moq=10, shelf_life_periods=2)], demand)).value > 0


def test_a_price_that_will_rise_is_bought_ahead_of() -> None:
    demand = np.full((1, 4, PERIODS), 5.0)
    usual = solve(problem([item()], [option()], demand))
    rising = solve(problem([item(terminal_value=0.0)], [option(later_unit_cost=12.0)], demand))
    assert usual.lines["suggested_qty"][0] == 5
    assert rising.lines["suggested_qty"][0] == 25


def test_a_last_buy_covers_all_demand_that_is_left() -> None:
    demand = np.full((1, 4, PERIODS), 5.0)
    plan = solve(problem([item(last_buy=True, terminal_value=0.0)], [option()], demand))
    assert plan.lines["suggested_qty"].to_list() == [25]


def test_a_price_break_is_reached_when_it_pays() -> None:
    breaks = pl.DataFrame(
        {
            "sku_id": ["S0"],
            "location_id": ["L"],
            "supplier_id": ["A"],
            "from_quantity": [20],
            "unit_cost": [8.0],
            "kind": ["all_unit"],
        }
    )
    demand = np.full((1, 4, PERIODS), 5.0)
    plan = solve(problem([item()], [option()], demand, price_breaks=breaks))
    # At the better price it pays to buy all demand in sight ahead.
    assert plan.lines.select("suggested_qty", "spend").row(0) == (25, 200.0)
    steps = dict(plan.bridge.select("step", "quantity").iter_rows())
    assert steps["price_step"] == 20


def step_at(quantity: int, unit_cost: float) -> pl.DataFrame:
    """A better price of every unit from a quantity on."""
    return pl.DataFrame([option() | {"from_quantity": quantity, "unit_cost": unit_cost, "kind": "all_unit"}]).select(
        "sku_id", "location_id", "supplier_id", "from_quantity", "unit_cost", "kind"
    )


def test_a_better_price_is_not_worth_goods_that_lie_until_long_after_the_horizon() -> None:
    demand = np.full((1, 4, PERIODS), 5.0)
    # 95 units ahead of their need save 0.5 each; the last of them waits 19 periods at 0.1.
    patient = solve(problem([item()], [option()], demand, price_breaks=step_at(100, 9.5)))
    assert patient.lines["suggested_qty"].to_list() == [5]
    at_once = solve(problem([item(beyond_rate=np.inf)], [option()], demand, price_breaks=step_at(100, 9.5)))
    assert at_once.lines["suggested_qty"].to_list() == [100]


def test_what_goods_ahead_of_their_need_cost_is_exact() -> None:
    demand = np.full((1, 4, PERIODS), 5.0)
    plan = solve(problem([item()], [option()], demand, price_breaks=step_at(40, 8.0)))
    # 40 arrive in period 1; 5 sell at once, then 5 in each period in place of later orders: 30, 25, 20 and 15 lie
    # beyond the level of 5. At the horizon 15 are left, 10 of them beyond it: they lose 0.1 × 10² / (2 × 5).
    lying = 35 * 0.1 + (30 + 25 + 20 + 15) * 0.1 + 0.1 * 100 / 10
    bought = plan.curve.filter(quantity=40)["value"].item()
    assert bought == pytest.approx(5 * 15 + 35 * 10 - lying - 40 * 8)


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 1.0), st.floats(0.1, 3.0), st.integers(10, 200))
@settings(max_examples=12, deadline=None)
def test_goods_that_are_dearer_to_keep_are_never_bought_further_ahead(
    seed: int, cost: float, more: float, start: int
) -> None:
    demand = np.random.default_rng(seed).poisson(4.0, (1, 8, PERIODS))
    quantities = [
        solve(problem([item(excess_cost=excess)], [option()], demand, price_breaks=step_at(start, 9.0))).lines[
            "suggested_qty"
        ][0]
        for excess in (cost, cost + more)
    ]
    assert quantities[0] >= quantities[1]


@pytest.mark.parametrize(("kind", "cost"), [("all_unit", [90.0, 80.0, 120.0]), ("incremental", [90.0, 100.0, 140.0])])
def test_price_breaks_are_priced_by_their_kind(kind: str, cost: list[float]) -> None:
    breaks = pl.DataFrame({"option": [0], "from_quantity": [10], "unit_cost": [8.0], "kind": [kind]})
    assert purchase_cost(np.array([[9, 10, 15]]), np.array([10.0]), breaks).tolist() == [cost]


def test_a_suppliers_minimum_is_met_or_nothing_is_ordered() -> None:
    demand = np.full((2, 4, PERIODS), 5.0)
    rows, offers = [item(0), item(1)], [option(0), option(1)]
    met = solve(problem(rows, offers, demand, suppliers=[supplier(minimum_value=140.0)]))
    assert met.orders["spend"][0] >= 140.0
    left = solve(problem(rows, offers, demand, suppliers=[supplier(minimum_value=1e6)]))
    assert left.lines["suggested_qty"].to_list() == [0, 0]


def test_the_cheaper_supplier_is_chosen_and_the_other_named() -> None:
    demand = np.full((1, 4, PERIODS), 5.0)
    both = [option(0, "A", unit_cost=10.0), option(0, "B", unit_cost=9.0, later_unit_cost=10.0)]
    plan = solve(problem([item()], both, demand, suppliers=[supplier("A"), supplier("B")]))
    assert plan.lines.select("supplier_id", "runner_up_supplier_id").row(0) == ("B", "A")
    closed = [supplier("A"), supplier("B", closed_reason="shutdown 2025-01-01 to 2025-01-10")]
    assert solve(problem([item()], both, demand, suppliers=closed)).lines["supplier_id"].to_list() == ["A"]


def test_changing_the_last_plan_has_its_price() -> None:
    demand = np.random.default_rng(1).poisson(20.0, (1, 64, PERIODS))
    free = solve(problem([item()], [option()], demand)).lines["suggested_qty"][0]
    before = problem([item(previous_qty=free - 2)], [option()], demand)
    assert solve(before, EconomicParams(change_cost_share=0.5)).lines["suggested_qty"].to_list() == [free - 2]


def test_rules_stand_beside_economics_and_say_so() -> None:
    demand = np.random.default_rng(2).poisson(10.0, (2, 64, PERIODS))
    rows = [
        item(0, policy="service_level", policy_low=0.9, policy_reason="segment C"),
        item(1, policy="min_max", policy_low=5.0, policy_high=60.0, policy_reason="planner"),
    ]
    plan = solve(problem(rows, [option(0), option(1)], demand, [batch(1, "on_hand", 4)]))
    needs = np.sort(demand[0, :, 1])
    assert plan.lines["suggested_qty"].to_list() == [needs[int(np.ceil(0.9 * 64)) - 1], 56]
    assert plan.lines["policy_reason"].to_list() == ["segment C", "planner"]


def test_room_and_capacity_have_their_prices() -> None:
    demand = np.full((3, 4, PERIODS), 10.0)
    rows = [item(number, unit_price=12.0 + number, storage_id="L") for number in range(3)]
    storage = pl.DataFrame({"storage_id": ["L"], "free_volume": [20.0]})
    plan = solve(problem(rows, [option(number) for number in range(3)], demand, storage=storage))
    assert plan.lines["suggested_qty"].to_list() == [0, 10, 10]
    assert plan.check(problem(rows, [option(number) for number in range(3)], demand, storage=storage)) == []
    assert plan.shadow_prices.filter(limit="storage")["price"][0] > 0


def test_each_part_of_the_range_keeps_to_its_money_and_money_has_its_price() -> None:
    demand = np.random.default_rng(5).poisson(6.0, (4, 16, PERIODS))
    rows = [item(number, unit_price=15.0 + number) for number in range(4)]
    parts = {
        "budgets": pl.DataFrame({"kind": ["category", "brand"], "name": ["shoes", "Fleet"], "amount": [60.0, 100.0]}),
        "budgeted": pl.DataFrame(
            [("S0", "L", "category", "shoes"), ("S1", "L", "category", "shoes"), ("S1", "L", "brand", "Fleet"),
             ("S2", "L", "brand", "Fleet")],
            schema=["sku_id", "location_id", "kind", "name"], orient="row",
        ),
    }  # fmt: skip
    asked = problem(rows, [option(number) for number in range(4)], demand, **parts)
    plan, free = solve(asked), solve(replace(asked, **{name: frame.clear() for name, frame in parts.items()}))
    spend = dict(plan.lines.select("sku_id", "spend").iter_rows())
    assert spend["S0"] + spend["S1"] <= 60.0 and spend["S1"] + spend["S2"] <= 100.0
    assert spend["S3"] == free.lines["spend"][3] and plan.value < free.value
    prices = {limit: price for limit, _, price in plan.shadow_prices.iter_rows()}
    assert prices["category_budget"] > 0 and plan.check(asked) == []
    steps = plan.bridge.filter(step="money").select("sku_id", "quantity").rows()
    assert dict(steps)["S0"] < 0 and dict(steps)["S3"] == 0
    spent = asked.budgets.with_columns(amount=pl.lit(1.0))
    assert any("its budget is 1.0" in fault for fault in plan.check(replace(asked, budgets=spent)))


def units(*sizes: int, cost: float) -> dict[str, pl.DataFrame]:
    rows = [("S0", "L", "A", size, cost) for size in sizes]
    columns = ["sku_id", "location_id", "supplier_id", "size", "cost"]
    return {"handling_units": pl.DataFrame(rows, schema=columns, orient="row")}


def test_an_order_is_rounded_to_whole_pallets_where_that_saves_more_than_its_units_cost() -> None:
    demand = np.random.default_rng(2).poisson(9.0, (1, 32, PERIODS))
    rows, offer = [item(review_periods=2)], [option(moq=2, order_step=2)]
    loose = solve(problem(rows, offer, demand))
    asked = problem(rows, offer, demand, **units(2, 28, 56, cost=0.5))
    whole = solve(asked)
    assert loose.lines["suggested_qty"][0] == 24 and whole.lines["suggested_qty"][0] == 28
    assert whole.bridge.filter(step="pallet")["quantity"].to_list() == [4] and whole.check(asked) == []
    dear = [item(review_periods=2, excess_cost=5.0, holding_cost=3.0)]
    assert solve(problem(dear, offer, demand, **units(2, 28, cost=0.01))).lines["suggested_qty"][0] < 28


@given(st.integers(1, 400), st.lists(st.sampled_from([1, 6, 12, 48, 96]), min_size=1, max_size=3, unique=True))
@settings(max_examples=30, deadline=None)
def test_an_order_comes_in_as_few_units_as_its_sizes_allow_and_costs_each(quantity: int, sizes: list[int]) -> None:
    demand = np.full((1, 1, PERIODS), 5.0)
    asked = problem([item()], [option()], demand, **units(*sizes, cost=2.0))
    found = receiving_cost(asked, np.array([[0, quantity]]))[0]
    rest, count = quantity, 0
    for size in sorted(sizes, reverse=True):
        count, rest = count + rest // size, rest % size
    assert found.tolist() == [0, 2.0 * (count + (rest > 0))]


def test_the_bridge_reads_in_both_languages() -> None:
    plan = solve(problem([item()], [option(order_step=6)], np.full((1, 4, PERIODS), 5.0), [batch(0, "on_hand", 2)]))
    english, chinese = (in_words(plan.bridge, language)["words"][0] for language in ("en", "zh"))
    assert english.endswith("= 6") and "− 2 on hand" in english
    assert chinese.endswith("= 6") and "现有库存" in chinese


def test_doing_nothing_is_on_the_list_with_what_it_costs() -> None:
    plan = solve(problem([item()], [option()], np.full((1, 4, PERIODS), 5.0)))
    nothing = plan.curve.filter(quantity=0)
    assert nothing.select("value", "short_qty").row(0) == (0.0, 5.0)
    assert plan.curve["value"].max() == plan.lines["value"][0]


def test_a_horizon_too_short_to_judge_an_order_is_refused() -> None:
    with pytest.raises(ValueError, match="forecast as many periods"):
        problem([item(review_periods=3)], [option()], np.ones((1, 4, 3)))


def test_the_check_finds_what_is_tampered_with() -> None:
    asked = problem([item()], [option(order_step=6)], np.full((1, 4, PERIODS), 5.0))
    plan = solve(asked)
    tampered = replace(plan, lines=plan.lines.with_columns(suggested_qty=pl.col("suggested_qty") + 1))
    assert any("not in steps of 6" in fault for fault in tampered.check(asked))


@given(st.integers(0, 2**32 - 1), st.integers(2, 20), st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_candidates_rise_in_whole_steps_from_the_minimum(seed: int, candidates: int, step: int) -> None:
    random = np.random.default_rng(seed)
    needs = np.sort(random.normal(20, 30, (5, 16)), axis=1)
    moq, most = random.integers(0, 40, 5), np.where(random.random(5) < 0.5, np.inf, random.integers(0, 60, 5))
    found = ladder(needs, needs[:, -1] * 3, moq, np.full(5, step), most, candidates)
    assert (np.diff(found, axis=1) >= 0).all() and (found[:, 0] == 0).all()
    ordered = found[found > 0]
    assert (ordered % step == 0).all() and (found <= most[:, None]).all()
    assert ((found == 0) | (found >= moq[:, None])).all()


def exact(
    value: np.ndarray, spend: np.ndarray, owner: np.ndarray, minimum: np.ndarray, fixed: np.ndarray, budget: float
) -> float:
    """The best value by HiGHS."""
    items, candidates = value.shape
    size, suppliers = items * (candidates - 1), minimum.size
    taken, opened = np.zeros((items, size + suppliers)), np.zeros((suppliers, size + suppliers))
    for number in range(items):
        columns = slice(number * (candidates - 1), (number + 1) * (candidates - 1))
        taken[number, columns], taken[number, size + owner[number]] = 1, -1
        opened[owner[number], columns] = spend[number, 1:]
    money = np.append(spend[:, 1:].ravel(), np.zeros(suppliers))[None]
    opened[np.arange(suppliers), size + np.arange(suppliers)] = -minimum
    limits = [
        LinearConstraint(taken, -np.inf, 0),
        LinearConstraint(opened, 0),
        LinearConstraint(money, -np.inf, budget),
    ]
    objective = np.append(-value[:, 1:].ravel(), fixed)
    found = milp(objective, constraints=limits, integrality=np.ones(objective.size), bounds=Bounds(0, 1))
    return -found.fun


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5, 6, 8, 11])
def test_the_selection_is_as_good_as_highs_where_highs_can_prove_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    items, suppliers, share = 40, 4, [1.0, 0.5, 0.25][seed % 3]
    owner = random.integers(0, suppliers, items)
    quantity = np.arange(5) * random.integers(1, 10, items)[:, None]
    spend = quantity * random.uniform(1, 5, items)[:, None]
    value = random.uniform(0.2, 1, items)[:, None] * np.sqrt(quantity) * 8 - 0.3 * spend
    value[:, 0] = 0
    freely = np.bincount(owner, spend[np.arange(items), value.argmax(axis=1)], suppliers)
    terms = freely * random.uniform(0.3, 1.3, suppliers), freely * 0.01
    found = select(value, spend, owner, *terms, budget=freely.sum() * share)
    best = exact(value, spend, owner, *terms, freely.sum() * share)
    assert found.value >= best * 0.999
    assert found.value <= best + 1e-6 <= found.bound + 1e-5


def test_many_suppliers_at_their_minimums_do_not_close_each_other() -> None:
    random = np.random.default_rng(4)
    suppliers, each = 400, 4
    owner = np.repeat(np.arange(suppliers), each)
    spend = np.arange(5) * random.uniform(5, 15, owner.size)[:, None]
    value = random.uniform(0.5, 1.5, owner.size)[:, None] * np.sqrt(np.arange(5)) * 5
    minimum = np.bincount(owner, spend[:, 2])
    found = select(value, spend, owner, minimum, np.zeros(suppliers), budget=spend[:, 4].sum() / 8)
    assert found.value >= 0.97 * found.bound
