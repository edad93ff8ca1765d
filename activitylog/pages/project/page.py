"""The pages of projects: a year's projects, and one with every indicator at a month's end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.queries import has_upcoming_activities
from activitylog.core.period import Period
from activitylog.expenses.queries import paid_fen
from activitylog.indicators.actual import TO_AGREE, TO_JUDGE, IndicatorActual
from activitylog.indicators.judgements.rules import GRADE_LABELS, GRADE_STATUSES, Grade
from activitylog.indicators.status import INDICATOR_STATUS_LABELS, IndicatorStatus
from activitylog.indicators.weights.queries import weights_of
from activitylog.indicators.weights.rules import points
from activitylog.pages.project.queries import actuals_by_indicator, load_children
from activitylog.pages.project.slow_indicators import SlowIndicator, slow_indicators
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_parent, visible_projects, visible_years
from activitylog.reports.charts import Bullet, MonthColumn, bullet_of, columns_text, small_columns
from activitylog.rollup.deviations.queries import Unexplained, unexplained
from activitylog.rollup.forecast import money_warnings
from activitylog.rollup.live_figure import live_actuals
from activitylog.rollup.models import Actual
from activitylog.rollup.periods.queries import Month, month_in, months_of_year
from activitylog.rollup.queries import actuals

SHORT_GOAL = 60
MOST_CHILD_LINES = 80  # indicators of all children drawn on an umbrella's page; beyond, each has its own


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """One indicator of a project's page, its figures as texts and its charts."""

    row: IndicatorActual
    value: str
    target: str
    unit: str
    status_code: str
    status_text: str
    shortfall: str
    basis: str
    bullet: Bullet | None
    columns: list[MonthColumn]
    columns_text: str
    weight: str
    is_unjudged: bool


@dataclass(frozen=True, slots=True)
class IndicatorGroup:
    """The indicators under one 一级指标, and their weights' sum."""

    level1: str
    weight: str
    lines: list[IndicatorLine]


@dataclass(frozen=True, slots=True)
class ProjectOverview:
    """A project in a list: its money paid, in fen, and its number of indicators by status."""

    project: Project
    paid_fen: int
    status_counts: list[tuple[str, str]]
    unconfirmed: int

    @property
    def goal(self) -> str:
        """The goal's beginning, in one line."""
        text = " ".join(self.project.goal.split())
        return text if len(text) <= SHORT_GOAL else text[:SHORT_GOAL].rstrip("，。；、 ") + "……"


@dataclass(frozen=True, slots=True)
class ChildProject:
    """A child on its umbrella's page: its money, its statuses, and the bars of its indicators."""

    overview: ProjectOverview
    lines: Sequence[IndicatorLine]

    @property
    def paid_share(self) -> float:
        """What was paid of the budget, at most all of it."""
        budget = self.overview.project.budget_fen
        return min(1.0, self.overview.paid_fen / budget) if budget else 0.0


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """A project's page at a month's end."""

    project: Project
    period: Period
    month: Month
    paid_fen: int
    slow: Sequence[SlowIndicator]
    groups: Sequence[IndicatorGroup]
    status_counts: Sequence[tuple[str, str]]
    warnings: Sequence[str]
    unconfirmed: int
    parent: Project | None
    children: Sequence[ChildProject]
    unexplained: Sequence[Unexplained]
    unjudged: Sequence[IndicatorActual]
    has_upcoming_activities: bool


@dataclass(frozen=True, slots=True)
class ProjectListPage:
    """A year's projects at a month's end; `years` are those with projects the person may see."""

    period: Period
    month: Month
    years: Sequence[int]
    overviews: Sequence[ProjectOverview]


def project_list_page(session: Session, user: User, period: Period, *, today: date) -> ProjectListPage:
    month = load_month(session, period, today)
    projects = visible_projects(session, user, year=period.year)
    load_children(session, projects)
    rows = figures_at(session, month, today, [project.id for project in projects])
    return ProjectListPage(
        period=period,
        month=month,
        years=visible_years(session, user),
        overviews=project_overviews(session, projects, rows, period),
    )


def project_page(
    session: Session, user: User, project: Project, period: Period, *, today: date
) -> ProjectPage:
    month = load_month(session, period, today)
    rows = figures_at(session, month, today, [project.id])
    return ProjectPage(
        project=project,
        period=period,
        month=month,
        paid_fen=paid_fen(session, [project], until=period.last_day).get(project.id, 0),
        slow=slow_indicators(rows),
        groups=indicator_groups(session, project, rows),
        status_counts=status_counts(rows),
        warnings=money_warnings(session, project, rows, period, today),
        unconfirmed=sum(not row.is_confirmed for row in rows),
        parent=visible_parent(session, user, project),
        children=_children(session, user, project, month, today),
        unexplained=unexplained(session, rows, period) if month.is_rolled_up else [],
        unjudged=[row for row in rows if row.is_judged and row.judged is None],
        has_upcoming_activities=has_upcoming_activities(session, project, today),
    )


def _children(
    session: Session, user: User, project: Project, month: Month, today: date
) -> list[ChildProject]:
    """Those of an umbrella's children that the person may see."""
    if not project.children:
        return []
    visible = {each.id for each in visible_projects(session, user, year=project.year)}
    children = [child for child in project.children if child.id in visible]
    ids = [child.id for child in children]
    rows = figures_at(session, month, today, ids)
    overviews = project_overviews(session, children, rows, month.period)
    if len(rows) > MOST_CHILD_LINES:
        return [ChildProject(overview, []) for overview in overviews]
    history, weights = actuals_by_indicator(session, ids, project.year), weights_of(session, ids)
    return [
        ChildProject(
            overview,
            [
                indicator_line(
                    row,
                    history.get(row.indicator_id, []),
                    weights[row.project_id].by_indicator[row.indicator_id],
                )
                for row in rows
                if row.project_id == overview.project.id
            ],
        )
        for overview in overviews
    ]


def load_month(session: Session, period: Period, today: date) -> Month:
    return month_in(months_of_year(session, period.year, today), period)


def figures_at(
    session: Session, month: Month, today: date, project_ids: Sequence[int]
) -> list[IndicatorActual]:
    """The actuals; for a month that has begun and is not rolled up, the live figures."""
    read = live_actuals if month.period.first_day <= today and not month.is_rolled_up else actuals
    return read(session, month.period, project_ids=project_ids)


def listed_figures(session: Session, project: Project, period: Period, today: date) -> list[IndicatorActual]:
    """The figures of the project's page, for its workbook."""
    return figures_at(session, load_month(session, period, today), today, [project.id])


def project_overviews(
    session: Session, projects: Sequence[Project], rows: Sequence[IndicatorActual], period: Period
) -> list[ProjectOverview]:
    """Every project with its money and statuses at the month's end, in the declared order."""
    paid = paid_fen(session, projects, until=period.last_day)
    by_project = {project.id: [row for row in rows if row.project_id == project.id] for project in projects}
    return [
        ProjectOverview(
            project=project,
            paid_fen=paid.get(project.id, 0),
            status_counts=status_counts(by_project[project.id]),
            unconfirmed=sum(not row.is_confirmed for row in by_project[project.id]),
        )
        for project in projects
    ]


def status_counts(rows: Sequence[IndicatorActual]) -> list[tuple[str, str]]:
    """(code, "落后 3") for every status that occurs, from the worst to those without a figure."""
    counts = Counter((_status_code(row), row.status_text) for row in rows)
    order = [
        *((status.value, word) for status in IndicatorStatus for word in _WORDS_BY_STATUS[status]),
        ("none", "尚未开展"),
        ("none", TO_JUDGE),
    ]
    return [(code, f"{word} {counts[code, word]}") for code, word in order if counts[code, word]]


_WORDS_BY_STATUS = {
    status: [
        INDICATOR_STATUS_LABELS[status],
        *(GRADE_LABELS[grade] for grade in Grade if GRADE_STATUSES[grade] is status),
    ]
    for status in IndicatorStatus
}


def _status_code(row: IndicatorActual) -> str:
    return "none" if row.status is None else row.status.value


def indicator_groups(
    session: Session, project: Project, rows: Sequence[IndicatorActual]
) -> list[IndicatorGroup]:
    """The project's indicators as its declaration orders them."""
    months = actuals_by_indicator(session, [project.id], project.year)
    weights = weights_of(session, [project.id])[project.id].by_indicator
    grouped = [(level1, list(group)) for level1, group in groupby(rows, lambda row: row.level1)]
    return [
        IndicatorGroup(
            level1,
            points(sum((weights[row.indicator_id] for row in group), Decimal(0))),
            [
                indicator_line(row, months.get(row.indicator_id, []), weights[row.indicator_id])
                for row in group
            ],
        )
        for level1, group in grouped
    ]


def indicator_line(row: IndicatorActual, history: Sequence[Actual], weight: Decimal) -> IndicatorLine:
    up_to_now = [actual for actual in history if actual.period <= row.period]
    return IndicatorLine(
        row=row,
        value=_value(row),
        target=row.bare_target_text,
        unit=row.figure_unit if not row.is_judged else "",
        status_code=_status_code(row),
        status_text=row.status_text,
        shortfall=row.shortfall_text,
        basis=_basis(row),
        bullet=bullet_of(row),
        columns=small_columns(row, up_to_now),
        columns_text=columns_text(row, up_to_now),
        weight=points(weight),
        is_unjudged=row.is_judged and row.judged is None,
    )


def _value(row: IndicatorActual) -> str:
    if row.is_judged:
        return row.plain_value or "—"
    return "—" if row.figure is None else row.value_text


def _basis(row: IndicatorActual) -> str:
    """The text below a bar or in its place: what the figure is divided by, or how it was judged."""
    if not row.is_judged:
        return row.base_text.strip("（）") if row.figure is not None else ""
    basis = f"依据：{row.measure.label} {row.value_text}{row.base_text}" if row.measure else "由人评定"
    return basis + (f"，{TO_AGREE}" if row.judged and not row.judged.is_confirmed else "")
