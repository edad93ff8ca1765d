"""Pages of free-text answers: latest activity first, in random order within an activity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import json_text, month_of
from activitylog.core.period import Period
from activitylog.projects.models import Project
from activitylog.projects.queries import branch_names
from activitylog.surveys.facts import IS_COUNTED
from activitylog.surveys.models import AnswerSum, Response
from activitylog.surveys.questionnaires.rules import Question
from activitylog.surveys.results.queries import OPEN, RANDOM_ORDER, held_within, sums_of_months
from activitylog.surveys.results.rules import not_summed
from activitylog.web.paging import PAGE_SIZE, Page, nearest_page


@dataclass(frozen=True, slots=True)
class FreeText:
    """One text with its activity."""

    text: str
    number: str
    title: str
    happens_on: date


@dataclass(frozen=True, slots=True)
class TextQuestion:
    """A question of a questionnaire version whose answers are listed."""

    version: str
    question: Question

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def is_answered(self) -> ColumnElement[bool]:
        return and_(
            IS_COUNTED,
            Response.questionnaire == self.version,
            json_text(Response.answers, self.key).is_not(None),
        )


def texts_of_activity(
    session: Session, activity: Activity, question: TextQuestion, *, number: int, size: int = PAGE_SIZE
) -> Page[FreeText]:
    is_its_own = Activity.id == activity.id
    answered = select(func.count()).where(Response.activity_id == activity.id, question.is_answered)
    total = session.scalar(answered) or 0
    number, pages = nearest_page(number, total, size)
    rows = _texts(session, question, is_its_own, offset=(number - 1) * size, size=size) if total else []
    return Page(rows, number, pages, total)


def texts_of_project(
    session: Session,
    project: Project,
    question: TextQuestion,
    first: Period,
    last: Period,
    *,
    number: int,
    size: int = PAGE_SIZE,
) -> Page[FreeText]:
    """Texts about the months' approved activities; reads only the months on the page."""
    ids = list(branch_names(session, project))
    months = _texts_by_month(session, ids, question, first, last)
    total = sum(months.values())
    number, pages = nearest_page(number, total, size)
    offset, page_months, left = (number - 1) * size, list[Period](), size
    for month in sorted(months, reverse=True):
        if not page_months and offset >= months[month]:
            offset -= months[month]
        elif left > 0:
            left -= months[month] - (0 if page_months else offset)
            page_months.append(month)
    if not page_months:
        return Page([], number, pages, total)
    is_on_page = and_(
        Activity.status == Status.APPROVED,
        Activity.project_id.in_(ids),
        # equals held_on for an approved activity, and is indexed
        Activity.happens_on.between(page_months[-1].first_day, page_months[0].last_day),
    )
    return Page(_texts(session, question, is_on_page, offset=offset, size=size), number, pages, total)


def _texts_by_month(
    session: Session, ids: Sequence[int], question: TextQuestion, first: Period, last: Period
) -> dict[Period, int]:
    is_of_question = (
        AnswerSum.questionnaire == question.version,
        AnswerSum.question == question.key,
        AnswerSum.choice == OPEN,
    )
    sums = select(AnswerSum.month, func.sum(AnswerSum.answers)).where(
        AnswerSum.project_id.in_(ids), AnswerSum.month.between(first, last), *is_of_question
    )
    months = {month: int(texts) for month, texts in session.execute(sums.group_by(AnswerSum.month))}
    through = {(row.project_id, row.month): row.through for row in sums_of_months(session, ids, first, last)}
    gaps = not_summed(ids, first, last, through)
    if gaps:
        month = month_of(Activity.held_on)
        counted = select(month, func.count()).join(Response, Response.activity_id == Activity.id)
        for name, texts in session.execute(
            counted.where(held_within(gaps), question.is_answered).group_by(month)
        ):
            period = Period.parse(name)
            months[period] = months.get(period, 0) + texts
    return months


def _texts(
    session: Session, question: TextQuestion, among: ColumnElement[bool], *, offset: int, size: int
) -> list[FreeText]:
    rows = session.execute(
        select(Response.answers, Activity.number, Activity.title, Activity.happens_on)
        .join_from(Activity, Response, Response.activity_id == Activity.id)
        .where(among, question.is_answered)
        .order_by(Activity.happens_on.desc(), Activity.id.desc(), *RANDOM_ORDER)
        .limit(size)
        .offset(offset)
    )
    word = question.question.kind.wording(question.question)
    return [FreeText(word(answers[question.key]), *activity) for answers, *activity in rows]
