"""A logit with nested effects, each shrunk towards what it is nested in as far as the data of its kind say."""

from dataclasses import dataclass

import numpy as np

SWEEPS = 60
ENOUGH = 1e-4
# What effects of a kind usually vary by, worth so many effects that the data determine: a short history must not make
# sure that lanes are all alike.
USUAL_SPREAD, WORTH = 0.1, 3.0
# Variance of the intercept before any data: says little, but keeps a history without a miss from certainty.
FAR = 9.0


@dataclass(frozen=True)
class Effects:
    """What was fitted.

    Parameters
    ----------
    intercept
        Logit of a row whose effects are all zero.
    means, variances
        For each kind (effects of the kind,): posterior mean and variance of each effect.
    spreads
        (kinds,) variance of the effects of a kind, estimated.
    """

    intercept: float
    means: tuple[np.ndarray, ...]
    variances: tuple[np.ndarray, ...]
    spreads: np.ndarray


def fit_effects(
    codes: list[np.ndarray], sizes: list[int], tried: np.ndarray, hit: np.ndarray, known: np.ndarray | None = None
) -> Effects:
    """Fit by sweeps over the kinds: Newton steps with a normal prior per kind, its variance re-estimated each time.

    Effects of one kind are independent given the others, so a sweep costs a pass over the rows per kind, however
    many effects there are. The posterior is taken as independent between kinds (mean field; Breslow & Clayton 1993
    for the penalised likelihood).

    Parameters
    ----------
    codes
        For each kind (rows,) int: which of its effects a row has; -1 none.
    sizes
        For each kind, how many effects it has.
    tried, hit
        (rows,) weight of the trials of a row, and of those that succeeded.
    known
        (rows,) what is known of the logit already: effects say what is beyond it. Default: nothing.
    """
    from scipy.special import expit

    intercept = float(np.log((hit.sum() + 0.5) / (tried.sum() - hit.sum() + 0.5))) if known is None else 0.0
    means = [np.zeros(size) for size in sizes]
    variances = [np.zeros(size) for size in sizes]
    spreads = np.full(len(sizes), 0.1)
    logit = np.full(len(tried), intercept) if known is None else known.copy()
    # Rows without an effect of a kind stand in one place more, which never moves.
    codes = [np.where(code < 0, size, code) for code, size in zip(codes, sizes, strict=True)]
    for _ in range(SWEEPS):
        moved = 0.0
        for kind, (code, size) in enumerate(zip(codes, sizes, strict=True)):
            chance = expit(logit)
            weight = tried * chance * (1 - chance)
            information = np.bincount(code, weight, size + 1)[:size]
            score = np.bincount(code, hit - tried * chance, size + 1)[:size]
            variance = 1 / (information + 1 / spreads[kind])
            step = variance * (score - means[kind] / spreads[kind])
            # A step of more than two on the logit leaves the range in which the weights above hold.
            step = np.clip(step, -2.0, 2.0)
            means[kind] += step
            variances[kind] = variance
            logit += np.append(step, 0.0)[code]
            # MacKay (1992): effects count by how far the data determine them. Averaging posterior second moments (EM)
            # comes to the same end, but hardly moves where each effect has few parcels.
            determined = float((1 - variance / spreads[kind]).sum())
            spreads[kind] = (float((means[kind] ** 2).sum()) + USUAL_SPREAD * WORTH) / (determined + WORTH)
            moved = max(moved, float(np.abs(step).max(initial=0.0)))
        chance = expit(logit)
        information = float((tried * chance * (1 - chance)).sum()) + 1 / FAR
        step = float(np.clip(((hit - tried * chance).sum() - intercept / FAR) / information, -2.0, 2.0))
        intercept += step
        logit += step
        if max(moved, abs(step)) < ENOUGH:
            break
    return Effects(intercept, tuple(means), tuple(variances), spreads)
