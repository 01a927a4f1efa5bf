"""What a service charges for a parcel, in whole fen."""

import polars as pl

from optimization.carriers.problem import ROUNDING

SURCHARGES = ("fuel_fen", "remote_fen", "peak_fen", "insured_fen", "cod_fen")


def scaled(column: str, digits: int) -> pl.Expr:
    """A decimal column as a whole number of its last digit, null as zero."""
    return (pl.col(column).cast(pl.Decimal(38, digits)) * 10**digits).cast(pl.Int64).fill_null(0)


def half_up(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Quotient of non-negative whole numbers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def billed_weight() -> pl.Expr:
    """Billed weight (in grams): the larger of actual and volumetric weight, rounded up by the card's rule.

    Volumetric weight in kilograms is cm³ over the divisor, here in whole grams, upwards.
    """
    divisor = pl.col("volumetric_divisor").cast(pl.Int64)
    volume = pl.col("volume_cm3").cast(pl.Int64) * 1000
    volumetric = ((volume + divisor - 1) // divisor).fill_null(0)
    weight = pl.max_horizontal(pl.col("weight_g").cast(pl.Int64), volumetric)
    unit = pl.col("rounding").replace_strict(ROUNDING, return_dtype=pl.Int64)
    return (weight + unit - 1) // unit * unit


def premium_fen(value: str) -> pl.Expr:
    """What the card asks for insuring a value."""
    # Values in whole fen first: 10^10 fen × 10^6 stays inside 64 bits.
    return half_up(half_up(scaled(value, 4), 100) * scaled("insured_rate", 6), 10**6)


def priced(offers: pl.DataFrame) -> pl.DataFrame:
    """Add what each offer charges.

    freight = max(first fee + step fee × (billed − first weight) / step, minimum): the rounding rule is the
    only rounding of weight, so ``up_1kg`` with steps of 1 kg charges every begun kilogram and ``exact``
    charges grams in proportion. Fuel is a share of freight; remote and peak are fees per parcel; insurance
    and COD are shares of their amounts (``insured_value`` is null where a parcel travels uninsured). Every
    charge is rounded half up to the fen, as a bill states it, before they are added.

    Parameters
    ----------
    offers
        Columns of a parcel, its zone and one rate row, and ``billed_weight_g``.

    Returns
    -------
    pl.DataFrame
        With ``freight_fen``, each of the ``SURCHARGES``, their sum ``surcharge_fen``, and ``cost_fen`` (int).
    """
    extra = pl.max_horizontal(pl.col("billed_weight_g") - pl.col("first_weight_g").cast(pl.Int64), pl.lit(0))
    step = pl.col("step_g").cast(pl.Int64)
    # Fees in 1/10000 yuan; 100 of them are a fen.
    by_weight = half_up(scaled("first_fee", 4) * step + extra * scaled("step_fee", 4), step * 100)
    least = half_up(scaled("min_fee", 4), 100)
    offers = offers.with_columns(freight_fen=pl.max_horizontal(by_weight, least))
    million = 10**6
    fuel = half_up(pl.col("freight_fen") * scaled("fuel_rate", 6), million)
    remote = pl.when(pl.col("is_remote")).then(half_up(scaled("remote_fee", 4), 100)).otherwise(0)
    peak = half_up(scaled("peak_fee", 4), 100)
    collected = half_up(half_up(scaled("cod_amount", 4), 100) * scaled("cod_rate", 6), million)
    cod = pl.when(pl.col("is_cod")).then(collected).otherwise(0)
    charges = dict(zip(SURCHARGES, (fuel, remote, peak, premium_fen("insured_value"), cod), strict=True))
    return (
        offers.with_columns(**charges)
        .with_columns(surcharge_fen=pl.sum_horizontal(SURCHARGES))
        .with_columns(cost_fen=pl.col("freight_fen") + pl.col("surcharge_fen"))
    )
