"""Files of many rows: to a folder and to a real SFTP server, once in effect and byte-identical when repeated."""

import dataclasses
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path, PurePosixPath

import openpyxl
import pytest
from sftp_server import PASSWORD, sftp_server
from sqlalchemy import select

from contracts import outbox
from contracts.layout import contract_layout, layouts
from feedback.identity import Need
from feedback.journal import Journal, Message, dead_letters, give_up, open_store, revive, verify
from feedback.journal.schema import batch, message
from feedback.message import freezer
from feedback.sending import (
    Backoff,
    Files,
    HeldElsewhereError,
    LocalFolder,
    Place,
    UnreachableError,
    send,
    sender_fence,
)
from feedback.sending.place import TooLargeError
from feedback.sending.sftp import SftpFolder
from feedback.states import Event, RefusedError

AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
FACTS = {
    "supplier_id": "S1", "ship_to_warehouse_id": "W1", "uom_ratio_numerator": 12, "uom_ratio_denominator": 1,
    "unit_price": "4.2", "currency": "CNY", "requested_date": "2026-11-09", "as_of": "2026-11-01T06:00:00+08:00",
    "purchase_uom": "BOX",
}  # fmt: skip
LAYOUT = layouts()["supplier_order"]


def need(sku: str, supplier: str = "S1", **facts: object) -> Need:
    return Need("buy", sku, "W1", Decimal(24), multiple=Decimal(12), facts=FACTS | {"supplier_id": supplier} | facts)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    store = open_store(f"sqlite:///{tmp_path / 'decisions.db'}")
    freeze = freezer("demo", {"purchase_suggestions": "erp"}, {"purchase_suggestions": LAYOUT})
    yield Journal(store, freeze)
    store.dispose()


@pytest.fixture(params=["folder", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """The receiver's folder `tmp_path / "in"`, once as itself and once behind SFTP."""
    folder = tmp_path / "in"
    folder.mkdir()
    if request.param == "folder":
        yield LocalFolder(folder)
        return
    with sftp_server(tmp_path) as server:
        yield SftpFolder("127.0.0.1", server.port, "shop", PurePosixPath("/in"), server.host_key, password=PASSWORD)


def approved(journal: Journal, *needs: Need) -> list[str]:
    names = [change.suggestion_id for change in journal.take(needs, {}, "plan", AT).new]
    journal.record([Event("approve", name, "ann", AT, {"quantity": "24"}, 1) for name in names])
    return names


def orders(place: Place, ending: str = "xlsx") -> Files:
    return Files(place, {"purchase_suggestions": LAYOUT}, ending)


def sent(journal: Journal, destination: Files, at: datetime = AT, **options: Backoff):
    return send(journal, {"erp": destination}, lambda: at, random.Random(1), **options)


def messages(journal: Journal) -> list:
    with journal.store.connect() as connection:
        return connection.execute(select(message).order_by(message.c.suggestion_id)).all()


class Lost:
    """A place that takes what it gets and whose answer is lost, `times` over."""

    def __init__(self, place: Place, times: int) -> None:
        self.place, self.times, self.got = place, times, []

    def put(self, files) -> None:
        self.got.append(list(files))
        self.place.put(files)
        if len(self.got) <= self.times:
            raise UnreachableError("answer lost")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_each_supplier_gets_one_file_and_then_its_manifest(
    journal: Journal, place: Place, tmp_path: Path, ending: str
) -> None:
    if ending == "json":
        destination = Files(place, {"purchase_suggestions": contract_layout(outbox()["purchase_suggestions"])}, ending)
    else:
        destination = orders(place, ending)
    approved(journal, need("B"), need("A"), need("C", "S2"))
    assert sent(journal, destination).sent == 3
    files = {name: content for name, content in place.read("*") if not name.endswith(".manifest.json")}
    manifests = [json.loads(content) for _, content in place.read("*.manifest.json")]
    assert sorted(manifest["rows"] for manifest in manifests) == ([3] if ending == "json" else [1, 2])
    assert sorted(name.rsplit(".", 2)[0] for name in files) == (
        ["purchase_suggestions"] if ending == "json" else ["supplier_order.S1", "supplier_order.S2"]
    )
    assert not [path for path in (tmp_path / "in").iterdir() if path.name.startswith(".")]
    assert {row.status for row in messages(journal)} == {"sent"} and verify(journal) == []


class ProcessGoneError(Exception):
    """The process is gone: nothing that the sender would do after it is done."""


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_sender_that_dies_at_any_point_leaves_one_whole_file_in_the_end(
    journal: Journal, tmp_path: Path, written: int
) -> None:
    place, put = LocalFolder(tmp_path / "in"), []

    class Dying:
        def put(self, files) -> None:
            put.append(list(files))
            place.put(files[:written])
            raise ProcessGoneError

    approved(journal, need("A"), need("B"))
    with pytest.raises(ProcessGoneError):
        sent(journal, orders(Dying()))
    # An approval that came while it was dead goes in a file of its own.
    approved(journal, need("C"))
    assert sent(journal, orders(place)).sent == 3
    [(name, content), (_, manifest)] = put[0]
    assert place.read(name) == [(name, content)] and place.read(f"{name}.manifest.json")[0][1] == manifest
    assert len(place.read("*.manifest.json")) == 2 and {row.status for row in messages(journal)} == {"sent"}
    assert verify(journal) == []


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_goes_again_is_the_file_that_went_first(journal: Journal, place: Place, ending: str) -> None:
    approved(journal, need("A"))
    lost = Lost(place, 2)
    outcome = sent(journal, orders(lost, ending))
    assert (outcome.failed, outcome.sent) == (1, 0)
    # What is approved meanwhile goes in a file of its own, and another layout changes nothing that was tried.
    approved(journal, need("B"))
    other = dataclasses.replace(
        orders(lost, ending), layouts={"purchase_suggestions": contract_layout(outbox()["purchase_suggestions"])}
    )
    at = AT + timedelta(hours=1)
    sent(journal, other, at)
    assert sent(journal, other, at + timedelta(hours=1)).next_at is None
    first = [files for files in lost.got if files[0][0].startswith("supplier_order")]
    assert len(first) == 2 and first[0] == first[1]
    assert len(place.read("*.manifest.json")) == 2 and {row.status for row in messages(journal)} == {"sent"}


def test_the_same_rows_make_the_same_workbook_on_another_day(journal: Journal, tmp_path: Path) -> None:
    approved(journal, need("A"), need("B"))
    destination = orders(LocalFolder(tmp_path))
    frozen = [_message(row) for row in messages(journal)]
    assert destination.file(frozen) == destination.file(list(reversed(frozen)))


def _message(row) -> Message:
    return Message(row.idempotency_key, row.suggestion_id, row.receiver, row.decision, bytes(row.body))


def test_a_connection_that_breaks_leaves_no_file_and_the_next_attempt_a_whole_one(
    journal: Journal, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    approved(journal, *[need(f"SKU{n}") for n in range(20)])
    with sftp_server(tmp_path) as server:
        place = SftpFolder("127.0.0.1", server.port, "shop", PurePosixPath("/in"), server.host_key, password=PASSWORD)
        server.limit[0] = 0
        outcome = sent(journal, orders(place))
        assert (outcome.failed, outcome.sent) == (20, 0)
        assert [path for path in (tmp_path / "in").iterdir() if not path.name.startswith(".")] == []
        server.limit[0] = None
        assert sent(journal, orders(place), outcome.next_at).sent == 20
        [(_, content)] = place.read("*.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(content)).active.max_row == 21


def test_what_is_hidden_elsewhere_or_too_large_is_not_read(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in" / "sub").mkdir()
    (tmp_path / "in" / ".half.csv").write_text("half")
    (tmp_path / "in" / "a\\..\\b.csv").write_text("named like a path")
    (tmp_path / "in" / "answer.csv").write_text("whole\n")
    assert place.read("*") == [("answer.csv", b"whole\n")]
    monkeypatch.setattr("feedback.sending.place.MOST_BYTES", 3)
    with pytest.raises(TooLargeError, match=r"answer.csv has 6 bytes, more than 3"):
        place.read("*.csv")


def test_a_server_with_another_key_gets_nothing(journal: Journal, tmp_path: Path) -> None:
    approved(journal, need("A"))
    with sftp_server(tmp_path) as other, sftp_server(tmp_path) as server:
        wrong = SftpFolder("127.0.0.1", server.port, "shop", PurePosixPath("/"), other.host_key, password=PASSWORD)
        assert sent(journal, orders(wrong)).failed == 1
        assert "BadHostKey" in messages(journal)[0].error and wrong.host_key != server.host_key


def test_a_wrong_password_is_told_and_tried_again_later(journal: Journal, tmp_path: Path) -> None:
    approved(journal, need("A"))
    with sftp_server(tmp_path) as server:
        wrong = SftpFolder("127.0.0.1", server.port, "shop", PurePosixPath("/"), server.host_key, password="guess")
        assert sent(journal, orders(wrong)).next_at is not None
    [row] = messages(journal)
    assert row.status == "waiting" and "Authentication" in row.error and "guess" not in row.error


def test_the_switch_and_the_fence_keep_files_in_too(journal: Journal, place: Place) -> None:
    approved(journal, need("A"))
    with sender_fence(journal.store), pytest.raises(HeldElsewhereError):
        sent(journal, orders(place))
    journal.record([Event("stop_sending", "sending", "ann", AT, {"value": "yes", "reason": "prices"}, 0)])
    assert sent(journal, orders(place)).stopped and place.read("*") == []


def test_a_dead_file_goes_again_or_is_given_up_as_a_whole(journal: Journal, place: Place) -> None:
    names = approved(journal, need("A"), need("B"))
    lost = Lost(place, 3)
    sent(journal, orders(lost), backoff=Backoff(attempts=1))
    letters = dead_letters(journal)
    assert len(letters) == 2
    revive(journal, letters[0]["idempotency_key"], "ann", AT)
    assert dead_letters(journal) == []
    assert sent(journal, orders(lost), backoff=Backoff(attempts=1)).dead == 2
    give_up(journal, letters[1]["idempotency_key"], "ann", AT, "supplier left")
    assert {journal.state(name).status for name in names} == {"refused"} and dead_letters(journal) == []
    assert verify(journal) == []


def test_an_approval_that_its_receivers_layout_cannot_carry_is_refused(tmp_path: Path) -> None:
    layout = layouts()["odoo_purchase_order"].translating({"picking_type_id/id": {"W2": "stock.picking_type_in"}})
    freeze = freezer("demo", {"purchase_suggestions": "erp"}, {"purchase_suggestions": layout})
    journal = Journal(open_store(f"sqlite:///{tmp_path / 'decisions.db'}"), freeze)
    with pytest.raises(RefusedError, match=r"no 'picking_type_id/id' for 'W1'; add it to the destination's translate"):
        approved(journal, need("A"))
    assert messages(journal) == []


def test_what_no_longer_fits_its_layout_is_a_dead_letter_and_holds_nothing_up(journal: Journal, place: Place) -> None:
    approved(journal, need("A"), need("B"))
    layout = layouts()["odoo_purchase_order"].translating({"picking_type_id/id": {"W2": "stock.picking_type_in"}})
    outcome = sent(journal, Files(place, {"purchase_suggestions": layout}, "csv"))
    assert (outcome.dead, outcome.sent) == (2, 0) and "translate" in messages(journal)[0].error


def test_a_kept_file_is_never_made_anew(journal: Journal, place: Place) -> None:
    approved(journal, need("A"))
    sent(journal, orders(place))
    with journal.store.connect() as connection:
        [kept] = connection.execute(select(batch)).all()
    assert place.read(kept.name) == [(kept.name, bytes(kept.content))]
