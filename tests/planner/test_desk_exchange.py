"""The list goes out as a spreadsheet and comes back with what was changed, after a look at the differences."""

import csv
import io

import openpyxl
import pytest
from desk_workspace import name_of

ONE, TWO, THREE = name_of(1), name_of(2), name_of(3)


def exported(someone, ending: str = "csv", **words: str) -> bytes:
    return someone.get(f"/t/shop/api/export.{ending}", params=words).content


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def as_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def test_a_view_goes_out_as_it_is_listed(browser) -> None:
    someone = browser("analyst")
    rows = rows_of(exported(someone, search="runner 3"))
    assert [(row["suggestion_id"], row["quantity"], row["new_quantity"]) for row in rows] == [(THREE, "36", "36")]
    sheet = openpyxl.load_workbook(io.BytesIO(exported(someone, "xlsx"))).active
    assert [cell.value for cell in sheet[1]][:3] == ["suggestion_id", "version", "sku_id"]
    assert [sheet.cell(row, 1).value for row in (2, 3, 4)] == [THREE, TWO, ONE]
    assert someone.get("/t/shop/api/export.exe").status_code == 400


def test_what_is_hidden_does_not_go_out(desk, browser) -> None:
    object.__setattr__(desk.workplaces["shop"].tenant, "hidden", {"analyst": ("cost", "supplier")})
    [first, *_] = rows_of(exported(browser("analyst")))
    assert "sku_name" in first and not {"unit_cost", "amount", "supplier_id", "supplier_name"} & set(first)


def test_changed_quantities_come_back_after_a_look(browser) -> None:
    boss = browser("approver")
    rows = rows_of(exported(boss))
    for row in rows:
        if row["suggestion_id"] == TWO:
            row["new_quantity"] = "1,200"
    content = as_csv(rows)
    shown = boss.change("import/preview", content=content).json()
    assert shown["changes"] == [{"suggestion_id": TWO, "before": "24.0", "after": "1200"}]
    assert shown["fault_count"] == 0
    assert boss.change("import/apply", content=content, seal=shown["seal"], reason="nope").status_code == 400
    assert boss.change("import/apply", content=content, seal="x", reason="budget").status_code == 409
    done = boss.change("import/apply", content=content, seal=shown["seal"], reason="budget").json()
    assert done == {"changed": 1} and boss.line(TWO)["quantity"] == 1200
    # The same file again is of a version that is gone.
    again = boss.change("import/apply", content=content, seal=shown["seal"], reason="budget")
    assert again.status_code == 409 and boss.line(TWO)["version"] == 2


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"new_quantity": "-1"}, "new_quantity"), ({"new_quantity": "a lot"}, "new_quantity"),
        ({"new_quantity": ""}, "new_quantity"), ({"suggestion_id": "BUY-0"}, "suggestion_id"),
        ({"version": "9", "new_quantity": "48"}, "version"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named_and_nothing_is_written(browser, changed, column) -> None:
    boss = browser("approver")
    rows = rows_of(exported(boss))
    rows[1] |= changed
    shown = boss.change("import/preview", content=as_csv(rows)).json()
    assert [(fault["row"], fault["column"]) for fault in shown["faults"]] == [(3, column)]
    assert boss.change("import/apply", content=as_csv(rows), seal=shown["seal"], reason="budget").status_code == 409


def test_a_file_without_its_header_says_what_to_do(browser) -> None:
    answer = browser("approver").change("import/preview", content="a,b\n1,2\n")
    assert answer.status_code == 400 and "export the list" in answer.json()["error"]


def test_a_decided_line_and_a_doubled_one_stay_as_they_are(browser) -> None:
    boss = browser("approver")
    rows = [row | {"new_quantity": "48"} for row in rows_of(exported(boss))]
    boss.change("approve", **boss.seen(ONE))
    doubled = [*rows, rows[0]]
    whys = [fault["why"] for fault in boss.change("import/preview", content=as_csv(doubled)).json()["faults"]]
    assert any("decided already" in why for why in whys) and any("twice" in why for why in whys)


def test_a_planner_brings_nothing_in_at_once(browser) -> None:
    ann = browser("planner")
    assert ann.change("import/apply", content="", seal="").status_code == 403
