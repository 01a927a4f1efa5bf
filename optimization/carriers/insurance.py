"""Which parcels travel insured: those that must, and those whose premium is less than the loss that it pays for."""

import polars as pl

from optimization.carriers.rating import premium_fen


def must_be_insured(insure_from: float) -> pl.Expr:
    """Whether a parcel's declared value (yuan) reaches what must be insured; 0: nothing must."""
    return (pl.lit(insure_from > 0) & (pl.col("declared_value") >= insure_from)).fill_null(False)


def expected_loss() -> pl.Expr:
    """What is expected to be lost or broken of a parcel that is not insured (yuan)."""
    return pl.col("declared_value").cast(pl.Float64).fill_null(0.0) * pl.col("failed_rate")


def with_insurance(offers: pl.DataFrame, insure_from: float) -> pl.DataFrame:
    """Add ``is_insured`` and ``insured_value`` (money, null: not insured) to every offer.

    A card without an insurance rate names no price, so nobody insures by choice there; what must be insured is, by a
    service that insures, for whatever its card says. Insured, a lost or broken parcel is paid by the carrier.

    Parameters
    ----------
    offers
        ``declared_value``, ``failed_rate``, ``insured_ok`` (bool) and the card's ``insured_rate``.
    insure_from
        Declared value (yuan) from which a parcel must be insured; 0: none must.
    """
    loss_fen = (100 * expected_loss()).round().cast(pl.Int64)
    pays = pl.col("insured_ok") & pl.col("insured_rate").is_not_null() & (premium_fen("declared_value") < loss_fen)
    return offers.with_columns(is_insured=must_be_insured(insure_from) | pays).with_columns(
        insured_value=pl.when("is_insured").then("declared_value")
    )
