"""The pages of months: the register of a year, and one month with its changes, revisions and exports."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.closings.queries import closed_months
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_project, visible_projects, visible_years
from activitylog.reports.exports.queries import ListedExport, exports_of
from activitylog.rollup.periods.forms import ReopenForm
from activitylog.rollup.periods.operations import check_closable
from activitylog.rollup.periods.pending.queries import pending_list
from activitylog.rollup.periods.pending.rules import MatterKind, PendingMatter
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
    """One month; `closes` names the months closed with it, `pending` what was when it was closed."""

    period: Period
    month: Month
    registered: RegisteredMonth
    status_changes: Sequence[StatusChange]
    revisions: Sequence[Revision]
    exports: Sequence[ListedExport]
    closes: str
    pending: Sequence[str]
    projects: Sequence[Project]


@dataclass(frozen=True, slots=True)
class ListedMatter:
    """A pending matter with its words and the address of exactly its list."""

    text: str
    address: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class PendingProject:
    """What is pending of one project in one month."""

    name: str
    matters: Sequence[ListedMatter]

    @property
    def total(self) -> int:
        return len(self.matters)


@dataclass(frozen=True, slots=True)
class ClosingPage:
    """What closing a month freezes, and what is pending in it; `token` is of this list."""

    period: Period
    closes: str
    months: Sequence[tuple[Period, Sequence[PendingProject]]]
    token: str
    refusal: str


@dataclass(frozen=True, slots=True)
class ComparedMonthPage:
    """A rolled-up month's figures that differ from the records of now, of one project or of all."""

    period: Period
    month: Month
    changes: Sequence[ChangedFigure]
    project: Project | None


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
        closes=span_label(closed_with(months, period)),
        pending=_pending_at_closing(session, period),
        projects=projects,
    )


def _pending_at_closing(session: Session, period: Period) -> Sequence[str]:
    closing = session.get(Closing, period)
    return closing.pending.splitlines() if closing else ()


def span_label(months: Sequence[Period]) -> str:
    """2026年9月—10月（2 个月）; a month alone is named alone."""
    if len(months) < 2:
        return "".join(month.label for month in months)
    return f"{months[0].label}—{months[-1].month}月（{len(months)} 个月）"


def closing_page(
    session: Session, period: Period, *, now: datetime, refused: str = "", shown: str = ""
) -> ClosingPage:
    """The page; after a refusal, what is new since the list of the token `shown` is marked."""
    check_closable(session, period, now=now)
    pending = pending_list(session, period)
    new = pending.new_since(shown) if refused else frozenset()
    by_month = groupby(pending.matters, key=lambda matter: matter.period)
    return ClosingPage(
        period=period,
        closes=span_label(pending.months),
        months=[(month, _by_project(list(matters), new)) for month, matters in by_month],
        token=pending.token,
        refusal=refused,
    )


def _by_project(matters: Sequence[PendingMatter], new: Collection[str]) -> list[PendingProject]:
    names = dict.fromkeys((matter.project_id, matter.project) for matter in matters)
    return [
        PendingProject(
            name,
            [
                ListedMatter(each.count_text, _list_address(each), each.key in new)
                for each in matters
                if each.project_id == project_id
            ],
        )
        for project_id, name in names
    ]


def _list_address(matter: PendingMatter) -> str:
    month = matter.period
    activities = f"/activities?project={matter.project_id}&year={month.year}&month={month.month}"
    project = f"/projects/{matter.project_id}"
    return {
        MatterKind.UNREVIEWED: f"{activities}&status=logged",
        MatterKind.RETURNED: f"{activities}&status=returned",
        MatterKind.WAITING: f"/review/records?project={matter.project_id}&period={month}",
        MatterKind.UNEXPLAINED: f"{project}?period={month}#unexplained",
        MatterKind.UNJUDGED: f"{project}?period={month}#unjudged",
        MatterKind.UNCONFIRMED: f"{project}/rules?unconfirmed=1",
        MatterKind.CHANGED: f"/periods/{month}?changes=1&project={matter.project_id}",
    }[matter.kind]


def compared_month_page(
    session: Session, user: User, period: Period, *, project_id: int | None, today: date
) -> ComparedMonthPage:
    """The page; nothing differs in a month that is not rolled up."""
    month = month_in(months_of_year(session, period.year, today), period)
    project = None if project_id is None else visible_project(session, user, project_id)
    projects = [project] if project else visible_projects(session, user, year=period.year)
    figures = _figures(session, month, projects)
    changes = changed_figures(session, period, figures) if figures else []
    return ComparedMonthPage(period, month, changes, project)


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
