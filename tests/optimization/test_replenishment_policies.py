"""Which policy decides an item, and what the line says of it."""

from decimal import Decimal

import pytest
from planners_example import line, problem

from optimization.replenishment import Params, solve


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unit_margin": None}, "its price or cost is not known: the service target decides"),
        ({"unit_margin": Decimal("-1")}, "a sale of it leaves nothing: the service target decides"),
    ],
)
def test_goods_whose_money_says_nothing_are_held_to_their_service_target(change, reason):
    plan = solve(problem(change))
    assert (line(plan, "policy"), line(plan, "policy_reason")) == ("service_level", reason)
    assert line(plan, "critical_ratio") == pytest.approx(0.95) and line(plan, "suggested_qty") > 0


def test_a_segment_may_have_a_policy_of_its_own():
    plan = solve(problem({}, {"sku_id": "B", "segment": "C"}), Params(policy_of={"C": "service_level"}))
    assert plan.lines["policy"].to_list() == ["economic", "service_level"]
    assert line(plan, "policy_reason", "B") == "setting for segment C"
    with pytest.raises(ValueError, match="'C' must be one of economic, service_level, min_max, found 'fixed'"):
        Params(policy_of={"C": "fixed"})


def test_an_item_may_have_a_policy_of_its_own_and_the_closest_name_counts():
    several = problem({}, {"location_id": "W2"}, {"sku_id": "B", "segment": "C"})
    named = {"A": "service_level", "A@W2": "economic", "B": "min_max"}
    plan = solve(several, Params(policy_of={"C": "service_level"}, policy_of_item=named))
    assert plan.lines.sort("sku_id", "location_id")["policy"].to_list() == ["service_level", "economic", "min_max"]
    assert plan.lines.sort("sku_id", "location_id")["policy_reason"].to_list() == [
        f"setting for item {name}" for name in ("A", "A@W2", "B")
    ]
    assert line(plan, "policy_reason_zh", "B") == "商品 B 的设置"
    with pytest.raises(ValueError, match="'A@W2' must be one of economic, service_level, min_max, found 'fixed'"):
        Params(policy_of_item={"A@W2": "fixed"})


def test_a_segment_in_which_shortage_weighs_less_is_ordered_less_and_its_lines_say_so():
    several = problem({"moq": 0, "pack_numerator": 1}, {"sku_id": "B", "segment": "C", "moq": 0, "pack_numerator": 1})
    usual, weighed = solve(several), solve(several, Params(weight_of={"C": 0.05}, calibrated=True))
    assert line(weighed, "suggested_qty", "B") < line(usual, "suggested_qty", "B")
    assert line(weighed, "policy_reason", "B") == (
        "setting for all goods; being short weighs 0.05 in segment C by replay of the past"
    )
    assert line(weighed, "policy_reason_zh", "B") == "按设置；缺货权重按历史校准为 0.05（分段 C）"
    kept = ("suggested_qty", "policy_reason")
    assert [line(weighed, name) for name in kept] == [line(usual, name) for name in kept]
    with pytest.raises(ValueError, match="the weight of 'C' must be above zero, found 0"):
        Params(weight_of={"C": 0})
