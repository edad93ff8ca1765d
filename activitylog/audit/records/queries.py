"""Compares every audited table with the trail, some thousand records at a time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from activitylog.audit.capture import recorded_values
from activitylog.audit.models import AuditEntry
from activitylog.audit.records.rules import RecordedState, Values, comparable, differing_fields, replay
from activitylog.audit.registry import AUDITED, Audited, json_value

CHUNK = 1000  # records in memory at once
_ENTRY = (
    AuditEntry.object_id,
    AuditEntry.object_type,
    AuditEntry.before,
    AuditEntry.after,
    AuditEntry.object_name,
    AuditEntry.project_id,
    AuditEntry.activity_id,
    AuditEntry.is_sample,
)
_OWN_ID = next(each.default for each in fields(Audited) if each.name == "key")


@dataclass(frozen=True, slots=True)
class RecordDifference:
    """A record that is not as the trail says; `before` by the trail, `after` as stored.

    One without an entry of its creation has no `before`, one that is gone no `after`.
    """

    spec: Audited
    object_id: int
    name: str
    before: Values
    after: Values
    project_id: int | None
    activity_id: int | None
    is_sample: bool


def record_differences(session: Session) -> Iterator[RecordDifference]:
    """The records of all audited tables that differ from their entries, are without them, or are gone."""
    first = session.execute(select(AuditEntry.id, AuditEntry.at).order_by(AuditEntry.id).limit(1)).first()
    archived_until = first.at if first is not None and first.id > 1 else None
    for spec in AUDITED.values():
        yield from _Comparison(session, spec, archived_until).differences()


class _Comparison:
    """One table compared with the entries of its kind."""

    def __init__(self, session: Session, spec: Audited, archived_until: datetime | None) -> None:
        self._session, self._spec, self._archived_until = session, spec, archived_until
        self._names = {*map(spec.entry_name, spec.fields), *spec.secrets}
        self._unordered = {
            spec.entry_name(name) for name, each in spec.fields.items() if each.items and not each.ordered_by
        }
        self._defaults = _defaults(spec)
        lists = [getattr(spec.model, name) for name, each in spec.fields.items() if each.items]
        self._records = select(spec.model).options(*map(selectinload, lists))
        self._entries = select(*_ENTRY).where(
            AuditEntry.object_type.in_({spec.kind, spec.ended_by}), AuditEntry.object_id.is_not(None)
        )

    def differences(self) -> Iterator[RecordDifference]:
        if self._spec.key is not _OWN_ID:  # made of other records' ids: few, and not in one column
            yield from self._compare(self._records, self._entries)
            return
        key: Any = self._spec.model.id
        after = -1
        while (until := self._end_of_chunk(key, after)) is not None:
            yield from self._compare(
                self._records.where(key > after, key <= until),
                self._entries.where(AuditEntry.object_id > after, AuditEntry.object_id <= until),
            )
            after = until

    def _end_of_chunk(self, key: Any, after: int) -> int | None:
        """The last id of the next chunk of records, or of records with entries; None at the end."""
        noted = AuditEntry.object_id
        conditions: tuple[tuple[Any, list[ColumnElement[bool]]], ...] = (
            (key, []),
            (noted, [AuditEntry.object_type == self._spec.kind]),
        )
        ends = []
        for column, further in conditions:
            ids = select(column.label("number")).where(column > after, *further)
            chunk = ids.distinct().order_by(column).limit(CHUNK).subquery()
            count, end = self._session.execute(select(func.count(), func.max(chunk.c.number))).one()
            ends.append((count, end))
        full = [end for count, end in ends if count == CHUNK]
        return min(full) if full else max((end for _, end in ends if end is not None), default=None)

    def _compare(self, records: Any, entries: Any) -> Iterator[RecordDifference]:
        by_id: defaultdict[int, list[Any]] = defaultdict(list)
        for entry in self._session.execute(entries.order_by(AuditEntry.id)).mappings():
            by_id[entry["object_id"]].append(entry)
        stored = {
            self._spec.key(record): record
            for record in self._session.scalars(records, execution_options={"populate_existing": True})
        }
        values = recorded_values(self._session, self._spec, list(stored.values()))
        for (number, record), now in zip(stored.items(), values, strict=True):
            yield from self._of_stored(number, record, now, self._state(by_id.pop(number, ())))
        for number, left in by_id.items():
            state = self._state(left)
            if state.is_known and not state.is_removed and not self._went_with_sample(state):
                yield self._difference(number, state, state.values, {})

    def _state(self, entries: Sequence[Any]) -> RecordedState:
        return replay(entries, self._names, ended_by=self._spec.ended_by)

    def _of_stored(
        self, number: int, record: Any, now: Values, state: RecordedState
    ) -> Iterator[RecordDifference]:
        if not state.is_created or state.is_removed:
            if state.is_removed or not self._may_be_archived(record):
                name = self._spec.name(record)
                state.name = state.name or (name if isinstance(name, str) else "")
                yield self._difference(number, state, {}, {k: v for k, v in now.items() if comparable(v)})
            elif state.is_known:
                yield from self._edited(number, state, now, is_complete=False)
            return
        yield from self._edited(number, state, now, moved=self._moved(record, now, state))

    def _moved(self, record: Any, now: Values, state: RecordedState) -> Values:
        """The project now, with its number, where it is another, perhaps of the same name."""
        project_id = getattr(record, "project_id", None) if "project_id" in self._spec.fields else None
        if None in {project_id, state.project_id} or project_id == state.project_id:
            return {}
        name = self._spec.entry_name("project_id")
        return {name: f"{now[name]}（{project_id} 号，不是 {state.project_id} 号）"}

    def _edited(
        self,
        number: int,
        state: RecordedState,
        now: Values,
        *,
        is_complete: bool = True,
        moved: Values | None = None,
    ) -> Iterator[RecordDifference]:
        moved = moved or {}
        recorded, stored = self._in_order(state.values), self._in_order(now | moved)
        found = differing_fields(
            recorded,
            stored,
            self._defaults,
            is_complete=is_complete,
            if_recorded=self._spec.compared_if_recorded,
        )
        found = {
            name: pair
            for name, pair in found.items()
            if name in moved or not self._is_renamed(number, name, *pair)
        }
        if found:
            before, after = ({name: pair[side] for name, pair in found.items()} for side in (0, 1))
            yield self._difference(number, state, before, after)

    def _in_order(self, values: Values) -> Values:
        """Values with every list whose order says nothing sorted; a word in two spellings is there once."""
        return {
            name: sorted(set(map(comparable, value))) if name in self._unordered and value else value
            for name, value in values.items()
        }

    def _difference(
        self, number: int, state: RecordedState, before: Values, after: Values
    ) -> RecordDifference:
        return RecordDifference(
            self._spec,
            number,
            state.name or f"{number} 号",
            before,
            after,
            state.project_id,
            state.activity_id,
            state.is_sample,
        )

    def _may_be_archived(self, record: Any) -> bool:
        """Whether the entry of its creation may be in an archive, or a migration made the record."""
        if self._spec.is_made_by_migrations:
            return True
        created_at = getattr(record, "created_at", None)
        return self._archived_until is not None and (created_at is None or created_at < self._archived_until)

    def _went_with_sample(self, state: RecordedState) -> bool:
        """Whether the sample was removed, and the record was part of it or hung on one of its projects."""
        removed = select(AuditEntry.id).where(
            AuditEntry.object_type == "sample", AuditEntry.action == "sample.removed"
        )
        if self._session.scalar(removed.limit(1)) is None:
            return False
        of_sample = select(AuditEntry.id).where(
            AuditEntry.object_type == "project",
            AuditEntry.object_id == state.project_id,
            AuditEntry.is_sample,
        )
        return state.is_sample or (
            state.project_id is not None and self._session.scalar(of_sample.limit(1)) is not None
        )

    def _is_renamed(self, number: int, name: str, old: Any, _new: Any) -> bool:
        """Whether a field that names another record names the same one by the name it had."""
        column, attribute = next(
            (
                (each.refers_to, own)
                for own, each in self._spec.fields.items()
                if self._spec.entry_name(own) == name
            ),
            (None, ""),
        )
        if column is None or old is None:
            return False
        owner = AUDITED.get(column.class_)
        own_column: Any = getattr(self._spec.model, attribute)
        referred = self._referred_id(own_column, number)
        if owner is None or referred is None:
            return False
        entries = select(AuditEntry.before, AuditEntry.after, *_ENTRY[3:]).where(
            AuditEntry.object_type == owner.kind, AuditEntry.object_id == referred
        )
        steps: Sequence[Any] = self._session.execute(entries.order_by(AuditEntry.id)).mappings().all()
        states = (replay(steps[:end], {column.key}) for end in range(1, len(steps) + 1))
        return comparable(old) in {comparable(state.values.get(column.key)) for state in states}

    def _referred_id(self, column: Any, number: int) -> Any:
        if self._spec.key is _OWN_ID:
            return self._session.scalar(select(column).where(self._spec.model.id == number))
        records = self._session.scalars(select(self._spec.model))
        return next((getattr(each, column.key) for each in records if self._spec.key(each) == number), None)


def _defaults(spec: Audited) -> Values:
    """What a column holds where nobody gave a value, as the trail would record it."""
    found = {}
    for name, each in spec.fields.items():
        column = (
            None
            if each.items
            else spec.model.__table__.c.get(getattr(spec.model, name).property.columns[0].name)
        )
        if column is None:
            continue
        if column.default is not None and column.default.is_scalar:
            found[spec.entry_name(name)] = json_value(column.default.arg)
        elif column.server_default is not None:
            text = str(getattr(column.server_default.arg, "text", column.server_default.arg))
            found[spec.entry_name(name)] = int(text) if text.isdecimal() else text.strip("'")
    return found
