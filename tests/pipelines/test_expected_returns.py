"""What the marts expect back is what the tiny world then gives back, within chance."""

from math import sqrt

import duckdb
import pytest
from test_cycle import ask

from simulator.choice import choose
from simulator.exports.daily import collect
from simulator.world import World

DAYS_AHEAD = 28


@pytest.fixture(scope="module")
def later() -> duckdb.DuckDBPyConnection:
    """The tables of the world whose exports `planned` has read, four weeks later."""
    parameters = choose("tiny")
    world = World.of(parameters)
    world.live(parameters.world.history_days + DAYS_AHEAD)
    connection = duckdb.connect()
    for name, rows in collect(world).items():
        connection.register(name.replace(".", "_"), rows)
    return connection


def test_as_much_comes_back_as_was_expected(planned, later):
    expected = dict(ask(planned, "select location_id, sum(expected_qty) from expected_return group by 1"))
    [(start,)] = ask(planned, "select min(expected_date) from expected_return")
    came = dict(
        later.execute(
            f"""
            select restock_warehouse_id, sum(back.received_qty)
            from aftersales_rma_line as back
            join aftersales_rma as rma using (rma_id)
            join order_sales_order as sale using (order_id)
            where sale.fulfil_mode != 'merchant'
                and cast(sale.shipped_at as date) < date '{start}'
                and cast(rma.received_at as date) >= date '{start}'
                and cast(rma.received_at as date) < date '{start}' + {DAYS_AHEAD}
                and back.received_qty > 0
            group by 1
            """
        ).fetchall()
    )
    assert expected.keys() == came.keys()
    for place, qty in came.items():
        # three deviations of a Poisson number
        assert abs(float(qty) - float(expected[place])) < 3 * sqrt(float(expected[place])), place
