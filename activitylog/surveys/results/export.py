"""Exports answers as CSV or Excel, written as they are read: memory does not grow."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from activitylog.core.atomic_file import write_atomically
from activitylog.core.progress import Progress, no_progress
from activitylog.core.spreadsheets import SheetColumn, add_table, new_workbook, write_cell
from activitylog.surveys.results.export_rows import Answers, ExportRow

STAGE = "导出"
CHUNK = 500  # rows between two pieces of a file, and between two progress reports
ROWS_A_SHEET = 1_000_000  # Excel holds 1,048,576
SHEET = "答卷"
_BOM = "\ufeff"  # tells Excel that the file is UTF-8
_FORMULA = frozenset("=+-@\t\r")


def export_answers(answers: Answers, path: Path, *, progress: Progress = no_progress) -> int:
    """Write .csv or .xlsx by the path's suffix; returns the number of answers."""
    if path.suffix.lower() == ".xlsx":
        with new_workbook(path, in_one_pass=True) as book:
            _fill(book, answers, progress)
    else:
        with write_atomically(path, ".csv", ".xlsx") as draft, draft.open("wb") as file:
            file.writelines(csv_pieces(answers, progress=progress))
    return answers.total


def csv_pieces(answers: Answers, *, progress: Progress = no_progress) -> Iterator[bytes]:
    """The CSV file in chunks; a text that Excel would take for a formula is quoted."""
    buffer = io.StringIO(newline="")
    buffer.write(_BOM)
    writer = csv.writer(buffer)
    done = 0
    for rows in _chunks(chain([answers.headings], answers.rows)):
        writer.writerows([f"'{cell}" if cell[:1] in _FORMULA else cell for cell in row] for row in rows)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
        done += len(rows)
        progress(STAGE, min(done, answers.total), answers.total)


def _chunks(rows: Iterable[ExportRow]) -> Iterator[list[ExportRow]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _fill(book: Workbook, answers: Answers, progress: Progress) -> None:
    """Write the rows, on a new sheet every ROWS_A_SHEET rows."""
    bold, done = book.add_format({"bold": True}), 0
    page = _sheet(book, answers.headings, bold)
    for rows in _chunks(answers.rows):
        for row in rows:
            if done and done % ROWS_A_SHEET == 0:
                page = _sheet(book, answers.headings, bold)
            for column, text in enumerate(row):
                write_cell(page, done % ROWS_A_SHEET + 1, column, text)
            done += 1
        progress(STAGE, done, answers.total)


def _sheet(book: Workbook, headings: ExportRow, bold: Format) -> Worksheet:
    number = len(book.worksheets()) + 1
    columns = (SheetColumn(heading, 14) for heading in headings)
    return add_table(book, SHEET if number == 1 else f"{SHEET}{number}", columns, bold)
