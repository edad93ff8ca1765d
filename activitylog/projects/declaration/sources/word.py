"""Reads the paragraphs and tables of a Word document (.docx), inserted text included, deleted text not."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import PackageNotFoundError
from lxml.etree import XMLSyntaxError

from activitylog.projects.declaration.sources.files import check_package, read_bytes, unusable
from activitylog.projects.declaration.sources.rows import Grid, GridCell, TableRow, table_row

# What damaged files make their readers raise.
_DAMAGED = (
    *(PackageNotFoundError, BadZipFile, XMLSyntaxError, zlib.error, EOFError, OSError, RuntimeError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError),
)
_BLOCKS = "./w:p | ./w:tbl | ./w:sdt/w:sdtContent/w:p | ./w:sdt/w:sdtContent/w:tbl"
_ROWS = "./w:tr[not(w:trPr/w:del)] | ./w:sdt/w:sdtContent/w:tr"
_CELLS = "./w:tc | ./w:sdt/w:sdtContent/w:tc"
_TEXT = (
    ".//*[count(ancestor::w:tbl)={depth}][self::w:t or self::w:tab or self::w:br or self::w:p]"
    "[not(ancestor::w:del)][not(ancestor::w:moveFrom)][not(ancestor::*[local-name()='Fallback'])]"
)
_BREAKS = {"br": "\n", "p": "\n"}


def word_rows(path: Path) -> Iterator[TableRow]:
    """Every paragraph and every row of a table, numbered as they come."""
    content = read_bytes(path)
    check_package(path, content)
    try:
        yield from list(_rows(docx.Document(BytesIO(content)).element.body))
    except _DAMAGED as error:
        raise unusable(path, "这不是完好的 Word 文档", "用 Word 打开后另存的 .docx") from error


def _rows(body: Any) -> Iterator[TableRow]:
    line = 0
    for block in body.xpath(_BLOCKS):
        if block.tag.endswith("}p"):
            line += 1
            cells = _text(block, tab="\t").split("\t")
            yield table_row(line, cells, is_in_table=len(cells) > 1)
        else:
            for row in _table(block):
                line += 1
                yield table_row(line, row[0], continued=row[1])


def _table(table: Any) -> Iterator[tuple[list[str], dict[int, str]]]:
    """The rows of a table; a cell merged downwards is written in its first row only."""
    above: dict[int, str] = {}
    for row in table.xpath(_ROWS):
        cells = list(row.xpath(_CELLS))
        grid = Grid()
        skipped = [GridCell("", row.grid_before)] if row.grid_before else []
        merged = [cell.vMerge == "continue" for cell in cells]
        texts = [
            GridCell("" if is_merged else _text(cell), cell.grid_span)
            for cell, is_merged in zip(cells, merged, strict=True)
        ]
        columns, _ = grid.add_row([*skipped, *texts])
        continued, at, below = {}, row.grid_before, {}
        for cell, is_merged in zip(cells, merged, strict=True):
            if is_merged and above.get(at):
                continued[at] = above[at]
            below[at] = above.get(at, "") if is_merged else columns[at]
            at += cell.grid_span
        above = below
        yield columns, continued
        for nested in row.xpath("./w:tc/w:tbl"):
            yield from _table(nested)


def _text(element: Any, *, tab: str = " ") -> str:
    """The text of a paragraph or cell, without that of tables in it."""
    depth = len(element.xpath("ancestor::w:tbl"))
    pieces = []
    for each in element.xpath(_TEXT.format(depth=depth)):
        name = each.tag.rpartition("}")[2]
        pieces.append(tab if name == "tab" else _BREAKS.get(name) or each.text or "")
    return "".join(pieces).strip()
