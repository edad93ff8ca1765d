"""What the project pages read besides the actuals: twelve months of every indicator, and the money."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.expenses.models import Expense
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import seen_by
from activitylog.rollup.models import Actual, Rule


def histories(session: Session, project_ids: Sequence[int], year: int) -> dict[int, list[Actual]]:
    """The booked months of a year in order, by indicator id."""
    rows = session.scalars(
        select(Actual)
        .join(Indicator, Indicator.id == Actual.indicator_id)
        .where(
            Indicator.project_id.in_(project_ids),
            Actual.period.between(Period(year, 1), Period(year, 12)),
        )
        .order_by(Actual.period)
    )
    months: dict[int, list[Actual]] = defaultdict(list)
    for actual in rows:
        months[actual.indicator_id].append(actual)
    return months


def paid_fen(session: Session, projects: Sequence[Project], *, until: date) -> dict[int, int]:
    """What has been paid up to a day, by project id; an umbrella's with its children's."""
    year = projects[0].year if projects else 0
    in_time = Expense.paid_on <= until
    rows = session.execute(
        select(Project.id, Project.parent_id, func.coalesce(func.sum(Expense.paid_fen), 0))
        .outerjoin(Expense, (Expense.project_id == Project.id) & Expense.withdrawn_at.is_(None) & in_time)
        .where(Project.year == year)
        .group_by(Project.id, Project.parent_id)
    ).all()
    parents = {project_id: parent_id for project_id, parent_id, _ in rows}
    sums: dict[int, int] = defaultdict(int)
    for project_id, _, paid in rows:
        payer: int | None = project_id
        while payer is not None:
            sums[payer] += int(paid)
            payer = parents[payer]
    return sums


def indicator_seen_by(session: Session, user: User, indicator_id: int) -> Indicator:
    """One indicator, or Missing when there is none the person may see."""
    indicator: Indicator | None = session.scalar(
        select(Indicator)
        .join(Project, Project.id == Indicator.project_id)
        .where(Indicator.id == indicator_id, seen_by(user, Project.id))
    )
    if indicator is None:
        raise Missing("没有这个指标，它可能已随申报表更换，或不在您的项目里；请从项目页重新进入。")
    return indicator


def unconfirmed_rules(session: Session, user: User, year: int) -> list[tuple[Project, int]]:
    """The projects with rules that wait for a person's word, and how many."""
    rows = session.execute(
        select(Project, func.count())
        .join(Indicator, Indicator.project_id == Project.id)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(Project.year == year, Rule.confirmed_at.is_(None), seen_by(user, Project.id))
        .group_by(Project.id)
        .order_by(Project.position, Project.id)
    )
    return [(project, count) for project, count in rows]
