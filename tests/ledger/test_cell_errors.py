"""Cells with errors are not read as blank, and sound cells are not changed."""

import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from python_calamine import load_workbook

from activitylog.ledger.cell_errors import ERROR, ERROR_PREFIX, NOT_CALCULATED, with_cell_errors


def written(path: Path, *cells: str) -> list[object]:
    """What calamine reads from a first row of these cells, written as XML."""
    Workbook().save(path)
    with ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    row = f'<sheetData><row r="1">{"".join(cells)}</row></sheetData>'
    parts["xl/worksheets/sheet1.xml"] = re.sub(
        rb"<sheetData ?/>|<sheetData></sheetData>", lambda _: row.encode(), parts["xl/worksheets/sheet1.xml"]
    )
    with ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    with load_workbook(with_cell_errors(path)) as workbook:
        return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)[0]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A1" t="e"><v>#N/A</v></c>', f"{ERROR_PREFIX}#N/A"),
        ('<c r="A1" s="0" t="e"><f>1/0</f><v>#DIV/0!</v></c>', f"{ERROR_PREFIX}#DIV/0!"),
        ('<c r="A1" t="e"/>', f"{ERROR_PREFIX}{ERROR}"),
        ('<c r="A1"><f>1+1</f></c>', f"{ERROR_PREFIX}{NOT_CALCULATED}"),
        ('<c r="A1"><f>1+1</f><v></v></c>', f"{ERROR_PREFIX}{NOT_CALCULATED}"),
        ('<c r="A1"><f>1+1</f><v/></c>', f"{ERROR_PREFIX}{NOT_CALCULATED}"),
        ('<c r="A1"><f t="shared" si="0"/><v>2</v></c>', 2.0),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', 2.0),
        ('<c r="A1"><f>0</f><v>0</v></c>', 0.0),
        ('<c r="A1" t="str"><f>A2&amp;""</f><v></v></c>', ""),
        ('<c r="A1" t="str"><f>"a&amp;b"</f><v>a&amp;b</v></c>', "a&b"),
        ('<c r="A1" t="b"><f>TRUE()</f><v>1</v></c>', True),
        ('<c r="A1" s="0"/>', ""),
        ('<c r="A1" t="inlineStr"><is><t>#N/A</t></is></c>', "#N/A"),
    ],
)
def test_only_what_would_be_read_as_blank_is_marked(tmp_path: Path, cell: str, value: object) -> None:
    other = '<c r="B1" t="inlineStr"><is><t>另一格</t></is></c>'
    assert written(tmp_path / "一.xlsx", cell, other) == [value, "另一格"]


def test_a_workbook_with_nothing_to_mark_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "一.xlsx"
    book = Workbook()
    book.worksheets[0].append(["一", 2])
    book.save(path)
    assert with_cell_errors(path) is path
