from dataclasses import replace

import numpy as np
import pytest

from simulator.choice import choose
from simulator.decisions import Actions, Purchases, Transfers
from simulator.masters import purchase_prices
from simulator.policies import Platform
from simulator.steps.lead_times import lead_times, order_days
from simulator.steps.order_lines import open_units
from simulator.tables import contract_of
from simulator.world import World

PO, LINE, ASN = "procurement.purchase_order", "procurement.purchase_order_line", "procurement.asn_line"


@pytest.fixture
def world():
    """A small world on its second day, whose suppliers take any order."""
    world = World.of(choose("small"), Platform())
    world.live()
    world.masters = replace(world.masters, min_amount=np.zeros_like(world.masters.min_amount))
    return world


def some_skus(world, n: int) -> np.ndarray:
    masters = world.masters
    on_sale = (masters.launch_day <= world.day) & (masters.end_day > world.day + 90) & ~masters.is_bundle
    return np.flatnonzero(on_sale & (masters.modes[:, 0] > 0))[:n]


def wish(world, sku: np.ndarray, warehouse: int = 0, cases: int = 2, suggestion: int = -1) -> Purchases:
    qty = np.maximum(world.masters.case_units[sku] * cases, world.masters.moq[sku])
    return Purchases(world.masters.supplier_of[sku], np.full(len(sku), warehouse), sku, qty,
                     np.full(len(sku), suggestion))  # fmt: skip


def ordered(world, wanted: Purchases) -> np.ndarray:
    """Put a decision in, live a day, and return its lines; the day's orders for launches are not among them."""
    before = world.tables[LINE].count
    world.decisions.purchases.append(wanted)
    world.live()
    lines = np.arange(before, world.tables[LINE].count)
    kinds = status(world, PO, "po_type", world.tables[LINE].get("po_id", lines))
    return lines[[kind == "replenish" for kind in kinds]]


def status(world, table: str, column: str, serials: np.ndarray) -> list[str]:
    values = contract_of(table).column(column).values
    return [values[place] for place in world.tables[table].get(column, serials).tolist()]


def act(world, line: np.ndarray, kind: str, qty: int = 0, day: int = 0) -> None:
    n = len(line)
    world.decisions.actions.append(Actions(line, np.array([kind] * n), np.full(n, qty), np.full(n, day)))
    world.live()


def test_one_order_per_supplier_and_warehouse(world):
    sku = some_skus(world, 12)
    lines = ordered(world, wish(world, sku))
    register = world.tables[LINE]
    po = register.get("po_id", lines)

    assert len(np.unique(po)) == len(np.unique(world.masters.supplier_of[sku]))
    goods = np.bincount(po, register.get("ordered_qty", lines) * register.get("unit_price", lines))
    assert (world.tables[PO].get("goods_amount", np.unique(po)) == goods[np.unique(po)]).all()


def test_a_supplier_confirms_on_the_next_day_and_goods_arrive_on_the_day_drawn(world):
    lines = ordered(world, wish(world, some_skus(world, 3)))
    asked = world.day - 1
    assert status(world, LINE, "line_status", lines) == ["open"] * 3
    world.live()
    assert status(world, LINE, "line_status", lines) == ["confirmed"] * 3

    arrives = lead_times(world, asked).arrives[world.tables[LINE].get("_supplier", lines)]
    while world.day < arrives.min():
        world.live()
    assert (world.tables[LINE].get("received_qty", lines) == 0).all()
    while world.day <= arrives.max():
        world.live()
    assert (world.tables[LINE].get("received_qty", lines) > 0).all()


@pytest.mark.parametrize(("missing", "status_after"), [(1, "cancelled"), (0, "confirmed")])
def test_a_supplier_refuses_an_order_a_fen_below_his_minimum_whole_and_takes_one_that_reaches_it(
    world, missing, status_after
):
    sku = some_skus(world, 40)
    one = sku[world.masters.supplier_of[sku] == world.masters.supplier_of[sku[0]]][:3]
    wanted = wish(world, one)
    worth = wanted.qty * purchase_prices(world.masters, world.day, wanted.supplier, one, wanted.qty)
    least = np.full(len(world.masters.min_amount), worth.sum() + missing)
    world.masters = replace(world.masters, min_amount=least)
    lines = ordered(world, wanted)
    coming = world.stock.on_order[0, one].copy()
    world.live()

    assert status(world, LINE, "line_status", lines) == [status_after] * 3
    if missing:
        assert (world.tables[LINE].get("cancelled_qty", lines) == wanted.qty).all()
        assert (coming - world.stock.on_order[0, one] == wanted.qty).all()
        po = world.tables[LINE].get("po_id", lines)
        assert status(world, PO, "status", po) == ["cancelled"] * 3
        assert world.tables[PO].get("confirmed_at", po).tolist() == [0] * 3


def test_lead_times_do_not_depend_on_what_was_ordered(world):
    other = World.of(choose("small"), Platform())
    other.live(3)
    for day in range(world.day, world.day + 40):
        mine, theirs = lead_times(world, day), lead_times(other, day)
        assert (mine.arrives == theirs.arrives).all()
        assert (mine.arrives >= day + 2).all()
        assert (mine.started == order_days(world, day)).all()


def test_suppliers_rest_over_spring_festival(world):
    masters = world.masters
    resting = np.flatnonzero(masters.is_shutdown.any(axis=0)) + masters.calendar_start
    for day in resting[resting > masters.first_day][:20].tolist():
        place = order_days(world, day) - masters.calendar_start
        assert not masters.is_shutdown[np.arange(len(place)), place].any()


def test_a_cancelled_line_never_comes_and_its_order_ends_with_it(world):
    lines = ordered(world, wish(world, some_skus(world, 1)))
    world.live()
    act(world, lines, "cancel")
    po = world.tables[LINE].get("po_id", lines)

    assert status(world, LINE, "line_status", lines) == ["cancelled"]
    assert status(world, PO, "status", po) == ["cancelled"]
    world.live(30)
    assert world.tables[LINE].get("received_qty", lines).tolist() == [0]


def test_reduce_and_increase_set_what_is_still_open(world):
    lines = ordered(world, wish(world, some_skus(world, 1), cases=8))
    world.live()
    case = int(world.masters.case_units[some_skus(world, 1)][0])
    act(world, lines, "reduce", qty=3 * case)
    assert open_units(world, lines).tolist() == [3 * case]
    act(world, lines, "increase", qty=5 * case)
    assert open_units(world, lines).tolist() == [5 * case]


def test_expedite_brings_a_line_forward_and_defer_puts_it_off(world):
    masters = world.masters
    slow = some_skus(world, 200)
    slow = slow[np.argsort(-masters.lead_days[masters.supplier_of[slow]], kind="stable")][:1]
    lines = ordered(world, wish(world, slow))
    world.live()
    before = int(world.tables[LINE].get("_arrives", lines)[0])
    act(world, lines, "expedite", day=world.day)
    sooner = int(world.tables[LINE].get("_arrives", lines)[0])
    assert world.day < sooner < before
    act(world, lines, "defer", day=sooner + 5)
    assert world.tables[LINE].get("expected_date", lines).tolist() == [sooner + 5]
    while world.day <= sooner + 5:
        assert world.tables[LINE].get("received_qty", lines).tolist() == [0]
        world.live()
    assert world.tables[LINE].get("received_qty", lines)[0] > 0


def test_a_supplier_who_rests_ships_no_sooner_for_being_asked_to(world):
    resting = world.masters.is_shutdown.copy()
    from_today = world.day - world.masters.calendar_start
    resting[:, from_today + 3 : from_today + 40] = True
    world.masters = replace(world.masters, is_shutdown=resting)
    slow = np.argsort(-world.masters.lead_days[world.masters.supplier_of[some_skus(world, 200)]], kind="stable")[:1]
    lines = ordered(world, wish(world, some_skus(world, 200)[slow]))
    world.live()
    act(world, lines, "expedite", day=world.day)
    arrives = int(world.tables[LINE].get("_arrives", lines)[0])
    supplier = world.masters.supplier_of[world.tables[LINE].get("sku_id", lines)[0]]
    assert not world.masters.is_shutdown[supplier, arrives - world.masters.calendar_start]


def test_suppliers_charge_for_changes_of_what_they_have_confirmed(world):
    lines = ordered(world, wish(world, some_skus(world, 2), cases=8))
    first, second = lines[:1], lines[1:]
    acting, register = world.parameters.acting, world.tables[LINE]

    def worth(line) -> int:
        return int((open_units(world, line) * register.get("unit_price", line)).sum())

    unconfirmed = ordered(world, wish(world, some_skus(world, 1)))
    act(world, unconfirmed, "cancel")
    assert status(world, LINE, "line_status", first) == ["confirmed"] and world.purchasing.charged == 0
    wanted = round(worth(first) * acting.cancel_fee_share)
    act(world, first, "cancel")
    assert world.purchasing.charged == wanted > 0
    act(world, second, "defer", day=world.day + 60)
    assert world.purchasing.charged == wanted
    wanted += round(worth(second) * acting.expedite_fee_share)
    act(world, second, "expedite", day=world.day)
    assert world.purchasing.charged == wanted


def test_what_has_shipped_is_not_cancelled_any_more(world):
    lines = ordered(world, wish(world, some_skus(world, 1)))
    while not world.tables[LINE].get("_shipping", lines)[0]:
        world.live()
    before = open_units(world, lines)
    act(world, lines, "cancel")

    assert world.tables[LINE].get("cancelled_qty", lines).tolist() == [0]
    assert before[0] > 0


@pytest.mark.parametrize("suggestion", [0, -1], ids=["with its id", "that lost its id"])
def test_delays_of_the_buyers_put_off_only_our_suggestions(world, suggestion):
    world.parameters = replace(world.parameters, acting=replace(world.parameters.acting, delay_days_mean=30.0))
    world.place("suggestion", "A1")
    ours = ordered(world, replace(wish(world, some_skus(world, 10), suggestion=suggestion), on_desk=True))
    theirs = ordered(world, wish(world, some_skus(world, 10)))

    assert len(theirs) == 10
    assert len(ours) < 10
    assert world.agenda.waiting("late decision") == 10 - len(ours)


def test_a_transfer_takes_its_worth_along_and_reaches_the_other_warehouse(world):
    free = world.stock.own_available()
    sku = np.argsort(-free[0])[:2]
    world.decisions.transfers.append(
        Transfers(np.zeros(2, int), np.ones(2, int), sku, np.array([4, 5]), np.array([-1, -1]))
    )
    before = world.stock.worth.fen.sum() - world.postings.by_account["1405"]
    world.live(15)
    transfers = world.tables["inventory.transfer_line"]

    assert status(world, "inventory.transfer_line", "status", np.arange(2)) == ["received", "received"]
    assert sorted(transfers.live("received_qty").tolist()) == [4, 5]
    assert before == world.stock.worth.fen.sum() - world.postings.by_account["1405"] == 0
    assert world.postings.by_account["1402"] == 0
