"""Reads the register of a year's months: states, who rolled up and closed, records, changes, revisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period, year_periods
from activitylog.errors import BadInput
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to
from activitylog.rollup.changes.candidates import waiting_days
from activitylog.rollup.changes.live_totals import differing_totals
from activitylog.rollup.live_figure import with_live_totals
from activitylog.rollup.models import Actual, PastActual
from activitylog.rollup.monthly_totals import records_by_month
from activitylog.rollup.periods.rules import StatusChange, changed_statuses
from activitylog.rollup.queries import MonthActors, actors_of_year, actuals, last_rolled_up, with_past_figure


class MonthState(StrEnum):
    """The state of a month; the values are its labels."""

    COMING = "未到"
    CURRENT = "进行中"
    OPEN = "未汇总"
    ROLLED_UP = "已汇总"
    CLOSED = "已结账"


@dataclass(frozen=True, slots=True)
class Month:
    """One line of the register; `adjustments` counts its postings for earlier months."""

    period: Period
    state: MonthState
    is_over: bool
    posted_at: datetime | None = None
    closed_at: datetime | None = None
    postings: int = 0
    adjustments: int = 0

    @property
    def is_rolled_up(self) -> bool:
        return self.posted_at is not None

    @property
    def may_be_rolled_up(self) -> bool:
        return self.state not in {MonthState.COMING, MonthState.CLOSED}

    @property
    def may_be_closed(self) -> bool:
        return self.is_over and self.state is MonthState.ROLLED_UP


def months_of_year(session: Session, year: int, today: date) -> list[Month]:
    """The twelve months of a year with their states today."""
    first, last = Period(year, 1), Period(year, 12)
    posted = session.execute(
        select(
            Actual.period,
            func.max(Actual.posted_at).label("posted_at"),
            func.sum(Actual.postings).label("postings"),
            func.sum(Actual.adjustments).label("adjustments"),
        )
        .where(Actual.period.between(first, last))
        .group_by(Actual.period)
    ).all()
    posted_at = {row.period: row.posted_at for row in posted}
    postings = {row.period: int(row.postings) for row in posted}
    adjustments = {row.period: int(row.adjustments) for row in posted}
    closings = session.scalars(select(Closing).where(Closing.period.between(first, last)))
    closed_at = {closing.period: closing.closed_at for closing in closings}
    return [
        Month(
            period=period,
            state=_state(period, today, is_rolled_up=period in posted_at, is_closed=period in closed_at),
            is_over=period.last_day < today,
            posted_at=posted_at.get(period),
            closed_at=closed_at.get(period),
            postings=postings.get(period, 0),
            adjustments=adjustments.get(period, 0),
        )
        for period in year_periods(year)
    ]


def _state(period: Period, today: date, *, is_rolled_up: bool, is_closed: bool) -> MonthState:
    if is_closed:
        return MonthState.CLOSED
    if is_rolled_up:
        return MonthState.ROLLED_UP
    if period.first_day > today:
        return MonthState.COMING
    return MonthState.CURRENT if period.contains(today) else MonthState.OPEN


def month_in(months: list[Month], period: Period) -> Month:
    """That month's line of its year's register."""
    return months[period.month - 1]


def closed_with(months: list[Month], period: Period) -> list[Period]:
    """The open months that closing this one freezes: itself and all before it."""
    return [
        month.period for month in months if month.period <= period and month.state is not MonthState.CLOSED
    ]


def period_to_show(session: Session, year: int, today: date, requested: str = "") -> Period:
    """The requested month, else the year's last rolled-up one, else last month; BadInput for another year."""
    if not requested:
        return last_rolled_up(session, year) or _last_month(year, today)
    period = Period.parse(requested)
    if period.year != year:
        raise BadInput(f"这是{year}年的指标，没有{period.label}的数；请选{year}年的月份。")
    return period


def _last_month(year: int, today: date) -> Period:
    last = Period.of(today).previous
    if last.year == year:
        return last
    return Period(year, 12) if last.year > year else Period(year, 1)


def month_to_roll_up(months: list[Month]) -> Month | None:
    """The last month that is over and not rolled up; rolling it up includes those before it."""
    waiting = [month for month in months if month.is_over and month.state is MonthState.OPEN]
    return waiting[-1] if waiting else None


@dataclass(frozen=True, slots=True)
class Revision:
    """An ended revision of a month: when it was closed, when, by whom and why it was opened."""

    reopening: Reopening
    opened_by: str


def revisions(session: Session, period: Period) -> list[Revision]:
    """The ended revisions of a month, newest first."""
    rows = session.execute(
        select(Reopening, User.name)
        .outerjoin(User, User.id == Reopening.reopened_by_id)
        .where(Reopening.period == period)
        .order_by(Reopening.revision.desc())
    )
    return [Revision(reopening, name or "命令行") for reopening, name in rows]


@dataclass(frozen=True, slots=True)
class PastFigure:
    """An indicator's figure in an ended revision, and the current one."""

    past: IndicatorActual
    current: IndicatorActual


def indicators_of_revision(
    user: User | None, period: Period, revision: int, *, project: int | None = None
) -> Select[Indicator]:
    """The indicators with a figure in an ended revision: a project's, else those whose figure differs now."""
    of_revision = and_(PastActual.period == period, PastActual.revision == revision)
    rows = (
        select(Indicator)
        .join(Project, Project.id == Indicator.project_id)
        .join(PastActual, and_(PastActual.indicator_id == Indicator.id, of_revision))
        .where(visible_to(user, Project.id))
        .order_by(Project.position, Project.id, Indicator.position)
    )
    if project is not None:
        return rows.where(Project.id == project)
    is_current = and_(Actual.indicator_id == Indicator.id, Actual.period == period)
    differs = [getattr(PastActual, name).is_distinct_from(getattr(Actual, name)) for name in _COUNTED]
    return rows.outerjoin(Actual, is_current).where(or_(*differs))


_COUNTED = ("measure", "amount", "base", "records")


def past_figures(
    session: Session, period: Period, revision: int, indicators: Sequence[Indicator]
) -> list[PastFigure]:
    """The figures of some indicators in an ended revision, each beside the current one."""
    ids = [indicator.id for indicator in indicators]
    of_revision = and_(PastActual.period == period, PastActual.revision == revision)
    ended = session.scalars(select(PastActual).where(of_revision, PastActual.indicator_id.in_(ids)))
    past = {row.indicator_id: row for row in ended}
    rows = actuals(session, period, only=Indicator.id.in_(ids))
    return [PastFigure(with_past_figure(row, past[row.indicator_id]), row) for row in rows]


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """An indicator whose live figure differs from its posted one."""

    posted: IndicatorActual
    posted_text: str
    live_text: str


def changed_figures(session: Session, period: Period, rows: Sequence[IndicatorActual]) -> list[ChangedFigure]:
    """Those of a rolled-up month's indicators whose live figure differs from the posted one."""
    totals = differing_totals(session, period, Indicator.project_id.in_(_projects_of(rows)))
    measured = [row for row in rows if row.measure and row.indicator_id in totals]
    pairs = [(row, with_live_totals(row, totals[row.indicator_id])) for row in measured]
    return [
        ChangedFigure(row, row.short_figure_text, live.short_figure_text)
        for row, live in pairs
        if (row.amount, row.base, row.records) != (live.amount, live.base, live.records)
    ]


def _projects_of(rows: Sequence[IndicatorActual]) -> list[int]:
    return sorted({row.project_id for row in rows})


@dataclass(frozen=True, slots=True)
class RegisteredMonth:
    """A month's line of the full register; `waiting` counts records dated in it or before, changed since.

    One reopened is open until a moment, `open_until`, and then closed again by itself.
    """

    month: Month
    rolled_up_by: str
    closed_by: str
    revision: int
    records: int
    waiting: int
    open_until: datetime | None

    @property
    def is_revised(self) -> bool:
        """Whether it has been closed and reopened before."""
        return self.revision > 1


def full_register(session: Session, months: Sequence[Month]) -> list[RegisteredMonth]:
    """The lines of one year's register, in a number of statements that no month adds to."""
    year = months[0].period.year
    acts = actors_of_year(session, year)
    reopened = _reopened(session, year)
    records = records_by_month(session, [month.period for month in months if month.is_rolled_up])
    rolled_up_at = [month.posted_at for month in months if month.posted_at is not None]
    days = waiting_days(session, year, max(rolled_up_at)) if rolled_up_at else []
    return [
        _registered(month, acts, reopened.get(month.period), records.get(month.period, 0), days)
        for month in months
    ]


def _registered(
    month: Month, acts: MonthActors, reopened: tuple[int, datetime] | None, records: int, days: Sequence[date]
) -> RegisteredMonth:
    ended, until = reopened or (0, None)
    return RegisteredMonth(
        month=month,
        rolled_up_by=acts.rolled_up_by(month.posted_at),
        closed_by=acts.closed_by.get((month.period, ended + 1), "") if month.closed_at else "",
        revision=ended + 1,
        records=records,
        waiting=_up_to(days, month.period.last_day) if month.is_rolled_up else 0,
        open_until=None if month.closed_at else until,
    )


def _up_to(days: Sequence[date], last: date) -> int:
    return sum(day <= last for day in days)


def _reopened(session: Session, year: int) -> dict[Period, tuple[int, datetime]]:
    """The last revision a month ended with, and until when it was opened, for every reopened month."""
    rows = session.execute(
        select(Reopening.period, Reopening.revision, Reopening.until)
        .where(Reopening.period.between(Period(year, 1), Period(year, 12)))
        .order_by(Reopening.revision)
    )
    return {period: (revision, until) for period, revision, until in rows}


def status_changes(session: Session, period: Period, rows: Sequence[IndicatorActual]) -> list[StatusChange]:
    """The changes of a rolled-up month's indicators; none for January, which has no month before it."""
    if period.month == 1:
        return []
    return changed_statuses(actuals(session, period.previous, project_ids=_projects_of(rows)), rows)
