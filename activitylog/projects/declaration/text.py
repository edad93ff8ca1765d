"""Reads a text file into rows of non-empty cells with their line numbers."""

import re
from dataclasses import dataclass
from pathlib import Path

from activitylog.core.text.words import clean_text
from activitylog.errors import DeclarationError, Problem

LARGEST_FILE = 10 * 1024 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_DASHES = re.compile(r"[\s:|_=‐-―─━-]+")


@dataclass(frozen=True, slots=True)
class TextRow:
    """The non-empty cells of a line, in order; `is_in_table` when the line has a cell separator."""

    line: int
    cells: tuple[str, ...]
    is_in_table: bool


def read_rows(path: Path) -> tuple[TextRow, ...]:
    """Read a text file; lines that are blank or only dashes are left out."""
    text = _decoded(path).replace("\r\n", "\n").replace("\r", "\n")
    rows = tuple(row for row in map(_row, range(1, text.count("\n") + 2), text.split("\n")) if row.cells)
    if not rows:
        raise _unusable(path, "文件是空的")
    return rows


def _row(number: int, line: str) -> TextRow:
    if _DASHES.fullmatch(line):
        return TextRow(number, (), is_in_table=False)
    separator = "\t" if "\t" in line else "|"
    is_in_table = line.count(separator) > (separator == "|")
    parts = line.split(separator) if is_in_table else [line]
    cells = (clean_text(part) for part in parts)
    return TextRow(number, tuple(cell for cell in cells if cell and not _DASHES.fullmatch(cell)), is_in_table)


def _decoded(path: Path) -> str:
    data = _read_bytes(path)
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text) is None:
            return text
    raise _unusable(path, "这不是文字文件，或已损坏", "UTF-8 或 GB18030 编码的文字")


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    return ("utf-8-sig", "gb18030")


def _read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise _unusable(path, "这是一个文件夹", "一个申报表文件")
    if not path.exists():
        raise _unusable(path, "没有这个文件，请检查路径")
    if path.stat().st_size > LARGEST_FILE:
        raise _unusable(path, "文件太大，不像是申报表", "不超过 10 MB 的文件")
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, "文件打不开，请检查是否有读取权限") from error


def _unusable(path: Path, message: str, expected: str = "") -> DeclarationError:
    problem = Problem(message, file=path.name or str(path), expected=expected)
    return DeclarationError(f"申报表“{problem.file}”无法读取：{message}。", problems=[problem])
