"""Whatever is said of a line is said in Chinese too."""

import re
from datetime import date

import polars as pl
import pytest

from optimization.replenishment.order_days import reason_closed
from optimization.replenishment.what_if import CLOSED
from optimization.replenishment.wording import HELD_BACK, LAST_BUY, NOT_WORTH_IT, UNDECIDED, in_chinese

DAY = date(2026, 11, 1)
# As `buying_hold` says it.
RETURNED = "of what left in the week of 2026-10-05 12 % came back through the supplier's fault, usual are 3 %"
REASONS = [
    NOT_WORTH_IT, LAST_BUY, UNDECIDED, *HELD_BACK.values(), CLOSED, RETURNED,
    reason_closed(DAY, None, [(DAY, DAY)], 3), reason_closed(DAY, DAY, [], 3),
    "setting for segment C", "setting for all goods",
    "setting for all goods; being short weighs 0.44 in segment C by replay of the past",
    "setting for segment C; being short weighs 1.4 in segment C by setting",
]  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_its_words_in_chinese_with_the_same_numbers(reason) -> None:
    told = pl.select(in_chinese(pl.lit(reason))).item()
    assert not re.search(r"[a-z]{2,}", told), told
    assert sorted(re.findall(r"[0-9]+", reason)) == sorted(re.findall(r"[0-9]+", told.replace("1 为周一", "")))


def test_a_reason_nobody_knows_stays_as_it_is() -> None:
    assert pl.select(in_chinese(pl.lit("flooded"))).item() == "flooded"
