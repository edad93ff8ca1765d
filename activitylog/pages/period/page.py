"""The pages of months: the register of a year, and one month with its changes, revisions and exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.queries import closed_months
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_project, visible_projects, visible_years
from activitylog.reports.exports.queries import ListedExport, exports_of
from activitylog.rollup.periods.forms import ReopenForm
from activitylog.rollup.periods.queries import (
    ChangedFigure,
    Month,
    PastFigure,
    RegisteredMonth,
    Revision,
    changed_figures,
    closed_with,
    full_register,
    indicators_of_revision,
    month_in,
    month_to_roll_up,
    months_of_year,
    past_figures,
    revisions,
    status_changes,
)
from activitylog.rollup.periods.rules import StatusChange
from activitylog.rollup.queries import actuals
from activitylog.web.paging import Page, page_of


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """The register of a year's months; `to_roll_up` is the month due next, None when none is due."""

    year: int
    years: Sequence[int]
    months: Sequence[RegisteredMonth]
    to_roll_up: Month | None


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """One month; `closes` are the months closed with it."""

    period: Period
    month: Month
    registered: RegisteredMonth
    status_changes: Sequence[StatusChange]
    revisions: Sequence[Revision]
    exports: Sequence[ListedExport]
    closes: Sequence[Period]
    projects: Sequence[Project]


@dataclass(frozen=True, slots=True)
class ComparedMonthPage:
    """A rolled-up month's figures that differ from the records of now."""

    period: Period
    month: Month
    changes: Sequence[ChangedFigure]


@dataclass(frozen=True, slots=True)
class ReopenPage:
    """The form that reopens a closed month; `opens` are the months reopened with it."""

    form: ReopenForm
    period: Period
    opens: Sequence[Period]


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """An ended revision of a month: one page of its figures, those of `project` or those that differ now."""

    period: Period
    ended: Revision
    project: Project | None
    listed: Page[Indicator]
    figures: Sequence[PastFigure]
    projects: Sequence[Project]


def register_page(session: Session, user: User, year: int, *, today: date) -> RegisterPage:
    months = months_of_year(session, year, today)
    return RegisterPage(
        year=year,
        years=visible_years(session, user),
        months=full_register(session, months),
        to_roll_up=month_to_roll_up(months),
    )


def period_page(session: Session, user: User, period: Period, *, today: date) -> PeriodPage:
    months = months_of_year(session, period.year, today)
    month = month_in(months, period)
    projects = visible_projects(session, user, year=period.year)
    return PeriodPage(
        period=period,
        month=month,
        registered=full_register(session, months)[period.month - 1],
        status_changes=status_changes(session, period, _figures(session, month, projects)),
        revisions=revisions(session, period),
        exports=exports_of(session, user, period),
        closes=closed_with(months, period),
        projects=projects,
    )


def compared_month_page(session: Session, user: User, period: Period, *, today: date) -> ComparedMonthPage:
    """The page; nothing differs in a month that is not rolled up."""
    month = month_in(months_of_year(session, period.year, today), period)
    figures = _figures(session, month, visible_projects(session, user, year=period.year))
    return ComparedMonthPage(period, month, changed_figures(session, period, figures) if figures else [])


def _figures(session: Session, month: Month, projects: Sequence[Project]) -> list[IndicatorActual]:
    if not month.is_rolled_up:
        return []
    return actuals(session, month.period, project_ids=[project.id for project in projects])


def reopen_page(session: Session, form: ReopenForm, period: Period) -> ReopenPage:
    return ReopenPage(form, period, closed_months(session, period, Period(period.year, 12)))


def revision_page(
    session: Session, user: User, period: Period, revision: int, *, project_id: int | None, number: int
) -> RevisionPage:
    """The figures as they were when the month was reopened; Missing for an unknown revision."""
    ended = next((each for each in revisions(session, period) if each.reopening.revision == revision), None)
    if ended is None:
        raise Missing(f"{period.label}没有第 {revision} 版，请从月份页进入。")
    project = None if project_id is None else visible_project(session, user, project_id)
    rows = indicators_of_revision(user, period, revision, project=project_id)
    listed = page_of(session, rows, number)
    return RevisionPage(
        period=period,
        ended=ended,
        project=project,
        listed=listed,
        figures=past_figures(session, period, revision, listed.rows),
        projects=visible_projects(session, user, year=period.year),
    )
