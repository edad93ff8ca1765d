"""What the audit trail tells since a moment about records that count, and about how an indicator counts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, false, not_, or_, select
from sqlalchemy.orm import Session

from activitylog.audit.models import AuditEntry
from activitylog.audit.queries import SLACK
from activitylog.indicators.judgements.models import Judgement
from activitylog.indicators.sources import ACTIVITY, SOURCE_BY_KEY, SOURCES
from activitylog.indicators.targets.models import TargetAdjustment
from activitylog.projects.models import Indicator
from activitylog.projects.queries import branch_names

RecordKey: TypeAlias = tuple[str, int]
LOADING_SAMPLE = " sample load"  # writes months long after they pretend to have been booked
# What makes another activity's record when it goes there.
_MOVING = sorted({kind.object_type for each in SOURCES for kind in each.trail if kind.is_by_activity})


@dataclass(frozen=True, slots=True)
class EntriesSince:
    """The entries later than a moment; `first` is the number from which to look, None when there are none."""

    since: datetime
    first: int | None
    is_whole: bool

    @property
    def condition(self) -> ColumnElement[bool]:
        if self.first is None:
            return false()
        is_loading = and_(AuditEntry.is_sample, AuditEntry.origin.endswith(LOADING_SAMPLE))
        return and_(AuditEntry.id >= self.first, AuditEntry.at > self.since, not_(is_loading))

    def touched(self, source: ColumnElement[str], source_id: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether an entry tells of the record itself."""
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
    """The entries since a moment; not whole when some of them may have been archived."""
    at = AuditEntry.at
    first = session.scalar(select(AuditEntry.id).where(at >= since - SLACK).order_by(at).limit(1))
    oldest = session.execute(select(AuditEntry.id, at).order_by(AuditEntry.id).limit(1)).one_or_none()
    return EntriesSince(since, first, is_whole=oldest is None or oldest.id == 1 or oldest.at <= since)


def entries_of_records(
    session: Session, records: Mapping[RecordKey, str], entries: EntriesSince
) -> dict[RecordKey, list[AuditEntry]]:
    """The entries about each record, oldest first; `records` are named by their activity's number, if any."""
    ways: dict[tuple[str, str], dict[int, list[RecordKey]]] = defaultdict(lambda: defaultdict(list))
    for key in records:
        for each in SOURCE_BY_KEY[key[0]].trail:
            ways[each.object_type, each.column.key][key[1]].append(key)
    for key, activity_id in _hanging_on(session, records).items():
        ways[ACTIVITY.object_type, AuditEntry.object_id.key][activity_id].append(key)
    about = [
        and_(AuditEntry.object_type == kind, getattr(AuditEntry, column).in_(numbers))
        for (kind, column), numbers in ways.items()
    ]
    if not about or entries.first is None:
        return {}
    told: dict[RecordKey, list[AuditEntry]] = defaultdict(list)
    moved_from = _by_number(records)
    is_move = and_(AuditEntry.object_type.in_(_MOVING), AuditEntry.before.contains('"activity":'))
    wanted = or_(*about, is_move) if moved_from else or_(*about)
    for entry in session.scalars(select(AuditEntry).where(entries.condition, wanted).order_by(AuditEntry.id)):
        keys = [
            key
            for (kind, column), numbers in ways.items()
            if kind == entry.object_type
            for key in numbers.get(getattr(entry, column) or 0, ())
        ]
        left = entry.changes.get("activity", (None, None))[0] if entry.object_type in _MOVING else None
        for key in dict.fromkeys((*keys, *moved_from.get(left or "", ()))):
            told[key].append(entry)
    return told


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
    """Since then, to its rule, target or judgements, and which projects its project sums up, oldest first."""
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
