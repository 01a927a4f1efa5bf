"""A few parcels by chance: what others would have done with them can be learnt from no rule."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from optimization.carriers.params import Params

DRAWS = {"parcel": pl.UInt32, "drawn": pl.UInt32}


def drawn_services(offers: pl.DataFrame, parcels: pl.DataFrame, params: Params) -> pl.DataFrame:
    """The service that chance gives to some parcels, the same ones whenever it is asked.

    Which parcels, and which of their services, follows from a digest (BLAKE2b) of the parcel's id alone, so each
    service that may be drawn is equally likely whatever the parcel is: differences between parcels drawn for two
    services are the services' own.

    Parameters
    ----------
    offers
        ``parcel``, ``service`` (number), ``expected_fen`` of every service that may carry a parcel.
    parcels
        ``outbound_id``, in the order of their numbers.
    params
        ``explore_share`` of parcels are drawn, among services at most ``explore_most`` yuan dearer in expectation
        than the parcel's cheapest.

    Returns
    -------
    pl.DataFrame
        ``parcel``, ``drawn``: a parcel with one such service only has nothing to draw and is not in it.
    """
    if params.explore_share == 0:
        return pl.DataFrame(schema=DRAWS)
    chances = pl.DataFrame(
        [(number, *_chances(name)) for number, name in enumerate(parcels["outbound_id"])],
        schema={"parcel": pl.UInt32, "is_in": pl.Float64, "which": pl.Float64},
        orient="row",
    ).filter(pl.col("is_in") < params.explore_share)
    least = pl.col("expected_fen").min().over("parcel")
    return (
        offers.join(chances, on="parcel")
        .filter(pl.col("expected_fen") <= least + round(100 * params.explore_most))
        .group_by("parcel", maintain_order=True)
        .agg(pl.col("service").sort(), pl.col("which").first())
        .filter(pl.col("service").list.len() > 1)
        .select(
            "parcel",
            drawn=pl.col("service").list.get((pl.col("which") * pl.col("service").list.len()).cast(pl.Int64)),
        )
    )


def _chances(name: str) -> tuple[float, float]:
    """Two independent shares of 0 … 1 that belong to an id."""
    digest = hashlib.blake2b(name.encode(), digest_size=16, person=b"carrier draw").digest()
    return tuple(int.from_bytes(part[:6], "big") / 2**48 for part in (digest[:8], digest[8:]))
