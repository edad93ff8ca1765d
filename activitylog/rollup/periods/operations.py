"""Closes and reopens months; a closed month changes only by a new revision."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Integer, Select, and_, delete, func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from activitylog.accounts.models import User
from activitylog.core.dialects import Rows
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period, business_day, start_of_day, year_periods
from activitylog.errors import BadInput, PeriodClosed, Refused
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.indicators.closings.queries import closed_months
from activitylog.indicators.targets.models import ClosedTarget
from activitylog.indicators.targets.operations import store_closed_targets
from activitylog.rollup.models import Actual, PastActual, PastPosting, Posting
from activitylog.rollup.periods.pending.queries import pending_list
from activitylog.rollup.queries import record_roll_up
from activitylog.rollup.roll_up_range import open_months, years_declared_at
from activitylog.rollup.run import is_rolled_up, roll_up

LONGEST_REOPENING = timedelta(days=31)
_CHUNK = 10_000
_POSTED = ("indicator_id", "source", "source_id", "key", "occurred_on", "amount", "base")
_FIGURES = ("indicator_id", "measure", "amount", "base", "records", "adjustments")


class PendingChanged(Refused):
    """What is pending is no longer what the person who closes was shown."""


def close_period(
    session: Session, period: Period, *, by: User | None, now: datetime, shown: str | None = None
) -> tuple[Period, ...]:
    """Roll up a month once more, and freeze it with every open month of the year before it.

    Changes since the last roll-up are included. A month never rolled up is refused: nobody has checked its
    figures. So is closing after another list of pending matters than that of the token `shown`; None for a
    closing that shows no list. Returns the months closed.
    """
    lock_roll_up(session)
    check_closable(session, period, now=now)
    if shown is not None and shown != pending_list(session, period).token:
        raise PendingChanged("您打开这一页以后，要结账的月份又有了变动，还没有结账；请看过下面的再结。")
    rolled_up = roll_up(session, period, now=now)
    record_roll_up(session, rolled_up, now=now)
    months = tuple(month for month in rolled_up if month <= period)
    matters = pending_list(session, period).matters
    for month in months:
        store_closed_targets(session, month)
        session.add(
            Closing(
                period=month,
                revision=_revisions(session, month) + 1,
                closed_at=now,
                closed_by_id=by.id if by else None,
                digest=period_digest(session, month),
                pending="\n".join(each.text for each in matters if each.period == month),
            )
        )
    session.flush()
    return months


def check_closable(session: Session, period: Period, *, now: datetime) -> None:
    """Refuse to close a month that is closed, not over, or was never rolled up."""
    if session.get(Closing, period) is not None:
        raise PeriodClosed(f"{period.label}已经结账，不必再结。")
    if period.last_day >= business_day(now):
        raise Refused(f"{period.label}还没有过完，过完以后才能结账。")
    if not is_rolled_up(session, period):
        raise Refused(f"{period.label}还没有汇总，请先汇总再结账。")


def reopen_period(
    session: Session, period: Period, *, reason: str, until: datetime, by: User | None, now: datetime
) -> tuple[Period, ...]:
    """Open a closed month, and the closed ones after it, for a new revision until a moment.

    Their postings and actuals are copied as the old revision first. Returns the months opened.
    """
    lock_roll_up(session)
    if session.get(Closing, period) is None:
        raise Refused(f"{period.label}没有结账，不用反结账。")
    if not reason.strip():
        raise BadInput("请填写反结账的理由。", field="reason")
    if not now < until <= now + LONGEST_REOPENING:
        raise BadInput(
            f"反结账的期限应在今后 {LONGEST_REOPENING.days} 天以内，请改填截止日期。", field="until"
        )
    months = closed_months(session, period, Period(period.year, 12))
    for month in months:
        closing = session.get_one(Closing, month)
        _copy_revision(session, month, closing.revision)
        session.add(
            Reopening(
                period=month,
                revision=closing.revision,
                reopened_at=now,
                reopened_by_id=by.id if by else None,
                reason=reason.strip(),
                until=until,
                closed_at=closing.closed_at,
                digest=closing.digest,
            )
        )
    # the reopening is the trail's entry of the closing's end: a deletion beside it would say no more
    for table in (Closing, ClosedTarget):
        session.execute(delete(table).where(table.period.in_(months)))
    session.flush()
    return months


def close_expired(session: Session, *, now: datetime) -> tuple[Period, ...]:
    """Close the reopened months whose limit has passed; returns them."""
    due = session.scalars(_reopened_months().where(Reopening.until <= now).order_by(Reopening.period)).all()
    closed: list[Period] = []
    for period in due:
        if period not in closed:
            closed += close_period(session, period, by=None, now=now)
    return tuple(closed)


def close_due_months(session: Session, *, close_day: int, now: datetime) -> tuple[Period, ...]:
    """Close reopened months whose limit has passed and, from `close_day` of a month on, the months before.

    A closing day missed because nothing ran is made up for, but not one before the year was declared.
    `close_day` 0 leaves closing to people. A month never rolled up stays open.
    """
    closed = close_expired(session, now=now)
    for year, declared_at in years_declared_at(session).items() if close_day else ():
        month = _last_due(session, year, declared_at, close_day, business_day(now))
        if month is not None and not is_reopening_open(session, month, now):
            closed += close_period(session, month, by=None, now=now)
    return closed


def _last_due(
    session: Session, year: int, declared_at: datetime, close_day: int, today: date
) -> Period | None:
    months = year_periods(year)
    for month in reversed(open_months(session, months[0], months[-1])):
        closes_on = month.end + timedelta(days=close_day - 1)
        was_missed = month < Period.of(today).previous
        if closes_on > today or (was_missed and declared_at > start_of_day(closes_on)):
            continue
        if is_rolled_up(session, month):
            return month
    return None


def is_reopening_open(session: Session, period: Period, now: datetime) -> bool:
    """Whether the month, or one before it in its year, is reopened and its limit has not passed."""
    reopened = _reopened_months().where(
        Reopening.period.between(period.first_of_year, period), Reopening.until > now
    )
    return session.scalar(select(reopened.exists())) is True


def _reopened_months() -> Select[Period]:
    """The reopened months that are open still; what counts is the last time each was reopened."""
    later = aliased(Reopening)
    return (
        select(Reopening.period)
        .outerjoin(Closing, Closing.period == Reopening.period)
        .outerjoin(later, and_(later.period == Reopening.period, later.revision > Reopening.revision))
        .where(Closing.period.is_(None), later.period.is_(None))
    )


def period_digest(session: Session, period: Period) -> str:
    """The SHA-256 digest of a month's postings and actuals."""
    return _digest(
        session,
        select(Posting).where(Posting.period == period),
        select(Actual).where(Actual.period == period),
    )


def revision_digest(session: Session, period: Period, revision: int) -> str:
    """The same digest of an ended revision."""
    of_revision = {"period": period, "revision": revision}
    return _digest(
        session, select(PastPosting).filter_by(**of_revision), select(PastActual).filter_by(**of_revision)
    )


def _digest(session: Session, postings: Rows, actuals: Rows) -> str:
    digest = hashlib.sha256()
    for rows, names in ((postings, _POSTED), (actuals, _FIGURES)):
        columns = [rows.selected_columns[name] for name in names]
        ordered = rows.with_only_columns(*columns).order_by(*columns)
        for row in session.execute(ordered.execution_options(yield_per=_CHUNK)):
            digest.update(repr(tuple(map(str, row))).encode())
    return digest.hexdigest()


def _revisions(session: Session, period: Period) -> int:
    """How many revisions of the month have been closed and opened again."""
    return session.scalar(select(func.count()).where(Reopening.period == period)) or 0


def _copy_revision(session: Session, period: Period, revision: int) -> None:
    """Copy a month's postings and actuals to the tables of ended revisions."""
    for current, past in ((Posting, PastPosting), (Actual, PastActual)):
        names = [column.name for column in past.__table__.c if column.name not in {"id", "revision"}]
        columns = [getattr(current, name) for name in names]
        session.execute(
            insert(past).from_select(
                [*names, "revision"],
                select(*columns, literal(revision, Integer)).where(current.period == period),
            )
        )


def delete_closings(session: Session, periods: Sequence[Period]) -> None:
    """Delete closings and ended revisions of whole years that are removed with the sample."""
    for model in (Closing, Reopening):
        for row in session.scalars(select(model).where(model.period.in_(periods))):
            session.delete(row)
    session.flush()
    for table in (ClosedTarget, PastPosting, PastActual):
        session.execute(delete(table).where(table.period.in_(periods)))


def adjustment_notice(session: Session, days: Iterable[date | None]) -> str:
    """A sentence for a person changing records of closed months; "" when their months are open."""
    months = {Period.of(day) for day in days if day is not None}
    closed = [month for month in sorted(months) if session.get(Closing, month) is not None]
    if not closed:
        return ""
    named = "、".join(month.label for month in closed)
    last = closed_months(session, closed[-1].first_of_year, Period(closed[-1].year, 12))[-1]
    if last.month == 12:
        return f"{named}所在年度已全部结账，现在的改动不再计入当年的完成值；确需更正，请绩效专员先反结账。"
    return f"{named}已结账，那时的数不再变；现在的改动会作为调整记入{last.next.label}。"


def late_entry_notice(session: Session, year: int) -> str:
    """A sentence for a person entering a record; "" while no month of the year is closed."""
    closed = closed_months(session, Period(year, 1), Period(year, 12))
    if not closed:
        return ""
    last = closed[-1]
    if last.month == 12:
        return f"{year}年已全部结账，补记的不再计入当年的完成值；确需更正，请绩效专员先反结账。"
    return f"{last.label}及以前已结账：补记那些月份的，会作为调整记入{last.next.label}。"
