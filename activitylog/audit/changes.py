"""Merges the changes of one transaction and turns them into rows of the audit trail."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from activitylog.audit.models import AuditEntry
from activitylog.audit.registry import BY_KIND, RecordRef, Values, is_blank, json_value
from activitylog.core.actor import Actor

CREATED = "created"
EDITED = "edited"
REMOVED = "removed"
CHUNK = 500  # values an IN may list
STEPS = frozenset({"status", "approved_at", "withdrawn_at"})  # fields whose change is never merged
LONGEST_NAME = AuditEntry.object_name.type.length
_LONGEST_ORIGIN = AuditEntry.origin.type.length
_LONGEST_WHO = AuditEntry.who.type.length


@dataclass(slots=True)
class Change:
    """One write to one record; `actor` is given where it is not the session's.

    `state` is CREATED, EDITED or REMOVED; an edit's verb follows from the fields it changed.
    Without a state the change is an event that is never merged.
    """

    kind: str
    object_id: int | None
    name: str | RecordRef
    verb: str
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)
    project_id: int | None = None
    activity_id: int | None = None
    is_sample: bool = False
    actor: Actor | None = None
    state: str = ""


def creation(
    kind: str,
    object_id: int,
    name: str,
    values: Values,
    *,
    project_id: int | None = None,
    activity_id: int | None = None,
) -> Change:
    """A record that a bulk statement inserted."""
    after = {each: value for each, value in values.items() if not is_blank(value)}
    verb = BY_KIND[kind].creation_verb(after)
    return Change(kind, object_id, name, verb, {}, after, project_id, activity_id, state=CREATED)


def edit(
    kind: str,
    object_id: int,
    name: str,
    before: Values,
    after: Values,
    *,
    project_id: int | None = None,
    activity_id: int | None = None,
) -> Change:
    """A record that a bulk statement updated, its fields as they were and are."""
    changed = [each for each in after if before[each] != after[each]]
    old, new = ({each: values[each] for each in changed} for values in (before, after))
    return Change(kind, object_id, name, EDITED, old, new, project_id, activity_id, state=EDITED)


def merge_changes(changes: Iterable[Change]) -> list[Change]:
    """Several changes of one record as one; changes of its status stay entries of their own."""
    merged: list[Change] = []
    last: dict[tuple[str, int], Change] = {}
    for change in changes:
        key = None if change.object_id is None else (change.kind, change.object_id)
        first = last.get(key) if key else None
        if first is not None and _continues(first, change):
            _merge(first, change)
        else:
            merged.append(change)
            if key and change.state:
                last[key] = change
    for change in merged:
        if change.verb == EDITED:
            change.verb = BY_KIND[change.kind].edit_verb(change.before, change.after)
    return [change for change in merged if change.state != EDITED or change.before != change.after]


def _continues(first: Change, change: Change) -> bool:
    is_step = not STEPS.isdisjoint(change.after)
    return change.state == EDITED and first.state in (CREATED, EDITED) and not is_step


def _merge(first: Change, change: Change) -> None:
    for name, value in change.after.items():
        first.after[name] = value
        if first.state != CREATED and first.before.setdefault(name, change.before.get(name)) == value:
            del first.before[name], first.after[name]
    first.name = change.name
    first.project_id, first.activity_id = change.project_id, change.activity_id


def as_rows(
    session: Session, changes: Sequence[Change], *, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """The changes as rows of the trail, without number and hash."""
    names = _names(
        session,
        (
            value
            for change in changes
            for value in (change.name, *change.before.values(), *change.after.values())
        ),
    )
    return [_row(change, change.actor or actor, names, now) for change in changes]


def _row(change: Change, actor: Actor, names: dict[RecordRef, str], now: datetime) -> dict[str, Any]:
    name = names[change.name] if isinstance(change.name, RecordRef) else change.name
    before, after = _plain_values(change.before, names), _plain_values(change.after, names)
    if change.state == EDITED:  # two venues of one name differ in their id only
        same = {each for each in after if before[each] == after[each]}
        before, after = ({n: v for n, v in values.items() if n not in same} for values in (before, after))
    return {
        "at": now,
        "user_id": actor.user_id,
        "who": actor.name[:_LONGEST_WHO],
        "origin": actor.origin[:_LONGEST_ORIGIN],
        "action": f"{change.kind}.{change.verb}",
        "object_type": change.kind,
        "object_id": change.object_id,
        "object_name": name[:LONGEST_NAME],
        "project_id": change.project_id,
        "activity_id": change.activity_id,
        "is_sample": change.is_sample or actor.is_sample,
        "before": json.dumps(before, ensure_ascii=False, separators=(",", ":")),
        "after": json.dumps(after, ensure_ascii=False, separators=(",", ":")),
    }


def _plain_values(values: Values, names: dict[RecordRef, str]) -> Values:
    return {
        name: names[value] if isinstance(value, RecordRef) else json_value(value)
        for name, value in values.items()
    }


def plain_values(session: Session, many: Sequence[Values]) -> list[Values]:
    """Values as entries write them: records by their names, the others as JSON."""
    names = _names(session, (value for values in many for value in values.values()))
    return [_plain_values(values, names) for values in many]


def _names(session: Session, values: Iterable[Any]) -> dict[RecordRef, str]:
    """Names of the records referred to: from the session where loaded, else in one query per table."""
    refs = {value for value in values if isinstance(value, RecordRef)}
    names: dict[RecordRef, str] = {}
    unknown: dict[InstrumentedAttribute[Any], list[int]] = defaultdict(list)
    for ref in refs:
        record = session.identity_map.get(
            inspect(ref.named_by.class_).identity_key_from_primary_key((ref.id,))
        )
        known = inspect(record).dict.get(ref.named_by.key) if record is not None else None
        if known is None:
            unknown[ref.named_by].append(ref.id)
        names[ref] = f"#{ref.id}" if known is None else str(known)
    for named_by, ids in unknown.items():
        names |= _names_from_database(session, named_by, ids)
    return names


def _names_from_database(
    session: Session, named_by: InstrumentedAttribute[Any], ids: list[int]
) -> dict[RecordRef, str]:
    key = named_by.class_.id
    found: dict[RecordRef, str] = {}
    for start in range(0, len(ids), CHUNK):
        rows = session.execute(select(key, named_by).where(key.in_(ids[start : start + CHUNK])))
        found |= {RecordRef(named_by, record_id): str(name) for record_id, name in rows}
    return found
