"""An allocation looked at again, place by place, by code that shares nothing with the one that made it."""

import polars as pl


def check_allocation(allocation: pl.DataFrame, stock: pl.DataFrame, shops: pl.DataFrame) -> list[str]:
    """Faults in words; empty when there are none.

    Parameters
    ----------
    allocation
        As ``allocate_channels`` returns it.
    stock, shops
        What it was given.
    """
    available = {
        (sku, place): units for sku, place, units in stock.select("sku_id", "location_id", "available_qty").rows()
    }
    promised: dict[tuple, dict[str, int]] = {}
    for sku, place, shop, units in shops.select("sku_id", "location_id", "shop_id", "committed_qty").rows():
        promised.setdefault((sku, place), {})[shop] = units
    given: dict[tuple, dict[str, int]] = {}
    faults = []
    for sku, place, shop, units, fence in allocation.select(
        "sku_id", "location_id", "shop_id", "allocated_qty", "ring_fenced"
    ).rows():
        where = f"{sku} in {place} for {shop}"
        if units < 0 or (fence and units == 0):
            faults.append(f"{where}: {units} are no allocation")
        if fence == (shop == "*"):
            faults.append(f"{where}: the pool, and nothing else, is open")
        if shop in given.setdefault((sku, place), {}):
            faults.append(f"{where}: allocated twice")
        given[sku, place][shop] = units
    for key, units in available.items():
        asked = {shop: qty for shop, qty in promised.get(key, {}).items() if qty}
        got = given.get(key)
        name = f"{key[0]} in {key[1]}"
        if got is None:
            if asked and units:
                faults.append(f"{name}: {asked} is promised and nothing kept")
        elif sum(got.values()) != units:
            faults.append(f"{name}: {sum(got.values())} allocated of {units}")
        elif any(got.get(shop, 0) < qty for shop, qty in asked.items()) and (
            sum(got.get(shop, 0) for shop in asked) < units
        ):
            faults.append(f"{name}: promises of {asked} are not kept by {got}")
    return faults + [f"{sku} in {place}: allocated and not there" for sku, place in given.keys() - available.keys()]
