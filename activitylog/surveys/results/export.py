"""Exports answers as CSV or Excel, written as they are read: memory does not grow."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from activitylog.activities.models import Activity
from activitylog.activities.rules import STATUS_LABELS, Status
from activitylog.core.atomic_file import write_atomically
from activitylog.core.dialects import business_day_text, day_text
from activitylog.core.progress import Progress, no_progress
from activitylog.core.spreadsheets import SheetColumn, add_table, new_workbook, write_cell
from activitylog.projects.models import Project
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import Response
from activitylog.surveys.questionnaires.rules import (
    JOINED_BY,
    OVERALL,
    Question,
    Questionnaire,
    Wording,
)
from activitylog.surveys.results.queries import RANDOM_ORDER, attendee_questionnaires
from activitylog.surveys.rules import FLAG_LABELS, GRADES

STAGE = "导出"
CHUNK = 500  # rows between two pieces of a file, and between two progress reports
ROWS_A_SHEET = 1_000_000  # Excel holds 1,048,576
SHEET = "答卷"
_BOM = "\ufeff"  # tells Excel that the file is UTF-8
_FORMULA = frozenset("=+-@\t\r")
BATCH = 1000  # answers held at a time
HEADINGS = (
    "活动编号",
    "活动名称",
    "项目",
    "活动日期",
    "状态",
    "提交日期",
    "计入",
    "标记",
    "问卷",
    "总体评价",
)
_GRADES = {int(grade): str(word) for grade, word in GRADES}
ExportRow = Sequence[str]


@dataclass(frozen=True, slots=True)
class Answers:
    """An export: headings, the number of rows, and the rows, which can be read once."""

    headings: ExportRow
    rows: Iterator[ExportRow]
    total: int


def answers_of(session: Session, among: ColumnElement[bool]) -> Answers:
    """The activities' answers, anonymous: neither devices nor the order of submission can be seen."""
    # a query of its own: grouping would make SQLite sort every answer in memory
    versions = select(Response.questionnaire).join_from(Activity, Response).where(among).distinct()
    total = select(func.count()).select_from(Activity).join(Response).where(among)
    answered = set(session.scalars(versions))
    questionnaires = [each for each in attendee_questionnaires(session) if each.version in answered]
    questions = [(each, question) for each in questionnaires for question in _optional_questions(each)]
    headings = [_heading(each, question, is_alone=len(questionnaires) == 1) for each, question in questions]
    return Answers((*HEADINGS, *headings), _rows(session, among, questionnaires), session.scalar(total) or 0)


def _optional_questions(questionnaire: Questionnaire) -> list[Question]:
    return [question for question in questionnaire.questions if question.key != OVERALL]


def _heading(questionnaire: Questionnaire, question: Question, *, is_alone: bool) -> str:
    return str(question.sentence) if is_alone else f"{question.sentence}（{questionnaire.version}）"


@dataclass(frozen=True, slots=True)
class _Version:
    """A questionnaire version's columns: empty cells before and after, and the text of each answer."""

    before: ExportRow
    questions: Sequence[tuple[str, Wording]]
    after: ExportRow

    def cells(self, answers: Mapping[str, Any]) -> list[str]:
        found = ((answers.get(key), word) for key, word in self.questions)
        cells = ["" if answer is None else word(answer) for answer, word in found]
        return [*self.before, *cells, *self.after]


def _versions(questionnaires: Sequence[Questionnaire]) -> dict[str, _Version]:
    optional = [_optional_questions(each) for each in questionnaires]
    widths = [len(questions) for questions in optional]
    return {
        each.version: _Version(
            [""] * sum(widths[:place]),
            [(question.key, question.kind.wording(question)) for question in optional[place]],
            [""] * sum(widths[place + 1 :]),
        )
        for place, each in enumerate(questionnaires)
    }


def _rows(
    session: Session, among: ColumnElement[bool], questionnaires: Sequence[Questionnaire]
) -> Iterator[ExportRow]:
    """Rows by activity: the database sorts no more than one activity's answers at a time."""
    versions = _versions(questionnaires)
    unknown = _Version([], [], [""] * sum(len(each.questions) - 1 for each in questionnaires))
    found = session.execute(_answers().where(among), execution_options={"yield_per": BATCH})
    current, head = None, tuple[str, ...]()
    for (
        activity_id,
        number,
        title,
        project,
        day,
        status,
        on,
        excluded,
        flags,
        version,
        overall,
        answers,
    ) in found:
        if activity_id != current:
            current, head = activity_id, (number, title, project, day, STATUS_LABELS[Status(status)])
        tail = versions.get(version, unknown).cells(answers)
        counts, flagged = "否" if excluded else "是", _flag_labels(flags) if flags else ""
        yield [*head, on, counts, flagged, version, _GRADES[overall], *tail]


@cache
def _flag_labels(flags: int) -> str:
    return JOINED_BY.join(label for flag, label in FLAG_LABELS.items() if flags & flag)


def _answers() -> Any:
    return (
        select(
            Activity.id,
            Activity.number,
            Activity.title,
            Project.name,
            day_text(Activity.happens_on),
            Activity.status,
            business_day_text(Response.submitted_at),
            ~IS_COUNTED,
            Response.flags,
            Response.questionnaire,
            Response.overall,
            Response.answers,
        )
        .join(Response, Response.activity_id == Activity.id)
        .join(Project, Project.id == Activity.project_id)
        .order_by(Activity.id, *RANDOM_ORDER)
    )


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
