"""The level of a day: good and bad days follow each other, as far as the past shows."""

from dataclasses import dataclass

import numpy as np

MEMORIES = np.arange(0, 1.0, 0.05)


@dataclass(frozen=True)
class Level:
    """A level that returns to zero: a first-order autoregression, known up to a day.

    Parameters
    ----------
    mean, variance
        Of the level on the last day seen.
    memory
        Share of a day's level that is left the day after.
    spread
        Variance of the level of a day about which nothing is known.
    """

    mean: float
    variance: float
    memory: float
    spread: float

    def ahead(self, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of the level so many days after the last one seen."""
        left = self.memory**days
        return left * self.mean, self.spread * (1 - left**2) + left**2 * self.variance


def follow(days: np.ndarray, means: np.ndarray, variances: np.ndarray, spread: float, last: int) -> Level:
    """The level on day `last`, filtered from the effects of single days, with the memory of greatest likelihood.

    Parameters
    ----------
    days
        (n,) int, the days that have an effect.
    means, variances
        (n,) posterior of these effects under independent priors of variance `spread`, which is taken out again.
    """
    information = np.zeros(last - days.min() + 1)
    seen = np.zeros(len(information))
    told = np.maximum(1 / variances - 1 / spread, 0.0)
    place = days - days.min()
    information[place] = told
    seen[place] = np.divide(means / variances, told, out=np.zeros(len(told)), where=told > 0)
    tried = zip(*_filter(seen, information, spread, MEMORIES), MEMORIES, strict=True)
    _, mean, variance, memory = map(float, max(tried))
    return Level(mean, variance, memory, spread)


def _filter(
    seen: np.ndarray, information: np.ndarray, spread: float, memory: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log likelihood and the last day's mean and variance (Kalman) under each memory; shapes (memories,)."""
    mean, variance, likelihood = np.zeros(memory.size), np.full(memory.size, spread), np.zeros(memory.size)
    kept, new = memory**2, spread * (1 - memory**2)
    for value, told in zip(seen.tolist(), information.tolist(), strict=True):
        mean, variance = memory * mean, kept * variance + new
        if told > 0:
            total, off = variance + 1 / told, value - mean
            likelihood -= 0.5 * (np.log(total) + off**2 / total)
            gain = variance / total
            mean += gain * off
            variance *= 1 - gain
    return likelihood, mean, variance
