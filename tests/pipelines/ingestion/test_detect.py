"""An unknown file's layout is stated with what speaks for it, and the file loads by the profile stated."""

import json

import pytest

from pipelines.ingestion.delivery import DeliveryRefusedError
from pipelines.ingestion.detect import detect
from pipelines.ingestion.reading.reader import Reader
from pipelines.ingestion.stage import staged
from pipelines.wizard.observe import Proposed
from tests.pipelines.ingestion import samples

FILES = {
    "wechat.csv": (
        samples.wechat([samples.wechat_row(1, "鞋,白"), samples.wechat_row(2)], 2, "200.00", "0.00", "1.20000"),
        {"prefix": "`", "encoding": "utf-8"}, 27, 2,
    ),
    "alipay.csv": (
        samples.alipay([samples.alipay_row(n, "1.00") for n in range(3)], 3, "3.00", "0"),
        {"encoding": "gb18030"}, 12, 3,
    ),
    "amazon.txt": (samples.AMAZON.format(total="1.230,49", fee="-4,50").encode(), {"delimiter": "\t"}, 14, 6),
    "shopify.csv": (samples.SHOPIFY.encode(), {"delimiter": ",", "quote": '"'}, 18, 3),
    "sf.xlsx": (
        samples.sf_bill([[f"SF{n}", "2025/1/5", 1.2, 1.5, 10.25, "—", 10.25, "x"] for n in range(8)], 82),
        {"format": "xlsx", "header_depth": 2}, 8, 9,
    ),
    "orders.jsonl": (
        "\n".join(json.dumps({"id": n, "lines": [{"sku": "A"}, {"sku": "B"}]}) for n in range(4)).encode(),
        {"format": "jsonl", "explode": "lines"}, 2, 8,
    ),
    "orders.json": (
        json.dumps({"code": 0, "rows": [{"id": 1}, {"id": 2}]}).encode(), {"format": "json", "records": "rows"}, 0, 2
    ),
    "utf16.csv": ("a;b\n1;x\n2;y\n".encode("utf-16"), {"encoding": "utf-16", "delimiter": ";"}, 2, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_the_layout_of_a_file_is_found_and_reads_all_its_rows(desk, tmp_path, name):
    content, settings, columns, rows = FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    found = detect(path)
    assert {key: getattr(found.profile, key) for key in settings} == settings
    assert columns in (len(found.columns), 0)
    assert all(found.evidence)
    unread = Proposed(path, found.profile.format, "", (), None, None, "proposed", "0", None, proposed=found.profile)
    with Reader(None) as reader, staged(desk.connection, unread, reader) as source:
        assert source.rows == rows
        assert source.refused.num_rows == 0


@pytest.mark.parametrize(
    "content", [b"", b"\0\1\2\3" * 100, samples.zipped({"a.txt": b"x"})], ids=["empty", "binary", "zip"]
)
def test_what_is_no_table_is_refused_by_name(tmp_path, content):
    path = tmp_path / "what.bin"
    path.write_bytes(content)
    with pytest.raises(DeliveryRefusedError, match=r"what\.bin"):
        detect(path)


def test_the_process_that_reads_states_the_layout_and_nobody_else_opens_the_file(tmp_path, monkeypatch):
    for name, (content, *_) in FILES.items():
        (tmp_path / name).write_bytes(content)
    expected = {name: detect(tmp_path / name) for name in FILES}
    monkeypatch.setattr("pipelines.ingestion.detect._begin", None)
    with Reader() as reader:
        assert {name: reader.detect(tmp_path / name) for name in FILES} == expected
        (tmp_path / "empty.csv").write_bytes(b"\0\0")
        with pytest.raises(DeliveryRefusedError, match="holds no text"):
            reader.detect(tmp_path / "empty.csv")
