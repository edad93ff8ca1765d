"""All answers as a CSV file or an Excel workbook, written as they are read: memory does not grow."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from activitylog.core.atomic_file import unwritable, whole_file
from activitylog.core.progress import Progress, silent
from activitylog.surveys.results.export_rows import Answers, Row

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

STAGE = "导出"
CHUNK = 500  # rows between two pieces of a file, and between two words of progress
ROWS_A_SHEET = 1_000_000  # Excel holds 1,048,576
SHEET = "答卷"
_BOM = "\ufeff"  # tells Excel that the file is UTF-8
_FORMULA = frozenset("=+-@\t\r")


def export_answers(answers: Answers, path: Path, *, progress: Progress = silent) -> int:
    """Write the file its name asks for; how many answers are in it."""
    with whole_file(path, ".csv", ".xlsx") as draft:
        if draft.suffix == ".csv":
            with draft.open("wb") as file:
                for piece in csv_pieces(answers, progress=progress):
                    file.write(piece)
        else:
            _write_workbook(answers, draft, progress)
    return answers.total


def csv_pieces(answers: Answers, *, progress: Progress = silent) -> Iterator[bytes]:
    """The file piece by piece, a text that Excel would take for a formula made plain."""
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


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def _write_workbook(answers: Answers, path: Path, progress: Progress) -> None:
    """Texts are written as texts, so nothing is taken for a formula; a full sheet is followed by another."""
    from xlsxwriter import Workbook  # noqa: PLC0415  (a server's start needs none of it)
    from xlsxwriter.exceptions import XlsxWriterException  # noqa: PLC0415

    try:
        with Workbook(str(path), {"constant_memory": True}) as book:
            _fill(book, answers, progress)
    except XlsxWriterException as error:
        raise unwritable(path, error) from error


def _fill(book: "Workbook", answers: Answers, progress: Progress) -> None:
    bold, done = book.add_format({"bold": True}), 0
    page = _sheet(book, answers.headings, bold)
    for rows in _chunks(answers.rows):
        for row in rows:
            if done and done % ROWS_A_SHEET == 0:
                page = _sheet(book, answers.headings, bold)
            for column, text in enumerate(row):
                if text:
                    page.write_string(done % ROWS_A_SHEET + 1, column, text)
            done += 1
        progress(STAGE, done, answers.total)


def _sheet(book: "Workbook", headings: Row, bold: "Format") -> "Worksheet":
    number = len(book.worksheets()) + 1
    page = book.add_worksheet(SHEET if number == 1 else f"{SHEET}{number}")
    page.freeze_panes(1, 0)
    page.set_column(0, len(headings) - 1, 14)
    for column, heading in enumerate(headings):
        page.write_string(0, column, heading, bold)
    return page
