"""The receiving systems take our decision files by their contracts, once each, and answer every row."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from contracts import outbox
from feedback.freezing import frozen_body
from feedback.journal import Message
from feedback.outbox import write_decisions
from feedback.sending import DropFolder
from simulator.choice import choose
from simulator.receiving import Receiver, ReceivingError
from simulator.world import World

AS_OF = datetime(2026, 9, 3, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    """A small world whose suppliers take any order."""
    world = World.of(choose("small"))
    world.masters = replace(world.masters, min_amount=np.zeros_like(world.masters.min_amount))
    return world


def purchase(world: World, number: int = 0, qty: int = 12, **columns: object) -> dict:
    masters = world.masters
    row = {
        "suggestion_id": f"buy-{number}",
        "action": "buy",
        "supplier_id": masters.supplier_ids[masters.supplier_of[number]],
        "sku_id": masters.sku_ids[number],
        "ship_to_warehouse_id": masters.warehouse_ids[0],
        "quantity": Decimal(qty),
        "quantity_uom": Decimal(qty),
        "uom_ratio_numerator": 1,
        "uom_ratio_denominator": 1,
        "requested_date": date(2026, 9, 20),
    }
    return row | columns


def file_of(folder: Path, rows: list[dict]) -> Path:
    return write_decisions(folder, outbox()["purchase_suggestions"], rows, AS_OF, "demo", dry_run=True).csv


def test_purchases_are_taken_with_their_suggestion_and_every_row_is_answered(world, tmp_path):
    receiver = Receiver(world)
    assert receiver.receive([file_of(tmp_path, [purchase(world, n, 12 + n) for n in range(3)])]) == 3
    [taken] = world.decisions.take("purchases")
    assert taken.qty.tolist() == [12, 13, 14] and taken.sku.tolist() == [0, 1, 2]
    assert [world.books["suggestion"][n] for n in taken.suggestion] == ["buy-0", "buy-1", "buy-2"]
    receiver.write_acknowledgements(tmp_path / "ack")
    [file] = (tmp_path / "ack").iterdir()
    answers = pl.read_csv(file)
    assert answers["status"].to_list() == ["accepted"] * 3
    assert set(answers.columns) == {column.name for column in outbox()["acknowledgement"].columns}


def test_the_same_file_again_orders_nothing_and_is_answered_as_a_duplicate(world, tmp_path):
    receiver, file = Receiver(world), file_of(tmp_path, [purchase(world)])
    receiver.receive([file])
    world.decisions.take("purchases")
    assert receiver.receive([file]) == 0
    assert world.decisions.take("purchases") == []
    assert [answer["status"] for answer in receiver.answers] == ["accepted", "duplicate"]


def test_what_the_systems_do_not_know_is_refused_by_row_and_the_rest_is_taken(world, tmp_path):
    receiver = Receiver(world)
    receiver.receive([file_of(tmp_path, [purchase(world, 0, sku_id="NO-SUCH"), purchase(world, 1)])])
    [taken] = world.decisions.take("purchases")
    assert taken.sku.tolist() == [1]
    assert [(a["status"], a["message"]) for a in receiver.answers] == [
        ("rejected", "sku_id NO-SUCH is not known here"),
        ("accepted", None),
    ]


@pytest.mark.parametrize(
    ("dial", "status", "qty"), [("reject_share", "rejected", None), ("partial_share", "part_accepted", [6])]
)
def test_systems_that_refuse_or_cut_say_so(world, tmp_path, dial, status, qty):
    world.parameters = replace(world.parameters, acting=replace(world.parameters.acting, **{dial: 1.0}))
    receiver = Receiver(world)
    receiver.receive([file_of(tmp_path, [purchase(world)])])
    assert [answer["status"] for answer in receiver.answers] == [status]
    assert [taken.qty.tolist() for taken in world.decisions.take("purchases")] == ([] if qty is None else [qty])


def test_lines_that_together_stay_below_the_suppliers_minimum_are_refused_with_the_reason_until_there_is_more(
    world, tmp_path
):
    supplier = world.masters.supplier_of[0]
    numbers = [n for n in range(40) if world.masters.supplier_of[n] == supplier][:2]
    world.masters.min_amount[supplier] = int(30 * world.masters.purchase_price[numbers].max())
    receiver = Receiver(world)
    receiver.receive([file_of(tmp_path / "1", [purchase(world, numbers[0])])])
    assert world.decisions.take("purchases") == []
    [refused] = receiver.answers
    assert (refused["status"], refused["error_code"]) == ("rejected", "BELOW_MINIMUM")
    assert f"for {world.masters.supplier_ids[supplier]} to {world.masters.warehouse_ids[0]}" in refused["message"]

    receiver.receive([file_of(tmp_path / "2", [purchase(world, numbers[0]), purchase(world, numbers[1], 400)])])
    [taken] = world.decisions.take("purchases")
    assert taken.qty.tolist() == [12, 400]
    assert [answer["status"] for answer in receiver.answers[1:]] == ["accepted", "accepted"]


def test_an_erp_that_drops_the_suggestion_id_still_orders(world, tmp_path):
    world.parameters = replace(world.parameters, acting=replace(world.parameters.acting, dropped_id_share=1.0))
    Receiver(world).receive([file_of(tmp_path, [purchase(world)])])
    [taken] = world.decisions.take("purchases")
    assert taken.suggestion.tolist() == [-1]


def test_a_file_that_breaks_its_contract_is_refused_with_file_line_and_column(world, tmp_path):
    file = file_of(tmp_path, [purchase(world, 0), purchase(world, 1)])
    lines = file.read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("sku_id")
    cells = lines[2].split(",")
    cells[column] = ""
    file.write_text("\n".join([*lines[:2], ",".join(cells)]) + "\n", encoding="utf-8")
    file.with_name(f"{file.name}.manifest.json").unlink()
    with pytest.raises(ReceivingError, match=rf"{file.name}, line 3: sku_id is empty"):
        Receiver(world).receive([file])


def test_messages_in_a_drop_folder_are_fetched_whole_and_taken_together(world, tmp_path):
    world.parameters = replace(world.parameters, acting=replace(world.parameters.acting, reject_share=0.5))
    receiver, folder = Receiver(world), DropFolder(tmp_path)
    for number in range(20):
        row = purchase(world, number, tenant_id="demo")
        key = hashlib.sha256(str(number).encode()).hexdigest()
        body = frozen_body(row | {"idempotency_key": key})
        folder.deliver(Message(key, row["suggestion_id"], "erp", "purchase_suggestions", body))
    (tmp_path / f"purchase_suggestions.{key}.json.manifest.json").unlink()
    assert receiver.receive(receiver.fetch(tmp_path)) == 19
    statuses = {answer["status"] for answer in receiver.answers}
    assert statuses == {"accepted", "rejected"}, "each row has luck of its own"
    assert receiver.fetch(tmp_path) == []


def test_a_message_that_is_not_what_its_manifest_says_is_refused(world, tmp_path):
    body = frozen_body(purchase(world) | {"idempotency_key": "k"})
    DropFolder(tmp_path).deliver(Message("k", "buy-0", "erp", "purchase_suggestions", body))
    (tmp_path / "purchase_suggestions.k.json").write_bytes(body.replace(b"12", b"24"))
    receiver = Receiver(world)
    with pytest.raises(ReceivingError, match="is not what its manifest says"):
        receiver.receive(receiver.fetch(tmp_path))
