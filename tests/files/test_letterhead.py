"""Workbooks carry the office's name and logo on paper, from every page and command that writes one."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

from openpyxl import load_workbook
from PIL import Image

from activitylog.core.spreadsheets import Cell, ListColumn, write_list
from activitylog.files.letterhead import under_letterhead
from activitylog.pages.settings.operations import logo_address
from activitylog.settings import Settings

OFFICE = "徐汇区科普&青少年中心"


def test_a_workbook_carries_name_and_logo_above_every_page(tmp_path: Path) -> None:
    settings, drawn = Settings(tmp_path, "sqlite://", "key"), io.BytesIO()
    Image.new("RGB", (640, 480), "navy").save(drawn, format="PNG")
    drawn.seek(0)
    office = replace(settings, office_name=OFFICE, office_logo=logo_address(drawn, "标志.png"))
    with under_letterhead(office):
        write(tmp_path / "有.xlsx")
    write(tmp_path / "没有.xlsx")
    book = load_workbook(tmp_path / "有.xlsx")
    assert book.properties.creator == OFFICE
    header = book.worksheets[0].oddHeader
    assert header.left.text == f"&G {OFFICE.replace('&', '&&')}"
    with zipfile.ZipFile(tmp_path / "有.xlsx") as parts:
        [logo] = [name for name in parts.namelist() if name.endswith(".png")]
        with Image.open(io.BytesIO(parts.read(logo))) as picture:
            assert picture.height / picture.info["dpi"][1] < 0.41  # inches
    assert not load_workbook(tmp_path / "没有.xlsx").worksheets[0].oddHeader.left.text


def write(path: Path) -> None:
    columns: list[ListColumn[Cell]] = [ListColumn("名称", lambda row: row)]
    write_list(path, "场所", columns, ["上海科技馆"])
