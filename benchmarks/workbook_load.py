"""A workbook of N rows x 13 columns, staged and loaded: ``python -m benchmarks.workbook_load``.

The cases of `csv_load` as a spreadsheet saves them: numbers as numbers, texts once in a list of their own. Staging is
what a workbook costs more than a text: looked at for damaged numbers, read as cells, handed over and written.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb
import polars as pl

from benchmarks.cases import FILE_NAME, write_cases
from benchmarks.ingest_speed import cpu_seconds
from benchmarks.scratch import scratch_warehouse
from pipelines.ingestion.delivery import content_hash, recognise
from pipelines.ingestion.ingest import Clock, ingest_files
from pipelines.ingestion.reading.reader import Reader
from pipelines.ingestion.stage import staged

NUMBER = r"^-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?$"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
FIXED_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    '<sheet name="cases" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
}


def main() -> None:
    """Print rows per second and CPU seconds of staging alone and of the whole load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE_NAME.replace(".csv", ".xlsx")
        write_workbook(file, asked.rows, asked.seed)
        print(f"file rows={asked.rows:,} bytes={file.stat().st_size:,}")
        with scratch_warehouse([file]) as connection:
            _timed("staged", asked.rows, lambda: _stage(connection, file))
            _timed("loaded", asked.rows, lambda: _load(connection, file))


def write_workbook(path: Path, rows: int, seed: int) -> None:
    """Write `rows` cases below a row of names to `path`."""
    text = path.with_suffix(".csv")
    write_cases(text, rows, seed)
    cases = pl.read_csv(text, infer_schema=False).fill_null("")
    text.unlink()
    table = pl.concat([pl.DataFrame({name: [name] for name in cases.columns}), cases])
    strings = pl.concat(list(table)).unique(maintain_order=True)
    places = pl.DataFrame({"text": strings, "place": pl.int_range(strings.len(), eager=True).cast(pl.String)})
    row = pl.int_range(1, table.height + 1, eager=True).cast(pl.String)
    cells = [_cells(table[name], chr(65 + place), row, places) for place, name in enumerate(table.columns)]
    lines = pl.select('<row r="' + row + '">' + pl.concat_str(cells) + "</row>").to_series()
    listed = "".join(f"<si><t>{escape(string)}</t></si>" for string in strings)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as workbook:
        for name, content in FIXED_PARTS.items():
            workbook.writestr(name, content)
        workbook.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{listed}</sst>')
        with io.TextIOWrapper(workbook.open("xl/worksheets/sheet1.xml", "w"), "utf-8") as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>')
            sheet.writelines(lines)
            sheet.write("</sheetData></worksheet>")


def _cells(values: pl.Series, letter: str, row: pl.Series, places: pl.DataFrame) -> pl.Series:
    """XML of a column's cells: a number as it is, a text by its place in the list, nothing for nothing."""
    place = values.to_frame("text").join(places, on="text", how="left", maintain_order="left")["place"]
    number = f'<c r="{letter}' + row + '"><v>' + values + "</v></c>"
    text = f'<c r="{letter}' + row + '" t="s"><v>' + place + "</v></c>"
    return pl.select(
        pl.when(values.str.contains(NUMBER)).then(number).when(values != "").then(text).otherwise(pl.lit(""))
    ).to_series()


def _stage(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    with Reader() as reader, staged(connection, recognise(file, content_hash(file), []), reader):
        pass


def _load(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    [outcome] = ingest_files(connection, [file], [], Clock(datetime(2026, 11, 1, tzinfo=UTC), "Asia/Shanghai"))
    print(outcome)


def _timed(what: str, rows: int, work) -> None:
    began, spent = time.perf_counter(), cpu_seconds()
    work()
    seconds, spent = time.perf_counter() - began, cpu_seconds() - spent
    print(f"{what} wall={seconds:.2f}s cpu={spent:.2f}s rows_per_second={rows / seconds:,.0f}")


if __name__ == "__main__":
    main()
