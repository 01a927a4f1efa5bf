"""Reasons that a mart tells in English alone are told in Chinese on a page in Chinese."""

import polars as pl
import pytest

from pipelines.planning.waves import _reason
from planner.texts.reasons import reason_in_chinese

WAVES = {
    ("batch", "*", 0.0): "相同组合批量拣选",
    ("single_item", "A", 100.0): "单品订单（A 区）；比逐单拣选少走 20%",
    ("multi_item", "*", 100.0): "多品订单；比逐单拣选少走 20%",
}


@pytest.mark.parametrize("wave", WAVES)
def test_every_kind_of_wave_has_a_reason_in_chinese(wave):
    kind, zone, baseline = wave
    row = pl.DataFrame(
        {"wave_type": [kind], "zone_id": [zone], "distance_m": [80.0], "baseline_distance_m": [baseline]}
    )
    [said] = row.select(reason=_reason(None))["reason"]
    assert reason_in_chinese(said) == WAVES[wave]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "4.0 units in doubt: 0.0 between ledger and snapshot, 3 short picks, 1.0 expected since the last count",
            "存疑 4.0 件：账实差异 0.0，拣货短缺 3 次，上次盘点以来预计误差 1.0",
        ),
        ("no demand since 2026-01-01", "2026-01-01 起无需求"),
        ("what nobody has translated", "what nobody has translated"),
    ],
)
def test_what_is_not_known_stays_as_it_is(english, chinese):
    assert reason_in_chinese(english) == chinese
