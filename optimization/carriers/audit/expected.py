"""What each waybill should cost by the contract of its day."""

import polars as pl

from optimization.carriers.audit.problem import WAYBILL
from optimization.carriers.rating import SURCHARGES, billed_weight, priced

SERVICE = ["carrier_id", "service_code"]
# The contract has no line for peak fees: they come with the freight. A return is one charge.
CHARGES = {
    "freight": pl.col("freight_fen") + pl.col("peak_fen"),
    "fuel": pl.col("fuel_fen"),
    "remote": pl.col("remote_fen"),
    "insured": pl.col("insured_fen"),
    "cod": pl.col("cod_fen"),
}
CAME_BACK = ("rejected", "returned")


def with_zones(shipments: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Shipments that were handed over, with the zones of their lane on that day; null where it was not served."""
    sent = shipments.filter(pl.col("handed_over_on").is_not_null())
    lanes = zones.rename({"dest_region": "dest_province"}).select(
        *SERVICE, "origin_region", "dest_province", "origin_zone", "dest_zone", "is_remote", "valid_from", "valid_to"
    )
    found = sent.select(*WAYBILL, "service_code", "origin_region", "dest_province", "handed_over_on").join(
        lanes, on=[*SERVICE, "origin_region", "dest_province"]
    )
    # Of zones that overlap in time, the later word holds.
    current = (
        _current(found)
        .sort("valid_from", "origin_zone", "dest_zone", "is_remote")
        .unique(WAYBILL, keep="last", maintain_order=True)
        .select(*WAYBILL, "origin_zone", "dest_zone", "is_remote")
    )
    return sent.join(current, on=WAYBILL, how="left")


def rated(placed: pl.DataFrame, rates: pl.DataFrame) -> pl.DataFrame:
    """Fen of each charge of each waybill, and the weight it should be billed by.

    Parameters
    ----------
    placed
        Shipments with ``origin_zone``, ``dest_zone`` and ``is_remote``; those without a card or a weight are left out.
    """
    placed = placed.drop_nulls("weight_g")
    cards = rates.with_row_index("rate")
    key = [*SERVICE, "origin_zone", "dest_zone"]
    brackets = cards.select(
        "rate", *key, "weight_from_g", "weight_to_g", "volumetric_divisor", "rounding", "valid_from", "valid_to"
    )
    weights = [*WAYBILL, "service_code", "origin_zone", "dest_zone", "handed_over_on", "weight_g", "volume_cm3"]
    offers = _current(placed.select(weights).join(brackets, on=key)).with_columns(billed_weight_g=billed_weight())
    inside = (pl.col("weight_from_g") <= pl.col("billed_weight_g")) & (
        pl.col("billed_weight_g") <= pl.col("weight_to_g")
    ).fill_null(True)
    chosen = (
        offers.filter(inside)
        .sort("weight_from_g", "valid_from", "rate", descending=[False, True, False])
        .unique(WAYBILL, keep="first", maintain_order=True)
        .select(*WAYBILL, "rate", "billed_weight_g")
    )
    told = ["direction", "final_status", "dest_zone", "is_remote", "insured_value", "cod_amount"]
    known = placed.select(*WAYBILL, *told).with_columns(is_cod=pl.col("cod_amount").fill_null(0) > 0)
    fees = cards.drop(*key, "valid_from", "valid_to", "weight_from_g", "weight_to_g")
    return priced(chosen.join(known, on=WAYBILL).join(fees, on="rate")).select(
        *WAYBILL, "direction", "final_status", "dest_zone", "billed_weight_g", "freight_fen", *SURCHARGES, "cost_fen"
    )


def by_charge(costs: pl.DataFrame, name: str) -> pl.DataFrame:
    """A row per waybill and charge with its fen as `name`; charges of nothing are left out."""
    outward = costs.filter(pl.col("direction") != "return").select(*WAYBILL, **CHARGES)
    rows = outward.unpivot(index=WAYBILL, variable_name="charge_type", value_name=name).filter(pl.col(name) != 0)
    # What a customer refused travels back on its own waybill, for what the way out cost.
    is_back = (pl.col("direction") == "return") | pl.col("final_status").is_in(CAME_BACK).fill_null(False)
    back = costs.filter(is_back).select(*WAYBILL, charge_type=pl.lit("return"), **{name: pl.col("cost_fen")})
    return pl.concat([rows, back])


def _current(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose terms hold on the day of hand-over."""
    day = pl.col("handed_over_on")
    return rows.filter((pl.col("valid_from") <= day) & ((day < pl.col("valid_to")) | pl.col("valid_to").is_null()))
