"""Orders, shelves and shifts of a small warehouse, built by hand or drawn by chance."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from optimization.waves import Problem

START = datetime(2025, 6, 2, 8, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
HOUR = timedelta(hours=1)


def orders(*rows, **more):
    """Rows of (order, warehouse, minutes to release, hours to cut-off or None); further columns by name."""
    frame = pl.DataFrame(
        [
            (order, warehouse, START + release * HOUR / 60, None if cutoff is None else START + cutoff * HOUR)
            for order, warehouse, release, cutoff in rows
        ],
        schema={"outbound_id": pl.String, "warehouse_id": pl.String, "released_at": INSTANT, "cutoff_at": INSTANT},
        orient="row",
    )
    return frame.with_columns(pl.Series(name, values) for name, values in more.items())


def lines(*rows):
    return pl.DataFrame(rows, schema={"outbound_id": pl.String, "sku_id": pl.String, "qty": pl.Int64}, orient="row")


PLACE = {"warehouse_id": pl.String, "bin_id": pl.String, "sku_id": pl.String, "aisle": pl.Int64}
PLACE |= {"x_m": pl.Float64, "y_m": pl.Float64, "pickable_qty": pl.Int64}
MORE = {"bin_type": pl.String, "batch_no": pl.String, "expiry_date": pl.Date, "zone_id": pl.String}


def locations(*rows):
    """Rows of (warehouse, bin, sku, aisle, x, y, pickable)."""
    return pl.DataFrame(rows, schema=PLACE, orient="row")


def shelves(*rows):
    """Rows of (warehouse, bin, sku, aisle, x, y, pickable, type, batch, expiry, zone)."""
    return pl.DataFrame(rows, schema=PLACE | MORE, orient="row")


def labour(*rows):
    """Rows of (stage, zone, first hour, last hour, workers), in warehouse W."""
    return pl.DataFrame(
        [("W", stage, zone, START + a * HOUR, START + b * HOUR, workers, None) for stage, zone, a, b, workers in rows],
        schema={"warehouse_id": pl.String, "stage": pl.String, "zone_id": pl.String, "starts_at": INSTANT}
        | {"ends_at": INSTANT, "workers": pl.Int64, "minutes": pl.Float64},
        orient="row",
    )


FLOOR = locations(
    ("W", "1-0", "front", 1, 0.0, 0.0, None),
    ("W", "1-9", "a", 1, 0.0, 6.0, 100),
    ("W", "2-5", "b", 2, 3.0, 4.0, 100),
    ("W", "3-3", "c", 3, 6.0, 3.0, 100),
    ("W", "3-9", "back", 3, 6.0, 10.0, None),
)
NOTHING = {"identical_orders": 99}  # baskets alike are picked like any other


ORDERS = st.lists(
    st.tuples(
        st.sampled_from("WV"),
        st.integers(0, 99),
        st.one_of(st.none(), st.integers(0, 5)),
        st.lists(st.tuples(st.sampled_from(["a", "b", "c", "x"]), st.integers(-1, 60)), max_size=3),
    ),
    max_size=12,
)
STAFF = st.one_of(st.none(), st.lists(st.tuples(st.sampled_from(["pick", "pack"]), st.integers(0, 3)), max_size=3))


def built(rows, staff=None, slots=None):
    queue = orders(
        *[(f"O{number}", warehouse, release, cutoff) for number, (warehouse, release, cutoff, _) in enumerate(rows)]
    )
    wanted = lines(*[(f"O{number}", sku, qty) for number, row in enumerate(rows) for sku, qty in row[3]])
    shifts = None if staff is None else labour(*[(stage, "*", begin, begin + 2, 1) for stage, begin in staff])
    trolley = pl.DataFrame({"warehouse_id": ["W"], "slots": [slots], "volume_l": [None]},
                           schema_overrides={"volume_l": float, "slots": int})  # fmt: skip
    floors = pl.concat([FLOOR, FLOOR.with_columns(warehouse_id=pl.lit("V"))])
    return Problem(queue, wanted, floors, labour=shifts, carts=trolley)
