from pathlib import Path

import pytest

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.sources.reader import read_source
from activitylog.projects.declaration.sources.rows import TableRow


def read_rows(path: Path) -> tuple[TableRow, ...]:
    return read_source(path).rows


TEXT = "\r\n项目名称\t科普服务\t\r\n--\t---\t--\r\n\t\t \t及时\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_common_encodings_and_line_ends_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXT.encode(encoding))
    rows = read_rows(path)
    assert [(row.line, row.cells) for row in rows] == [(2, ("项目名称", "科普服务")), (4, ("及时",))]


def test_pipes_part_cells_where_there_are_no_tabs(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("| 数量指标 | 场次 | ≥5(场) |\n|---|:--|---|\n一句话|没有表格\n", encoding="utf-8")
    table, sentence = read_rows(path)
    assert (table.cells, table.is_in_table) == (("数量指标", "场次", "≥5(场)"), True)
    assert (sentence.cells, sentence.is_in_table) == (("一句话|没有表格",), False)


def test_cells_that_excel_put_in_quotes_are_read_without_them(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text('年度资金总额\t"1,234.50"\t"说""好"""\t"\t"甲"与"乙"\n', encoding="utf-8")
    [row] = read_rows(path)
    assert row.cells == ("年度资金总额", "1,234.50", '说"好"', '"', '"甲"与"乙"')


def test_form_feeds_and_line_separators_do_not_shift_line_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("一\x0c\u2028\n二\n", encoding="utf-8")
    assert [row.line for row in read_rows(path)] == [1, 2]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "文件是空的"),
        ("\ufeff \r\n\t\n".encode(), "文件是空的"),
        (b"PK\x03\x04\x00\x00\x08\x00", "这不是文字文件"),
        (bytes(range(256)) * 4, "这不是文字文件"),
        (b"\xff\xfe\x00", "这不是文字文件"),
    ],
)
def test_empty_and_binary_files_are_refused(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(DeclarationError, match=sentence) as refused:
        read_rows(path)
    assert refused.value.problems[0].file == "a.txt"


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="文件夹"):
        read_rows(tmp_path)
    with pytest.raises(DeclarationError, match="没有这个文件"):
        read_rows(tmp_path / "none.txt")


def test_enormous_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * (10 * 1024 * 1024 + 1))
    with pytest.raises(DeclarationError, match="文件太大"):
        read_rows(path)
