"""What a world is like: the sections of a world file, with units, ranges and defaults.

    from simulator.parameters import read

    parameters = read("simulator/worlds/small.toml")
    parameters.demand.order_lines_per_day

Money is written in yuan, shares as fractions of one, days of the year as `[month, day]`. A world file may lay
its keys over another by `based_on = "reference.toml"`.
"""

from dataclasses import dataclass
from pathlib import Path

from simulator.parameters.carriage import ZONES, Service
from simulator.parameters.checks import check
from simulator.parameters.demand import Demand, Event, Promotion, SpringFestival
from simulator.parameters.goods import Catalogue, Category
from simulator.parameters.loop import Acting, Dirt, Exports, Policy
from simulator.parameters.places import Transfers, Warehouse
from simulator.parameters.selling import Customers, Returns, Shop
from simulator.parameters.supply import Supplier
from simulator.parameters.world import World
from simulator.toml_sections import ParameterError, read_document, section, sections

__all__ = [
    "ZONES", "Category", "Dirt", "Event", "Exports", "ParameterError", "Parameters", "Service", "Supplier", "Warehouse",
    "read",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """A world file. Single sections have their table's name, arrays of tables the plural."""

    world: World
    catalogue: Catalogue
    categories: tuple[Category, ...]
    demand: Demand
    promotion: Promotion
    events: tuple[Event, ...]
    spring_festival: SpringFestival
    suppliers: tuple[Supplier, ...]
    warehouses: tuple[Warehouse, ...]
    transfers: Transfers
    services: tuple[Service, ...]
    shops: tuple[Shop, ...]
    customers: Customers
    returns: Returns
    policy: Policy
    acting: Acting
    exports: Exports
    dirt: Dirt

    @property
    def simulated_days(self) -> int:
        """Days of history and closed loop."""
        return self.world.history_days + self.world.loop_days


SINGLE = {
    "world": World,
    "catalogue": Catalogue,
    "demand": Demand,
    "promotion": Promotion,
    "spring_festival": SpringFestival,
    "transfers": Transfers,
    "customers": Customers,
    "returns": Returns,
    "policy": Policy,
    "acting": Acting,
    "exports": Exports,
    "dirt": Dirt,
}
ARRAYS = {  # table name: (attribute, kind)
    "category": ("categories", Category),
    "event": ("events", Event),
    "supplier": ("suppliers", Supplier),
    "warehouse": ("warehouses", Warehouse),
    "service": ("services", Service),
    "shop": ("shops", Shop),
}


def read(path: Path | str) -> Parameters:
    """The parameters of a world file.

    Raises
    ------
    ParameterError
        Naming the file and the key, if a key is unknown or missing, or a value has the wrong type, lies
        outside its range or disagrees with another.
    """
    path = Path(path)
    document = read_document(path)
    for key in document:
        if key not in SINGLE and key not in ARRAYS:
            raise ParameterError(f"{path}: [{key}]: unknown table; the tables are {', '.join([*SINGLE, *ARRAYS])}")
    found = {name: section(kind, document.get(name, {}), f"{path}: [{name}]") for name, kind in SINGLE.items()}
    for name, (attribute, kind) in ARRAYS.items():
        found[attribute] = sections(kind, document.get(name, []), f"{path}: [[{name}]]")
    parameters = Parameters(**found)
    check(parameters, path)
    return parameters
