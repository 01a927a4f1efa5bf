"""Contract terms as exports tell them, in the solver's form."""

import polars as pl

from forecasting.door import check_frame
from optimization.carriers.day.problem import Cap, Terms, Tier, place_of
from optimization.carriers.problem import SERVICE, service_name

CONTRACT_TERMS = {
    "carrier_id": "text",
    "service_code": "text",
    "term_kind": "text",
    "warehouse_id": "text?",
    "province_id": "text?",
    "from_volume": "money",
    "target_volume": "money?",
    "limit_share": "money?",
    "rebate_per_parcel": "money?",
    "shortfall_fee": "money?",
    "is_all_unit": "bool?",
    "month_volume": "money",
    "month_parcels": "money",
    "today_volume": "money",
    "held_volume": "money",
}
MEASURE = {"daily_cap": "parcels", "kg_cap": "kg"}
ALL_SERVICES = "*"


PLACE = ["warehouse_id", "province_id"]


def contracts(
    rows: pl.DataFrame, services: pl.DataFrame, parcels: pl.DataFrame, left: float
) -> tuple[list[Terms], list[Cap]]:
    """Terms and caps of the services that can be chosen.

    Parameters
    ----------
    rows
        One row per step of a term in force: ``carrier_id``, ``service_code`` (``*``: all of the carrier together),
        ``term_kind`` (``daily_cap``, ``kg_cap``, ``monthly_minimum``, ``rebate_tier``, ``share_limit``),
        ``warehouse_id``, ``province_id`` (text, null: all), ``from_volume``, ``target_volume`` (parcels, kilograms
        for ``kg_cap``), ``limit_share`` (share of the month's parcels), ``rebate_per_parcel``, ``shortfall_fee``
        (yuan), ``is_all_unit`` (bool, null: true), ``month_volume`` and ``today_volume`` (what left already in
        the month, and of it today), ``month_parcels`` (what left of its place in the month by all carriers),
        ``held_volume`` (what was approved for it and has not left yet).
    services
        ``carrier_id``, ``service_code``.
    parcels
        ``warehouse_id``, ``dest_province`` of the parcels of today: what is left of the month is spread as they are.
    left
        Parcels of all carriers that are still to leave in the month: shares are of these and of what left.

    Returns
    -------
    (list of Terms, list of Cap)
        A cap without a limit is left out: it holds nothing back. Of several caps on the same parcels the tightest
        holds.
    """
    check_frame(rows, CONTRACT_TERMS, "contract terms")
    known = services.select(SERVICE).sort(SERVICE).rows()
    terms, caps = [], []
    for (carrier, code), mine in rows.sort("from_volume").group_by(SERVICE, maintain_order=True):
        covers = tuple(service_name(*key) for key in known if key[0] == carrier and code in (ALL_SERVICES, key[1]))
        if not covers:
            continue
        name = service_name(carrier, code)
        limits = mine.filter(pl.col("term_kind").is_in(list(MEASURE)) & pl.col("target_volume").is_not_null())
        for row in limits.iter_rows(named=True):
            where = (row["warehouse_id"], row["province_id"])
            # What left this morning, and what is approved to leave, has taken its share of the day.
            room = max(float(row["target_volume"] - row["today_volume"] - row["held_volume"]), 0.0)
            caps.append(Cap(name, MEASURE[row["term_kind"]], room, *where, covers))
        for where, steps in mine.group_by(PLACE, maintain_order=True):
            found = volume_terms(name, covers, where, steps, left * share_at(where, parcels))
            terms += [found] if found else []
    return sorted(terms, key=lambda each: (each.service_id, *(part or "" for part in place_of(each)))), tightest(caps)


def share_at(where: tuple[str | None, str | None], parcels: pl.DataFrame) -> float:
    """Share of parcels that are of a warehouse and province (None: of any)."""
    here = pl.lit(True)
    for column, place in zip(("warehouse_id", "dest_province"), where, strict=True):
        here &= pl.lit(True) if place is None else (pl.col(column) == place).fill_null(False)
    return parcels.filter(here).height / max(parcels.height, 1)


def tightest(caps: list[Cap]) -> list[Cap]:
    """One cap of each service, measure and place: a second on the same parcels holds only where it is tighter."""
    found: dict[tuple, Cap] = {}
    for cap in sorted(caps, key=lambda each: each.limit):
        found.setdefault((cap.service_id, cap.measure, cap.warehouse_id, cap.province_id), cap)
    return sorted(found.values(), key=repr)


def volume_terms(
    name: str, covers: tuple[str, ...], where: tuple[str | None, str | None], rows: pl.DataFrame, left: float
) -> Terms | None:
    """Minimum, tiers and share of a service (or all of a carrier) at a place; None where the contract has none."""
    kinds = {
        kind: rows.filter(pl.col("term_kind") == kind) for kind in ("monthly_minimum", "rebate_tier", "share_limit")
    }
    if not any(found.height for found in kinds.values()):
        return None
    minimum, rebates, shares = kinds.values()
    steps = {int(row["from_volume"]): float(row["rebate_per_parcel"] or 0) for row in rebates.iter_rows(named=True)}
    tiers = tuple(Tier(start, rebate) for start, rebate in sorted(({0: 0.0} | steps).items()))
    least = minimum.row(-1, named=True) if minimum.height else {"target_volume": 0, "shortfall_fee": 0}
    share = shares["limit_share"].min() if shares.height else None
    return Terms(
        service_id=name,
        minimum_parcels=int(least["target_volume"] or 0),
        shortfall_fee=float(least["shortfall_fee"] or 0),
        tiers=tiers,
        is_all_unit=rebates["is_all_unit"].fill_null(True).all(),
        # A cap in kilograms counts its month in kilograms too. What is approved leaves this month.
        shipped=int(pl.concat(kinds.values()).select(pl.col("month_volume") + pl.col("held_volume")).max().item() or 0),
        most_parcels=None if share is None else float(share) * (float(shares["month_parcels"].max()) + left),
        covers=covers,
        warehouse_id=where[0],
        province_id=where[1],
    )
