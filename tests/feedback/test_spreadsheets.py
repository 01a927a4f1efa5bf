"""LibreOffice, told to evaluate what looks like a formula, finds none in what we send."""

import csv
import subprocess
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

from test_layouts import PAYLOADS

from feedback.files import Sheet, written

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
# Comma, double quote, UTF-8, from the first line; special numbers are detected, formulas evaluated.
READ_CSV = "CSV:44,34,76,1,,0,false,true,false,false,false,0,true"


def opened(soffice: Path, folder: Path, *options: str, file: Path) -> ET.Element:
    """A file as LibreOffice holds it."""
    subprocess.run(
        [soffice, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", *options,
         "--convert-to", "fods", "--outdir", str(folder), str(file)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return ET.parse(folder / f"{file.stem}.fods").getroot()


def formulas(document: ET.Element) -> list[str]:
    return [cell.get(f"{TABLE}formula") for cell in document.iter(f"{TABLE}table-cell") if cell.get(f"{TABLE}formula")]


def test_no_cell_of_a_file_that_we_send_is_evaluated_and_negatives_are_numbers(
    requires_libreoffice: Path, tmp_path: Path
) -> None:
    sheet = Sheet("a", ("text", "number"), [(payload, Decimal("-3.5")) for payload in PAYLOADS])
    naive, ours, book = tmp_path / "naive.csv", tmp_path / "ours.csv", tmp_path / "book.xlsx"
    with naive.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(sheet.rows)
    ours.write_bytes(written(sheet, "csv"))
    book.write_bytes(written(sheet, "xlsx"))
    evaluated = opened(requires_libreoffice, tmp_path, f"--infilter={READ_CSV}", file=naive)
    assert formulas(evaluated), "LibreOffice evaluates nothing, so this test would show nothing"
    for document in (
        opened(requires_libreoffice, tmp_path, f"--infilter={READ_CSV}", file=ours),
        opened(requires_libreoffice, tmp_path, file=book),
    ):
        assert formulas(document) == []
        numbers = [cell.get(f"{OFFICE}value") for cell in document.iter(f"{TABLE}table-cell")]
        assert numbers.count("-3.5") == len(PAYLOADS)
