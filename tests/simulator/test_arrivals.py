import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.choice import choose
from simulator.steps.arrivals import poisson_quantile
from simulator.tables import contract_of
from simulator.world import World

RECEIPT, LINE = "procurement.goods_receipt_line", "procurement.purchase_order_line"


@pytest.fixture(scope="module")
def lived():
    """A small world after three months, before anything was exported."""
    world = World.of(choose("small"))
    world.live(75)
    return world


@pytest.fixture(scope="module")
def receipts(lived):
    return lived.tables[RECEIPT].peek()


def bought(receipts, lived, name: str) -> np.ndarray:
    """A column of receipts from suppliers, summed per purchase-order line."""
    kind = contract_of(RECEIPT).column("receipt_type").values.index("purchase")
    rows = receipts["receipt_type"] == kind
    out = np.zeros(lived.tables[LINE].count, np.int64)
    np.add.at(out, receipts["po_line_id"][rows], receipts[name][rows])
    return out


def test_accepted_never_exceeds_ordered_and_received_only_by_what_was_sent_too_much(lived, receipts):
    ordered = lived.tables[LINE].live("ordered_qty")
    accepted, received, rejected = (bought(receipts, lived, f"{n}_qty") for n in ("accepted", "received", "rejected"))

    assert (accepted <= ordered).all()
    assert (received == accepted + rejected).all()
    assert (received <= ordered + np.maximum(np.rint(ordered * 0.05), 1)).all()


def test_a_finished_line_has_received_or_cancelled_all_that_was_ordered(lived):
    line = lived.tables[LINE]
    status = contract_of(LINE).column("line_status").values
    done = np.isin(line.live("line_status"), [status.index("received"), status.index("cancelled")])
    through = line.live("received_qty") + line.live("cancelled_qty")

    assert done.sum() > 100
    assert (through[done] >= line.live("ordered_qty")[done]).all()


def test_goods_come_between_eight_and_ten_and_are_put_away_by_then(receipts):
    of_day = (receipts["received_at"] + 8 * 3600) % 86_400
    later = receipts["received_at"] > receipts["received_at"].min()
    kept = receipts["putaway_at"][later & (receipts["putaway_at"] > 0) & (receipts["receipt_type"] == 0)]

    assert (of_day[later & (receipts["receipt_type"] == 0)] >= 8 * 3600).all()
    assert ((kept + 8 * 3600) % 86_400 < 10 * 3600).all()


def test_some_lines_come_in_two_parts_and_some_units_are_rejected(lived, receipts):
    kind = receipts["receipt_type"] == 0
    parts = np.bincount(receipts["po_line_id"][kind])

    assert parts.max() == 2
    assert receipts["rejected_qty"][kind].sum() > 0


def test_goods_with_a_shelf_life_carry_a_batch_that_is_on_record(lived, receipts):
    has_batch = lived.masters.has_batch[receipts["sku_id"]] & (receipts["receipt_type"] == 0)

    assert has_batch.any()
    assert ((receipts["batch_no"] >= 0) == has_batch)[receipts["receipt_type"] == 0].all()
    pairs = zip(receipts["sku_id"][has_batch].tolist(), receipts["batch_no"][has_batch].tolist(), strict=True)
    assert set(pairs) <= set(lived.purchasing.batches)


@given(st.floats(0, 40), st.floats(0, 1, exclude_max=True), st.integers(0, 100))
def test_the_poisson_quantile_is_the_first_count_beyond_the_uniform(mean, uniform, most):
    found = int(poisson_quantile(np.array([mean]), np.array([uniform]), np.array([most]))[0])
    terms, term = [], np.exp(-mean)
    for count in range(found + 1):
        terms.append(term)
        term *= mean / (count + 1)

    assert found <= most
    assert found == most or sum(terms) > uniform * (1 - 1e-9)
    assert found == 0 or sum(terms[:-1]) <= uniform * (1 + 1e-9)
