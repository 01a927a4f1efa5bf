"""How demand answers to price, where the past shows it."""

import numpy as np
import polars as pl

from forecasting.door import check_frame, refuse_rows

HISTORY = {
    "sku_id": "text",
    "category_id": "text",
    "price": "number",
    "units": "number",
    "baseline": "number",
}
# A change of price below 3 % around its mean tells nothing but rounding.
LEAST_SPREAD = 0.03
STEPS = 50


def deepest_markdown(history: pl.DataFrame) -> pl.DataFrame:
    """How far below its usual price goods of each category were sold: beyond that an elasticity is a guess.

    Parameters
    ----------
    history
        As for ``fit_elasticity``.

    Returns
    -------
    pl.DataFrame
        ``category_id`` (str), ``deepest_markdown`` (float in [0, 1)): share below the SKU's median price, the most
        that any of the category's SKUs was sold at, sorted.
    """
    check_frame(history, HISTORY, "history")
    cut = 1 - pl.col("price").min() / pl.col("price").median()
    by_sku = history.group_by("category_id", "sku_id").agg(deepest_markdown=cut.cast(pl.Float64))
    return by_sku.group_by("category_id").agg(pl.col("deepest_markdown").max()).sort("category_id")


def fit_elasticity(history: pl.DataFrame) -> pl.DataFrame:
    """Price elasticity of each SKU that ever had two prices, drawn towards its category.

    A Poisson regression of units on the logarithm of price with the baseline as exposure, one for each SKU, its
    variance scaled by the dispersion that its residuals show. SKUs of a category are then drawn together by their
    precisions (DerSimonian and Laird 1986, "Meta-analysis in clinical trials"). A SKU without a price change gets its
    category's elasticity; a category without any gets none, for nothing is known.

    Parameters
    ----------
    history
        One row per SKU and period: ``sku_id``, ``category_id`` (text), ``price`` (number, > 0: what customers paid),
        ``units`` (number, ≥ 0), ``baseline`` (number, > 0: units expected at its usual price).

    Returns
    -------
    pl.DataFrame
        ``sku_id``, ``category_id`` (str), ``elasticity`` (float, below zero, −2: a tenth off sells about 23 % more;
        null: unknown, or no effect was seen), ``standard_error`` (float), ``rests_on`` (str: ``own prices``,
        ``category``, ``no effect seen`` or ``nothing``), ``periods`` (int), sorted by SKU.

    Raises
    ------
    ValueError
        Naming column, value and row of the first thing that is wrong, or when there is no row.
    """
    check_frame(history, HISTORY, "history")
    for column in ("price", "baseline"):
        refuse_rows(history, ~(pl.col(column) > 0), column, "must be above zero", "history")
    refuse_rows(history, ~(pl.col("units") >= 0), "units", "must be zero or more", "history")
    skus = history.group_by("sku_id").agg(pl.col("category_id").first(), periods=pl.len()).sort("sku_id")
    if skus.is_empty():
        raise ValueError("history has no rows; leave out the markdown where nothing is known")
    numbered = skus.select("sku_id").with_row_index("row")
    row = history.join(numbered, on="sku_id", maintain_order="left")["row"].to_numpy()
    slope, variance = _regress(row, skus.height, history)
    category = skus["category_id"].rank("dense").to_numpy().astype(np.int64) - 1
    drawn, error, own = _draw_together(slope, variance, category)
    return skus.select(
        "sku_id",
        "category_id",
        elasticity=pl.Series(np.where(drawn < 0, drawn, np.nan)).fill_nan(None),
        standard_error=pl.Series(error).fill_nan(None),
        rests_on=pl.Series(_ground(drawn, own)),
        periods="periods",
    )


def _ground(drawn: np.ndarray, own: np.ndarray) -> np.ndarray:
    """What each elasticity rests on, in a word or two."""
    return np.select(
        [np.isnan(drawn), drawn >= 0, own], ["nothing", "no effect seen", "own prices"], default="category"
    )


def _regress(row: np.ndarray, count: int, history: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Slope and its variance by SKU, by Newton's method for all SKUs at once; NaN where nothing can be told."""
    price, units, baseline = (history[name].to_numpy().astype(float) for name in ("price", "units", "baseline"))

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(row, values, minlength=count)

    periods = total(np.ones(row.size))
    usual = total(np.log(price)) / periods
    change = np.log(price) - usual[row]
    told = (np.sqrt(total(change**2) / periods) >= LEAST_SPREAD) & (total(units) > 0) & (periods > 2)
    level = np.log(np.maximum(total(units), 1e-9) / total(baseline))
    slope = np.zeros(count)
    for _ in range(STEPS):
        expected = baseline * np.exp(np.clip(level[row] + slope[row] * change, -30, 30))
        weight, cross, square = total(expected), total(expected * change), total(expected * change**2)
        rest, tilt = total(units - expected), total((units - expected) * change)
        # A wall keeps a SKU whose few sales all fell on one price from running away.
        determinant = np.maximum(weight * (square + 1e-3) - cross**2, 1e-12)
        raised = np.clip(((square + 1e-3) * rest - cross * tilt) / determinant, -1, 1)
        tilted = np.clip((weight * tilt - cross * rest) / determinant, -1, 1)
        level, slope = level + raised, slope + tilted
        if max(np.abs(raised).max(), np.abs(tilted).max()) < 1e-9:
            break
    expected = baseline * np.exp(np.clip(level[row] + slope[row] * change, -30, 30))
    weight, cross, square = total(expected), total(expected * change), total(expected * change**2)
    dispersion = total((units - expected) ** 2 / np.maximum(expected, 1e-9)) / np.maximum(periods - 2, 1)
    variance = np.maximum(dispersion, 1) * weight / np.maximum(weight * square - cross**2, 1e-12)
    return np.where(told, slope, np.nan), np.where(told, variance, np.nan)


def _draw_together(
    slope: np.ndarray, variance: np.ndarray, category: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    own = ~np.isnan(slope)
    count = int(category.max()) + 1
    precision = np.where(own, 1 / np.where(own, variance, 1), 0)
    value = np.where(own, slope, 0)
    weight = np.bincount(category, precision, minlength=count)
    known = np.bincount(category, own, minlength=count)
    mean = np.bincount(category, precision * value, minlength=count) / np.where(weight > 0, weight, 1)
    spread = np.bincount(category, precision * (value - mean[category]) ** 2, minlength=count)
    squares = np.bincount(category, precision**2, minlength=count)
    scale = weight - squares / np.where(weight > 0, weight, 1)
    between = np.where(scale > 0, np.maximum(spread - (known - 1), 0) / np.where(scale > 0, scale, 1), 0)
    around = np.where(own, 1 / (np.where(own, variance, 1) + between[category]), 0)
    total = np.bincount(category, around, minlength=count)
    some = np.where(total > 0, total, np.nan)
    centre, centre_variance = np.bincount(category, around * value, minlength=count) / some, 1 / some
    trust = np.where(own, between[category] / np.where(own, variance + between[category], 1), 0)
    drawn = trust * value + (1 - trust) * centre[category]
    # A SKU without changes of its own lies as far from its category's centre as others of it do.
    rest = centre_variance[category] + between[category] * ~own
    drawn_variance = trust * np.where(own, variance, 0) + (1 - trust) * rest
    return drawn, np.sqrt(drawn_variance), own
