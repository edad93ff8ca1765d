"""Reads a file of any kind a declaration comes in; its suffix, and what is in it, decide how.

The readers of office files load libraries of a second, so they are imported when such a file comes.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from activitylog.errors import DeclarationError
from activitylog.projects.declaration.sources.files import unusable
from activitylog.projects.declaration.sources.rows import DeclarationFile, Sheet, TableRow
from activitylog.projects.declaration.sources.text import csv_rows, read_text, text_rows

_MARKDOWN = re.compile(r"^[ \t]*(?:#{1,6}|>)[ \t]+|\*\*|__", re.MULTILINE)  # headings, quotes, bold
_TABLE_TAG = re.compile(r"<table[\s>]", re.IGNORECASE)
KINDS = ".txt、.md、.tsv、.csv、.html、.xlsx、.docx 或带文字层的 .pdf"
_SAVE_AS = {
    ".doc": "在 Word 里另存的 .docx",
    ".wps": "在 WPS 里另存的 .docx",
    ".rtf": "在 Word 里另存的 .docx",
    ".xls": "在 Excel 里另存的 .xlsx",
    ".et": "在 WPS 里另存的 .xlsx",
    ".ods": "在 Excel 里另存的 .xlsx",
    ".xlsm": "在 Excel 里另存的 .xlsx",
    ".ofd": "导出的 .pdf 或 .docx",
}


def read_source(path: Path) -> DeclarationFile:
    """The rows of a declaration file; raises DeclarationError for one that cannot be read."""
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        from activitylog.projects.declaration.sources.workbook import read_workbook  # noqa: PLC0415

        source = read_workbook(path)
    elif suffix in _READERS:
        rows = tuple(row for row in _READERS[suffix](path) if row.cells)
        source = DeclarationFile(path.name, (Sheet("", rows),))
    else:
        raise _unreadable_kind(path)
    if not source.rows:
        raise unusable(path, "文件是空的")
    return source


def _plain_text(path: Path) -> Iterator[TableRow]:
    text = read_text(path)
    return _page(text) if _TABLE_TAG.search(text) else text_rows(text)


def _markdown(path: Path) -> Iterator[TableRow]:
    text = read_text(path)
    return _page(text) if _TABLE_TAG.search(text) else text_rows(_MARKDOWN.sub("", text))


def _page(text: str) -> Iterator[TableRow]:
    from activitylog.projects.declaration.sources.markup import html_rows  # noqa: PLC0415

    return html_rows(text)


def _page_file(path: Path) -> Iterator[TableRow]:
    return _page(read_text(path))


def _word(path: Path) -> Iterator[TableRow]:
    from activitylog.projects.declaration.sources.word import word_rows  # noqa: PLC0415

    return word_rows(path)


def _pdf(path: Path) -> Iterator[TableRow]:
    from activitylog.projects.declaration.sources.pdf import pdf_rows  # noqa: PLC0415

    return pdf_rows(path)


def _comma_text(path: Path) -> Iterator[TableRow]:
    return csv_rows(read_text(path))


_READERS: Mapping[str, Callable[[Path], Iterator[TableRow]]] = {
    ".txt": _plain_text,
    ".md": _markdown,
    ".tsv": _plain_text,
    ".csv": _comma_text,
    ".html": _page_file,
    ".htm": _page_file,
    ".docx": _word,
    ".pdf": _pdf,
}
SUFFIXES = frozenset(_READERS) | {".xlsx"}


def _unreadable_kind(path: Path) -> DeclarationError:
    if not path.is_file():
        return unusable(path, "这是一个文件夹" if path.is_dir() else "没有这个文件，请检查路径")
    kind = f"“{path.suffix}”文件" if path.suffix else "没有扩展名的文件"
    return unusable(path, f"不能读取{kind}", _SAVE_AS.get(path.suffix.lower(), KINDS))
