"""Local time becomes the instant that the zone's clock shows it at, as the standard library has it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.ingestion.zones import FIRST_YEAR, LAST_YEAR, instant

# With and without summer time, south of the equator, half hours, a day skipped, rules that changed.
ZONES = [
    "Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Asia/Kolkata", "Pacific/Apia", "Europe/Moscow", "Africa/Casablanca", "UTC",
]  # fmt: skip
locals_ = st.datetimes(datetime(FIRST_YEAR, 1, 3), datetime(LAST_YEAR, 12, 29)).map(lambda t: t.replace(microsecond=0))


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as made:
        made.execute("set TimeZone = 'UTC'")
        yield made


def instants(connection, zone: str, locals: list[datetime]) -> list[datetime]:
    listed = ", ".join(f"(timestamp '{local}')" for local in locals)
    rows = connection.execute(
        f"select epoch_us({instant('local', zone)}) // 1000000 from (values {listed}) as t (local)"
    ).fetchall()
    return [seconds for (seconds,) in rows]


def by_library(zone: str, local: datetime) -> int:
    """The first reading of an hour shown twice; an hour that is skipped as if it had not been."""
    return int(local.replace(tzinfo=ZoneInfo(zone), fold=0).timestamp())


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), locals=st.lists(locals_, min_size=40, max_size=60))
def test_every_local_time_is_the_instant_that_the_library_gives(connection, zone, locals):
    assert instants(connection, zone, locals) == [by_library(zone, local) for local in locals]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Lord_Howe"])
def test_every_minute_around_a_change_of_the_clock_is_right(connection, zone):
    for day in (datetime(2026, 3, 8), datetime(2026, 3, 29), datetime(2026, 4, 5), datetime(2026, 10, 4),
                datetime(2026, 10, 25), datetime(2026, 11, 1)):  # fmt: skip
        minutes = [day + timedelta(minutes=15 * n) for n in range(24 * 4)]
        assert instants(connection, zone, minutes) == [by_library(zone, minute) for minute in minutes]


def test_before_the_first_and_after_the_last_year_the_engine_decides(connection):
    [early, late] = instants(connection, "Asia/Shanghai", [datetime(1950, 1, 1), datetime(2045, 1, 1)])
    assert (early, late) == (by_library("Asia/Shanghai", datetime(1950, 1, 1)), 2366812800)
