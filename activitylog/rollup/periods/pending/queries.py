"""Reads what is pending in the open months up to one: by month, project and kind."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.activities.review.queries import record_kinds
from activitylog.activities.rules import Status
from activitylog.core.dialects import month_of
from activitylog.core.period import Period
from activitylog.indicators.sources import SOURCES
from activitylog.projects.models import Project
from activitylog.rollup.deviations.queries import unexplained
from activitylog.rollup.periods.pending.rules import MatterKind, PendingList, PendingMatter
from activitylog.rollup.periods.queries import changed_figures
from activitylog.rollup.queries import actuals
from activitylog.rollup.roll_up_range import open_months

_BY_STATUS = {Status.LOGGED: MatterKind.UNREVIEWED, Status.RETURNED: MatterKind.RETURNED}
_Counts = Counter[tuple[MatterKind, Period, int]]  # by kind, month and project id


def pending_list(session: Session, period: Period) -> PendingList:
    """What is pending in the months that closing this one would freeze."""
    months = open_months(session, period.first_of_year, period)
    if not months:
        return PendingList(())
    counts: _Counts = Counter()
    _count_records(session, months, counts)
    _count_indicators(session, period, counts)
    return PendingList(months, _matters(session, period.year, counts))


def _count_records(session: Session, months: Sequence[Period], counts: _Counts) -> None:
    month = month_of(Activity.happens_on)
    activities = select(Activity.status, Activity.project_id, month, func.count()).where(
        Activity.status.in_(_BY_STATUS),
        Activity.happens_on.between(months[0].first_day, months[-1].last_day),
    )
    for status, project_id, text, count in session.execute(
        activities.group_by(Activity.status, Activity.project_id, month)
    ):
        _add(counts, months, (_BY_STATUS[status], Period.parse(text), project_id), count)
    for spec in record_kinds():
        for project_id, text, count in session.execute(_waiting_by_month(spec.model)):
            if text is not None:
                _add(counts, months, (MatterKind.WAITING, Period.parse(text), project_id), count)


def _add(counts: _Counts, months: Sequence[Period], key: tuple[MatterKind, Period, int], count: int) -> None:
    if key[1] in months:
        counts[key] += count


def _waiting_by_month(model: Any) -> Select[*tuple[Any, ...]]:
    waiting = _waiting(model).subquery()
    group = waiting.c.project_id, waiting.c.month
    return select(*group, func.count()).group_by(*group)


def waiting_ids(model: Any, project_id: int, period: Period) -> Select[int]:
    """The ids of a kind's records that wait for approval in a project's month."""
    waiting = _waiting(model).subquery()
    return select(waiting.c.id).where(waiting.c.project_id == project_id, waiting.c.month == str(period))


def _waiting(model: Any) -> Select[*tuple[Any, ...]]:
    """Every waiting record of a kind with its project and the month of the day it counts by."""
    source = next((each for each in SOURCES if each.model is model), None)
    day = func.coalesce(*source.dates, source.dates[-1]) if source else Activity.held_on
    rows = select(model.id, Project.id.label("project_id"), month_of(day).label("month"))
    rows = rows.select_from(model).join(model.project).where(model.is_waiting)
    return rows if source else rows.join(Activity, Activity.id == model.activity_id)


def _count_indicators(session: Session, period: Period, counts: _Counts) -> None:
    """Reasons, grades, rules and changed figures: at the last month's end, which holds the year so far.

    Reasons of the months before may be added after the closing as well.
    """
    rows = actuals(session, period)
    rolled_up = [row for row in rows if row.posted_at is not None]
    for row in rows:
        counts[MatterKind.UNJUDGED, period, row.project_id] += row.is_judged and row.judged is None
        counts[MatterKind.UNCONFIRMED, period, row.project_id] += not row.is_confirmed
    for missing in unexplained(session, rolled_up, period):
        counts[MatterKind.UNEXPLAINED, period, missing.row.project_id] += 1
    for changed in changed_figures(session, period, rolled_up):
        counts[MatterKind.CHANGED, period, changed.posted.project_id] += 1


def _matters(session: Session, year: int, counts: _Counts) -> list[PendingMatter]:
    projects = session.execute(
        select(Project.id, Project.name).where(Project.year == year).order_by(Project.position, Project.id)
    )
    return sorted(_of_projects([(row.id, row.name) for row in projects], counts), key=lambda each: each.rank)


def _of_projects(projects: Sequence[tuple[int, str]], counts: _Counts) -> Iterator[PendingMatter]:
    for project_id, name in projects:
        for (kind, month, of_project), count in counts.items():
            if of_project == project_id and count:
                yield PendingMatter(kind, month, project_id, name, count)
