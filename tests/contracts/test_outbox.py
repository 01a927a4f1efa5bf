"""What goes out: decision files and the answers to them."""

import pytest

from contracts import outbox

DECISIONS = {
    "purchase_suggestions", "purchase_order_actions", "transfers", "wave_plan", "carrier_choice", "clearance",
    "price_guardrails", "marketing_push_pull", "supplier_outlook", "cycle_counts", "lifecycle_proposals",
    "channel_allocation", "worth_stocking", "recall",
}  # fmt: skip


def test_there_is_a_contract_for_every_decision_and_for_the_answer():
    assert set(outbox()) == DECISIONS | {"acknowledgement", "supplier_confirmation"}


@pytest.mark.parametrize("decision", sorted(DECISIONS))
def test_every_row_sent_names_its_suggestion_its_key_its_version_its_instant_and_its_tenant(decision):
    table = outbox()[decision]
    first = [(c.name, c.required) for c in table.columns[:5]]
    assert first == [
        ("suggestion_id", True),
        ("idempotency_key", True),
        ("schema_version", True),
        ("as_of", True),
        ("tenant_id", True),
    ]
    assert table.primary_key == ("suggestion_id",)
    assert table.columns[-1].name == "reason"


def test_a_bad_row_of_ours_stops_the_file():
    assert {(outbox()[d].max_bad_rows, outbox()[d].max_bad_ratio) for d in DECISIONS} == {(0, 0)}


def test_a_purchase_carries_base_units_packs_and_the_factor_between_them():
    columns = {c.name: c.type for c in outbox()["purchase_suggestions"].columns}
    assert {name: columns[name] for name in columns if "quantity" in name or "ratio" in name} == {
        "quantity": "qty",
        "quantity_uom": "qty",
        "uom_ratio_numerator": "int",
        "uom_ratio_denominator": "int",
    }


def test_a_receiver_may_answer_the_same_row_twice():
    assert outbox()["acknowledgement"].primary_key == ("suggestion_id", "idempotency_key", "acknowledged_at")
