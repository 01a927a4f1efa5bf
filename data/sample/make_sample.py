"""Make the sample export: sixty days of an invented running-shoe retailer, as its eleven systems export them.

    python data/sample/make_sample.py [FOLDER]

writes FOLDER/inbox and FOLDER/policy (default: the folder of this script), the same bytes on every run.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

import books
import buying
import masters
import policy
import sales
import stockroom
from fulfilment import wave
from orders import commission
from retailer import Retailer
from returns import customers_decide, late_returns
from world import DAYS, EXPORTED, FIRST_DAY, LAST_DAY, OPENED, SUPPLIER, WAREHOUSES, moment
from writing import write

LATE = {date(2026, 9, 3): 14}  # the first order of shoes comes two weeks late: a best seller runs out


def simulate() -> Retailer:
    r = Retailer()
    for system in (masters.product, masters.supplier, masters.warehouse, masters.logistics, masters.shops,
                   masters.marketing,
                   masters.reference, books.accounts, books.subscriptions):  # fmt: skip
        system(r)
    r.at(OPENED, buying.opening)
    r.at(moment(FIRST_DAY), stockroom.snapshot)
    for day in DAYS:
        _schedule(r, day)
    _special_events(r)
    r.at(EXPORTED, stockroom.snapshot)
    r.at(EXPORTED, stockroom.bins)
    r.at(EXPORTED, books.campaign_spend)
    r.run()
    books.vouchers(r)
    books.valuation(r)
    return r


def _schedule(r: Retailer, day: date) -> None:
    r.at(moment(day), _dawn, day)
    r.at(moment(day, 9, 5), customers_decide)
    r.at(moment(day, 10), _buy, day)
    for wh in WAREHOUSES:
        r.at(moment(day, 10), wave, wh)
        r.at(moment(day, 15, 30), wave, wh)
    r.at(moment(day + timedelta(days=1)), stockroom.snapshot)


def _dawn(r: Retailer, at, day) -> None:
    r.today = day
    sales.demand(r, day)


def _buy(r: Retailer, at, day) -> None:
    buying.review(r, at, LATE.get(day, 0))


def _special_events(r: Retailer) -> None:
    """What a plan must see: a rush, late and silent suppliers, transfers, counts, month ends."""
    r.at(moment(LAST_DAY, 16), sales.member_night)
    for month, day in ((9, 15), (10, 8), (10, 29)):
        r.at(moment(date(2026, month, day), 11), stockroom.rebalance)
    r.at(moment(date(2026, 9, 29), 20), stockroom.count, "SH01", "BOT-50", -1)
    r.at(moment(date(2026, 10, 28), 20), stockroom.count, "GZ01", "SK-BK-L", 1)
    r.at(moment(date(2026, 10, 20), 14), buying.return_to_vendor)
    r.at(moment(date(2026, 10, 30), 10), late_returns)
    r.at(moment(date(2026, 10, 15), 11), _late_purchase)
    r.at(moment(date(2026, 10, 26), 11), _double11_purchase)
    r.at(moment(date(2026, 10, 30), 16), _silent_purchase)
    for first, at in ((date(2026, 9, 1), date(2026, 10, 1)), (date(2026, 10, 1), date(2026, 11, 1))):
        r.at(moment(at, 2), books.freight_bills)
        for shop_id in ("TM", "JD"):
            r.at(moment(at, 1), commission, shop_id, moment(first))


def _late_purchase(r: Retailer, at) -> None:
    lines = buying.purchase(
        r, at, SUPPLIER["S1"], "SH01", [("RS-WH-43", 18), ("TR-GR-42", 12)], "replenish", late_days=10
    )
    r.at(moment(date(2026, 10, 28), 9), buying.postpone, lines, date(2026, 11, 6))


def _double11_purchase(r: Retailer, at) -> None:
    for wh, share in (("SH01", 2), ("GZ01", 1)):
        wants = [
            ("RS-BK-41", 24 * share),
            ("RS-BK-42", 36 * share),
            ("RS-BK-43", 24 * share),
            ("RS-WH-42", 24 * share),
        ]
        buying.purchase(r, at, SUPPLIER["S1"], wh, wants, "promo")


def _silent_purchase(r: Retailer, at) -> None:
    """The supplier has not answered this one."""
    wants = [("SK-BK-M", 48), ("SK-BK-L", 36), ("GEL-CI", 120)]
    buying.purchase(r, at, SUPPLIER["S2"], "SH01", wants, "promo", confirm_after=buying.NEVER)


def main(folder: Path) -> None:
    r = simulate()
    inbox = folder / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    for table, rows in r.tables.items():
        write(table, rows, inbox)
    policy.write(folder / "policy")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
