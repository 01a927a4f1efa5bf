"""Carrier choice in a world of the twin: ``python -m benchmarks twin_carriers --world reference --months 3``.

A world lives; then the parcels that left in its last whole months are given to services again, day by day, with
what was known on the morning of each: transit times learned from parcels tracked up to the day before, the month's
volumes so far, the pace of the last four weeks. Rate shopping gives each parcel, in the order in which they left, to
the cheapest service with room. Both pay the same cards and earn the rebates that their own volumes reach. Judged is
landed cost: freight − rebates + penalty × chance of coming after the customer's promise + value × chance of loss, by
the chances that the world itself draws by; and the same where carriers make every loss good. Nobody knew of the
weather to come; the world's chances do.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import polars as pl

from benchmarks.twin_parcels import LANE, history_of, known_on, moving_clock, own_parcels
from optimization.carriers import Params, Problem, solve
from optimization.carriers.day import Cap, Terms, Tier
from optimization.carriers.day.volume import volume_cost
from optimization.carriers.problem import ROUNDING, SERVICE, service_name
from optimization.carriers.transit import arrivals, fit_transit
from simulator.choice import choose
from simulator.tariffs import charges
from simulator.times import as_date, day_number
from simulator.transit import transit_of
from simulator.world import World

MILLION = 1_000_000
LEARNED_EVERY = 7  # days: the product learns daily, which changes little
LOOK_BACK = 28


@dataclass(frozen=True)
class Cards:
    """What the exports of a world say of its services, as ``Problem`` takes it, services by number."""

    services: pl.DataFrame
    rates: pl.DataFrame
    zones: pl.DataFrame
    names: list[str]


def cards_of(world: World) -> Cards:
    """Services, rate cards and zones of a world."""
    m = world.masters
    kinds, warehouses, provinces = m.zone_of.shape
    key = [{"carrier_id": m.carrier_id[c], "service_code": f"{c:02}"} for c in range(kinds)]
    services = pl.DataFrame(
        [
            key[c]
            | {
                "cod_ok": True,
                "cold_ok": True,
                "hazmat_ok": True,
                "insured_ok": True,
                "is_air": bool(m.air[c]),
                "max_declared_value": None,
                "max_weight_g": int(m.max_weight_g[c]),
                "max_side_mm": None,
                "promise_days": None,
            }
            for c in range(kinds)
        ],
        schema_overrides={"max_declared_value": pl.Decimal(18, 4), "max_side_mm": pl.Int64, "promise_days": pl.Float64},
    )
    rounding = {grams: name for name, grams in ROUNDING.items()}
    fees = {"first_fee": m.first_fee, "step_fee": m.step_fee}
    rates = pl.DataFrame(
        [
            key[c]
            | {name: Decimal(int(fee[c, z])) / 100 for name, fee in fees.items()}
            | {
                "origin_zone": "O",
                "dest_zone": f"Z{z}",
                "weight_from_g": 0,
                "weight_to_g": int(m.max_weight_g[c]),
                "first_weight_g": int(m.first_g[c]),
                "step_g": int(m.step_g[c]),
                "min_fee": None,
                "volumetric_divisor": int(m.divisor[c]),
                "rounding": rounding[int(m.rounding_g[c])],
                "fuel_rate": Decimal(int(m.fuel_rate[c])) / MILLION,
                "remote_fee": Decimal(int(m.remote_fee[c])) / 100,
                "peak_fee": None,
                "insured_rate": None,
                "cod_rate": None,
            }
            for c in range(kinds)
            for z in range(m.first_fee.shape[1])
        ],
        schema_overrides=dict.fromkeys(("min_fee", "peak_fee", "insured_rate", "cod_rate"), pl.Decimal(18, 6)),
    )
    zones = pl.DataFrame(
        [
            key[c]
            | {
                "origin_region": f"W{w}",
                "dest_region": f"P{r}",
                "origin_zone": "O",
                "dest_zone": f"Z{m.zone_of[c, w, r]}",
                "is_remote": bool(m.zone_of[c, w, r] == m.first_fee.shape[1] - 1),
                "is_stopped": bool(m.stopped[c, r]),
                "transit_days": float(m.promise_days[c, m.zone_of[c, w, r]]),
            }
            for c in range(kinds)
            for w in range(warehouses)
            for r in range(provinces)
        ]
    )
    return Cards(services, rates, zones, [service_name(*row) for row in services.select(SERVICE).iter_rows()])


def parcels_of(rows: pl.DataFrame, world: World) -> pl.DataFrame:
    """Parcels of one day as ``Problem`` takes them."""
    clock, start = moving_clock(world), world.masters.calendar_start
    handed, wanted = rows["handed"].to_numpy(), rows["wanted"].to_numpy()
    moving = clock[np.maximum(wanted, handed) - start] - clock[handed - start]
    days = np.maximum(wanted - handed, 0)
    nothing = {name: pl.lit(None, pl.String) for name in ("designated_carrier_id", "designated_service_code")}
    no = dict.fromkeys(("is_cod", "needs_cold", "is_hazmat"), pl.lit(False))
    return rows.select(
        "origin_region",
        "weight_g",
        "volume_cm3",
        "no_air",
        outbound_id=pl.col("outbound").cast(pl.String).str.zfill(12),
        warehouse_id="origin_region",
        dest_province="dest_region",
        longest_side_mm=pl.lit(None, pl.Int64),
        declared_value=(pl.col("value").cast(pl.Decimal(18, 4)) / 100).cast(pl.Decimal(18, 4)),
        cod_amount=pl.lit(None, pl.Decimal(18, 4)),
        late_cost=pl.lit(None, pl.Decimal(18, 4)),
        handover_date=pl.Series([as_date(day) for day in handed]),
        promised_date=pl.Series([as_date(day) for day in wanted]),
        rest_days=pl.Series(days - moving),
        **nothing,
        **no,
    )


@dataclass
class Judge:
    """What services truly cost and how late they truly are, in a world."""

    world: World
    penalty: float

    def late(self, rows: pl.DataFrame, service: np.ndarray) -> np.ndarray:
        """Chance that each parcel of one day comes after its customer's promise, by the world's own law."""
        world, m = self.world, self.world.masters
        clock, start = moving_clock(world), m.calendar_start
        day = int(rows["handed"][0])
        warehouse, province = rows["warehouse"].to_numpy(), rows["province"].to_numpy()
        zone = m.zone_of[service, warehouse, province].astype(np.int64)
        way = transit_of(world, day, service, warehouse, province, zone)
        wanted = np.maximum(rows["wanted"].to_numpy(), day - 1)
        left = np.where(wanted < day, -1, clock[wanted - start] - clock[day - start])
        after = left - way.promise
        late = way.late * way.decay ** np.maximum(after, 0)
        # What comes a day early still keeps a promise that is a day short of the carrier's.
        return np.where(after >= 0, late, np.where(after == -1, 1 - way.early, 1.0))

    def freight(self, rows: pl.DataFrame, service: np.ndarray) -> np.ndarray:
        """Yuan by the rate cards."""
        zone = self.world.masters.zone_of[service, rows["warehouse"].to_numpy(), rows["province"].to_numpy()]
        weight, volume = rows["weight_g"].to_numpy(), rows["volume_cm3"].to_numpy()
        return charges(self.world.masters, service, zone.astype(np.int64), weight, volume).total / 100

    def lost(self, rows: pl.DataFrame, service: np.ndarray) -> np.ndarray:
        """Yuan expected to be lost or broken."""
        m = self.world.masters
        return rows["value"].to_numpy() / 100 * (m.lost_share[service] + m.damage_share[service])

    def able(self, rows: pl.DataFrame) -> np.ndarray:
        """``bool[parcels, services]``: may it carry them?"""
        m = self.world.masters
        can = ~m.stopped[:, rows["province"].to_numpy()].T
        can &= ~(rows["no_air"].to_numpy()[:, None] & m.air[None, :])
        return can & (rows["weight_g"].to_numpy()[:, None] <= m.max_weight_g[None, :])


def shopped(judge: Judge, rows: pl.DataFrame) -> np.ndarray:
    """The cheapest service that may and has room, parcel by parcel."""
    cap = judge.world.masters.daily_cap
    room = np.where(cap > 0, cap, np.iinfo(np.int64).max)
    kinds = np.arange(len(cap))
    cost = np.column_stack([judge.freight(rows, np.full(rows.height, c)) for c in kinds])
    cost = np.where(judge.able(rows), cost, np.inf)
    taken = np.empty(rows.height, np.int64)
    for parcel, warehouse in enumerate(rows["warehouse"]):
        taken[parcel] = min(kinds[room[:, warehouse] > 0], key=lambda c, p=parcel: cost[p, c])
        room[taken[parcel], warehouse] -= 1
    return taken


def terms_of(world: World, names: list[str], volume: np.ndarray) -> list[Terms]:
    """Rebates of the month, with what has left in it."""
    m = world.masters
    return [
        Terms(name, tiers=(Tier(0, 0.0), Tier(int(m.rebate_from[c]), m.rebate[c] / 100)), shipped=int(volume[c]))
        for c, name in enumerate(names)
        if m.rebate_from[c]
    ]


def month_of(world: World, cards: Cards, judge: Judge, parcels: pl.DataFrame, first: date) -> dict[str, dict]:
    """What each policy makes of the parcels of one month: yuan by kind, and share late."""
    m = world.masters
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    caps = [
        Cap(name, "parcels", float(m.daily_cap[c, w]), warehouse_id=f"W{w}")
        for c, name in enumerate(cards.names)
        for w in range(m.daily_cap.shape[1])
        if m.daily_cap[c, w]
    ]
    lanes = cards.zones.filter(~pl.col("is_stopped")).select(*LANE, promise_days=pl.col("transit_days").cast(pl.Int64))
    volumes = {"planned": np.zeros(len(cards.names), np.int64), "rate shopping": np.zeros(len(cards.names), np.int64)}
    sums = {name: dict.fromkeys(("freight", "late", "lost"), 0.0) for name in volumes}
    count, model = 0, None
    for day in range(day_number(first), day_number(last) + 1):
        rows = parcels.filter(pl.col("handed") == day)
        if model is None or (day - day_number(first)) % LEARNED_EVERY == 0:
            model = fit_transit(history_of(known_on(parcels, day, world)))
        if rows.is_empty():
            continue
        count += rows.height
        recent = parcels.filter(pl.col("handed").is_between(day - LOOK_BACK, day - 1)).height / LOOK_BACK
        learnt = arrivals(model, lanes, day).select(*LANE, "arrived_within", "late_rate", "failed_rate")
        left = day_number(last) - day
        # Of lost parcels this history knows nothing (`twin_parcels`): the carriers' own shares stand in.
        failed = dict(zip(lanes["service_code"].unique().sort(), m.lost_share + m.damage_share, strict=True))
        learnt = learnt.with_columns(failed_rate=pl.col("service_code").replace_strict(failed))
        problem = Problem(
            parcels_of(rows, world),
            cards.services,
            cards.rates,
            cards.zones,
            terms_of(world, cards.names, volumes["planned"]),
            caps,
            learnt,
            recent * left,
            float(left),
        )
        plan = solve(problem, Params(late_penalty=judge.penalty))
        number = dict(zip(cards.services["service_code"], range(len(cards.names)), strict=True))
        chosen = rows.select(outbound_id=pl.col("outbound").cast(pl.String).str.zfill(12)).join(
            plan.choices, on="outbound_id", how="left", maintain_order="left"
        )
        if chosen["service_code"].null_count():
            raise AssertionError(f"{chosen['service_code'].null_count()} parcels of {as_date(day)} have no service")
        planned = chosen["service_code"].replace_strict(number, return_dtype=pl.Int64).to_numpy()
        for name, service in (("planned", planned), ("rate shopping", shopped(judge, rows))):
            volumes[name] += np.bincount(service, minlength=len(cards.names))
            sums[name]["freight"] += float(judge.freight(rows, service).sum())
            sums[name]["late"] += float(judge.late(rows, service).sum())
            sums[name]["lost"] += float(judge.lost(rows, service).sum())
    for name, volume in volumes.items():
        terms = terms_of(world, cards.names, np.zeros(len(cards.names)))
        sums[name]["rebate"] = -sum(volume_cost(each, volume[cards.names.index(each.service_id)]) for each in terms)
        sums[name]["parcels"] = count
        sums[name]["landed"] = (
            sums[name]["freight"] - sums[name]["rebate"] + sums[name]["lost"] + judge.penalty * sums[name]["late"]
        )
    return sums


def main() -> None:
    """Live, choose again, judge, print month by month and in all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", default="reference")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--history", type=int, help="days lived; default: the world's own")
    parser.add_argument("--months", type=int, default=3, help="the last so many whole months are chosen again")
    parser.add_argument("--penalty", type=float, default=Params().late_penalty, help="yuan for a late parcel")
    arguments = parser.parse_args()
    begun = time.process_time()
    parameters = choose(arguments.world, seed=arguments.seed, history=arguments.history)
    world = World.of(parameters)
    world.live(parameters.world.history_days)
    parcels, cards, judge = own_parcels(world), cards_of(world), Judge(world, arguments.penalty)
    firsts = [as_date(world.day).replace(day=1)]
    while len(firsts) <= arguments.months:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    total: dict[str, dict[str, float]] = {}
    for first in reversed(firsts[1:]):
        found = month_of(world, cards, judge, parcels, first)
        tell(f"{first:%Y-%m}", found)
        for name, sums in found.items():
            for kind, value in sums.items():
                total.setdefault(name, {}).setdefault(kind, 0.0)
                total[name][kind] += value
    tell("all", total)
    print(f"{time.process_time() - begun:.0f} CPU-s")


def tell(title: str, found: dict[str, dict[str, float]]) -> None:
    """One line per policy, and how far the plan is below rate shopping."""
    for name, sums in found.items():
        told = "  ".join(f"{kind} {sums[kind]:,.0f}" for kind in ("landed", "freight", "rebate", "lost"))
        print(f"{title} {name}: {told}  on time {100 * (1 - sums['late'] / sums['parcels']):.2f} %")
    ours, theirs = found["planned"], found["rate shopping"]
    landed = 100 * (ours["landed"] / theirs["landed"] - 1)
    made_good = 100 * ((ours["landed"] - ours["lost"]) / (theirs["landed"] - theirs["lost"]) - 1)
    print(f"{title}: {ours['parcels']:,.0f} parcels, landed cost {landed:+.2f} %, losses made good {made_good:+.2f} %")


if __name__ == "__main__":
    main()
