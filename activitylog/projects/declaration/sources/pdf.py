"""Reads the ruled tables and the lines of a PDF with a text layer; a scanned one is refused."""

import logging
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pdfplumber
import pypdfium2
from pdfminer.psexceptions import PSException
from pdfplumber.page import Page
from pdfplumber.utils.exceptions import PdfminerException

from activitylog.projects.declaration.sources.files import read_bytes, unusable
from activitylog.projects.declaration.sources.rows import TableRow, table_row

logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns of every odd font
MOST_PAGES = 60
# What damaged files make their readers raise.
_DAMAGED = (
    *(PdfminerException, PSException, pypdfium2.PdfiumError, zlib.error, struct.error, RecursionError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, AssertionError, OverflowError),
)
_WRAPPED = re.compile(r"(?<![A-Za-z0-9.,;])\n|\n(?![A-Za-z0-9])")
_NEAR = 3.0  # points by which two edges of one line may differ
Box = tuple[float, float, float, float]  # left, top, right, bottom, from the page's upper left corner


class _Line(NamedTuple):
    """The cells of a table's row, or a line of text; texts of merged cells above by column."""

    cells: list[str]
    is_in_table: bool
    continued: dict[int, str]


def pdf_rows(path: Path) -> Iterator[TableRow]:
    """The rows of every page from top to bottom, numbered through the file."""
    content = read_bytes(path)
    try:
        with pdfplumber.open(BytesIO(content)) as document:
            if len(document.pages) > MOST_PAGES:
                raise unusable(path, f"文件有 {len(document.pages)} 页", f"只有申报表的 {MOST_PAGES} 页以内")
            lines = _lines(document.pages, content)
    except _DAMAGED as error:
        raise unusable(path, "这不是完好的 PDF，或有密码", "可以打开的、没有密码的 PDF") from error
    if not any(any(line.cells) for line in lines):
        raise unusable(path, "这是扫描件，没有文字层", "Word、Excel 文件，或做过文字识别的 PDF")
    for number, line in enumerate(lines, 1):
        yield table_row(number, line.cells, is_in_table=line.is_in_table, continued=line.continued)


def _lines(pages: Sequence[Page], content: bytes) -> list[_Line]:
    """The lines of all pages; the rest of a cell that a page's end cut is put behind its beginning."""
    lines: list[_Line] = []
    for page in pages:
        last = next((line for line in reversed(lines) if line.is_in_table), None)
        first = len(lines)
        lines += _page_lines(page, _text_of(page, content))
        rest = next((line for line in lines[first:] if line.is_in_table), None)
        if last is not None and rest is not None and _goes_on(last, rest):
            column = next(at for at, cell in enumerate(rest.cells) if cell)
            last.cells[column] += rest.cells[column]
            lines.remove(rest)
    return lines


def _goes_on(last: _Line, rest: _Line) -> bool:
    """Whether the first row of a page is the rest of one cell of the last row before."""
    filled = [at for at, cell in enumerate(rest.cells) if cell]
    if len(filled) != 1 or len(last.cells) != len(rest.cells):
        return False
    return bool(last.cells[filled[0]]) and not rest.cells[filled[0]].endswith("指标")


def _text_of(page: Page, content: bytes) -> Callable[[Box], str]:
    """The text in a box of the page; where pdfminer knows the font's encoding not, PDFium may."""
    if page.chars:
        return lambda box: page.crop(box, strict=False).extract_text() or ""
    document = pypdfium2.PdfDocument(content)
    text = document[page.page_number - 1].get_textpage()
    height = float(page.height)

    def bounded(box: Box) -> str:
        left, top, right, bottom = box
        found: str = text.get_text_bounded(left, height - bottom, right, height - top)
        return found.replace("\r\n", "\n")

    return bounded


def _page_lines(page: Page, text: Callable[[Box], str]) -> Iterator[_Line]:
    top, width, height = 0.0, float(page.width), float(page.height)
    for table in sorted(_tables(page), key=lambda table: table.bbox[1]):
        yield from _text_lines(text, (0, top, width, table.bbox[1]))
        yield from _table_lines(table, text)
        top = max(top, table.bbox[3])
    yield from _text_lines(text, (0, top, width, height))


def _tables(page: Page) -> Sequence[Any]:
    """The ruled tables; one that a page's end cuts is closed where its upright lines end."""
    upright = [edge for edge in page.edges if edge["orientation"] == "v"]
    if not upright:
        return page.find_tables()
    ends = [min(edge["top"] for edge in upright), max(edge["bottom"] for edge in upright)]
    return page.find_tables({"explicit_horizontal_lines": ends})


def _joined(text: str) -> str:
    """The text of a cell whose lines were wrapped; only between Latin letters or digits a space is left."""
    return _WRAPPED.sub("", text.strip()).replace("\n", " ")


def _text_lines(text: Callable[[Box], str], box: Box) -> Iterator[_Line]:
    if box[3] - box[1] > 1:
        for line in text(box).split("\n"):
            yield _Line([line], False, {})


def _table_lines(table: Any, text: Callable[[Box], str]) -> Iterator[_Line]:
    """The cells by column; a merged cell is in its first row, and reaches down as far as its box."""
    reach: dict[int, tuple[float, str]] = {}
    for row in table.rows:
        middle = (row.bbox[1] + row.bbox[3]) / 2
        cells, continued = [], {}
        for column, box in enumerate(row.cells):
            cells.append(_joined(text(box)) if box else "")
            if box:
                reach[column] = (box[3], cells[-1])
            elif column in reach and reach[column][0] > middle + _NEAR and reach[column][1]:
                continued[column] = reach[column][1]
        yield _Line(cells, True, continued)
