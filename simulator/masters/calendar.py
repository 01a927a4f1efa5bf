"""Days: Spring Festivals, holidays, sales events and what they do to all demand."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulator.parameters import Event, Parameters
from simulator.times import as_date, day_number

__all__ = ["AHEAD", "BEHIND", "Calendar", "event_spans", "make_calendar"]

BEHIND, AHEAD = 60, 200  # days known before the first and after the last simulated day
AFTER_EVENT = 10  # days of the dip
SPRING_FESTIVALS = {  # New Year's day of the lunar calendar
    2022: date(2022, 2, 1), 2023: date(2023, 1, 22), 2024: date(2024, 2, 10), 2025: date(2025, 1, 29),
    2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2028: date(2028, 1, 26), 2029: date(2029, 2, 13),
    2030: date(2030, 2, 3), 2031: date(2031, 1, 23), 2032: date(2032, 2, 11), 2033: date(2033, 1, 31),
}  # fmt: skip
HOLIDAYS = {(1, 1): "元旦", **{(5, d): "五一" for d in range(1, 6)}, **{(10, d): "国庆" for d in range(1, 8)}}


@dataclass(frozen=True)
class Calendar:
    """`calendar_days` D days from `calendar_start`; an array over days is indexed by day - calendar_start."""

    first_day: int
    """First simulated day."""
    last_day: int
    """Last day that may be simulated."""
    calendar_start: int
    """First day of the calendar, 60 before the first simulated."""
    calendar_days: int
    day_of_year: np.ndarray
    """int16 [D], 0 … 365 (29 February is 59, so 1 March is always 60)."""
    event_factor: np.ndarray
    """float [D]: what holidays and sales events do to all demand, prices apart; 1 on an ordinary day."""
    day_tag: list[str]
    """[D]: the calendar's tag such as 大促, 春节, 国庆; empty on an ordinary day."""
    is_holiday: np.ndarray
    """bool [D]: offices rest."""
    carriers_rest: np.ndarray
    """bool [D]: parcels do not move (Spring Festival)."""


def make_calendar(parameters: Parameters) -> Calendar:
    first = day_number(parameters.world.first_day)
    last = first + parameters.simulated_days - 1
    start, days = first - BEHIND, BEHIND + parameters.simulated_days + AHEAD
    numbers = np.arange(start, start + days)
    dates = [as_date(day) for day in numbers]
    tags, factor = [HOLIDAYS.get((day.month, day.day), "") for day in dates], np.ones(days)
    holiday = np.array([bool(tag) for tag in tags])
    for event in parameters.events:
        for begins, ends in event_spans(event, start - 60, start + days):
            _lay_event(event, numbers, begins, ends, factor, tags)
    rest = np.zeros(days, bool)
    for festival in SPRING_FESTIVALS.values():
        since = numbers - day_number(festival)
        _lay_spring(parameters, since, factor)
        rest |= _between(since, parameters.spring_festival.carrier_stop_days)
        for position in np.flatnonzero((since >= -1) & (since <= 6)):
            tags[position], holiday[position] = "春节", True
    return Calendar(
        first_day=first,
        last_day=last,
        calendar_start=start,
        calendar_days=days,
        day_of_year=np.array([_leap_day_of_year(day) for day in dates], np.int16),
        event_factor=factor,
        day_tag=tags,
        is_holiday=holiday,
        carriers_rest=rest,
    )


def _leap_day_of_year(day: date) -> int:
    """Day of a year that always has a 29 February, from 0."""
    return day.replace(year=2024).timetuple().tm_yday - 1


def event_spans(event: Event, first: int, after: int) -> list[tuple[int, int]]:
    """First and last day of every year's event that starts from `first` and before `after`."""
    spans = []
    for year in range(as_date(first).year, as_date(after).year + 1):
        begins = day_number(date(year, *event.starts))
        ends = day_number(date(year, *event.ends))
        if first <= begins < after:
            spans.append((begins, ends))
    return spans


def _lay_event(event: Event, numbers, begins: int, ends: int, factor: np.ndarray, tags: list[str]) -> None:
    on = (numbers >= begins) & (numbers <= ends)
    factor[on] *= np.where(np.isin(numbers[on] - begins, event.peaks), event.peak_uplift, event.uplift)
    factor[(numbers > ends) & (numbers <= ends + AFTER_EVENT)] *= event.dip
    presale = (numbers >= begins - event.presale_days) & (numbers < begins)
    factor[presale] *= 1 + (event.uplift - 1) / 2
    for position in np.flatnonzero(on):
        tags[position] = event.tag


def _lay_spring(parameters: Parameters, since: np.ndarray, factor: np.ndarray) -> None:
    spring = parameters.spring_festival
    factor[_between(since, spring.peak_days)] *= spring.peak
    factor[_between(since, spring.dip_days)] *= spring.dip


def _between(since: np.ndarray, days: tuple[int, ...]) -> np.ndarray:
    return (since >= days[0]) & (since <= days[1])
