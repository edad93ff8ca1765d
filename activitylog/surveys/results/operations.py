"""Sums a project's answers by month into AnswerSum, which the results pages read."""

from datetime import date, datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.rules import Status
from activitylog.core.dialects import PooledRows, Rows, analyze, create_empty, month_of
from activitylog.core.locks import lock_roll_up, lock_tables
from activitylog.core.period import business_day
from activitylog.surveys.models import AnswerSum, SummedMonth, UnsummedActivity, UnsummedAnswer
from activitylog.surveys.results.queries import COLUMNS, answer_counts, answers_to
from activitylog.surveys.results.rules import ChoiceQuestions
from activitylog.surveys.rules import DEFAULT_WINDOW

SUMMED_AFTER = timedelta(hours=DEFAULT_WINDOW.hours_after, days=2)

_MONTH = month_of(Activity.held_on)

# The activities to be summed, in a table so that the planner knows their number.
_DUE = Table(
    "due_activity",
    MetaData(),
    Column("activity_id", Integer, primary_key=True),
    Column("project_id", Integer, nullable=False),
    Column("month", String(7), nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


def is_any_month_due(session: Session, now: datetime) -> bool:
    """Whether `sum_answers` would find anything to sum; takes no lock."""
    months = _months_due(business_day(now) - SUMMED_AFTER).limit(1)
    return any(session.execute(rows).first() for rows in (select(UnsummedActivity).limit(1), months))


def sum_answers(session: Session, questions: ChoiceQuestions, *, now: datetime) -> int:
    """Sum every project's month with new activities or without sums; returns the number of months.

    Only activities whose survey is over are summed; `results.queries` counts the others.
    """
    lock_roll_up(session)  # exclusion decisions take this lock, too
    lock_tables(session, Activity)
    _drop_corrected(session)
    create_empty(session, _DUE)
    through = business_day(now) - SUMMED_AFTER
    session.execute(insert(_DUE).from_select(list(_DUE.c.keys()), _due(through)))
    analyze(session, _DUE)
    months_due = select(_DUE.c.project_id, _DUE.c.month)
    for table in (AnswerSum, SummedMonth):
        session.execute(delete(table).where(tuple_(table.project_id, table.month).in_(months_due)))
    months = months_due.add_columns(literal(through, Date)).distinct()
    session.execute(insert(SummedMonth).from_select(("project_id", "month", "through"), months))
    answers = answer_counts(questions, answers_to(_DUE), [_DUE.c.project_id, _DUE.c.month])
    session.execute(insert(AnswerSum).from_select(("project_id", "month", *COLUMNS), answers))
    return session.scalar(select(func.count()).select_from(months.subquery())) or 0


def _drop_corrected(session: Session) -> None:
    """Delete the sums of months with corrected activities, with the notes of what to correct."""
    corrected = select(Activity.project_id, _MONTH).join(UnsummedActivity)
    months: PooledRows = union(corrected, select(UnsummedAnswer.project_id, UnsummedAnswer.month))
    session.execute(delete(SummedMonth).where(tuple_(SummedMonth.project_id, SummedMonth.month).in_(months)))
    session.execute(delete(UnsummedActivity))


def _due(through: date) -> Rows:
    """The activities held up to `through` in months that lack sums for some of them."""
    months = _months_due(through).subquery("month_due")
    is_of_month = and_(months.c.project_id == Activity.project_id, months.c.month == _MONTH)
    due = select(Activity.id, Activity.project_id, _MONTH).join(months, is_of_month)
    return due.where(_is_over(through))


def _is_over(through: date) -> ColumnElement[bool]:
    return and_(Activity.status == Status.APPROVED, Activity.held_on <= through)


def _months_due(through: date) -> Rows:
    """The projects' months that lack sums for some of the activities held up to `through`."""
    summed, last = func.max(SummedMonth.through), func.max(Activity.held_on)
    return (
        select(Activity.project_id, _MONTH.label("month"))
        .outerjoin(
            SummedMonth,
            and_(SummedMonth.project_id == Activity.project_id, SummedMonth.month == _MONTH),
        )
        .where(_is_over(through))
        .group_by(Activity.project_id, _MONTH)
        .having(or_(summed.is_(None), last > summed))
    )
