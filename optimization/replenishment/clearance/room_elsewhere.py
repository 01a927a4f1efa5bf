"""Where goods that will not sell here would be sold, beyond what is there and on its way."""

import polars as pl

from forecasting.door import check_frame, check_unique

UNSOLD = {"sku_id": "text", "location_id": "text", "unsold_qty": "integer"}
PLACES = {"sku_id": "text", "location_id": "text", "demand_qty": "number", "position_qty": "number", "worth": "number"}
LANES = {"from_location_id": "text", "to_location_id": "text", "unit_cost": "number", "trip_cost": "number"}
ITEM_HERE = ["sku_id", "location_id"]


def room_elsewhere(unsold: pl.DataFrame, places: pl.DataFrame, lanes: pl.DataFrame) -> pl.DataFrame:
    """The best other place for unsold goods of each SKU and location.

    A place has room for what it will sell beyond its position. Of several locations with goods for the same place,
    the one that gains most has it.

    Parameters
    ----------
    unsold
        ``sku_id``, ``location_id`` (text), ``unsold_qty`` (int), one row per key.
    places
        ``sku_id``, ``location_id``, ``demand_qty`` (number: until goods must be gone), ``position_qty`` (number: there,
        on its way and suggested), ``worth`` (money: of a unit there).
    lanes
        ``from_location_id``, ``to_location_id``, ``unit_cost``, ``trip_cost`` (money).

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``location_id``, ``to_warehouse_id`` (str), ``transfer_qty`` (int), ``transfer_value`` (money per
        unit after freight, its share of a trip of its own included), sorted; keys with no such place are left out.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """
    for frame, columns, name in ((unsold, UNSOLD, "unsold"), (places, PLACES, "places"), (lanes, LANES, "lanes")):
        check_frame(frame, columns, name)
    check_unique(unsold, ITEM_HERE, "unsold")
    check_unique(places, ITEM_HERE, "places")
    room = (pl.col("demand_qty") - pl.col("position_qty")).floor().cast(pl.Int64)
    roomy = places.select("sku_id", "worth", to_location_id="location_id", room=room).filter(pl.col("room") > 0)
    ways = lanes.select(
        "to_location_id",
        location_id="from_location_id",
        freight=pl.col("unit_cost").cast(pl.Float64),
        trip=pl.col("trip_cost").cast(pl.Float64),
    )
    quantity = pl.min_horizontal("unsold_qty", "room")
    value = pl.col("worth") - pl.col("freight") - pl.col("trip") / quantity
    offers = (
        unsold.filter(pl.col("unsold_qty") > 0)
        .join(roomy, on="sku_id")
        .join(ways, on=["location_id", "to_location_id"])
        .with_columns(transfer_qty=quantity, transfer_value=value)
        .filter(pl.col("transfer_value") > 0)
        .sort(pl.col("transfer_qty") * pl.col("transfer_value"), "sku_id", "location_id", "to_location_id",
              descending=[True, False, False, False])
    )  # fmt: skip
    best = offers.unique(ITEM_HERE, keep="first", maintain_order=True)
    best = best.unique(["sku_id", "to_location_id"], keep="first", maintain_order=True)
    return best.select(*ITEM_HERE, "transfer_qty", "transfer_value", to_warehouse_id="to_location_id").sort(ITEM_HERE)
