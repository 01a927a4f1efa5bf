"""Why a service may not carry a parcel."""

import polars as pl

# In order: the first rule that holds is the reason given.
REFUSALS = {
    "not_designated": (pl.col("designated_carrier_id") != pl.col("carrier_id")).fill_null(False)
    | (pl.col("designated_service_code") != pl.col("service_code")).fill_null(False),
    "no_cod": pl.col("is_cod") & ~pl.col("cod_ok"),
    "no_cold": pl.col("needs_cold") & ~pl.col("cold_ok"),
    "no_hazmat": pl.col("is_hazmat") & ~pl.col("hazmat_ok"),
    "no_air": pl.col("no_air") & pl.col("is_air"),
    "no_insurance": pl.col("must_be_insured") & ~pl.col("insured_ok"),
    "declared_value_too_high": pl.col("declared_value") > pl.col("max_declared_value"),
    "too_heavy": pl.col("weight_g") > pl.col("max_weight_g"),
    "too_long": pl.col("longest_side_mm") > pl.col("max_side_mm"),
    "not_served": pl.col("is_stopped").is_null(),
    "stopped": pl.col("is_stopped"),
}

NO_RATE = "no_rate"
NO_SERVICE = "no_service"


def refusal() -> pl.Expr:
    """The first reason to refuse, from columns of parcel, service and zone; null where there is none."""
    return pl.coalesce(pl.when(rule).then(pl.lit(reason)) for reason, rule in REFUSALS.items())
