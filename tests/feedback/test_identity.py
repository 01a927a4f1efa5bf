from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import frozen_body, idempotency_key, suggestion_id

TEXT = st.text(min_size=1, max_size=8)


def test_the_id_of_a_suggestion_never_changes_between_releases():
    # Frozen ids live in journals and purchase orders: a change here breaks matching with both.
    assert suggestion_id("buy", "00123", "WH-1") == "BUY-aad7d501060195d0f242"


def test_the_same_need_has_the_same_id_and_another_key_another():
    same = suggestion_id("expedite", "A", "W1", "PO1-1")
    assert same == suggestion_id("expedite", "A", "W1", "PO1-1")
    others = {
        suggestion_id("defer", "A", "W1", "PO1-1"),
        suggestion_id("expedite", "B", "W1", "PO1-1"),
        suggestion_id("expedite", "A", "W2", "PO1-1"),
        suggestion_id("expedite", "A", "W1", "PO1-2"),
        suggestion_id("expedite", "A", "W1", "PO1-1", generation=1),
    }
    assert len(others | {same}) == 6


@given(TEXT, TEXT, TEXT)
def test_moving_characters_between_sku_and_destination_changes_the_id(a, b, c):
    assert suggestion_id("buy", a + b, c) != suggestion_id("buy", a, b + c)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("order", "A", "W"), "unknown action 'order'"),
        (("buy", "", "W"), "sku_id must be a text"),
        (("buy", 123, "W"), "found 123"),
        (("cancel", "A", "W"), "needs the purchase-order line"),
        (("transfer", "A", "W", "PO1"), "acts on no purchase-order line"),
        (("buy", "A", "W", None, -1), "generation must be zero or more"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        suggestion_id(*arguments)


def test_equal_decisions_have_equal_bytes_whatever_the_order_of_their_keys():
    body = frozen_body({"sku": "甲", "amount": Decimal("12.50"), "on": date(2025, 1, 2), "lines": [1, None, True]})
    assert body == '{"amount":"12.5","lines":[1,null,true],"on":"2025-01-02","sku":"甲"}'.encode()
    assert body == frozen_body(
        {"lines": (1, None, True), "on": date(2025, 1, 2), "amount": Decimal("12.5"), "sku": "甲"}
    )
    assert frozen_body({"a": Decimal("100")}) == b'{"a":"100"}'


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), datetime(2025, 1, 1), {1, 2}])
def test_what_is_not_exact_cannot_be_frozen(value):
    with pytest.raises(ValueError, match=r"decision\.x"):
        frozen_body({"x": value})


def test_a_key_belongs_to_one_receiver_and_one_body():
    assert idempotency_key("erp", b"x") == idempotency_key("erp", b"x")
    assert len({idempotency_key("erp", b"x"), idempotency_key("erp", b"y"), idempotency_key("er", b"px")}) == 3
    with pytest.raises(ValueError, match="must not be empty"):
        idempotency_key("erp", b"")
