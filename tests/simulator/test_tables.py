import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.agenda import Agenda
from simulator.tables import NULL, Facts, Register

TRANSFER = "inventory.transfer_line"


@given(st.lists(st.integers(0, 9), max_size=40), st.integers(1, 5))
def test_the_agenda_gives_each_row_back_once_on_its_day(days, batches):
    agenda = Agenda()
    for part in np.array_split(np.arange(len(days)), batches):
        agenda.put("visit", np.array(days, np.int64)[part], row=part)
    came = {}
    for day in range(10):
        due = agenda.due("visit", day)
        if due is not None:
            came |= dict.fromkeys(due["row"].tolist(), day)
            assert due["row"].tolist() == sorted(due["row"].tolist())

    assert came == dict(enumerate(days))
    assert agenda.waiting("visit") == 0


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 70))
def test_a_register_retires_the_oldest_rows_and_keeps_the_rest(first, second, before):
    register = Register(TRANSFER, ("planned_qty",))
    register.add(first, 1, planned_qty=np.arange(first))
    serials = register.add(second, 2, planned_qty=np.arange(first, first + second))

    gone = register.retire(before)

    n = min(before, first + second)
    assert gone["_serial"].tolist() == list(range(n)) == gone["planned_qty"].tolist()
    assert register.live("planned_qty").tolist() == list(range(n, first + second))
    kept = serials[serials >= n]
    assert register.get("planned_qty", kept).tolist() == kept.tolist()


def test_a_retired_row_cannot_be_read():
    register = Register(TRANSFER, ("planned_qty",))
    register.add(3, 1, planned_qty=7)
    register.retire(2)

    with pytest.raises(IndexError, match="row 1 is retired"):
        register.get("planned_qty", np.array([1]))


def test_a_register_hands_out_changed_rows_once_with_the_latest_time():
    register = Register(TRANSFER, ("planned_qty", "shipped_qty"))
    rows = register.add(3, 10, planned_qty=5)
    register.take_changed()
    register.set(rows[1:2], 20, shipped_qty=4)
    register.set(rows[1:2], 15, planned_qty=6)

    changed = register.take_changed()

    assert {name: values.tolist() for name, values in changed.items()} == {
        "_serial": [1], "planned_qty": [6], "shipped_qty": [4], "updated_at": [20],
    }  # fmt: skip
    assert not len(register.take_changed()["_serial"])


def test_facts_come_in_order_and_columns_of_some_rows_are_null_in_the_others():
    facts = Facts("procurement.goods_receipt_line")
    facts.add(2, received_qty=np.array([3, 4]))
    facts.add(1, received_qty=5, accepted_qty=5)

    assert facts.peek()["received_qty"].tolist() == [3, 4, 5]
    assert facts.take()["accepted_qty"].tolist() == [NULL, NULL, 5]
    assert facts.take() == {}
