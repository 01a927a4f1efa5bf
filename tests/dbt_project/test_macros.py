"""Shorter ways that macros take end where the long ones do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import jinja2
import pytest
from hand_made_warehouse import PROJECT
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.kept_offset import kept_offset

INSTANTS = st.datetimes(datetime(1850, 1, 1), datetime(2150, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))
# Eight decimals, as a quantity times a price has them; every other one half of the fourth digit.
AMOUNTS = st.one_of(st.integers(-(10**17), 10**17), st.integers(-(10**13), 10**13).map(lambda n: n * 10_000 + 5_000))


def rendered(macro: str, call: str, **variables: str) -> str:
    """The SQL of a call of a macro that needs none but those of its file."""
    source = (PROJECT / "macros" / f"{macro}.sql").read_text(encoding="utf-8")
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    environment.globals["env_var"] = lambda name, default="": variables.get(name, default)
    return environment.from_string(source + "{{ " + call + " }}").render().strip()


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect() as connection:
        yield connection


@pytest.mark.parametrize("decimals", [8, 12])
@settings(max_examples=40, deadline=None)
@given(amounts=st.lists(AMOUNTS, min_size=1, max_size=50))
def test_a_narrowed_amount_is_rounded_as_a_cast_rounds_it(engine, decimals, amounts):
    engine.execute(f"create or replace table amounts (x decimal(38, {decimals}))")
    engine.executemany("insert into amounts values (?)", [(Decimal(n).scaleb(-decimals),) for n in [*amounts, 0]])
    narrowed = rendered("money", "narrowed('x')")
    off = engine.execute(f"select x from amounts where {narrowed} is distinct from cast(x as decimal(18, 4))")
    assert off.fetchall() == []


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["Asia/Shanghai", "Asia/Kolkata", "UTC", "Etc/GMT+9"]), st.lists(INSTANTS, min_size=1))
def test_a_counted_day_is_the_one_that_the_calendar_tells(engine, zone, instants):
    counted = rendered("business_date", "business_date('happened')", SUPPLYLOOP_KEPT_OFFSET=str(kept_offset(zone)))
    assert "make_date" in counted
    engine.execute(f"set TimeZone = '{zone}'")
    engine.execute("create or replace table instants (happened timestamptz)")
    engine.executemany("insert into instants values (?)", [(at,) for at in instants])
    engine.execute("insert into instants values (null), ('infinity'), ('-infinity')")
    off = engine.execute(f"select happened from instants where {counted} is distinct from cast(happened as date)")
    assert off.fetchall() == []


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Africa/Casablanca"])
def test_a_zone_that_changes_its_clocks_keeps_its_calendar(zone):
    assert kept_offset(zone) is None
    assert rendered("business_date", "business_date('happened')", SUPPLYLOOP_KEPT_OFFSET="") == "cast(happened as date)"
