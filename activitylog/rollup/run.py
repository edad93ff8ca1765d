"""Rolls up: writes what every record contributes to a year's indicators as postings and actuals."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.audit.capture import write_pending_entries
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period, business_day
from activitylog.errors import Refused
from activitylog.projects.models import Project
from activitylog.rollup.actuals import write_actuals
from activitylog.rollup.contributions import collect_contributions
from activitylog.rollup.models import Actual
from activitylog.rollup.monthly_totals import write_month_records
from activitylog.rollup.postings import release_tables, write_postings
from activitylog.rollup.roll_up_range import roll_up_range


def roll_up(session: Session, period: Period, *, now: datetime) -> tuple[Period, ...]:
    """Roll up `period`, its open predecessors of the year, and again the open months rolled up after it.

    There is one way, whatever changed: all contributions of the year's records are computed, and only rows
    that differ are written. A contribution goes to its own month or, when that is closed, to the first open
    one, less what closed months hold of it; so the total to date of an open month is that of the
    contributions up to it. Returns the months rolled up.
    Raises PeriodClosed, and Refused for a month to come and for a year with nothing declared.
    """
    lock_roll_up(session)
    write_pending_entries(session)
    if period.first_day > business_day(now):
        raise Refused(f"{period.label}还没有到，不能汇总。")
    if session.scalar(select(func.count()).where(Project.year == period.year)) == 0:
        raise Refused(f"{period.year}年还没有申报表，没有指标可以汇总；请先导入申报表。")
    span = roll_up_range(session, period)
    collect_contributions(session, first=span.first, last=span.last)
    write_postings(session, span)
    write_actuals(session, span, now=now)
    write_month_records(session, span)
    release_tables(session)
    session.flush()
    return span.months


def is_rolled_up(session: Session, period: Period) -> bool:
    """Whether the month has actuals."""
    return session.scalar(select(func.count()).where(Actual.period == period)) != 0
