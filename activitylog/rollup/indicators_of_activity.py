"""Reads the indicators an activity counts for, and the month it was first posted in."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.core.period import Period
from activitylog.indicators.measures import measures_counting
from activitylog.indicators.models import Rule
from activitylog.indicators.sources import SOURCES
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import visible_to
from activitylog.publicity.models import MediaReport, Push
from activitylog.rollup.models import Posting

_SOURCES = tuple(source.key for source in SOURCES if source.is_activity)


@dataclass(frozen=True, slots=True)
class CountedFor:
    """One indicator an activity counts for; `period` is the first month it was posted in, None before."""

    indicator: Indicator
    project: str
    period: Period | None


@dataclass(frozen=True, slots=True)
class ArticlesCountFor:
    """The indicators that count an activity's pushes, and those that count its media reports."""

    pushes: Sequence[Indicator]
    reports: Sequence[Indicator]


def indicators_counting(session: Session, activity: Activity, *, by: User) -> list[CountedFor]:
    """The indicators the person may open, of the project and its umbrella, whose rules the activity meets."""
    met = _rules_met(session, activity, measures_counting(Activity), by)
    first_posted = _first_posted(session, activity, [indicator.id for indicator, _, _ in met])
    return [CountedFor(indicator, project, first_posted.get(indicator.id)) for indicator, project, _ in met]


def indicators_counting_articles(session: Session, activity: Activity, *, by: User) -> ArticlesCountFor:
    """Those of them that count what is published about the activity."""
    of_pushes, of_reports = measures_counting(Push), measures_counting(MediaReport)
    met = _rules_met(session, activity, (*of_pushes, *of_reports), by)
    return ArticlesCountFor(
        pushes=[indicator for indicator, _, rule in met if rule.measure in of_pushes],
        reports=[indicator for indicator, _, rule in met if rule.measure in of_reports],
    )


def _rules_met(
    session: Session, activity: Activity, measures: Sequence[str], by: User
) -> list[tuple[Indicator, str, Rule]]:
    rows = session.execute(
        select(Indicator, Project.name, Rule)
        .join(Project, Project.id == Indicator.project_id)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(
            or_(Project.id == activity.project_id, Project.id == activity.project.parent_id),
            Rule.measure.in_(measures),
            visible_to(by, Project.id),
        )
        .options(selectinload(Rule.kinds), selectinload(Rule.venue_kinds))
        .order_by(Project.parent_id.is_(None), Indicator.position)
    )
    return [(indicator, project, rule) for indicator, project, rule in rows if _meets(activity, rule)]


def _meets(activity: Activity, rule: Rule) -> bool:
    is_of_kind = not rule.limits_kinds or any(kind in activity.kinds for kind in rule.kinds)
    venues = {row.venue_kind for row in rule.venue_kinds}
    return is_of_kind and (not rule.limits_venues or activity.venue_kind in venues)


def _first_posted(session: Session, activity: Activity, indicators: Sequence[int]) -> dict[int, Period]:
    rows = session.execute(
        select(Posting.indicator_id, func.min(Posting.period))
        .where(
            Posting.indicator_id.in_(indicators),
            and_(Posting.source.in_(_SOURCES), Posting.source_id == activity.id),
        )
        .group_by(Posting.indicator_id)
    )
    return {indicator_id: Period.parse(str(period)) for indicator_id, period in rows}
