"""Reads indicators a person may see, and counts unconfirmed rules."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.errors import Missing
from activitylog.indicators.models import Rule
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to


def visible_indicator(session: Session, user: User, indicator_id: int) -> Indicator:
    """One indicator, or Missing when there is none the person may see."""
    indicator: Indicator | None = session.scalar(
        select(Indicator)
        .join(Project, Project.id == Indicator.project_id)
        .where(Indicator.id == indicator_id, visible_to(user, Project.id))
    )
    if indicator is None:
        raise Missing("没有这个指标，它可能已随申报表更换，或不在您的项目里；请从项目页重新进入。")
    return indicator


def unconfirmed_rules(session: Session, user: User, year: int) -> list[tuple[Project, int]]:
    """The projects with unconfirmed rules, and how many each has."""
    rows = session.execute(
        select(Project, func.count())
        .join(Indicator, Indicator.project_id == Project.id)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(Project.year == year, Rule.confirmed_at.is_(None), visible_to(user, Project.id))
        .group_by(Project.id)
        .order_by(Project.position, Project.id)
    )
    return [(project, count) for project, count in rows]
