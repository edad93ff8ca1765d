"""Reads text files: cells parted by tabs, pipes or commas, or copied from a page a cell a line."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

from activitylog.projects.declaration.sources.files import read_bytes, unusable
from activitylog.projects.declaration.sources.rows import TableRow, is_rule, table_row

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_LONE_CELL = re.compile(r"\s*([^|]*[^|\s][^|]*)\|\s*")  # a line that is one cell of a copied web table
_ROW_END = re.compile(r"[\s|]*\|[\s|]*")


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, GB18030 or UTF-16, with plain line ends."""
    data = read_bytes(path)
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) is None:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise unusable(path, "这不是文字文件，或已损坏", "UTF-8 或 GB18030 编码的文字")


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    return ("utf-8-sig", "gb18030")


def text_rows(text: str) -> Iterator[TableRow]:
    """The rows of a text; cells that stand a line each, ended by pipes, are joined to their row."""
    waiting: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        lone = _LONE_CELL.fullmatch(line) if "\t" not in line else None
        if lone:
            waiting.append((number, lone[1]))
            continue
        if waiting:
            yield from _joined(waiting, is_row=_ROW_END.fullmatch(line) is not None)
            waiting = []
        if not is_rule(line):
            yield _row(number, line)
    yield from _joined(waiting, is_row=len(waiting) > 1)


def _joined(cells: list[tuple[int, str]], *, is_row: bool) -> Iterator[TableRow]:
    if is_row:
        yield table_row(cells[0][0], [text for _, text in cells], is_in_table=len(cells) > 1)
        return
    for line, text in cells:
        yield table_row(line, [text], is_in_table=False)


def _row(number: int, line: str) -> TableRow:
    separator = "\t" if "\t" in line else "|"
    is_in_table = line.count(separator) > (separator == "|")
    if not is_in_table:
        return table_row(number, [line], is_in_table=False)
    parts = line.split(separator)
    if separator == "|" and not parts[0].strip():
        parts = parts[1:]
    return table_row(number, [_unquoted(part.strip()) for part in parts])


def _unquoted(cell: str) -> str:
    """A cell without the quotation marks that Excel puts around one with a comma."""
    is_quoted = len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', "")
    return cell[1:-1].replace('""', '"') if is_quoted else cell


def csv_rows(text: str) -> Iterator[TableRow]:
    """The rows of a file of commas, semicolons or tabs, whichever its lines use most."""
    separator = max(",;\t", key=text.count)
    reader = csv.reader(StringIO(text), delimiter=separator)
    line = 0
    for cells in reader:
        yield table_row(line + 1, cells, is_in_table=sum(bool(cell.strip()) for cell in cells) > 1)
        line = reader.line_num
