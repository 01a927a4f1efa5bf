"""Tasks side by side wait for what they stand on, and end as one after the other would."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.abreast import abreast


@st.composite
def orders(draw) -> list[set[int]]:
    """Tasks, each with earlier ones that it waits for."""
    count = draw(st.integers(0, 12))
    return [draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set() for place in range(count)]


@given(waits_for=orders(), lanes=st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_each_task_is_done_once_after_those_it_waits_for(waits_for, lanes):
    done, over = [], set()

    def do(place: int, lane: int) -> tuple[int, bool]:
        assert waits_for[place] <= over
        done.append(place)
        over.add(place)
        return place, 0 <= lane < lanes

    assert abreast(waits_for, do, lanes) == [(place, True) for place in range(len(waits_for))]
    assert sorted(done) == list(range(len(waits_for)))
    if lanes == 1:
        assert done == sorted(done)


def test_two_tasks_that_do_not_wait_are_done_at_once():
    both = threading.Barrier(2, timeout=10)
    assert len(abreast([(), ()], lambda place, lane: both.wait())) == 2


def test_after_a_failure_nothing_begins_and_the_first_failure_is_told():
    begun = []

    def do(place: int, lane: int) -> None:
        begun.append(place)
        if place == 1:
            raise KeyError("the second")

    with pytest.raises(KeyError, match="the second"):
        abreast([(), {0}, {1}, {2}], do)
    assert begun == [0, 1]


def test_a_task_that_waits_for_a_later_one_is_refused():
    with pytest.raises(ValueError, match="task 0 waits for 1"):
        abreast([{1}, ()], lambda place, lane: None)
