"""Services of carriers: where they go, how fast, for how much."""

from dataclasses import dataclass

from simulator.toml_sections import within

__all__ = ["Service"]

ZONES = 4


@dataclass(frozen=True, kw_only=True)
class Service:
    """One carrier service and its rate card; lists of four go by zone, nearest first, remote last."""

    carrier: str
    code: str
    carrier_name: str
    name: str
    mode: str = within(choices=("air", "road", "rail", "same_city", "ltl"))
    first_fee: tuple[float, ...] = within(0, None, size=ZONES)
    step_fee: tuple[float, ...] = within(0, None, size=ZONES)
    """Yuan with VAT for the first weight and for each further step."""
    first_g: int = within(1, 30_000, 1000)
    step_g: int = within(1, 30_000, 1000)
    rounding: str = within(default="up_1kg", choices=("up_100g", "up_500g", "up_1kg", "exact"))
    divisor: int = within(1000, 20_000, 8000)
    """Cubic centimetres that count as one kilogram."""
    fuel: float = within(0, 1, 0.0)
    """Share of the freight added for fuel."""
    remote_fee: float = within(0, None, 0.0)
    """Yuan on every parcel to the remote zone."""
    promise_days: tuple[int, ...] = within(1, 30, size=ZONES)
    early_share: float = within(0, 1, 0.2)
    """Share of parcels delivered a day before promised, where it promises more than one."""
    on_time_share: float = within(0.01, 1, 0.93)
    """Share delivered as promised or before."""
    late_decay: float = within(0.01, 0.95, 0.5)
    """Each further day of lateness is this many times as likely as the one before."""
    lost_share: float = within(0, 0.2, 0.0008)
    damage_share: float = within(0, 0.2, 0.0015)
    daily_cap: int = within(0, None, 0)
    """Parcels a day from one warehouse; 0 for no cap."""
    rebate_from: int = within(0, None, 0)
    rebate: float = within(0, None, 0.0)
    """Yuan off each parcel from this many in a month; 0 for none."""
    max_weight_g: int = within(1000, None, 30_000)
    stopped: tuple[str, ...] = ()
    """Provinces it does not serve."""
    cod_ok: bool = True
    hazmat_ok: bool = True
    weight: float = within(0, None, 1.0)
    """How often the retailer's own rule picks it, rescaled."""
