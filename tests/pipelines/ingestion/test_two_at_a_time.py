"""Files loaded two at a time end as files loaded one after the other, whatever they hold."""

from conftest import CLOCK, KEY, Desk
from dirty import Truth, dirty_exports

from contracts.mapping import mappings
from pipelines.ingestion.abreast import waits_for
from pipelines.ingestion.ingest import Outcome, ingest_files
from pipelines.ingestion.personal import use_key

SKU = "product.sku.all.20260901.1.csv"
RECEIPT = "procurement.goods_receipt_line.all.20260901.1.csv"
SHOP = "order.shop.all.20260901.1.csv"


def load(desk: Desk, truths: list[Truth], two_at_a_time: bool) -> list[Outcome]:
    for truth in truths:
        desk.file(truth.name, truth.content)
        # The same content under another name is known by what the first became.
        desk.file(truth.name.replace(".", "_again.", 1), truth.content)
    desk.file("unknown.csv", "a,b\n1,2\n")
    paths = sorted(desk.inbox.iterdir())
    chosen = list(mappings().values())
    with desk.connection.cursor() as beside:
        beside.execute("set TimeZone = 'Asia/Shanghai'")
        use_key(beside, KEY)
        found = ingest_files(desk.connection, paths, chosen, CLOCK, beside=beside if two_at_a_time else None)
    assert desk.rows("select current_setting('threads')") == [(2,)]
    return found


def test_dirty_files_of_many_systems_end_alike(desk, template, tmp_path):
    truths = list(dirty_exports(1))
    found = load(desk, truths, two_at_a_time=True)
    assert {outcome.status for outcome in found} >= {"loaded", "refused", "duplicate"}
    other = Desk(tmp_path / "other", template)
    assert load(other, truths, two_at_a_time=False) == found
    assert desk.everything() == other.everything()
    other.connection.close()


def test_a_file_waits_for_those_that_fill_its_table_or_tell_what_its_units_are(desk):
    files = [desk.file(name, f"{name}\n") for name in (RECEIPT, SHOP, RECEIPT.replace(".1.csv", ".22.csv"), SKU)]
    assert waits_for(files, []) == [set(), set(), {0}, {0, 1, 2}]


def test_large_and_unknown_files_are_loaded_alone(desk):
    large = desk.file("order.shop.all.20260901.1.csv", b"a" * 2_000_001)
    small = desk.file("finance.voucher_line.all.20260901.1.csv", "a\n")
    unknown = desk.file("unknown.csv", "b\n1\n")
    assert waits_for([small, large, small, unknown], []) == [set(), {0}, {0, 1}, {0, 1, 2}]
