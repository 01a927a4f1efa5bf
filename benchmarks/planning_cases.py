"""Known planning cases against dated netting: ``python -m benchmarks.planning_cases FOLDER``.

The folder holds cases of frePPLe: `<case>/<case>.data.xml` and its plans `<case>.N.expect`. Purchases and transfers
must be the same to the unit and the day. docs/planning-cases.md explains the differences and who is right; the exit
status is 1 if there is another one.
"""

import argparse
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import polars as pl

from optimization.replenishment.orders import Network, consume_forecast, days_of_cover, net, pool

# Results by case: number, whether nothing may lie in the past, patience in days. What the folder's settings say, and
# for the second one of safety_stock, which they leave out, what its dates say. Where no fence is given, theirs waits
# for supply of the next month and not for that of autumn; 90 days do the same.
PLANS = {
    "supplier": [("2", True, 90), ("3", False, 90)],
    "buffer_max": [
        ("1", True, 0), ("2", False, 0), ("3", False, 0), ("4", True, 900), ("5", False, 900), ("6", False, 900),
    ],
    "safety_stock": [("1", True, 90), ("2", False, 90)],
    "global_purchase": [("1", True, 90), ("2", False, 90)],
    "distribution_1": [("2", True, 90), ("3", False, 90)],
    "operation_autofence": [("1", True, 90), ("2", False, 90), ("3", False, 90)],
}  # fmt: skip
# Differences that docs/planning-cases.md explains: case, plan, item.
EXPLAINED = {
    *(("buffer_max", plan, "item 3") for plan in "456"),
    *(("operation_autofence", plan, "5. item") for plan in "123"),
    *(("operation_autofence", "3", item) for item in ("2. item", "4. item")),
}
# Cases on consumption of forecasts: result to days back and ahead, whether orders of the past count, and whether orders
# of other locations do.
CONSUMPTION = {
    ("forecast_2", "2"): (20, 40, True, False),
    ("forecast_2", "4"): (20, 40, True, True),
    ("forecast_3", "2"): (2, 4, False, True),
    ("forecast_3", "4"): (2, 4, True, True),
}
Order = tuple[str, ...]


class Case:
    """One case as our problem, as far as it is about purchases and transfers.

    Parameters
    ----------
    path
        The case's data.
    """

    def __init__(self, path: Path) -> None:
        self.root = ET.parse(path).getroot()
        self.today = date.fromisoformat(self.root.findtext("current")[:10])
        self.owners: dict[str, str] = {}
        self.pooled: list[str] = []
        self.rows: dict[str, list[tuple]] = defaultdict(list)
        self._items()
        self._buffers()
        self._demands()
        self._under_way()

    def network(self, constrained: bool, patience_days: int) -> Network:
        """The netting problem of one of the case's plans."""
        text, day, whole = pl.String, pl.Date, pl.Int64
        place = {"sku_id": text, "location_id": text}
        lane = {"kind": text, "source_id": text} | dict.fromkeys(
            ("priority", "lead_time_days", "hard_safety_days", "soft_safety_days", "minimum_qty", "multiple_qty"), whole
        )
        schemas = {
            "demand": place | {"due_date": day, "quantity": whole},
            "stock": place | {"quantity": whole},
            "inbound": place | {"date": day, "quantity": whole},
            "lanes": place | lane,
            "levels": place | {"from_date": day, "minimum_qty": whole, "maximum_qty": whole},
            "closed": {"place_id": text, "date": day},
        }
        frames = {
            name: pl.DataFrame(self.lanes() if name == "lanes" else self.rows[name], schema=schema, orient="row")
            for name, schema in schemas.items()
        }
        return Network(**frames, as_of_date=self.today, patience_days=patience_days, past_allowed=not constrained)

    def lanes(self) -> list[tuple]:
        """Every lane of every item that is stocked somewhere; an item's own before those of its group."""
        places = {row[:2] for name in ("demand", "stock", "inbound", "levels") for row in self.rows[name]}
        reached, found = set(places), {}
        while places:
            item, location = places.pop()
            owner: str | None = item
            while owner:
                for name, at, *rest in self.rows["ways"]:
                    if name == owner and at in (None, location):
                        kind, source = rest[:2]
                        found.setdefault((item, location, kind, source), (item, location, *rest))
                        if kind == "transfer" and (item, source) not in reached:
                            reached.add((item, source))
                            places.add((item, source))
                owner = self.owners.get(owner)
        return list(found.values())

    def _items(self) -> None:
        for item in self.root.iter("item"):
            name = item.get("name")
            if item.find("owner") is not None:
                self.owners[name] = item.find("owner").get("name")
            for member in item.findall("members/item"):
                self.owners[member.get("name")] = name
            if item.find("booleanproperty[@name='global_purchase']") is not None:
                self.pooled.append(name)
            for way in item.findall("itemsuppliers/itemsupplier"):
                self._way(name, "purchase", way.find("supplier").get("name"), way, "location")
            for way in item.findall("itemdistributions/itemdistribution"):
                self._way(name, "transfer", way.find("origin").get("name"), way, "destination")
        for supplier in self.root.iter("supplier"):
            for way in supplier.findall("itemsuppliers/itemsupplier"):
                self._way(way.find("item").get("name"), "purchase", supplier.get("name"), way, "location")

    def _way(self, item: str, kind: str, source: str, way: ET.Element, at: str) -> None:
        location = way.find(at).get("name") if way.find(at) is not None else None
        days = [duration(way.findtext(tag)) for tag in ("leadtime", "hard_safety_leadtime", "extra_safety_leadtime")]
        priority = int(way.findtext("priority") or 1)
        if priority:
            minimum, multiple = int(way.findtext("size_minimum") or 1), int(way.findtext("size_multiple") or 1)
            self.rows["ways"].append((item, location, kind, source, priority, *days, minimum, multiple))

    def _buffers(self) -> None:
        for buffer in self.root.iter("buffer"):
            if buffer.find("item") is None:
                continue
            place = (buffer.find("item").get("name"), buffer.find("location").get("name"))
            self.rows["stock"].append((*place, int(buffer.get("onhand") or buffer.findtext("onhand") or 0)))
            minimum = buffer.get("minimum") or buffer.findtext("minimum")
            if minimum:
                maximum = buffer.findtext("maximum")
                self.rows["levels"].append((*place, self.today, int(minimum), int(maximum) if maximum else None))

    def _demands(self) -> None:
        for demand in self.root.iter("demand"):
            place = (demand.find("item").get("name"), demand.find("location").get("name"))
            due = date.fromisoformat(demand.findtext("due")[:10])
            self.rows["demand"].append((*place, due, int(demand.findtext("quantity"))))

    def _under_way(self) -> None:
        for order in self.root.iter("operationplan"):
            kind = order.get("ordertype")
            if kind not in ("PO", "DO"):
                continue
            item = order.find("item").get("name")
            quantity = int(order.get("quantity") or order.findtext("quantity"))
            dates = [order.get(tag) or order.findtext(tag) for tag in ("end", "start")]
            day = date.fromisoformat(next(text for text in dates if text)[:10])
            if order.find("location") is not None:
                self.rows["inbound"].append((item, order.find("location").get("name"), day, quantity))
            if order.find("origin") is not None:
                self.rows["demand"].append((item, order.find("origin").get("name"), day, quantity))


def duration(text: str | None) -> int:
    """Days of a duration such as P7D; none is none."""
    return int(re.fullmatch(r"P(\d+)D", text)[1]) if text else 0


def expected(path: Path) -> Counter[Order]:
    """Orders in a result that were not confirmed before."""
    found: Counter[Order] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if cells[0] != "OPERATION" or cells[-1] == "confirmed":
            continue
        start, end, quantity = cells[2][:10], cells[3][:10], int(cells[4])
        if purchase := re.fullmatch(r"Purchase (.+) @ (.+) from (.+)", cells[1]):
            found[("purchase", *purchase.groups(), start, end)] += quantity
        elif transfer := re.fullmatch(r"Ship (.+) from (.+) to (.+)", cells[1]):
            item, origin, destination = transfer.groups()
            found[("transfer", item, destination, origin, start, end)] += quantity
    return found


def solved(case: Case, constrained: bool, patience_days: int) -> Counter[Order]:
    """Our orders for a plan of a case."""
    network = case.network(constrained, patience_days)
    if case.pooled and constrained:
        network = pool(network, case.pooled)[1]
    orders = net(network).orders
    return Counter({tuple(str(value) for value in row[:-1]): row[-1] for row in orders.iter_rows()})


def differences(folder: Path) -> list[tuple[str, str, Order, int, int]]:
    """Case, plan, order, expected and found quantity wherever the two differ."""
    found = []
    for name, plans in PLANS.items():
        case = Case(folder / name / f"{name}.data.xml")
        for plan, constrained, patience_days in plans:
            theirs = expected(folder / name / f"{name}.{plan}.expect")
            ours = solved(case, constrained, patience_days)
            found += [
                (name, plan, order, theirs[order], ours[order])
                for order in sorted(theirs | ours)
                if theirs[order] != ours[order]
            ]
    return found


def cover_differences(folder: Path) -> list[tuple[date, int, int]]:
    """Day, expected and found days of cover at the end of each day of the case on cover, from its first event on."""
    case = Case(folder / "period_of_cover" / "period_of_cover.data.xml")
    orders = net(case.network(constrained=True, patience_days=90)).orders
    receipts = [(day, units) for _, _, day, units in case.rows["inbound"]]
    receipts += list(orders.select("receipt_date", "quantity").iter_rows())
    needs = [(due, units) for _, _, due, units in case.rows["demand"]]
    ends: dict[date, int] = {}
    for line in (folder / "period_of_cover" / "period_of_cover.1.expect").read_text(encoding="utf-8").splitlines():
        _, _, moment, _, _, seconds = line.split("\t")
        ends[date.fromisoformat(moment[:10])] = int(seconds) // 86_400
    found = []
    for day, known in ends.items():
        if day >= case.today:
            stock = case.rows["stock"][0][2] + sum(units for when, units in receipts if when <= day)
            # A need is served whole, in the order of due dates, as soon as stock allows.
            left = sorted(needs)
            while left and left[0][0] <= day and left[0][1] <= stock:
                stock -= left.pop(0)[1]
            found.append((day, known, days_of_cover(stock, day, left)))
    return [row for row in found if row[1] != row[2]]


def consumption_differences(folder: Path) -> list[tuple[str, str, date, float, float]]:
    """Case, plan, start, expected and found net forecast of every bucket from today on in which they differ."""
    found = []
    for (name, plan), (back, ahead, past, anywhere) in CONSUMPTION.items():
        root = ET.parse(folder / name / f"{name}.data.xml").getroot()
        today = date.fromisoformat(root.findtext("current")[:10])
        forecast, orders = forecast_and_orders(root, anywhere)
        if not past:
            orders = orders.filter(pl.col("due_date") >= today)
        net_forecast = consume_forecast(forecast, orders, back, ahead)[0].filter(pl.col("starts") >= today)
        ours = {start: units for start, units in net_forecast.select("starts", "net_qty").iter_rows() if units}
        text = (folder / name / f"{name}.{plan}.expect").read_text(encoding="utf-8")
        lines = re.findall(r"^DEMAND\tForecast 1 - (\S+)\t\S+\t(\S+)", text, re.MULTILINE)
        theirs = {date.fromisoformat(start): float(units) for start, units in lines}
        found += [
            (name, plan, start, theirs.get(start, 0.0), ours.get(start, 0.0))
            for start in sorted(theirs.keys() | ours.keys())
            if theirs.get(start) != ours.get(start)
        ]
    return found


def forecast_and_orders(root: ET.Element, anywhere: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forecast by bucket, an override spread over its buckets by their days, and the orders beside it."""
    buckets = [(moment(one.get("start")), moment(one.get("end"))) for one in root.iter("bucket") if one.get("end")]
    forecast, orders = [], []
    for demand in root.iter("demand"):
        series = demand.find("item").get("name") + ("" if anywhere else " @ " + demand.find("location").get("name"))
        if demand.find("quantity") is not None:
            orders.append((series, moment(demand.findtext("due")), float(demand.findtext("quantity"))))
            continue
        for override in demand.findall("buckets/bucket"):
            first, last = moment(override.findtext("start")), moment(override.findtext("end"))
            daily = float(override.findtext("forecastoverride")) / (last - first).days
            inside = [(start, end) for start, end in buckets if first <= start and end <= last]
            forecast += [(series, start, end, daily * (end - start).days) for start, end in inside]
    text = {"series_id": pl.String}
    return (
        pl.DataFrame(
            forecast, schema=text | {"starts": pl.Date, "ends": pl.Date, "quantity": pl.Float64}, orient="row"
        ),
        pl.DataFrame(orders, schema=text | {"due_date": pl.Date, "quantity": pl.Float64}, orient="row"),
    )


def moment(text: str) -> date:
    """The day of a moment."""
    return date.fromisoformat(text[:10])


def main() -> None:
    """Print every difference, and how many orders are as expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    wrong, known, unknown = differences(folder), 0, 0
    for case, plan, order, theirs, ours in wrong:
        explained = (case, plan, order[1]) in EXPLAINED
        known, unknown = known + explained, unknown + (not explained)
        print(f"{case} {plan}: {' '.join(order)}: expected {theirs}, found {ours}{'' if explained else '  <- new'}")
    for name, plans in PLANS.items():
        total = sum(len(expected(folder / name / f"{name}.{plan}.expect")) for plan, *_ in plans)
        missed = sum(case == name and theirs > 0 for case, _, _, theirs, _ in wrong)
        print(f"{name}: {total - missed} of {total} orders to the unit and the day")
    cover = cover_differences(folder)
    for day, theirs, ours in cover:
        print(f"period_of_cover {day}: expected {theirs} days, found {ours}")
    consumed = consumption_differences(folder)
    for case, plan, start, theirs, ours in consumed:
        print(f"{case} {plan}: net forecast of {start}: expected {theirs}, found {ours}")
    print(f"{known} differences that docs/planning-cases.md explains, {unknown + len(cover) + len(consumed)} others")
    sys.exit(bool(unknown or cover or consumed))


if __name__ == "__main__":
    main()
