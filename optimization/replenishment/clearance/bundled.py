"""What a bundle that is sold already would take of goods that will not sell alone."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.door import check_frame, check_unique, refuse_rows
from optimization.replenishment.clearance.choice import DEPTHS
from optimization.replenishment.clearance.elasticity import HISTORY, deepest_markdown, fit_elasticity

SOLD = {
    "sku_id": "text",
    "location_id": "text",
    "bundle_sku_id": "text",
    "per_bundle": "number",
    "daily_qty": "number",
    "elsewhere_qty": "number",
    "bundle_price": "number",
    "bundle_cost": "number",
    "most_qty": "number",
}
ROW = ["sku_id", "location_id", "bundle_sku_id"]
WAYS = {
    "bundle_sku_id": pl.String, "bundle_markdown": pl.Float64, "bundle_qty": pl.Int64, "bundle_value": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True)
class Bundles:
    """Bundles on sale that goods are a part of.

    Parameters
    ----------
    sold
        One row per bundle, part and location: ``sku_id`` (the part), ``location_id``, ``bundle_sku_id`` (text),
        ``per_bundle`` (number, > 0: units of it in one), ``daily_qty`` (number, ≥ 0: bundles sold there in a day),
        ``elsewhere_qty`` (≥ 0: bundles sold in a day at all other places), ``bundle_price`` (money, net of tax),
        ``bundle_cost`` (money: what the other parts of one would cost again, and the handling of all), ``most_qty``
        (≥ 0: bundles that the other parts there suffice for).
    history
        Prices of bundles as ``fit_elasticity`` takes them, the bundle for the SKU.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong.
    """

    sold: pl.DataFrame
    history: pl.DataFrame

    def __post_init__(self) -> None:
        check_frame(self.sold, SOLD, "bundles")
        check_unique(self.sold, ROW, "bundles")
        check_frame(self.history, HISTORY, "history of bundles")
        refuse_rows(self.sold, ~(pl.col("per_bundle") > 0), "per_bundle", "must be above zero", "bundles")
        for column in ("daily_qty", "elsewhere_qty", "bundle_price", "bundle_cost", "most_qty"):
            refuse_rows(self.sold, ~(pl.col(column) >= 0), column, "must be zero or more", "bundles")


def no_bundles() -> Bundles:
    """None of the goods is a part of any."""
    kinds = {"text": pl.String, "number": pl.Float64}
    frames = ({name: kinds[kind] for name, kind in columns.items()} for columns in (SOLD, HISTORY))
    return Bundles(*(pl.DataFrame(schema=schema) for schema in frames))


def ways_of_bundles(unsold: pl.DataFrame, bundles: Bundles) -> pl.DataFrame:
    """The bundle, and the cut of its price, that brings most for each row of unsold goods.

    A bundle whose price is cut by a share sells more by that to the power of its own elasticity: its buyers are others
    than those who would have bought the goods alone. What is sold beyond brings the cut price, costs its other parts
    again, and takes units that would have been left; what would have sold anyway, here and elsewhere, brings less. Only
    where prices of bundles moved, and no deeper than they ever did: a bundle that nobody sold yet has no price to
    learn from, so none is made up.

    Parameters
    ----------
    unsold
        ``sku_id``, ``location_id`` (text), ``unsold_qty`` (int, > 0), ``days_left`` (int), ``fee_share``,
        ``holding_cost`` (money per unit and day), ``salvage_value`` (money per unit).
    bundles
        What is sold in bundles.

    Returns
    -------
    pl.DataFrame
        In the order of ``unsold``: ``bundle_sku_id`` (str), ``bundle_markdown`` (share off its price), ``bundle_qty``
        (int: units that leave in it beyond those that would anyway), ``bundle_value`` (money per unit, after all that
        it costs); null where no bundle takes any, or its price is cut for another row that gains more.
    """
    rows = unsold.with_row_index("row")
    if not bundles.history.height:
        return rows.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in WAYS.items()).select(*WAYS)
    answers = fit_elasticity(bundles.history).select("sku_id", "category_id", "elasticity")
    known = answers.join(deepest_markdown(bundles.history), on="category_id").drop("category_id")
    pairs = (
        rows.join(bundles.sold, on=["sku_id", "location_id"], maintain_order="left")
        .join(known.rename({"sku_id": "bundle_sku_id"}), on="bundle_sku_id", maintain_order="left")
        .filter(pl.col("elasticity").is_not_null())
    )
    units, value = _sold_by_depth(pairs)
    salvage = pairs["salvage_value"].to_numpy().astype(float)[:, None]
    # As the choice among all ways out counts it: what leaves is not held to the last day.
    held = (pairs["holding_cost"] * pairs["days_left"]).to_numpy().astype(float)[:, None]
    gain = np.where(units > 0, units * (value - salvage + held), -np.inf)
    best, pick = np.argmax(gain, axis=1), np.arange(pairs.height)
    found = pairs.select("row", "bundle_sku_id").with_columns(
        bundle_markdown=pl.Series(DEPTHS[best], dtype=pl.Float64),
        bundle_qty=pl.Series(units[pick, best], dtype=pl.Int64),
        bundle_value=pl.Series(value[pick, best], dtype=pl.Float64),
        gain=pl.Series(gain[pick, best], dtype=pl.Float64),
    )
    first = found.filter(pl.col("gain") > -np.inf).sort("row", -pl.col("gain"), "bundle_sku_id")
    chosen = first.unique("row", keep="first", maintain_order=True)
    # A price is cut once: for the part and place that gain most by it.
    chosen = chosen.sort(-pl.col("gain"), "row").unique("bundle_sku_id", keep="first", maintain_order=True)
    return rows.join(chosen, on="row", how="left", maintain_order="left").select(*WAYS)


def _sold_by_depth(pairs: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Units that leave beyond those that would, and money of each, both of shape (pairs, depths)."""
    names = (
        "days_left", "daily_qty", "elsewhere_qty", "per_bundle", "bundle_price", "bundle_cost", "fee_share",
        "unsold_qty", "most_qty", "elasticity", "deepest_markdown", "holding_cost",
    )  # fmt: skip
    days, daily, elsewhere, each, price, cost, fee, unsold, most, elasticity, deepest, held = (
        pairs[name].to_numpy().astype(float)[:, None] for name in names
    )
    base, net = daily * days, price * (1 - fee)
    wanted = base * ((1 - DEPTHS) ** elasticity - 1)
    more = np.minimum(np.minimum(wanted, most), unsold / each)
    units = np.where(deepest + 1e-9 >= DEPTHS, np.floor(more * each + 1e-9), 0.0)
    sold = units / each
    # A price is cut for all who buy the bundle. What leaves in it is held half as long as what is left, on average.
    brings = sold * (net * (1 - DEPTHS) - cost) - (base + elsewhere * days) * net * DEPTHS
    value = brings / np.maximum(units, 1) - held * days / 2
    return units.astype(np.int64), value
