"""Rows of the answers' export, the same for CSV and Excel."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import STATUS_LABELS, Status
from activitylog.core.dialects import business_day_text, day_text
from activitylog.projects.models import Project
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.flags import FLAG_LABELS
from activitylog.surveys.models import Response
from activitylog.surveys.questionnaires.questions import OVERALL, TYPES, Counting, Question, Questionnaire
from activitylog.surveys.results.queries import attendee_questionnaires
from activitylog.surveys.rules import GRADES, mask_numbers

BATCH = 1000  # answers held at a time
JOINED_BY = "、"
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


Cell = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class _Version:
    """A questionnaire version's columns: empty cells before and after, and the text of each answer."""

    before: ExportRow
    questions: Sequence[tuple[str, Cell]]
    after: ExportRow

    def cells(self, answers: Mapping[str, Any]) -> list[str]:
        found = answers.get
        return [*self.before, *[cell(found(key)) for key, cell in self.questions], *self.after]


def _versions(questionnaires: Sequence[Questionnaire]) -> dict[str, _Version]:
    optional = [_optional_questions(each) for each in questionnaires]
    widths = [len(questions) for questions in optional]
    return {
        each.version: _Version(
            [""] * sum(widths[:place]),
            [(question.key, _cell(question)) for question in optional[place]],
            [""] * sum(widths[place + 1 :]),
        )
        for place, each in enumerate(questionnaires)
    }


class _ChoiceWords(dict[Any, str]):
    """Labels of choices by value; an unknown value is its own label."""

    def __missing__(self, value: object) -> str:
        return str(value)


def _cell(question: Question) -> Cell:
    """The function that makes an answer a cell: label of the choice or choices, or the text; "" for None."""
    counted = TYPES[question.type].counted
    if counted is Counting.LISTED:
        return lambda text: mask_numbers(text) if text else ""
    words = _ChoiceWords({value: str(word) for value, word in question.choices} | {None: ""})
    if counted is Counting.SEVERAL:
        return lambda ticked: JOINED_BY.join(words[value] for value in ticked or ())
    if counted is Counting.GRADES:
        words = _ChoiceWords({value and int(value): word for value, word in words.items()})
    return words.__getitem__


def _rows(
    session: Session, among: ColumnElement[bool], questionnaires: Sequence[Questionnaire]
) -> Iterator[ExportRow]:
    """Rows in the order of the indexes, so that the database need not sort."""
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
        .order_by(Activity.id, Response.nonce)
    )
