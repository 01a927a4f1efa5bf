"""A lead is told with an interval over the weeks that both policies lived."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.choice import choose
from simulator.comparison import lead
from simulator.scoring import Score, Scorer
from simulator.world import World


def earned(weeks: list[float]) -> Score:
    """A score of whole weeks with these profits."""
    nothing = dict.fromkeys(Score.__dataclass_fields__, 0.0) | {"costs": {}, "by_week": tuple(weeks)}
    return replace(Score(**nothing), days=7 * len(weeks), profit=float(sum(weeks)))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(50, 150), min_size=2, max_size=13), st.floats(0.5, 2))
def test_who_earns_a_share_more_in_every_week_leads_by_that_share_without_doubt(weeks, factor):
    found = lead([(earned([factor * profit for profit in weeks]), earned(weeks))])
    assert [found.share, found.low, found.high] == pytest.approx([factor - 1] * 3)


def test_the_interval_holds_what_chance_alone_makes_of_equal_policies():
    rng = np.random.default_rng(1)
    ours, theirs = (earned(list(rng.normal(100, 10, 13))) for _ in range(2))
    found = lead([(ours, theirs)])
    assert found.low < 0 < found.high and found.low < found.share < found.high


def test_worlds_count_together_and_days_must_be_the_same():
    small, large = (earned([110.0] * 4), earned([100.0] * 4)), (earned([900.0] * 4), earned([1000.0] * 4))
    assert lead([small, large]).share == pytest.approx((440 + 3600) / (400 + 4000) - 1)
    assert lead([(earned([1.0]), earned([1.0]))]) is None
    assert lead([(earned([10.0, 10.0]), earned([-10.0, 10.0]))]) is None, "of nothing there is no share"
    with pytest.raises(ValueError, match="same"):
        lead([(earned([1.0, 1.0]), earned([1.0]))])


def test_profits_of_weeks_add_up_to_that_of_whole_weeks():
    world = World.of(choose("tiny"))
    world.live(10)
    scorer = Scorer(world, capital_rate=0.1)
    for _ in range(14):
        world.live()
        scorer.day(world)
    score = scorer.score(world)
    assert len(score.by_week) == 2 and sum(score.by_week) == pytest.approx(score.profit)
    world.live()
    scorer.day(world)
    longer = scorer.score(world)
    assert longer.by_week[:2] == score.by_week and sum(longer.by_week) == pytest.approx(longer.profit)
