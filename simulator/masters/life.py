"""The life of a SKU on sale: it ramps up after its launch and fades before its end."""

import numpy as np

__all__ = ["life_factor"]

LAUNCH, FADED = 0.2, 1 / 3  # demand on the first and on the last day, relative to full life


def life_factor(day, launch_day: np.ndarray, end_day: np.ndarray, ramp_days: int, fade_days: int) -> np.ndarray:
    """Demand on `day` relative to full life, float in [0, 1]; 0 before the launch and after the last day.

    Arguments broadcast: with `day` of shape [D, 1] and SKUs of shape [S] the result is [D, S].
    """
    age, left = day - launch_day, end_day - day
    ramp = np.clip(LAUNCH + (1 - LAUNCH) * age / ramp_days, 0, 1)
    fade = np.clip(FADED + (1 - FADED) * left / fade_days, 0, 1)
    return np.where((age >= 0) & (left >= 0), ramp * fade, 0.0)
