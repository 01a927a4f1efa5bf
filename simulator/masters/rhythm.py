"""How much each SKU sells and when: levels, seasons, weekdays, hours, provinces, dispersion."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.masters.calendar import Calendar
from simulator.masters.catalogue import Catalogue
from simulator.masters.life import life_factor
from simulator.masters.provinces import Provinces
from simulator.masters.seeding import seeded
from simulator.parameters import Parameters

__all__ = ["Rhythm", "make_rhythm", "ordinary_rate"]

LEAP_YEAR = 366
A_SHARE, B_SHARE = 0.7, 0.9  # of revenue: classes A, then B


@dataclass(frozen=True)
class Rhythm:
    """Demand of S SKUs of C categories before events, promotions and noise."""

    base_rate: np.ndarray
    """float [S]: order lines per day at full life, all modes, mean season and weekday."""
    dispersion: np.ndarray
    """float [S]: k of the daily variance m + k·m²."""
    intermittent: np.ndarray
    """float [S]: share of days without any demand; on the others the rate is base_rate / (1 - share)."""
    season: np.ndarray
    """float [C, 366], mean 1: factor by `day_of_year`."""
    weekday: np.ndarray
    """float [7], Monday first, mean 1."""
    hour_weights: np.ndarray
    """float [24], sums to 1."""
    regional_mix: np.ndarray
    """float [C, R], rows sum to 1: share of a category's orders by province."""
    elasticity: np.ndarray
    """float [C]: uplift = (promotional price / list price) ** -elasticity."""
    abc: np.ndarray
    """int8 [S]: 0, 1, 2 for class A, B, C by revenue."""


def make_rhythm(parameters: Parameters, calendar: Calendar, goods: Catalogue, provinces: Provinces) -> Rhythm:
    demand, seed = parameters.demand, parameters.world.seed
    season = _season(parameters, calendar)
    rate = goods.level * _scale(parameters, calendar, goods, season)
    weekday, hours = np.array(demand.weekday), np.array(demand.hours)
    categories = len(goods.categories)
    noise = seeded(seed, "regional mix").standard_normal((categories, len(provinces.province_ids)))
    mix = provinces.province_weight * np.exp(demand.regional_spread * noise)
    spread = seeded(seed, "elasticity").standard_normal(categories)
    return Rhythm(
        base_rate=rate,
        dispersion=demand.dispersion
        * np.exp(demand.dispersion_spread * seeded(seed, "dispersion").standard_normal(len(rate))),
        intermittent=_idle(parameters, rate),
        season=season,
        weekday=weekday / weekday.mean(),
        hour_weights=hours / hours.sum(),
        regional_mix=mix / mix.sum(axis=1, keepdims=True),
        elasticity=parameters.promotion.elasticity * np.exp(parameters.promotion.elasticity_spread * spread),
        abc=_classes(rate * goods.units_per_line * goods.list_price),
    )


def _season(parameters: Parameters, calendar: Calendar) -> np.ndarray:
    """A cosine around each category's peak; bundles have none."""
    days = np.arange(LEAP_YEAR)
    curves = [
        1 + category.amplitude * np.cos(2 * np.pi * (days - _day_of_year(*category.peak)) / LEAP_YEAR)
        for category in parameters.categories
    ]
    return np.array([*curves, np.ones(LEAP_YEAR)])


def _day_of_year(month: int, day: int) -> int:
    return date(2024, month, day).timetuple().tm_yday - 1


def _scale(parameters: Parameters, calendar: Calendar, goods: Catalogue, season: np.ndarray) -> float:
    """What levels are multiplied by, so that own lines of all simulated days average as the world asks."""
    days = np.arange(calendar.first_day, calendar.last_day + 1, 7)
    own = goods.level * goods.modes[:, 0]
    lines = [(own * _shape(parameters, calendar, goods, season, day)).sum() for day in days]
    return parameters.demand.order_lines_per_day / np.mean(lines)


def _shape(parameters, calendar, goods, season: np.ndarray, day: int, skus=slice(None)) -> np.ndarray:
    """Life, season and trend of a day, float over `skus`."""
    goods_life = parameters.catalogue
    life = life_factor(day, goods.launch_day[skus], goods.end_day[skus], goods_life.ramp_days, goods_life.fade_days)
    years = (day - (calendar.first_day + calendar.last_day) / 2) / 365
    of_year = season[:, calendar.day_of_year[day - calendar.calendar_start]]
    return life * of_year[goods.category_of[skus]] * np.exp(goods.trend[skus] * years)


def ordinary_rate(masters, parameters: Parameters, day: int, skus=slice(None)) -> np.ndarray:
    """Order lines of `day`, float over `skus` (indices or a slice, all without): no event, promotion or noise."""
    shape = _shape(parameters, masters, masters, masters.season, day, skus)
    return masters.base_rate[skus] * shape * masters.weekday[(day + 3) % 7]  # 1970-01-01 was a Thursday


def _idle(parameters: Parameters, rate: np.ndarray) -> np.ndarray:
    """The slowest SKUs sell on few days."""
    slow = np.argsort(rate, kind="stable")[: round(parameters.demand.intermittent_share * len(rate))]
    idle = np.zeros(len(rate))
    idle[slow] = seeded(parameters.world.seed, "intermittent").uniform(*parameters.demand.intermittent_idle, len(slow))
    return idle


def _classes(revenue: np.ndarray) -> np.ndarray:
    order = np.argsort(-revenue, kind="stable")
    before = (np.cumsum(revenue[order]) - revenue[order]) / revenue.sum()
    classes = np.empty(len(revenue), np.int8)
    classes[order] = np.where(before < A_SHARE, 0, np.where(before < B_SHARE, 1, 2))
    return classes
