"""What carriers charge in the twin is what planners compute from the same rate cards."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimization.carriers.rating import billed_weight, priced
from simulator import masters
from simulator.choice import choose
from simulator.tariffs import charges

MADE = masters.make(choose("small"))
SERVICES = len(MADE.carrier_id)
NOT_CHARGED = ("peak_fee", "insured_rate", "insured_value", "cod_rate", "cod_amount")
REMOTE = MADE.first_fee.shape[1] - 1


def service(carrier: str, code: str) -> int:
    return list(zip(MADE.carrier_id, MADE.service_code, strict=True)).index((carrier, code))


def cost(service: int, zone: int, weight: int, volume: int):
    return charges(MADE, np.array([service]), np.array([zone]), np.array([weight]), np.array([volume]))


@pytest.mark.parametrize(
    ("carrier", "code", "zone", "weight", "volume", "fen", "billed"),
    [
        ("ZTO", "STD", 0, 800, 1000, 420, 1000),  # inside the first kilogram
        ("ZTO", "STD", 0, 1001, 1000, 520, 2000),  # a begun kilogram is a whole one
        ("SF", "STD", 2, 1200, 1000, 1750, 1500),  # half kilograms
        ("JDL", "STD", 0, 1551, 1000, 510, 1551),  # grams in proportion: 460 + 551 x 90 / 1000, half up
        ("ZTO", "STD", 1, 500, 16_001, 860, 3000),  # volume counts: more than two kilograms at 8 000 cm3
        ("ZTO", "STD", 3, 500, 1000, 2300, 1000),  # 15.00 and 8.00 for the remote zone
    ],
)
def test_a_parcel_costs_what_the_card_says(carrier, code, zone, weight, volume, fen, billed):
    card = cost(service(carrier, code), zone, weight, volume)
    assert (int(card.total[0]), int(card.billed_g[0])) == (fen, billed)


@given(
    st.integers(0, SERVICES - 1), st.integers(0, REMOTE), st.integers(1, 30_000), st.integers(0, 200_000),
    st.integers(0, 5000),
)  # fmt: skip
def test_a_heavier_parcel_is_never_cheaper(service, zone, weight, volume, more):
    assert cost(service, zone, weight + more, volume).total[0] >= cost(service, zone, weight, volume).total[0]


def test_the_platform_prices_parcels_as_the_carriers_bill_them():
    rng = np.random.default_rng(5)
    n = 2000
    which, zone = rng.integers(0, SERVICES, n), rng.integers(0, REMOTE + 1, n)
    weight, volume = rng.integers(1, 30_000, n), rng.integers(0, 150_000, n)
    yuan = [[Decimal(int(fee)) / 100 for fee in fees] for fees in (MADE.first_fee.ravel(), MADE.step_fee.ravel())]
    at = which * MADE.first_fee.shape[1] + zone
    offers = pl.DataFrame(
        {
            "weight_g": weight,
            "volume_cm3": volume,
            "first_fee": [yuan[0][i] for i in at],
            "step_fee": [yuan[1][i] for i in at],
            "min_fee": [yuan[0][i] for i in at],
            "first_weight_g": MADE.first_g[which],
            "step_g": MADE.step_g[which],
            "volumetric_divisor": MADE.divisor[which],
            "rounding": [MADE.rounding[i] for i in which],
            "fuel_rate": [Decimal(int(MADE.fuel_rate[i])) / 1_000_000 for i in which],
            "remote_fee": [Decimal(int(MADE.remote_fee[i])) / 100 for i in which],
            "is_remote": zone == REMOTE,
            "is_cod": np.zeros(n, bool),
            **{
                name: [Decimal(0)] * n
                for name in ("peak_fee", "insured_rate", "insured_value", "cod_rate", "cod_amount")
            },
        }
    )
    planned = priced(offers.with_columns(billed_weight_g=billed_weight()))
    card = charges(MADE, which, zone, weight, volume)
    assert planned["billed_weight_g"].to_list() == card.billed_g.tolist()
    assert planned["cost_fen"].to_list() == card.total.tolist()
