"""What is sold: the catalogue and its categories."""

from dataclasses import dataclass

from simulator.toml_sections import within

__all__ = ["Catalogue", "Category"]


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """How many goods, how they come and go."""

    skus: int = within(20, 200_000)
    """SKUs over all days, bundles included; fewer are on sale on any one day."""
    bundles: int = within(0, 100, 3)
    """SKUs sold as a set of others; fewer where too little of the catalogue lasts."""
    renewed_share: float = within(0, 1, 0.35)
    """Share of models that a successor replaces during the simulated days."""
    new_share: float = within(0, 1, 0.15)
    """Share of models launched during the simulated days without a predecessor."""
    ended_share: float = within(0, 1, 0.08)
    """Share of models that end during the simulated days without a successor."""
    overlap_days: tuple[int, ...] = within(0, 365, (20, 60), size=2)
    """Days that a successor is on sale beside its predecessor, from … to."""
    ramp_days: int = within(1, 365, 42)
    """Days from launch to full demand."""
    fade_days: int = within(1, 365, 75)
    """Days before the end over which demand fades to a third."""
    announced_days: int = within(7, 365, 60)
    """Days before launch or end that the product system knows of it."""
    colour_curve: tuple[float, ...] = within(0, None, (0.45, 0.28, 0.17, 0.10))
    """Shares of a model's first, second, … colour; rescaled to the colours it has."""
    second_source_share: float = within(0, 1, 0.15)
    """Share of own SKUs that a second supplier offers too."""
    second_source_markup: float = within(0, 1, 0.06)
    """How much more the second supplier asks."""


@dataclass(frozen=True, kw_only=True)
class Category:
    """One leaf category and what its goods are like."""

    code: str
    name: str
    """Chinese and English name of a model."""
    path: str
    brands: tuple[str, ...]
    share: float = within(0)
    """Share of SKUs, rescaled over all categories."""
    popularity: float = within(0.01, 100, 1.0)
    """Demand per SKU relative to other categories."""
    price: tuple[float, ...] = within(1, 100_000, size=2)
    """List price in yuan with VAT, from … to."""
    margin: tuple[float, ...] = within(0.05, 0.9, (0.30, 0.50), size=2)
    """Gross margin on the net list price, from … to."""
    weight_g: int = within(1, 60_000)
    size_mm: tuple[int, ...] = within(1, 3000, size=3)
    sizes: tuple[str, ...] = ("均码",)
    size_curve: tuple[float, ...] = within(0, None, (1.0,))
    """Share of each size, rescaled."""
    colours: tuple[int, ...] = within(1, 8, (1, 1), size=2)
    """Colours per model, from … to."""
    case_units: int = within(1, 1000, 1)
    """Base units per purchase case."""
    units_per_line: float = within(1, 100, 1.05)
    return_rate: float = within(0, 0.9, 0.05)
    size_issue_share: float = within(0, 1, 0.0)
    """Share of returns because of the size, which may become exchanges."""
    shelf_life_days: int = within(0, 3650, 0)
    """0: no batches."""
    storage_class: str = within(default="ambient", choices=("ambient", "cold", "frozen", "bulky"))
    no_air: bool = False
    hazmat: bool = False
    main_mode: str = within(default="own", choices=("own", "dropship", "merchant"))
    also_dropship: float = within(0, 1, 0.0)
    """Share of SKUs that are sold as dropship beside the main mode."""
    also_merchant: float = within(0, 1, 0.0)
    """Share of SKUs that a merchant sells beside the main mode."""
    peak: tuple[int, ...] = within(1, 31, (5, 1), size=2)
    """Month and day of the seasonal peak."""
    amplitude: float = within(0, 0.95, 0.1)
    """Half the distance between seasonal peak and trough, relative to the mean."""
    trend: float = within(-0.9, 5, 0.0)
    """Growth per year."""
