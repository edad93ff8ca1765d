"""Reads the records that count for no indicator although they are approved, with the reason."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, null, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityKind, activity_kind_link
from activitylog.activities.rules import Status
from activitylog.activities.sources import Source
from activitylog.core.period import Period
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.measures import BY_KEY
from activitylog.indicators.models import Rule
from activitylog.indicators.sources import SOURCES, records_of
from activitylog.projects.models import Indicator, Project
from activitylog.rollup.contributions import project_scopes
from activitylog.rollup.models import Posting
from activitylog.rollup.roll_up_range import last_rolled_up

MOST_READ = 300  # records of one source
MOST_NAMED = 3
LATE = "结账以后才登记或通过"
NO_FILTER = "不符合任何指标的筛选条件"
NOT_APPROVED = "所属活动还没有审核通过，指标按活动的类型、场所等筛选，活动通过后才计入"


@dataclass(frozen=True, slots=True)
class _Uncounted:
    source: Source
    record_id: int
    project_id: int
    day: date
    entered_at: datetime
    activity_id: int | None
    kind: str


def uncounted_sentences(session: Session, year: int) -> Iterator[str]:
    """One sentence for the records of a project that count for nothing for the same reason.

    Only records dated in months rolled up are told of; what is approved later is counted by the next roll-up.
    Records other than activities are told of where an indicator of their project counts such records.
    """
    last = last_rolled_up(session, year)
    if last is None:
        return
    stored = session.execute(select(Project.id, Project.name).where(Project.year == year))
    names = {row.id: row.name for row in stored}
    counted, closing = _sources_counted(session, year), session.get(Closing, last)
    groups: defaultdict[tuple[str, int, str], list[_Uncounted]] = defaultdict(list)
    for source in SOURCES:
        found = _uncounted(session, source, last)
        activities = {row.activity_id for row in found if row.activity_id is not None}
        kinds, waiting = _kinds(session, activities), _not_approved(session, activities)
        for row in found:
            is_ruled = source.key in counted[row.project_id]
            if not (is_ruled or source.is_activity):
                continue  # kept for other ends: money, a plan, the record itself
            is_late = closing is not None and row.entered_at > closing.closed_at
            if is_late and is_ruled:
                reason = LATE
            elif is_ruled and row.activity_id in waiting:
                reason = NOT_APPROVED
            else:
                reason = _reason(row, kinds, year, is_ruled=is_ruled)
            groups[source.key, row.project_id, reason].append(row)
    for (_, project_id, reason), rows in groups.items():
        yield f"{year} 年“{names[project_id]}”有 {_sentence(session, rows, reason)}"


def _sentence(session: Session, rows: Sequence[_Uncounted], reason: str) -> str:
    source = rows[0].source
    count = f"{len(rows)} {source.unit}" if len(rows) < MOST_READ else f"至少 {MOST_READ} {source.unit}"
    records = records_of(session, {(source.key, row.record_id) for row in rows[:MOST_NAMED]})
    titles = "、".join(f"“{record.title}”" for record in records.values())
    return f"{count}不计入任何指标：{reason}（{titles}{'等' if len(rows) > MOST_NAMED else ''}）。"


def _uncounted(session: Session, source: Source, last: Period) -> list[_Uncounted]:
    if source.is_made_of_others:
        return []
    model, day = source.model, func.coalesce(*source.dates) if len(source.dates) > 1 else source.dates[0]
    until = last.next.last_day if source.tells_of_december and last.month == 12 else last.last_day
    is_valid = model.status == Status.APPROVED if source.is_activity else model.is_counted
    if hasattr(model, "is_repost"):
        is_valid = and_(is_valid, ~model.is_repost)  # whoever ticked it meant it not to count
    rows = (
        _of_project(source, day)
        .where(Project.year == last.year, is_valid, day <= until)
        .where(~exists().where(Posting.source == source.key, Posting.source_id == model.id))
        .order_by(day, model.id)
        .limit(MOST_READ)
    )
    return [_Uncounted(source, *row) for row in session.execute(rows)]


def _of_project(source: Source, day: Any) -> Select[*tuple[Any, ...]]:
    """Columns of `_Uncounted`; a manual entry is of its indicator's project."""
    model = source.model
    activity = model.id if source.is_activity else getattr(model, "activity_id", None)
    kind = getattr(model, "kind", None) if not source.is_activity else None
    approved_at = model.reviewed_at if source.is_activity else model.approved_at
    if hasattr(model, "project_id"):
        rows = select(model.id, Project.id, day).join(Project, Project.id == model.project_id)
    else:
        rows = select(model.id, Project.id, day).join(Indicator, Indicator.id == model.indicator_id)
        rows = rows.join(Project, Project.id == Indicator.project_id)
    return rows.add_columns(
        func.coalesce(approved_at, model.created_at).label("entered_at"),
        null() if activity is None else activity.label("activity"),
        literal("") if kind is None else kind.label("kind"),
    )


def _sources_counted(session: Session, year: int) -> dict[int, set[str]]:
    """The sources that the rules of a project or its umbrellas count, by project."""
    scopes = project_scopes()
    rows = session.execute(
        select(Project.id, Rule.measure)
        .join(scopes, scopes.c.project_id == Project.id)
        .join(Indicator, Indicator.project_id == scopes.c.ancestor_id)
        .join(Rule, Rule.indicator_id == Indicator.id)
        .where(Project.year == year)
    )
    counted: defaultdict[int, set[str]] = defaultdict(set)
    for project_id, key in rows:
        measure = BY_KEY.get(key or "")
        counted[project_id] |= {source.key for source in measure.sources} if measure else set()
    return counted


def _kinds(session: Session, activity_ids: set[int]) -> dict[int, list[str]]:
    rows = session.execute(
        select(activity_kind_link.c.activity_id, ActivityKind.name)
        .join(ActivityKind, ActivityKind.id == activity_kind_link.c.kind_id)
        .join(Activity, Activity.id == activity_kind_link.c.activity_id)
        .where(Activity.id.in_(activity_ids))
        .order_by(ActivityKind.id)
    )
    kinds: defaultdict[int, list[str]] = defaultdict(list)
    for activity_id, name in rows:
        kinds[activity_id].append(name)
    return kinds


def _not_approved(session: Session, activity_ids: set[int]) -> set[int]:
    rows = select(Activity.id).where(Activity.id.in_(activity_ids), Activity.status != Status.APPROVED)
    return set(session.scalars(rows))


def _reason(row: _Uncounted, kinds: dict[int, list[str]], year: int, *, is_ruled: bool) -> str:
    if row.day.year < year:
        return f"日期不在 {year} 年"
    if not is_ruled:
        return f"本项目没有指标数{row.source.label}"
    if row.kind:
        return f"类别“{row.kind}”不在任何指标的范围内"
    if row.activity_id is None:
        return NO_FILTER
    of_activity = kinds.get(row.activity_id)
    return f"类型“{'、'.join(of_activity)}”不在任何指标的范围内" if of_activity else "没有填活动类型"
