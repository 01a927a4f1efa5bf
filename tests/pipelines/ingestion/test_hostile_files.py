"""A file that is made to do harm is refused with a reason; the rest of its batch loads and memory stays bounded."""

import gzip
import io
import json
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines.ingestion.delivery import inbox_files, recognise
from pipelines.ingestion.ingest import Clock, ingest_files
from pipelines.ingestion.reading.limits import Limits
from pipelines.ingestion.reading.reader import Reader

# The batch of hostile files is made and loaded once.
pytestmark = pytest.mark.xdist_group("hostile")

HEADER = "shop_id,shop_name,platform\n"
SHOPS = HEADER + "".join(f"S{n},Shop {n},jd\n" for n in range(9))
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def zipped(*entries: tuple[str, str | bytes], mode: int = 0o600) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def workbook(rows: str, *more: tuple[str, str], before: str = "", names: str = "") -> bytes:
    """A workbook of one sheet of these rows."""
    return zipped(
        (
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        ),
        (
            "xl/workbook.xml",
            f'<?xml version="1.0"?>{names}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        ),
        (
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{RELATIONS}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        ),
        ("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'),
        *more,
    )


def cells(row: int, *texts: str) -> str:
    inner = "".join(f'<c r="{"ABCDEF"[n]}{row}" t="str"><v>{text}</v></c>' for n, text in enumerate(texts))
    return f'<row r="{row}">{inner}</row>'


SHEET = cells(1, "shop_id", "shop_name") + "".join(cells(n, f"S{n}", f"Shop {n}") for n in range(2, 11))


def parquet(table: pa.Table, **settings: object) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, **settings)
    return buffer.getvalue()


def shops(rows: int = 1_000) -> pa.Table:
    return pa.table({"shop_id": [f"S{n}" for n in range(rows)], "shop_name": [f"Shop {n}" for n in range(rows)]})


def with_a_broken_page() -> bytes:
    content = bytearray(parquet(shops(), compression="snappy", use_dictionary=False))
    content[200:2000] = bytes(255 - byte for byte in content[200:2000])
    return bytes(content)


def with_a_false_count() -> bytes:
    """1,000 rows that the footer says are 5,000 (numbers of it are zigzag varints)."""
    content = parquet(shops())
    begin = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    return content[:begin] + content[begin:].replace(b"\x16\xd0\x0f", b"\x16\x90\x4e", 1)


def with_a_false_size() -> bytes:
    """A zip whose directory says that 80 MB are 1,000 bytes."""
    content = bytearray(zipped(("shop.csv", "S1,x,jd\n" * 10_000_000)))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")
    return bytes(content)


LINK = stat.S_IFLNK | 0o777
# Name of the case: ending, content, reason, and what the message names.
FILES = {
    "zip bomb": ("csv.zip", lambda: zipped(("a.csv", HEADER + "S1,x,jd\n" * 10_000_000)), "too_large", "unpack to 80"),
    "zip with a false size": ("csv.zip", with_a_false_size, "unreadable", ""),
    "thousands of members": ("csv.zip", lambda: zipped(*((f"{n}", "") for n in range(3000))), "unsafe_archive", "3000"),
    "nested archive": ("csv.zip", lambda: zipped(("a.zip", zipped(("a.csv", SHOPS)))), "unsafe_archive", "a.zip"),
    "nested under another name": ("csv.zip", lambda: zipped(("a.csv", gzip.compress(b"x"))), "unsafe_archive", "a.csv"),
    "absolute path": ("csv.zip", lambda: zipped(("/etc/a.csv", SHOPS)), "unsafe_archive", "/etc/a.csv"),
    "path upwards": ("csv.zip", lambda: zipped(("a/../../a.csv", SHOPS)), "unsafe_archive", "a/../../a.csv"),
    "path of a drive": ("csv.zip", lambda: zipped(("C:\\a.csv", SHOPS)), "unsafe_archive", "C:"),
    "link inside": ("csv.zip", lambda: zipped(("a.csv", "/etc/passwd"), mode=LINK), "unsafe_archive", "a.csv"),
    "gzip bomb": ("csv.gz", lambda: gzip.compress((HEADER + "S1,x,jd\n" * 10_000_000).encode()), "too_large", "unpack"),
    "sheet to the last cell": (
        "xlsx", lambda: workbook(SHEET + '<row r="1048576"><c r="XFD1048576"/></row>'), "too_large", "row 1,048,576",
    ),
    "sheet of a million rows and 16,384 columns": (
        "xlsx", lambda: workbook(SHEET + '<row r="12"><c r="XFD12"/></row><row r="99999"><c r="A99999"/></row>'),
        "too_large", "column 16,384",
    ),
    "shared strings that unpack to much": (
        "xlsx", lambda: workbook(SHEET, ("xl/sharedStrings.xml", "<t>a</t>" * 20_000_000)), "too_large", "unpack",
    ),
    "shared strings that are said to be many": (
        "xlsx",
        lambda: workbook(SHEET, ("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}" count="9" uniqueCount="4000000000"/>')),
        "too_large", "max_memory",
    ),
    "entities inside each other": (
        "xlsx", lambda: workbook(SHEET, names=f"{BOMB}<!ENTITY z 'z'>]>"), "unreadable", "entities",
    ),
    "entities behind a long comment": (
        "xlsx", lambda: workbook(SHEET, names=f"<!--{'x' * 9999}-->{BOMB}]>"), "unreadable", "entities",
    ),
    "a million lists inside each other": ("json", lambda: b"[" * 10**6 + b"]" * 10**6, "missing_column", ""),
    "objects inside each other without an end": ("json", lambda: b'{"a":' * 10**6, "unreadable", "JSON"),
    "more fields than any table has": (
        "jsonl", lambda: "".join(json.dumps({"shop_id": f"S{n}", f"f{n}": 1}) + "\n" for n in range(3000)).encode(),
        "too_many_columns", "2000 fields",
    ),
    "NUL in the header": ("csv", lambda: HEADER.encode().replace(b"_", b"\0") + b"S1,x,jd\n", "bad_header", "line 1"),
    "a name of 10,000 characters": (
        "csv", lambda: f"shop_id,{'x' * 10_000}\nS1,2\n".encode(), "bad_header", "column 2, 'xxx",
    ),
    "100,000 columns": (
        "csv", lambda: ",".join(f"c{n}" for n in range(100_000)).encode() + b"\n1\n", "too_many_columns", "c99999",
    ),
    "100,000 columns of Parquet": (
        "parquet", lambda: parquet(pa.table({f"c{n}": [1] for n in range(5_000)})), "too_many_columns", "c4999",
    ),
    "names that differ in case alone": ("csv", lambda: b"shop_id,Name,NAME\nS1,a,b\n", "bad_header", "Name' and 'NAME"),
    "an encoding that packs": ("csv", lambda: SHOPS.encode(), "unknown_encoding", "zlib"),
    "a broken page": ("parquet", with_a_broken_page, "unreadable", "read to its end"),
    "a false count": ("parquet", with_a_false_count, "unreadable", ""),
    "rows out of nothing": (
        "parquet", lambda: parquet(pa.table({"shop_id": pa.nulls(20_000_000, pa.int8())})), "too_large", "unpack",
    ),
    "one text, ten thousand times": (
        "parquet",
        lambda: parquet(pa.table({"shop_id": pa.DictionaryArray.from_arrays([0] * 10_000, ["x" * 100_000])})),
        "too_large", "unpack to 1,000",
    ),
}  # fmt: skip
THINGS = {
    "a link out of the inbox": lambda path: path.symlink_to("/etc/passwd"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to a folder": lambda path: path.symlink_to("/etc"),
    "a pipe": os.mkfifo,
    "a socket": lambda path: socket.socket(socket.AF_UNIX).bind(os.path.relpath(path)),
}


@pytest.fixture(scope="module")
def batch(shared_desk) -> dict[str, str]:
    """What became of all hostile files and as many good ones, loaded in one go, by name of the case."""
    for place, (ending, content, *_) in enumerate(FILES.values()):
        stated = {"contract": "order.shop", "encoding": "zlib"} if "encoding that packs" in list(FILES)[place] else None
        shared_desk.file(f"order.shop.h{place:02}.20260901.1.{ending}", content(), stated)
        shared_desk.file(f"order.shop.h{place:02}good.20260901.1.csv", SHOPS.replace("S", f"G{place}S"))
    for place, make in enumerate(THINGS.values(), start=len(FILES)):
        make(shared_desk.inbox / f"order.shop.h{place:02}.20260901.1.csv")
    long = shared_desk.inbox / f"order.shop.h{len(FILES) + len(THINGS)}.20260901.1.jsonl"
    long.write_bytes(b'{"shop_id": "')
    os.truncate(long, 1 << 30)
    shared_desk.file("garbled", SHOPS).rename(shared_desk.inbox / os.fsdecode(b"order.shop.\xc9\xcc.20260901.1.csv"))
    outcomes = shared_desk.ingest(*inbox_files(shared_desk.inbox))
    names = [*FILES, *THINGS, "a line of 1 GB"]
    found = {}
    for one in outcomes:
        case = one.file_name.split(".")[2]
        name = names[int(case[1:])] if case[1:].isdigit() else case
        found[name] = one
    return found


@pytest.mark.parametrize("case", FILES)
def test_a_hostile_file_is_refused_with_a_reason_that_names_what_was_found(batch, case):
    _, _, reason, named = FILES[case]
    outcome = batch[case]
    assert outcome.status in ("refused", "held")
    assert outcome.reason.startswith(reason)
    assert outcome.file_name in outcome.reason
    assert named in outcome.reason
    assert len(outcome.reason) < 800


@pytest.mark.parametrize("case", THINGS)
def test_what_is_no_file_is_not_followed(batch, case):
    assert batch[case].status == "refused"
    assert batch[case].reason.startswith("not_a_file: order.shop.h")


def test_a_line_without_an_end_is_refused(batch):
    assert batch["a line of 1 GB"].reason.startswith("unreadable: ")
    assert "line of more than 16 MB" in batch["a line of 1 GB"].reason


def test_a_name_in_another_encoding_is_shown_and_refused(batch):
    assert batch["\\xc9\\xcc"].reason.startswith("unreadable_name: order.shop.\\xc9\\xcc")


def test_every_good_file_between_them_loads(batch, shared_desk):
    good = [one for name, one in batch.items() if name.endswith("good")]
    assert [one.status for one in good] == ["loaded"] * len(FILES)
    assert shared_desk.rows("select count(*) from raw.order__shop") == [(9 * len(FILES),)]


def test_nothing_hostile_is_looked_at_twice(batch, shared_desk):
    assert shared_desk.ingest(*inbox_files(shared_desk.inbox)) == []


def test_a_sheet_that_only_says_it_is_large_loads(desk):
    content = workbook(SHEET, before='<dimension ref="A1:XFD1048576"/>')
    assert desk.deliver("order.shop.all.20260901.1.xlsx", content).rows_loaded == 9


@pytest.mark.parametrize(
    "sidecar",
    [b"[" * 100_000, b'{"contract": "order.shop", "encoding": 5}', b" " * 2_000_000, None],
    ids=["nested", "no encoding", "huge", "a link"],
)
def test_a_hostile_manifest_refuses_its_file_alone(desk, sidecar):
    path = desk.file("order.shop.a.20260901.1.csv", SHOPS)
    beside = path.with_name(path.name + ".manifest.json")
    if sidecar is None:
        beside.symlink_to("/dev/zero")
    else:
        beside.write_bytes(sidecar)
    outcomes = desk.ingest(path, desk.file("order.shop.b.20260901.1.csv", SHOPS))
    assert [one.status for one in outcomes] == ["refused", "loaded"]


def test_names_that_are_statements_are_names_in_every_format(desk):
    names = ['a"); drop table raw.order__shop; --', "select", "备\u3000注", "' or 1=1 --", "$.a", "/~1"]
    row = {"shop_id": "S1"} | dict.fromkeys(names, "v")
    sheet = cells(1, *(name.replace("&", "&amp;").replace("<", "&lt;") for name in list(row)[:6]))
    files = {
        "jsonl": json.dumps(row).encode(),
        "json": json.dumps([row]).encode(),
        "parquet": parquet(pa.Table.from_pylist([row])),
        "xlsx": workbook(sheet + cells(2, *list(row.values())[:6])),
    }
    paths = [desk.file(f"order.shop.{kind}.20260901.1.{kind}", content) for kind, content in files.items()]
    assert [one.status for one in desk.ingest(*paths)] == ["loaded"] * 4
    drifted = desk.rows("select distinct column_name from control.drift where kind = 'unknown_column' order by 1")
    assert [name for (name,) in drifted] == sorted(names)


# ----------------------------------------------------------------------- limits

LARGE = "order.shop.large.20260901.1.csv.gz"
ROWS = gzip.compress((HEADER + "".join(f"S{n % 9},Shop,jd\n" for n in range(2_000_000))).encode(), 1)


def load(desk, limits: Limits, *paths: Path) -> list:
    clock = Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai")
    return ingest_files(desk.connection, paths, [], clock, limits=limits)


def test_a_file_that_takes_too_long_is_refused_and_tried_again_under_another_limit(desk):
    large, good = desk.file(LARGE, ROWS), desk.file("order.shop.a.20260901.1.csv", SHOPS)
    short = Limits(seconds=0.01)
    began = time.monotonic()
    outcomes = load(desk, short, large, good)
    assert [one.status for one in outcomes] == ["refused", "loaded"]
    assert outcomes[0].reason.startswith(f"too_slow: {LARGE}") and "max_seconds" in outcomes[0].reason
    assert time.monotonic() - began < 20
    assert load(desk, short, large) == []
    assert [one.status for one in load(desk, Limits(), large)] == ["loaded"]


def test_a_file_that_takes_too_much_memory_is_refused_and_the_parent_stays_small(desk):
    document = b'{"a": [' + b'"12345678",' * 8_000_000 + b'""]}'
    large = desk.file("order.shop.a.20260901.1.json", document)
    texts = "".join(f"<si><t>{n}</t></si>" for n in range(5_000_000))
    sheet = workbook(SHEET, ("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{texts}</sst>'))
    strings = desk.file("order.shop.b.20260901.1.xlsx", sheet)
    good = desk.file("order.shop.c.20260901.1.jsonl", '{"shop_id": "S1"}')
    outcomes = load(desk, Limits(memory="300MB"), large, strings, good)
    assert [one.reason and one.reason.split(":")[0] for one in outcomes] == ["too_large", "too_large", None]
    assert "max_memory" in outcomes[0].reason


CHILD = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
import duckdb
from pipelines.ingestion.delivery import inbox_files
from pipelines.ingestion.ingest import Clock, ingest_files
from pipelines.ingestion.personal import use_key
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) >> 10
connection = duckdb.connect(sys.argv[1], config={"preserve_insertion_order": False, "memory_limit": "1GB"})
use_key(connection, bytes(32))
clock = Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai")
# What is made at the first file is not the hostile files' doing.
*hostile, good = inbox_files(Path(sys.argv[2]))
before = [one.status for one in ingest_files(connection, [good], [], clock)], peak()
after = [one.status for one in ingest_files(connection, hostile, [], clock)], peak()
print(*before, *after, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10, sep="|")
"""


def test_the_memory_of_the_run_does_not_grow_with_what_is_hostile(desk):
    desk.file("order.shop.a.20260901.1.csv.gz", gzip.compress(b"shop_id\n" + b"S" * (80 << 20)))
    desk.file("order.shop.b.20260901.1.json", b'{"a": [' + b'"12345678",' * 10_000_000 + b'""]}')
    desk.file("order.shop.c.20260901.1.xlsx", FILES["sheet to the last cell"][1]())
    desk.file("order.shop.z.20260901.1.csv", SHOPS)
    desk.connection.close()
    run = [sys.executable, "-c", CHILD, str(desk.warehouse), str(desk.inbox)]
    shown = subprocess.run(run, capture_output=True, text=True, check=True, env=child_environment()).stdout
    good, before, hostile, after, reading = shown.strip().split("|")
    assert (good, hostile) == ("['loaded']", "['refused', 'refused', 'refused']")
    assert int(after) - int(before) < 50  # MB
    assert int(reading) > int(after)
    desk.open()


def child_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


# ------------------------------------------------------------------ the process


def the_child(reader: Reader) -> int:
    return reader._process._child.pid


def test_a_file_that_breaks_its_reader_is_refused_and_the_next_one_finds_another(desk):
    large = recognise(desk.file(LARGE, ROWS), "", [])
    with Reader() as reader:
        with closing(reader.parts(large)) as parts, pytest.raises(Exception, match=rf"{LARGE}.*SIGSEGV") as caught:
            for batch in next(parts):
                assert batch.num_rows
                os.kill(the_child(reader), signal.SIGSEGV)
        assert caught.value.reason == "unreadable"
        assert sum(batch.num_rows for part in reader.parts(large) for batch in part) == 2_000_000


def test_one_process_reads_all_files_and_small_texts_need_none(desk):
    small = recognise(desk.file("order.shop.a.20260901.1.csv", SHOPS), "", [])
    lines = recognise(desk.file("order.shop.b.20260901.1.jsonl", '{"shop_id": "S1"}'), "", [])
    with Reader() as reader:
        assert [batch.num_rows for part in reader.parts(small) for batch in part] == [9]
        assert reader._process is None
        children = set()
        for _ in range(3):
            assert [batch.num_rows for part in reader.parts(lines) for batch in part] == [1]
            children.add(the_child(reader))
        assert len(children) == 1
    assert not Path(f"/proc/{children.pop()}").exists()


def test_the_process_is_given_no_key_and_cannot_write_or_dump_much(desk, monkeypatch):
    monkeypatch.setenv("SUPPLYLOOP_PERSONAL_KEY", "00" * 32)
    lines = recognise(desk.file("order.shop.b.20260901.1.jsonl", '{"shop_id": "S1"}'), "", [])
    with Reader(Limits(memory="1GB", spilled=10**9)) as reader:
        list(map(list, reader.parts(lines)))
        child = the_child(reader)
        assert b"SUPPLYLOOP" not in Path(f"/proc/{child}/environ").read_bytes()
        assert resource.prlimit(child, resource.RLIMIT_DATA) == (10**9, 10**9)
        assert resource.prlimit(child, resource.RLIMIT_FSIZE) == (10**9, 10**9)
        assert resource.prlimit(child, resource.RLIMIT_CORE) == (0, 0)


ABANDONED = """
import sys, time
from pathlib import Path
from pipelines.ingestion.delivery import recognise
from pipelines.ingestion.reading.reader import Reader
reader = Reader()
parts = reader.parts(recognise(Path(sys.argv[1]), "", []))
batches = iter(next(parts))
next(batches)
print(reader._process._child.pid, flush=True)
time.sleep(60)
"""


def test_no_process_outlives_a_run_that_is_killed(desk):
    run = [sys.executable, "-c", ABANDONED, str(desk.file(LARGE, ROWS))]
    with subprocess.Popen(run, stdout=subprocess.PIPE, env=child_environment()) as parent:
        child = Path("/proc", parent.stdout.readline().decode().strip())
        assert child.exists()
        parent.kill()
    deadline = time.monotonic() + 10
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.exists()


def test_files_read_by_the_process_leave_the_same_rows_as_files_read_without(desk, monkeypatch):
    known = []
    for size in (1 << 20, 0):
        monkeypatch.setattr("pipelines.ingestion.reading.reader.SMALL", size)
        desk.empty("order.shop")
        odd = SHOPS + '"S9","a\nb",jd\n\nS10,too,many,columns\n,nameless,jd\n'.replace("\n\n", "\n  \n")
        outcome = desk.deliver("order.shop.a.20260901.1.csv", odd + "".join(f"T{n},t,jd\n" for n in range(60)))
        kept = desk.rows("select line_no, reason_code, raw_line from control.quarantine order by 1")
        known.append((outcome, desk.known("order.shop"), kept))
    assert known[0] == known[1]
    assert [line for line, *_ in known[0][2]] == [14, 15]
