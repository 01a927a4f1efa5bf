"""The rule that buys by itself, how systems act on decisions, what exports look like."""

from dataclasses import dataclass

from simulator.toml_sections import within

__all__ = ["Acting", "Dirt", "Exports", "Policy"]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The retailer's built-in (s, Q) policy of the history and of the `reorder-point` comparison."""

    z: float = within(-3, 6, 1.64)
    """Safety factor on the deviation of demand over the protection interval."""
    review_days: int = within(1, 30, 1)
    window_weeks: int = within(2, 104, 13)
    """Weeks behind that the mean and deviation come from."""
    holding_rate: float = within(0.01, 2, 0.25)
    """Yearly holding cost per yuan of stock, for the order quantity."""
    opening_days: float = within(0, 365, 45.0)
    """Days of demand in stock on the first day."""
    service_targets: tuple[float, ...] = within(0.5, 0.9999, (0.97, 0.95, 0.88), size=3)
    """Fill rate of class A, B and C."""
    capital_rate: float = within(0, 1, 0.12)
    storage_per_litre_day: float = within(0, None, 0.004)
    budget_factor: float = within(0, 100, 1.6)
    """Monthly budget as a multiple of ordinary purchases."""
    storage_days: float = within(1, 3650, 150.0)
    """Room of a warehouse, in days of its ordinary demand."""


@dataclass(frozen=True, kw_only=True)
class Acting:
    """How the retailer's systems take our decisions."""

    reject_share: float = within(0, 1, 0.0)
    partial_share: float = within(0, 1, 0.0)
    dropped_id_share: float = within(0, 1, 0.0)
    """Share of purchase lines that lose their suggestion id on the way."""
    delay_days_mean: float = within(0, 30, 0.0)
    cancel_fee_share: float = within(0, 1, 0.1)
    """What suppliers keep of the worth of units that we cancel after they confirmed them. Assumed."""
    expedite_fee_share: float = within(0, 1, 0.05)
    """What they charge to bring units forward, of their worth. Assumed."""


@dataclass(frozen=True, kw_only=True)
class Exports:
    """In what formats the systems export."""

    dialects: tuple[str, ...] = ()
    """Real formats that some systems write instead of canonical CSV, by the name of the mapping that reads them."""


@dataclass(frozen=True, kw_only=True)
class Dirt:
    """Faults put into the exports; all zero for a clean world. A row or file has at most one."""

    bad_row_share: float = within(0, 1, 0.0)
    """Rows that break their contract, sent right some days later; never more than a file may hold."""
    duplicate_row_share: float = within(0, 1, 0.0)
    late_row_share: float = within(0, 1, 0.0)
    corrected_row_share: float = within(0, 1, 0.0)
    """Rows told wrong first and right some days later."""
    older_row_share: float = within(0, 1, 0.0)
    """Rows of which an older version comes some days later."""
    mutated_row_share: float = within(0, 1, 0.0)
    """Facts told again, with another content, some days later."""
    ghost_row_share: float = within(0, 1, 0.0)
    """Rows entered by mistake beside the true ones, deleted some days later."""
    delay_days_max: int = within(1, 60, 3)
    """What comes later comes after 1 … this many days, each as likely."""
    repeated_file_share: float = within(0, 1, 0.0)
    drift_file_share: float = within(0, 1, 0.0)
    growing_file_share: float = within(0, 1, 0.0)
    wrong_total_file_share: float = within(0, 1, 0.0)
    """Files whose manifest states a wrong control total, sent right with the next delivery."""
    truncated_file_share: float = within(0, 1, 0.0)
    """Files cut off on the way, sent whole with the next delivery."""

    @property
    def is_clean(self) -> bool:
        """Whether no dial is on."""
        return not any(value for name, value in vars(self).items() if name.endswith("_share"))
