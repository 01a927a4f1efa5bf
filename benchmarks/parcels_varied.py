"""Other caps and tariffs for a day of parcels: ``python -m benchmarks parcels_varied PROBLEM_DIR OUT_DIR --kind kg``.

Takes a problem of the parcels benchmark and writes another one: ``kg`` caps each service by billed kilograms,
``province`` each service in each province, by parcels and kilograms in turn, ``both`` does both, ``tariffs`` draws the
services' prices anew, ``places`` gives each warehouse minimums and tiers of its own. Caps have room for what would be
chosen at other prices, and a twentieth more: they bind, and every parcel has a way.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from benchmarks.parcels import read_day
from optimization.carriers.day import choose

if TYPE_CHECKING:
    from optimization.carriers.day import Day

ROOM = 1.05
KINDS = ("kg", "province", "both", "tariffs", "places")


def at_other_prices(day: Day, rng: np.random.Generator) -> pl.DataFrame:
    """What would be chosen if each service cost up to two fifths more or less in each province."""
    lanes = day.quotes.join(day.parcels, on="parcel_id").select("service_id", "province_id").unique().sort(pl.all())
    factor = lanes.with_columns(times=pl.Series(rng.uniform(0.6, 1.4, lanes.height)))
    known = day.quotes.join(day.parcels, on="parcel_id").join(factor, on=["service_id", "province_id"])
    other = known.with_columns((pl.col("expected_cost") * pl.col("times")).round(2)).select(day.quotes.columns)
    chosen = choose(replace(day, quotes=other)).assignment
    return known.join(chosen, on=["parcel_id", "service_id"])


def caps_by_kg(chosen: pl.DataFrame) -> list[dict]:
    """A cap in kilograms for each service."""
    load = chosen.group_by("service_id").agg(pl.col("billed_g").sum() / 1000).sort("service_id")
    return [{"service_id": service, "measure": "kg", "limit": round(ROOM * kg, 1)} for service, kg in load.iter_rows()]


def caps_by_province(chosen: pl.DataFrame) -> list[dict]:
    """A cap for each service in each province, in parcels and in kilograms in turn."""
    load = chosen.group_by("service_id", "province_id").agg(pl.len(), pl.col("billed_g").sum() / 1000)
    rows = []
    for number, (service, province, count, kg) in enumerate(load.sort("service_id", "province_id").iter_rows()):
        measure, amount = ("parcels", count) if number % 2 else ("kg", kg)
        limit = round(ROOM * amount + 1, 1)
        rows.append({"service_id": service, "province_id": province, "measure": measure, "limit": limit})
    return rows


def other_tariffs(quotes: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Prices of each service times a factor, and a fee per kilogram."""
    services = quotes["service_id"].unique().sort()
    drawn = pl.DataFrame({
        "service_id": services, "times": rng.uniform(0.8, 1.25, len(services)),
        "per_kg": rng.uniform(0, 0.8, len(services)),
    })  # fmt: skip
    cost = (pl.col("expected_cost") * pl.col("times") + pl.col("per_kg") * pl.col("billed_g") / 1000).round(2)
    return (
        quotes.join(drawn, on="service_id", how="left", maintain_order="left")
        .with_columns(expected_cost=cost)
        .drop("times", "per_kg")
    )


def terms_by_warehouse(parcels: pl.DataFrame, services: list[dict]) -> list[dict]:
    """The terms of each service by warehouse, volumes in proportion to the warehouses' parcels."""
    share = parcels["warehouse_id"].value_counts(normalize=True).sort("warehouse_id")
    rows = []
    for warehouse, part in share.iter_rows():
        for terms in services:
            tiers = [tier | {"from_parcels": round(tier["from_parcels"] * part)} for tier in terms["tiers"]]
            rows.append(
                terms
                | {"warehouse_id": warehouse, "minimum_parcels": round(terms["minimum_parcels"] * part), "tiers": tiers}
            )
    return rows


def main() -> None:
    """Write the other problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    parcels = pl.read_parquet(arguments.problem / "parcels.parquet")
    quotes = pl.read_parquet(arguments.problem / "quotes.parquet")
    contracts = json.loads((arguments.problem / "contracts.json").read_text(encoding="utf-8"))
    place = {"warehouse_id": None, "province_id": None}
    chosen = at_other_prices(read_day(arguments.problem, parcels, quotes), rng)
    if arguments.kind in ("kg", "both"):
        contracts["caps"] += [place | cap for cap in caps_by_kg(chosen)]
    if arguments.kind in ("province", "both"):
        contracts["caps"] += [place | cap for cap in caps_by_province(chosen)]
    if arguments.kind == "tariffs":
        quotes = other_tariffs(quotes, rng)
    if arguments.kind == "places":
        contracts["services"] = terms_by_warehouse(parcels, contracts["services"])
    arguments.out.mkdir(parents=True, exist_ok=True)
    parcels.write_parquet(arguments.out / "parcels.parquet")
    quotes.write_parquet(arguments.out / "quotes.parquet")
    (arguments.out / "contracts.json").write_text(json.dumps(contracts, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
