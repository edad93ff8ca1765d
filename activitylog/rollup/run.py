"""Booking months: what changed since the last booking, or everything anew."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from activitylog.audit.capture import write_pending_entries
from activitylog.core.locks import hold_books
from activitylog.core.period import Period
from activitylog.errors import PeriodClosed, Refused
from activitylog.indicators.closings.models import Closing
from activitylog.projects.models import Project
from activitylog.rollup.booking import book_anew, book_touched
from activitylog.rollup.models import Actual, Bookmark
from activitylog.rollup.scope import Booking, of_year
from activitylog.rollup.touched import Seen, needs_rebuilding, note_touched, rules_changed, seen_now
from activitylog.surveys.sealing import seal_surveys


def post(session: Session, period: Period, *, now: datetime) -> tuple[Period, ...]:
    """Book `period`: its open predecessors of the year first, and the booked open months after it again.

    Open months of a year are a tail, so all of them are booked in one pass: a fact goes to its own month,
    or to the first open one when its month is closed; what closed months hold of it is subtracted there.
    Only what changed since the last booking is looked at, unless promises or closings did.
    Returns the months booked. Raises PeriodClosed, and Refused for a year with nothing declared.
    """
    hold_books(session)
    write_pending_entries(session)
    if session.scalar(select(func.count()).where(Project.year == period.year)) == 0:
        raise Refused(f"{period.year}年还没有申报表，没有指标可以汇总；请先导入申报表。")
    months = _months_to_book(session, period)
    mark = session.get(Bookmark, period.year)
    seen = seen_now(session)
    if mark is None or needs_rebuilding(session, mark):
        seal_surveys(session, now=now)
        book_anew(session, Booking(months, now), of_year(period.year))
    else:
        _book_changes(session, mark, seen, Booking(months, now, mark.through))
    session.merge(
        Bookmark(
            year=period.year,
            first=months[0],
            through=months[-1],
            entry_id=seen.entry_id,
            response_id=seen.response_id,
        )
    )
    session.flush()
    return months


def _book_changes(session: Session, mark: Bookmark, seen: Seen, booking: Booking) -> None:
    anew = rules_changed(session, mark, seen)
    note_touched(session, mark, seen, booking.last)
    seal_surveys(session, now=booking.now, only_touched=True)
    book_touched(session, booking, of_year(mark.year, without=anew))
    if anew:
        book_anew(session, booking, of_year(mark.year, among=anew))


def post_anew(session: Session, period: Period, *, now: datetime) -> tuple[Period, ...]:
    """Book as `post` does, trusting nothing that was booked before in the open months."""
    hold_books(session)
    session.execute(delete(Bookmark).where(Bookmark.year == period.year))
    return post(session, period, now=now)


def is_booked(session: Session, period: Period) -> bool:
    """Whether the month has actuals."""
    return session.scalar(select(func.count()).where(Actual.period == period)) != 0


def _months_to_book(session: Session, period: Period) -> tuple[Period, ...]:
    if session.get(Closing, period) is not None:
        raise PeriodClosed(f"{period.label}已经结账，不能再汇总；之后的变动会记入下一个未结账的月份。")
    booked = session.scalar(
        select(func.max(Actual.period)).where(Actual.period.between(period, Period(period.year, 12)))
    )
    return open_months(session, period.first_of_year, max(period, booked or period))


def open_months(session: Session, first: Period, last: Period) -> tuple[Period, ...]:
    """The months of a span that are not closed."""
    closed = set(session.scalars(select(Closing.period).where(Closing.period.between(first, last))))
    return tuple(month for month in first.through(last) if month not in closed)
