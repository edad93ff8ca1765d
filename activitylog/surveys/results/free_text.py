"""Pages of free-text answers: latest activity first, in random order within an activity."""

from collections import Counter
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
from activitylog.surveys.models import AnswerSum, Response, UnsummedAnswer
from activitylog.surveys.questionnaires.rules import Question
from activitylog.surveys.results.queries import (
    OPEN,
    RANDOM_ORDER,
    answers_about,
    corrected_answers,
    days_not_summed,
    in_months,
    unsummed_activities,
)
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
    def is_given(self) -> ColumnElement[bool]:
        """Whether the answer has a text, counted or not."""
        text = json_text(Response.answers, self.key)
        return and_(Response.questionnaire == self.version, text.is_not(None))

    @property
    def is_answered(self) -> ColumnElement[bool]:
        return and_(IS_COUNTED, self.is_given)


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
    is_on_page = _held_in(ids, page_months[-1], page_months[0])
    return Page(_texts(session, question, is_on_page, offset=offset, size=size), number, pages, total)


def newest_of_project(
    session: Session, project: Project, question: TextQuestion, first: Period, last: Period, *, size: int
) -> list[FreeText]:
    """The first texts of `texts_of_project`, without counting those that are in no sums."""
    ids = list(branch_names(session, project))
    months, begin, left = _summed_texts(session, ids, question, first, last), last, size
    for month in sorted(months, reverse=True):
        begin, left = month, left - months[month]
        if left <= 0:
            break
    if left > 0:
        begin = min((begin, *(Period.of(days[0]) for days in days_not_summed(session, ids, first, last))))
    return _texts(session, question, _held_in(ids, begin, last), offset=0, size=size)


def _held_in(ids: Sequence[int], first: Period, last: Period) -> ColumnElement[bool]:
    return and_(
        Activity.status == Status.APPROVED,
        Activity.project_id.in_(ids),
        # equals held_on for an approved activity, and is indexed
        Activity.happens_on.between(first.first_day, last.last_day),
    )


def _texts_by_month(
    session: Session, ids: Sequence[int], question: TextQuestion, first: Period, last: Period
) -> Counter[Period]:
    months = _summed_texts(session, ids, question, first, last)
    month = month_of(Activity.held_on)
    answered = answers_about(unsummed_activities(session, ids, first, last)).where(question.is_given)
    counted = answered.join(Activity, Activity.id == Response.activity_id).add_columns(month, func.count())
    for name, texts in session.execute(counted.group_by(month)):
        months[Period.parse(str(name))] += int(texts)
    return months


def _summed_texts(
    session: Session, ids: Sequence[int], question: TextQuestion, first: Period, last: Period
) -> Counter[Period]:
    """The months' texts that are in sums, without those corrected since."""
    is_of_question = (
        AnswerSum.questionnaire == question.version,
        AnswerSum.question == question.key,
        AnswerSum.choice == OPEN,
    )
    sums = select(AnswerSum.month, func.sum(AnswerSum.answers)).where(
        *in_months(AnswerSum, ids, first, last), *is_of_question
    )
    corrected = corrected_answers().add_columns(UnsummedAnswer.month, -func.count())
    corrected = corrected.where(*in_months(UnsummedAnswer, ids, first, last), question.is_given)
    months = Counter[Period]()
    for rows in (sums.group_by(AnswerSum.month), corrected.group_by(UnsummedAnswer.month)):
        for month, texts in session.execute(rows):
            months[month] += int(texts)
    return +months


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
