from collections import defaultdict
from datetime import timedelta

import numpy as np
import pytest

from simulator import checks
from simulator.choice import choose
from simulator.tables import NULL
from simulator.times import as_date, moment, month_of
from simulator.world import World

VALUATION, SNAPSHOT = "finance.inventory_valuation", "inventory.stock_snapshot"


@pytest.fixture(scope="module")
def lived():
    """A small world up to the end of its second month, before anything was exported."""
    world = World.of(choose("small"))
    while month_of(world.day) == month_of(world.masters.first_day):
        world.live()
    world.live(20)
    return world


def test_every_voucher_balances_and_none_is_written_between_the_closing_days(lived):
    sums = defaultdict(int)
    for row in lived.rows["finance.voucher_line"]:
        sums[row["voucher_id"]] += row["debit"] - row["credit"]
        assert min(row["debit"], row["credit"]) == 0
        assert row["posted_at"].day == 15 or (row["posted_at"] + timedelta(days=1)).day == 1

    assert len(sums) > 20
    assert set(sums.values()) == {0}


def test_the_valuation_closes_at_the_snapshot_of_the_same_night(lived):
    closed, held = lived.tables[VALUATION].peek(), lived.tables[SNAPSHOT].peek()
    last = int(closed["as_of"][0])
    tonight = (held["as_of"] == moment(last + 1)) & (held["owner_party_id"] == 0)
    units = np.zeros(lived.stock.shape, np.int64)
    np.add.at(units, (held["warehouse_id"][tonight], held["sku_id"][tonight]), held["on_hand_qty"][tonight])

    assert month_of(last + 1) != month_of(last)
    assert as_date(last).month == as_date(lived.masters.first_day).month
    assert units.sum() == closed["closing_qty"].sum()
    assert (units[closed["warehouse_id"], closed["sku_id"]] == closed["closing_qty"]).all()


def test_a_month_is_opening_and_in_less_out(lived):
    closed = lived.tables[VALUATION].peek()

    assert (closed["opening_qty"] + closed["in_qty"] - closed["out_qty"] == closed["closing_qty"]).all()
    assert (closed["opening_amount"] + closed["in_amount"] - closed["out_amount"] == closed["closing_amount"]).all()
    assert ((closed["unit_cost"] == NULL) == (closed["closing_qty"] == 0)).all()
    assert (closed["opening_qty"] == 0).all()  # the world's first month


def test_commission_of_a_month_is_charged_once_and_stated_the_next_morning(lived):
    fees = lived.tables["payment.payment_txn"].peek()
    lines = lived.tables["payment.channel_statement_line"].peek()
    charged = np.flatnonzero((fees["order_id"] < 0) & (fees["amount"] < 0))
    stated = np.isin(lines["channel_txn_no"], fees["_serial"][charged])

    assert len(charged) == np.count_nonzero(lived.masters.commission)
    assert sorted(lines["settle_amount"][stated]) == sorted(-fees["amount"][charged])


def test_the_day_stops_where_books_and_goods_disagree(lived):
    checks.day(lived)
    lived.stock.worth.fen[0, 0] += 1
    with pytest.raises(checks.WorldError, match=r"account 1405 is not the worth of stock|worth is left"):
        checks.day(lived)
    lived.stock.worth.fen[0, 0] -= 1
    lived.stock.on_order[1, 3] += 2
    with pytest.raises(checks.WorldError, match=r"units on order differ from open order lines: 2 too many at \(1, 3\)"):
        checks.day(lived)
    lived.stock.on_order[1, 3] -= 2


def test_a_campaign_has_spent_what_its_discounts_and_fees_came_to(lived):
    given = lived.tables["marketing.discount_application"].peek()
    latest = {row["campaign_id"]: row for row in lived.rows["marketing.campaign"]}
    granted = np.bincount(given["campaign_id"], given["discount_amount"], len(lived.books["campaign"]))
    fees = lived.campaign_totals.fees

    assert granted.sum() > 0
    for name, fen in zip(lived.books["campaign"], granted.tolist(), strict=True):
        assert (latest[name]["spent_amount"] if name in latest else 0) * 100 == fen + fees.get(name, 0)


def test_the_fees_of_live_sales_are_booked_and_stand_on_their_campaigns():
    world = World.of(choose("tiny"))
    posted = defaultdict(int)
    post = world.postings.post

    def watched(day, kind, account, fen, **dims):
        posted[account] += int(np.sum(fen))
        post(day, kind, account, fen, **dims)

    world.postings.post = watched
    world.live(40)
    assert sum(world.campaign_totals.fees.values()) == posted["6605"] > 0
