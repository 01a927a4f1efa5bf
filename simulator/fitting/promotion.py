"""What a discount, a display and a mailer do to sales, and what they take from other weeks and items."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar


@dataclass(frozen=True)
class Uplift:
    """Coefficients of a Poisson regression of sales with an effect per item.

    Parameters
    ----------
    coefficients, errors
        One per column, in logs of sales per unit of the column; errors are robust to any dependence of the weeks
        of one item (clustered by item).
    expected
        Sales expected of each row.
    """

    coefficients: np.ndarray
    errors: np.ndarray
    expected: np.ndarray


def fit_uplift(sales: np.ndarray, item: np.ndarray, columns: np.ndarray, offset: np.ndarray) -> Uplift:
    """Fit ``E[sales] = exp(item + offset + columns·coefficients)`` by Poisson pseudo-maximum likelihood.

    It is consistent whatever the true distribution of sales, keeps weeks without a sale, and gives the effect on
    the mean, which a simulator multiplies (Santos Silva & Tenreyro 2006). Item effects are profiled out.

    Parameters
    ----------
    sales
        Units, one row per item and week.
    item
        Number of the row's item, from 0 without gaps.
    columns
        Rows × effects.
    offset
        Log of the season each row is in.

    Returns
    -------
    Uplift

    Raises
    ------
    ValueError
        When a column does not vary within any item.
    """
    items = int(item.max()) + 1
    totals = np.bincount(item, sales, items)
    beta = np.zeros(columns.shape[1])
    for _ in range(100):
        raw = np.exp(offset + columns @ beta)
        expected = raw * (totals / np.bincount(item, raw, items))[item]
        within = columns - item_means(columns, expected, item, items)
        information = within.T @ (within * expected[:, None])
        if np.linalg.matrix_rank(information) < len(beta):
            raise ValueError("a promotion column does not vary within any item: its uplift cannot be fitted")
        step = np.linalg.solve(information, within.T @ (sales - expected))
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    scores = np.column_stack([np.bincount(item, part, items) for part in (within * (sales - expected)[:, None]).T])
    bread = np.linalg.inv(information)
    return Uplift(beta, np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread)), expected)


def item_means(columns: np.ndarray, weights: np.ndarray, item: np.ndarray, items: int) -> np.ndarray:
    """The weighted mean of each column over the rows of each row's item."""
    weight = np.bincount(item, weights, items)
    return np.column_stack([(np.bincount(item, part * weights, items) / weight)[item] for part in columns.T])


def spread_over_items(
    sales: np.ndarray, item: np.ndarray, column: np.ndarray, expected: np.ndarray, least_information: float
) -> tuple[float, float, int]:
    """Mean and standard deviation over items of the effect of one column, freed of each item's estimation error.

    Each item's own difference comes from Newton's method; its error is that of a Poisson regression inflated by
    the item's own dispersion. The spread is the maximum-likelihood estimate of a normal
    random effect, as in meta-analysis.

    Parameters
    ----------
    sales, item, column, expected
        As in ``fit_uplift``, ``expected`` with the column's common effect in it.
    least_information
        Items whose weeks say less than this about their own coefficient (its inverse variance) are left out.

    Returns
    -------
    tuple
        Mean of the differences to the common effect, their standard deviation over items, number of items.
    """
    items = int(item.max()) + 1
    rows, totals = np.bincount(item, minlength=items), np.bincount(item, sales, items)
    own = np.zeros(items)
    for _ in range(25):
        raw = expected * np.exp(own[item] * column)
        fitted = raw * (totals / np.bincount(item, raw, items))[item]
        within = column - item_means(column[:, None], fitted, item, items)[:, 0]
        information = np.bincount(item, within**2 * fitted, items)
        score = np.bincount(item, within * (sales - fitted), items)
        own = np.clip(own + np.clip(score / np.maximum(information, 1e-9), -1.0, 1.0), -15.0, 15.0)
    dispersion = np.bincount(item, (sales - fitted) ** 2 / fitted, items) / np.maximum(rows - 2, 1)
    precision = information / np.maximum(dispersion, 1.0)
    keep = precision >= least_information
    if keep.sum() < 10:
        raise ValueError(
            f"10 items with discounts of varying depth are needed to tell their spread, found {keep.sum()}"
        )
    own, noise = own[keep], 1 / precision[keep]

    def centre(variance: float) -> float:
        return float((own / (noise + variance)).sum() / (1 / (noise + variance)).sum())

    def loss(variance: float) -> float:
        total = noise + variance
        return float((np.log(total) + (own - centre(variance)) ** 2 / total).sum())

    variance = float(minimize_scalar(loss, bounds=(0.0, 25.0), method="bounded").x)
    return centre(variance), float(np.sqrt(variance)), int(keep.sum())
