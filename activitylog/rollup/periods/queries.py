"""Reads the register of a year's months: their states, and figures of ended revisions."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period, year_periods
from activitylog.errors import BadInput
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.models import Closing, Reopening
from activitylog.projects.queries import visible_projects
from activitylog.rollup.models import Actual, PastActual
from activitylog.rollup.queries import (
    actuals,
    last_rolled_up,
    live_figures,
    with_live_figure,
    with_past_figure,
)


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
    past_text: str
    current_text: str


def past_figures(session: Session, user: User, period: Period, revision: int) -> list[PastFigure]:
    """Per indicator the figure of an ended revision beside the current one."""
    ids = [project.id for project in visible_projects(session, user, year=period.year)]
    ended = select(PastActual).where(PastActual.period == period, PastActual.revision == revision)
    past = {row.indicator_id: row for row in session.scalars(ended)}
    pairs = [
        (with_past_figure(row, past[row.indicator_id]), row)
        for row in actuals(session, period, project_ids=ids)
        if row.indicator_id in past
    ]
    return [PastFigure(then, then.short_figure_text, now.short_figure_text) for then, now in pairs]


@dataclass(frozen=True, slots=True)
class ChangedFigure:
    """An indicator whose live figure differs from its posted one."""

    posted: IndicatorActual
    posted_text: str
    live_text: str


def changed_figures(session: Session, user: User, period: Period) -> list[ChangedFigure]:
    """The indicators whose live figure differs from the posted one."""
    ids = [project.id for project in visible_projects(session, user, year=period.year)]
    posted = actuals(session, period, project_ids=ids)
    figures = live_figures(session, period, project_ids=ids)
    pairs = [(row, with_live_figure(row, figures.get(row.indicator_id))) for row in posted if row.measure]
    return [
        ChangedFigure(row, row.short_figure_text, live.short_figure_text)
        for row, live in pairs
        if (row.amount, row.base, row.records) != (live.amount, live.base, live.records)
    ]
