"""What rebates and commitments make of a price today: shares that are sure, and volumes that one more order reaches."""

from dataclasses import dataclass

import polars as pl

from forecasting.door import check_frame
from optimization.replenishment.problem import KEY

TERMS = {
    "supplier_id": "text",
    "term_kind": "text",
    "scope": "text",
    "measure": "text",
    "term_value": "number",
    "target_volume": "number",
    "attained_volume": "number",
    "open_volume": "number",
    "amount": "number",
    "elapsed_share": "number",
    "days_left": "integer",
}
EVERYWHERE = "*"
SURE_SHARE = 0.1  # of the period that must have passed before its pace says anything


@dataclass(frozen=True)
class Agreements:
    """What agreements are worth now.

    Parameters
    ----------
    shares
        ``sku_id``, ``location_id``, ``supplier_id``, ``share`` (number): of the price that comes back, or is spared,
        for each unit ordered today.
    bonuses
        ``agreement``, ``supplier_id``, ``missing_value``, ``bonus``: as ``Problem.agreements`` takes them.
    """

    shares: pl.DataFrame
    bonuses: pl.DataFrame


def supplier_agreements(terms: pl.DataFrame, offers: pl.DataFrame, shortfall_share: float) -> Agreements:
    """Read agreements as prices.

    A volume is expected to be reached if what was received and is on order, or the pace so far, reaches it by the
    period's end. Its rebate then comes back on every unit that arrives within the period. A volume that the pace misses
    can be reached by buying more, but only the last order that still arrives in time has to decide that: before,
    waiting is free. That order earns the rebate on the whole volume at once. A commitment that is going to be missed
    costs a share of what is missing, so the last order spares that share on its units.

    Parameters
    ----------
    terms
        Agreements of the period with what was attained: ``supplier_id``, ``term_kind`` (``rebate``, ``commitment``),
        ``scope`` (``*``, a SKU, a category or a location), ``measure`` (``units``, ``amount``), ``term_value`` (share
        rebated), ``target_volume``, ``attained_volume``, ``open_volume`` (on order) in the measure, ``amount`` (money
        of both), ``elapsed_share`` (of the period), ``days_left``.
    offers
        ``sku_id``, ``location_id``, ``supplier_id``, ``category_id``, ``lead_time_days``, ``review_days``.
    shortfall_share
        Share of a commitment's missing value that is to be paid.

    Returns
    -------
    Agreements
    """
    check_frame(terms, TERMS, "terms")
    known = _expected(terms)
    pairs = offers.join(known, on="supplier_id").filter(
        (pl.col("scope") == EVERYWHERE)
        | (pl.col("scope") == pl.col("sku_id"))
        | (pl.col("scope") == pl.col("location_id"))
        | (pl.col("scope") == pl.col("category_id").fill_null(""))
    )
    lead, review = pl.col("lead_time_days").cast(pl.Float64), pl.col("review_days").cast(pl.Float64)
    in_time = lead <= pl.col("days_left")
    last = in_time & (lead + review > pl.col("days_left"))
    rebated = pairs.filter(pl.col("term_kind") == "rebate", "reached", in_time)
    # Of the steps that are reached, the highest holds.
    by_rebate = rebated.group_by(OPTION).agg(share=pl.col("term_value").max())
    spared = pairs.filter(pl.col("term_kind") == "commitment", ~pl.col("reached"), last)
    by_commitment = spared.group_by(OPTION).agg(share=pl.lit(shortfall_share).first())
    shares = pl.concat([by_rebate, by_commitment]).group_by(OPTION).agg(pl.col("share").sum()).sort(OPTION)
    deciding = pairs.filter(pl.col("scope") == EVERYWHERE, last)["supplier_id"].unique()
    return Agreements(shares, _bonuses(known.filter(pl.col("supplier_id").is_in(deciding.to_list()))))


OPTION = [*KEY, "supplier_id"]


def _expected(terms: pl.DataFrame) -> pl.DataFrame:
    """Terms with the volume expected at the period's end, whether that reaches them, and money per unit of volume."""
    done = pl.col("elapsed_share").cast(pl.Float64)
    volume = {name: pl.col(name).cast(pl.Float64) for name in ("attained_volume", "open_volume", "target_volume")}
    pace = pl.when(done >= SURE_SHARE).then(volume["attained_volume"] * (1 - done) / done).otherwise(0.0)
    expected = volume["attained_volume"] + pl.max_horizontal(volume["open_volume"], pace)
    counted = volume["attained_volume"] + volume["open_volume"]
    return terms.with_columns(expected=expected, reached=expected >= volume["target_volume"]).with_columns(
        money_per_volume=pl.when(pl.col("measure") == "amount")
        .then(1.0)
        .otherwise(pl.col("amount").cast(pl.Float64) / pl.when(counted > 0).then(counted))
    )


def _bonuses(known: pl.DataFrame) -> pl.DataFrame:
    """The next step of each supplier's rebate that the pace misses: what is missing, and what it brings."""
    rebates = known.filter(pl.col("term_kind") == "rebate", pl.col("scope") == EVERYWHERE)
    sure = rebates.filter("reached").group_by("supplier_id").agg(sure=pl.col("term_value").max())
    missed = rebates.filter(~pl.col("reached"), pl.col("money_per_volume").is_not_null())
    following = missed.sort("supplier_id", "target_volume").unique("supplier_id", keep="first", maintain_order=True)
    target = pl.col("target_volume").cast(pl.Float64) * pl.col("money_per_volume")
    missing = target - pl.col("expected") * pl.col("money_per_volume")
    more = (pl.col("term_value") - pl.col("sure").fill_null(0.0)).clip(lower_bound=0.0)
    return (
        following.join(sure, on="supplier_id", how="left", maintain_order="left")
        .select(
            agreement=pl.format("rebate {} {}", "supplier_id", "target_volume"),
            supplier_id="supplier_id",
            missing_value=missing,
            bonus=more * target,
        )
        .filter((pl.col("bonus") > 0) & (pl.col("missing_value") > 0))
    )
