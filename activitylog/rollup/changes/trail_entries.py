"""Reads which records and indicators changed since a moment, by the audit trail and the answers."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select, true, union
from sqlalchemy.orm import Session

from activitylog.activities.facts import ACTIVITY_TRAIL
from activitylog.activities.models import Activity
from activitylog.activities.sources import Source
from activitylog.audit.models import AuditEntry
from activitylog.audit.queries import SLACK
from activitylog.core.dialects import Rows, json_text
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.sources import SOURCE_BY_KEY, SOURCES
from activitylog.indicators.targets.models import TargetAdjustment
from activitylog.projects.models import Indicator, Project
from activitylog.projects.queries import branch_names
from activitylog.surveys.models import Response

RecordKey: TypeAlias = tuple[str, int]
RecordCondition: TypeAlias = Callable[[ColumnElement[str], ColumnElement[int]], ColumnElement[bool]]
LOADING_SAMPLE = " sample load"  # writes months long after the day of their roll-up
# A change not yet committed while the roll-up ran may bear a moment before it and not be counted in it.
UNCOMMITTED_FOR = timedelta(hours=1)
_HANGING = tuple(source for source in SOURCES if source.hangs_on_activity)
# Records that make what an activity's survey or release counts: moved, they change both activities.
_MOVING = sorted({kind.object_type for each in SOURCES for kind in each.trail if kind.is_by_activity})
_OF_DECLARATION = ("project", "indicator", "sample")


@dataclass(frozen=True, slots=True)
class EntriesSince:
    """The audit entries later than a moment; `first` is the id to search from, None when there are none.

    `is_whole` is false when some of them may have been archived. `is_by_number` takes all written from
    `first` on, whatever moment they bear: a clock that was set back makes later changes look earlier.
    """

    since: datetime
    first: int | None
    is_whole: bool
    is_by_number: bool = False

    @property
    def condition(self) -> ColumnElement[bool]:
        if self.first is None:
            return false()
        if self.is_by_number:
            return AuditEntry.id >= self.first
        is_loading = and_(AuditEntry.is_sample, AuditEntry.origin.endswith(LOADING_SAMPLE))
        return and_(AuditEntry.id >= self.first, AuditEntry.at > self.since, not_(is_loading))

    def has_entry(self, source: ColumnElement[str], source_id: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether one of the entries is about the record itself."""
        if self.first is None:
            return false()
        return or_(
            *(
                and_(
                    source == each.key,
                    source_id.in_(
                        select(kind.column).where(AuditEntry.object_type == kind.object_type, self.condition)
                    ),
                )
                for each in SOURCES
                for kind in each.trail
            )
        )


def entries_since(session: Session, since: datetime) -> EntriesSince:
    """The entries later than the moment."""
    at = AuditEntry.at
    first = session.scalar(
        select(AuditEntry.id).where(at >= since - SLACK).order_by(at, AuditEntry.id).limit(1)
    )
    oldest = session.execute(select(AuditEntry.id, at).order_by(AuditEntry.id).limit(1)).one_or_none()
    return EntriesSince(since, first, is_whole=oldest is None or oldest.id == 1 or oldest.at <= since)


def entries_of_records(
    session: Session, records: Mapping[RecordKey, str], entries: EntriesSince
) -> dict[RecordKey, list[AuditEntry]]:
    """The entries about each record, oldest first; `records` are named by their activity's number, if any."""
    by_column: dict[tuple[str, str], dict[int, list[RecordKey]]] = defaultdict(lambda: defaultdict(list))
    for key in records:
        for each in SOURCE_BY_KEY[key[0]].trail:
            by_column[each.object_type, each.column.key][key[1]].append(key)
    for key, activity_id in _hanging_on(session, records).items():
        by_column[ACTIVITY_TRAIL.object_type, AuditEntry.object_id.key][activity_id].append(key)
    about = [
        and_(AuditEntry.object_type == kind, getattr(AuditEntry, column).in_(numbers))
        for (kind, column), numbers in by_column.items()
    ]
    if not about or entries.first is None:
        return {}
    found: dict[RecordKey, list[AuditEntry]] = defaultdict(list)
    moved_from = _by_number(records)
    is_move = and_(AuditEntry.object_type.in_(_MOVING), AuditEntry.before.contains('"activity":'))
    condition = or_(*about, is_move) if moved_from else or_(*about)
    for entry in session.scalars(
        select(AuditEntry).where(entries.condition, condition).order_by(AuditEntry.id)
    ):
        keys = [
            key
            for (kind, column), numbers in by_column.items()
            if kind == entry.object_type
            for key in numbers.get(getattr(entry, column) or 0, ())
        ]
        left = entry.changes.get("activity", (None, None))[0] if entry.object_type in _MOVING else None
        for key in dict.fromkeys((*keys, *moved_from.get(left or "", ()))):
            found[key].append(entry)
    return found


def _by_number(records: Mapping[RecordKey, str]) -> dict[str, list[RecordKey]]:
    """The records that articles or paper forms make, by their activity's number."""
    found: dict[str, list[RecordKey]] = defaultdict(list)
    for key, number in records.items():
        if number and SOURCE_BY_KEY[key[0]].is_made_of_others:
            found[number].append(key)
    return found


def _hanging_on(session: Session, keys: Iterable[RecordKey]) -> dict[RecordKey, int]:
    ids: dict[str, list[int]] = defaultdict(list)
    for source, source_id in keys:
        if SOURCE_BY_KEY[source].hangs_on_activity:
            ids[source].append(source_id)
    return {
        (source, row.id): row.activity_id
        for source, numbers in ids.items()
        for model in [SOURCE_BY_KEY[source].model]
        for row in session.execute(
            select(model.id, model.activity_id).where(model.id.in_(numbers), model.activity_id.is_not(None))
        )
    }


def entries_of_indicator(
    session: Session, indicator: Indicator, entries: EntriesSince
) -> Sequence[AuditEntry]:
    """The entries about its rule, target or judgements, or the projects its project sums up, oldest first."""
    kinds: dict[str, Any] = {
        "rule": [indicator.id],
        "indicator": [indicator.id],
        "judgement": select(Judgement.id).where(Judgement.indicator_id == indicator.id),
        "target": select(TargetAdjustment.id).where(TargetAdjustment.indicator_id == indicator.id),
    }
    about = [
        and_(AuditEntry.object_type == kind, AuditEntry.object_id.in_(ids)) for kind, ids in kinds.items()
    ]
    is_regrouped = and_(AuditEntry.action == "project.edited", AuditEntry.before.contains('"parent":'))
    found = session.scalars(
        select(AuditEntry).where(entries.condition, or_(*about, is_regrouped)).order_by(AuditEntry.id)
    ).all()
    if any(entry.object_type == "project" for entry in found):
        names = branch_names(session, indicator.project).values()
        return [entry for entry in found if entry.object_type != "project" or _concerns(entry, names)]
    return found


def _concerns(entry: AuditEntry, names: Collection[str]) -> bool:
    return any(name in names for name in entry.changes["parent"])


def entries_after_roll_up(session: Session, rolled_up_at: datetime) -> EntriesSince:
    """The entries whose changes the roll-up may not have counted."""
    return entries_since(session, rolled_up_at - UNCOMMITTED_FOR)


def is_declaration_changed(session: Session, year: int, entries: EntriesSince) -> bool:
    """Whether projects or indicators that may be of the year changed, or entries have been archived since."""
    others = select(Project.id).where(Project.year != year)
    may_be_of_year = or_(AuditEntry.project_id.is_(None), AuditEntry.project_id.not_in(others))
    changed = select(AuditEntry.id).where(
        entries.condition, AuditEntry.object_type.in_(_OF_DECLARATION), may_be_of_year
    )
    return not entries.is_whole or session.scalar(changed.limit(1)) is not None


def indicators_of_changed_rules(entries: EntriesSince) -> Select[int]:
    rules = select(AuditEntry.object_id).where(entries.condition, AuditEntry.object_type == "rule")
    return select(Indicator.id).where(Indicator.id.in_(rules))


def is_changed_record(
    entries: EntriesSince, source: ColumnElement[str], source_id: ColumnElement[int]
) -> ColumnElement[bool]:
    """Whether the record changed, or the activity it is or was about, or that activity's answers."""
    answered = select(Response.activity_id).where(Response.submitted_at > entries.since)
    activities = select(union(changed_activities(entries), answered).subquery().c[0])
    return or_(
        *(
            and_(source == each.key, source_id.in_(changed_records(each, entries, activities)))
            for each in SOURCES
        )
    )


def changed_records(source: Source, entries: EntriesSince, activities: Rows) -> Rows:
    """The ids of the source's records that have an entry, or are or hang on one of the activities."""
    if source.is_activity:
        return activities
    own = select(AuditEntry.object_id).where(entries.condition, AuditEntry.object_type == source.object_type)
    if not source.hangs_on_activity:
        return own
    on_them = select(source.model.id).where(source.model.activity_id.in_(activities))
    return select(union(own, on_them).subquery().c[0])


def changed_activities(entries: EntriesSince, *, fields: Sequence[str] = ()) -> Rows:
    """The ids of the activities edited, or that a changed record hangs on or hung on.

    With `fields`, only of those edited in one of them, and only of records that figures are made of.
    """
    own = select(AuditEntry.object_id).where(
        entries.condition,
        AuditEntry.object_type == ACTIVITY_TRAIL.object_type,
        AuditEntry.object_id.is_not(None),
        or_(*map(_is_written, fields)) if fields else true(),
    )
    counting = (*(source.object_type for source in _HANGING), *_MOVING)
    about = select(AuditEntry.activity_id).where(
        entries.condition,
        AuditEntry.activity_id.is_not(None),
        AuditEntry.object_type.in_(counting) if fields else true(),
    )
    moved_from = select(json_text(AuditEntry.before, "activity")).where(
        entries.condition, AuditEntry.object_type.in_(counting)
    )
    left = select(Activity.id).where(Activity.number.in_(moved_from))
    return select(union(own, about, left).subquery().c[0])


def _is_written(field: str) -> ColumnElement[bool]:
    """Whether the entry says anything of the field."""
    return or_(AuditEntry.before.contains(f'"{field}":'), AuditEntry.after.contains(f'"{field}":'))
