import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook
from python_calamine import load_workbook as load_with_calamine

from activitylog.core.progress import no_progress
from activitylog.errors import LedgerError
from activitylog.ledger.reading.cells import ERROR_PREFIX, NOT_CALCULATED
from activitylog.ledger.reading.findings import LedgerFindings
from activitylog.ledger.reading.reader import read_ledger
from activitylog.ledger.reading.sheet_xml import ERROR, marked_workbook
from tests.factories.ledger import activity_row, expense_row, save_ledger


def refusal(path: Path) -> str:
    with pytest.raises(LedgerError) as caught:
        read_ledger(path, LedgerFindings(path.name), no_progress)
    return str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "没有找到文件" in refusal(tmp_path / "没有.xlsx")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "是文件夹" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", "活动编号,项目".encode()])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(content)
    assert "不是 .xlsx 工作簿" in refusal(path)


def test_an_old_workbook_is_distinguished_from_one_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    old = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512)
    path.write_bytes(old)
    assert "另存为 .xlsx" in refusal(path)
    path.write_bytes(old + "EncryptedPackage".encode("utf-16-le"))
    assert "密码" in refusal(path)


def test_a_zip_that_is_no_workbook_and_half_a_workbook_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    with ZipFile(path, "w") as book:
        book.writestr("a.txt", "a")
    assert "不是完好的 Excel 工作簿" in refusal(path)
    whole = save_ledger(path, 活动=[activity_row()]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "不是完好的 Excel 工作簿" in refusal(path)


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    Workbook().save(path)
    assert "空的工作簿" in refusal(path)


def test_a_workbook_without_our_sheets_names_them(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 花名册=[{"姓名": "某"}])
    assert "活动、推送、媒体报道、里程碑、支出、纸质问卷" in refusal(path)


def test_unknown_sheets_and_columns_are_reported_and_ignored(tmp_path: Path) -> None:
    path = save_ledger(
        tmp_path / "台账.xlsx", 活动=[activity_row() | {"联系人": "某"}], 花名册=[{"姓名": "某"}]
    )
    findings = LedgerFindings(path.name)
    tables = read_ledger(path, findings, no_progress)
    assert list(tables) == ["活动"]
    assert [(warning.sheet, warning.column) for warning in findings.warnings] == [
        ("花名册", ""),
        ("活动", "联系人"),
    ]


def test_a_sheet_name_may_hold_spaces_but_not_come_twice(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", **{"活 动": [activity_row()], "活动": [activity_row()]})
    findings = LedgerFindings(path.name)
    read_ledger(path, findings, no_progress)
    assert [problem.message for problem in findings.problems] == ["有两个同名的工作表，请合并为一个"]


def test_a_hidden_sheet_is_imported_like_any_other(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 支出=[expense_row()], 活动=[activity_row()])
    book = load_workbook(path)
    book["活动"].sheet_state = "hidden"
    book.create_chartsheet("图表")
    book.save(path)
    findings = LedgerFindings(path.name)
    assert list(read_ledger(path, findings, no_progress)) == ["活动", "支出"]
    assert not findings.problems
    assert not findings.warnings


def without_places(sheet: bytes) -> bytes:
    return re.sub(rb'(<c\b[^>]*?) r="[A-Z]+[0-9]+"', rb"\1", sheet)


def with_a_prefix(sheet: bytes) -> bytes:
    return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", sheet).replace(b"xmlns=", b"xmlns:x=")


def as_strict(sheet: bytes) -> bytes:
    return sheet.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    )


@pytest.mark.parametrize("rewrite", [without_places, with_a_prefix, as_strict])
def test_a_sheet_written_in_a_rare_way_is_never_taken_for_empty(
    tmp_path: Path, rewrite: Callable[[bytes], bytes]
) -> None:
    path = save_ledger(tmp_path / "一.xlsx", 活动=[activity_row()], 支出=[expense_row()])
    with ZipFile(path) as book, ZipFile(tmp_path / "二.xlsx", "w") as copy:
        for part in book.namelist():
            content = book.read(part)
            copy.writestr(part, rewrite(content) if part.endswith("sheet1.xml") else content)
    findings = LedgerFindings("二.xlsx")
    tables = read_ledger(tmp_path / "二.xlsx", findings, no_progress)
    assert list(tables) == ["活动", "支出"]
    assert [row.values["title"] for row in tables["活动"].rows] == [activity_row()["活动名称"]]
    assert not findings.problems


def test_a_stray_cell_far_out_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row()])
    book = load_workbook(path)
    book["活动"]["XFD1048576"] = "误填"
    book.save(path)
    assert "工作表“活动”一直用到第 1048576 行、第 16384 列" in refusal(path)


@pytest.mark.parametrize("seed", range(40))
def test_damage_anywhere_in_the_file_ends_in_a_sentence(tmp_path: Path, seed: int) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row()])
    content = bytearray(path.read_bytes())
    chance = Random(seed)
    for _ in range(20):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content)
    with suppress(LedgerError):
        read_ledger(path, LedgerFindings(path.name), no_progress)


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
    with load_with_calamine(marked_workbook(path).file) as workbook:
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
        ('<c r="A1"><f>1-1</f><v>0</v></c>', f"{ERROR_PREFIX}{NOT_CALCULATED}"),
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
    assert marked_workbook(path).file is path


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("0000", 1, "0001"),
        ("000000", 240007, "240007"),
        ('"2024-"0000', 7, "2024-0007"),
        ('"沪科"\\-000', 12, "沪科-012"),
        ('"第"0"号"', 3, "第3号"),
        ("[Red]0000", 1, "0001"),
        ("0", 1, "1"),
        ("0.00", 1, "1"),
        ("General", 1, "1"),
    ],
)
def test_a_number_is_read_as_it_is_displayed(
    tmp_path: Path, code: str, number: int, shown: str | None
) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row()])
    book = load_workbook(path)
    sheet = book["活动"]
    sheet["A2"], sheet["A2"].number_format = number, code
    heads = next(cell for cell in sheet[1] if cell.value == "现场人数").column
    sheet.cell(2, heads).number_format = code
    book.save(path)
    findings = LedgerFindings(path.name)
    (row,) = read_ledger(path, findings, no_progress)["活动"].rows
    assert row.values["number"] == shown
    assert (row.values["audience_onsite"], findings.problems) == (120, [])


def test_a_number_of_more_digits_than_excel_keeps_is_refused_with_its_place(tmp_path: Path) -> None:
    path = save_ledger(tmp_path / "台账.xlsx", 活动=[activity_row(number=202406030001234567)])  # type: ignore[arg-type]
    findings = LedgerFindings(path.name)
    read_ledger(path, findings, no_progress)
    (problem,) = findings.problems
    assert (problem.sheet, problem.row, problem.column) == ("活动", 2, "活动编号")
    assert "超过 15 位" in problem.message
