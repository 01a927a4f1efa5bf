"""What goods that are left at the horizon are worth."""

import numba


@numba.njit(cache=True, nogil=True)
def later_worth(left: float, enough: float, worth: tuple) -> float:
    """Money for units left at the horizon: those beyond the level of a later order lose until they sell."""
    terminal, salvage, slope, lasting = worth
    beyond = max(left - enough, 0.0)
    selling = min(beyond, lasting)
    return terminal * (left - beyond + selling) - slope * selling * selling + salvage * (beyond - selling)
