"""Master data as contract rows: plain Python values, every column of the table."""

from simulator.masters.contract_rows.logistics import carrier_contracts, carrier_rates, carrier_services, carrier_zones
from simulator.masters.contract_rows.marketing import campaign_skus, campaigns, promotion_exposures
from simulator.masters.contract_rows.order import shops, subscriptions
from simulator.masters.contract_rows.policy import policies
from simulator.masters.contract_rows.product import bundle_components, packs, prices, skus, spus
from simulator.masters.contract_rows.reference import references
from simulator.masters.contract_rows.sheet import Sheet
from simulator.masters.contract_rows.supplier import supplier_skus, suppliers
from simulator.masters.contract_rows.warehouse import bins, shift_rows, warehouses
from simulator.parameters import Parameters

__all__ = ["rows", "shift_rows"]

TABLES = (
    spus, skus, packs, bundle_components, prices, suppliers, supplier_skus, warehouses, bins,
    carrier_services, carrier_rates, carrier_zones, carrier_contracts, shops, subscriptions,
    campaigns, campaign_skus, promotion_exposures, references, policies,
)  # fmt: skip


def rows(masters, parameters: Parameters) -> dict[str, list[dict]]:
    """Every master row of a world, for all of its days.

    Returns
    -------
    dict of list of dict
        By qualified table (`product.sku`), oldest version first: a dict per version with all columns of the
        contract. Money and rates are Decimal, instants datetime with zone, days date. What was known on a day is
        the rows whose `updated_at` lies before its end; a key may stand in several rows, of which the last known
        one holds. `warehouse.shift_capacity` is made per day by `shift_rows`, `supplier.supplier_offer`,
        `reference.listing` and what campaigns spend by the day steps.
    """
    sheet = Sheet()
    for table in TABLES:
        table(sheet, masters, parameters)
    return sheet.by_age()
