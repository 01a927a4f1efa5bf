"""How large waves and carts may be."""

from dataclasses import dataclass

from optimization.waves.params import Params
from optimization.waves.problem import Problem
from optimization.waves.served import IDENTICAL, KINDS, MULTI_SKU, Served

WAVE_TYPE = {IDENTICAL: "batch", MULTI_SKU: "multi_item"}  # other kinds: single_item
ORDERS_ABSENT = 30  # policy.wave_rule says what holds without a rule
NO_LIMIT = 10**9


@dataclass(frozen=True)
class Limit:
    """Of one wave: orders (least and most) and units; of one cart: slots and litres."""

    min_orders: int
    max_orders: int
    max_units: int
    slots: int
    volume_l: float

    @property
    def cart_orders(self) -> int:
        """Most orders on one cart."""
        return min(self.slots, self.max_orders)

    def load(self, order: Served) -> float:
        """Share of a cart that an order takes, by litres or units, whichever is more."""
        return max(order.volume_l / self.volume_l, order.units / self.max_units)

    def with_(self, other: "Limit") -> "Limit":
        """What holds for a wave of orders of both kinds."""
        return Limit(
            min(self.min_orders, other.min_orders), min(self.max_orders, other.max_orders),
            min(self.max_units, other.max_units), min(self.slots, other.slots), self.volume_l,
        )  # fmt: skip


def wave_type(kind: str) -> str:
    """The kind of wave in the words of the warehouse's rules."""
    return WAVE_TYPE.get(kind, "single_item")


def limits(problem: Problem, warehouse: str, params: Params) -> dict[str, Limit]:
    """The limits of each kind of order: the warehouse's own rule, else the rule of all, else the default.

    Identical baskets are picked in bulk: neither slots nor the default number of orders bound them.
    """
    rules: dict[str, dict] = {}
    if problem.rules is not None:
        for name in ("*", warehouse):
            for row in problem.rules.filter(warehouse_id=name).iter_rows(named=True):
                rules[row["wave_type"]] = row
    cart = {}
    if problem.carts is not None:
        cart = next(problem.carts.filter(warehouse_id=warehouse).iter_rows(named=True), {})
    found = {}
    for kind in KINDS:
        rule = rules.get(wave_type(kind), {})
        bulk = kind == IDENTICAL
        orders = params.max_orders or rule.get("max_orders") or (NO_LIMIT if bulk else ORDERS_ABSENT)
        units = rule.get("max_units") or (params.identical_units if bulk else NO_LIMIT)
        slots = NO_LIMIT if bulk else cart.get("slots") or orders
        found[kind] = Limit(
            rule.get("min_orders") or 1, orders, units, slots, float(cart.get("volume_l") or float("inf"))
        )
    return found
