"""Master data of a world: what exists before the first order, as arrays for the day steps and as contract rows.

from simulator import masters
from simulator.parameters import read

parameters = read("simulator/worlds/small.toml")
made = masters.make(parameters)
made.list_price[made.sku_ids.index("RS001-BK-42")]
rows = masters.rows(made, parameters)
rows["product.sku"][0]["sku_name"]
"""

from dataclasses import dataclass, fields
from types import SimpleNamespace

from simulator.masters.calendar import Calendar, make_calendar
from simulator.masters.campaigns import Campaigns, make_campaigns
from simulator.masters.capacity import Capacity, make_capacity
from simulator.masters.carriers import Carriers, make_carriers
from simulator.masters.catalogue import Catalogue, make_catalogue
from simulator.masters.contract_rows import rows, shift_rows
from simulator.masters.prices import purchase_prices, rebate_terms, rise_on
from simulator.masters.provinces import Provinces, make_provinces
from simulator.masters.rhythm import Rhythm, make_rhythm, ordinary_rate
from simulator.masters.shops import Shops, make_shops, platform_items
from simulator.masters.subscriptions import Subscriptions, make_subscriptions
from simulator.masters.suppliers import Suppliers, make_suppliers
from simulator.masters.warehouses import Warehouses, make_warehouses
from simulator.parameters import Parameters

__all__ = [
    "Masters",
    "make",
    "ordinary_rate",
    "platform_items",
    "purchase_prices",
    "rebate_terms",
    "rise_on",
    "rows",
    "shift_rows",
]


@dataclass(frozen=True, kw_only=True)
class Masters(Calendar, Provinces, Shops, Suppliers, Catalogue, Rhythm, Capacity, Warehouses, Carriers, Subscriptions):
    """All master arrays side by side; each base class documents its own.

    Letters in shapes: S SKUs, V suppliers, W warehouses, R provinces, C services (of `zone_of` … `service_weight`)
    or categories (of `season`, `regional_mix`, `elasticity`), Z zones, H shops, D calendar days.
    """

    campaigns: Campaigns


def make(parameters: Parameters) -> Masters:
    """The masters of a world: pure and seeded, the same parameters always give the same arrays."""
    calendar = make_calendar(parameters)
    provinces, shops = make_provinces(), make_shops(parameters)
    suppliers = make_suppliers(parameters, calendar)
    goods = make_catalogue(parameters, calendar, suppliers)
    rhythm = make_rhythm(parameters, calendar, goods, provinces)
    warehouses = make_warehouses(parameters, goods, provinces)
    parts = [calendar, provinces, shops, suppliers, goods, rhythm, warehouses]
    parts += [make_capacity(parameters, goods, rhythm, suppliers)]
    parts += [make_carriers(parameters, provinces, warehouses), make_subscriptions(parameters, calendar, goods, shops)]
    arrays = {field.name: getattr(part, field.name) for part in parts for field in fields(part)}
    campaigns = make_campaigns(parameters, calendar, goods, rhythm, shops, SimpleNamespace(**arrays))
    return Masters(**arrays, campaigns=campaigns)
