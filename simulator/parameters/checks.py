"""What single values of a world file cannot show: pairs in order, codes that exist, names used once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulator.toml_sections import ParameterError

if TYPE_CHECKING:
    from simulator.parameters import Category, Parameters, Supplier

__all__ = ["check"]


def check(parameters: Parameters, path: Path) -> None:
    """What single values cannot show: pairs in order, codes that exist, names used once."""
    _pairs_in_order(parameters, path)
    _used_once([c.code for c in parameters.categories], f"{path}: [[category]] code")
    _used_once([w.id for w in parameters.warehouses], f"{path}: [[warehouse]] id")
    # carrier zones are keyed by the region of origin, so two warehouses of one province could not differ
    _used_once([w.province for w in parameters.warehouses], f"{path}: [[warehouse]] province")
    _used_once([s.id for s in parameters.shops], f"{path}: [[shop]] id")
    _used_once([f"{s.carrier} {s.code}" for s in parameters.services], f"{path}: [[service]] carrier and code")
    codes = [c.code for c in parameters.categories]
    for number, category in enumerate(parameters.categories, 1):
        if len(category.sizes) != len(category.size_curve) or not sum(category.size_curve):
            raise ParameterError(
                f"{path}: [[category]] {number} size_curve: {len(category.size_curve)} values for "
                f"{len(category.sizes)} sizes; give one share per size, not all zero"
            )
    for number, supplier in enumerate(parameters.suppliers, 1):
        for code in supplier.categories:
            if code not in codes:
                raise ParameterError(
                    f"{path}: [[supplier]] {number} categories: found {code!r}; categories are {', '.join(codes)}"
                )
    for category in parameters.categories:
        _supplied(category, parameters.suppliers, path)
    if not 2 <= len(parameters.warehouses) <= 5:
        raise ParameterError(f"{path}: [[warehouse]]: found {len(parameters.warehouses)}; write two to five")
    for name, weights in (("shop", parameters.shops), ("service", parameters.services)):
        if not sum(entry.weight for entry in weights):
            raise ParameterError(f"{path}: [[{name}]] weight: all are zero; give at least one a share")


def _supplied(category: Category, suppliers: tuple[Supplier, ...], path: Path) -> None:
    kinds = {s.kind for s in suppliers if not s.categories or category.code in s.categories}
    wanted = {"own": {"brand", "distributor"}, "dropship": {"dropship"}, "merchant": {"merchant"}}
    needs = [category.main_mode]
    needs += ["dropship"] if category.also_dropship else []
    needs += ["merchant"] if category.also_merchant else []
    for mode in needs:
        if not kinds & wanted[mode]:
            raise ParameterError(
                f"{path}: [[category]] {category.code}: no supplier of kind {' or '.join(sorted(wanted[mode]))} has "
                f"it, but it is sold as {mode}; add the code to a [[supplier]]'s categories"
            )


def _pairs_in_order(parameters: Parameters, path: Path) -> None:
    pairs = [("catalogue", "overlap_days", parameters.catalogue.overlap_days)]
    pairs += [("demand", "intermittent_idle", parameters.demand.intermittent_idle)]
    pairs += [("promotion", key, getattr(parameters.promotion, key)) for key in ("flash_days", "depth")]
    pairs += [("promotion", "published_days", parameters.promotion.published_days)]
    for category in parameters.categories:
        pairs += [
            (f"[category]] {category.code}", key, getattr(category, key)) for key in ("price", "margin", "colours")
        ]
    for supplier in parameters.suppliers:
        keys = ("rise", "rise_notice_days", "spring_shutdown", "price_break_cases", "price_break_off")
        pairs += [(f"[supplier]] {supplier.name}", key, getattr(supplier, key)) for key in keys]
    for place, key, (low, high) in pairs:
        if low > high:
            named = f"[{place}" if "]" in place else f"[{place}]"
            raise ParameterError(f"{path}: {named} {key}: found {[low, high]}; write the smaller value first")


def _used_once(names: list[str], place: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"{place}: found {name!r} twice; give each its own")
