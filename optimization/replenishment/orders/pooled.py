"""Customers served from any warehouse: what the network has goes before what it would buy."""

from dataclasses import replace

import polars as pl

from optimization.replenishment.orders.network import Network

SERVED = {
    "sku_id": pl.String,
    "location_id": pl.String,
    "from_location_id": pl.String,
    "due_date": pl.Date,
    "quantity": pl.Int64,
}
NEED = ["sku_id", "location_id", "due_date", "quantity"]
UNITS = ["sku_id", "location_id", "quantity"]


def pool(network: Network, items: list[str]) -> tuple[pl.DataFrame, Network]:
    """Serve demand for some items from stock anywhere, and leave to netting what the network lacks.

    A need takes the stock of its own location, then that of the others, largest surplus over its minimum first. What is
    still missing is asked for where a purchase can leave for the customer at the shortest notice; of several such
    places at the one with the largest surplus. As long as an item's stock in all places together reaches the sum of
    their minimums, none of these calls for a purchase.

    Parameters
    ----------
    network
        Needs, supply and lanes.
    items
        Items whose customers any location may serve.

    Returns
    -------
    (pl.DataFrame, Network)
        Who serves what (``sku_id``, ``location_id``, ``from_location_id``, ``due_date``, ``quantity``), and the
        network with the demand, stock and levels that remain for netting.
    """
    pooled = pl.col("sku_id").is_in(items)
    stock = {(item, place): units for item, place, units in network.stock.select(UNITS).iter_rows()}
    now = network.levels.filter(pl.col("from_date") <= network.as_of_date).sort("from_date")
    least = {(row["sku_id"], row["location_id"]): row["minimum_qty"] for row in now.iter_rows(named=True)}
    surplus = {place: stock.get(place, 0) - least.get(place, 0) for place in stock.keys() | least.keys()}
    enough = [item for item in items if sum(units for (name, _), units in surplus.items() if name == item) >= 0]
    served, missing = [], []
    needs = network.demand.filter(pooled).select(NEED).sort("due_date", "location_id", maintain_order=True)
    for item, place, due, quantity in needs.iter_rows():
        others = [other for name, other in stock if name == item and other != place]
        others.sort(key=lambda other: (-(stock[item, other] - least.get((item, other), 0)), other))
        for source in (place, *others):
            taken = max(min(stock.get((item, source), 0), quantity), 0)
            if taken:
                stock[item, source] -= taken
                quantity -= taken
                served.append((item, place, source, due, taken))
        if quantity:
            missing.append((item, _nearest(network, item, surplus) or place, due, quantity))
    kept = network.demand.select(NEED).filter(~pooled).cast({"quantity": pl.Int64})
    left = [(item, place, units) for (item, place), units in stock.items()]
    return pl.DataFrame(served, schema=SERVED, orient="row"), replace(
        network,
        demand=pl.concat([kept, pl.DataFrame(missing, schema=kept.schema, orient="row")]),
        stock=pl.DataFrame(left, schema=dict.fromkeys(UNITS[:2], pl.String) | {"quantity": pl.Int64}, orient="row"),
        levels=network.levels.filter(~pl.col("sku_id").is_in(enough)),
    )


def _nearest(network: Network, item: str, surplus: dict[tuple[str, str], int]) -> str | None:
    """Where a purchase of an item arrives at the shortest notice."""
    lanes = network.lanes.filter(sku_id=item, kind="purchase").select("location_id", "lead_time_days")
    days = dict(lanes.iter_rows())
    return min(days, key=lambda place: (days[place], -surplus.get((item, place), 0), place), default=None)
