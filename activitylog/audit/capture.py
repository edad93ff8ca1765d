"""Captures every write of a session and stores it as audit entries right before the transaction commits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction, object_session

from activitylog.audit import chain
from activitylog.audit.changes import CREATED, EDITED, REMOVED, Change, as_rows, merge_changes, plain_values
from activitylog.audit.registry import (
    AUDITED,
    Audited,
    Field,
    RecordRef,
    Values,
    is_blank,
    register,
    secret_digest,
)
from activitylog.core.actor import Actor, actor_of
from activitylog.core.period import utc_now

_KEY = "trail"
_MISSING = object()


@dataclass(slots=True)
class _Pending:
    """The changes of a transaction so far, and how many there were when each savepoint began."""

    changes: list[Change] = field(default_factory=list)
    savepoints: dict[SessionTransaction, int] = field(default_factory=dict)


def record_changes(session: Session, *changes: Change) -> None:
    """Add changes that no flush captures: rows written in bulk, and events without a row."""
    _pending(session).changes.extend(changes)


def name_last_edit(session: Session, verb: str) -> None:
    """Give the last edit a verb of its own, where the fields it changed do not say what was done."""
    session.flush()
    _pending(session).changes[-1].verb = verb


def store_changes(session: Session, changes: Iterable[Change], *, actor: Actor | None = None) -> None:
    """Write entries immediately, where the trail must have them before the next statement."""
    rows = as_rows(session, list(changes), actor=actor or actor_of(session), now=utc_now())
    chain.append(session, rows)


def recorded_values(session: Session, spec: Audited, records: Sequence[Any]) -> list[Values]:
    """The values of records' recorded fields as an entry would write them now, blank ones too."""
    return plain_values(
        session,
        [
            {
                spec.entry_name(name): _recorded(field, inspect(record).dict.get(name))
                for name, field in spec.fields.items()
            }
            | _digests(spec, record)
            for record in records
        ],
    )


def watch(audited: Iterable[Audited]) -> None:
    """Audit these tables in every session from now on."""
    specs = tuple(audited)
    register(specs)
    for spec in specs:
        event.listen(spec.model, "before_delete", _capture_removal)
        for name in (*spec.fields, *spec.secrets):
            # an old value that was not loaded is fetched when a new one is set
            event.listen(getattr(spec.model, name), "set", _load_old_value, active_history=True)


def _load_old_value(*_: Any) -> None:
    """A listener with `active_history` makes SQLAlchemy load the old value; it does nothing else."""


def _pending(session: Session) -> _Pending:
    pending = session.info.setdefault(_KEY, _Pending())
    assert isinstance(pending, _Pending)  # noqa: S101  (for the type checker)
    return pending


@event.listens_for(Session, "after_flush")
def _capture_writes(session: Session, _flush: UOWTransaction) -> None:
    if not AUDITED:
        raise RuntimeError("import activitylog.audited first: this write would not be in the audit trail")
    for record in session.new:
        spec = AUDITED.get(type(record))
        if spec is not None:
            values = _values(spec, record)
            digests = {name: value for name, value in _digests(spec, record).items() if value}
            _add(
                session,
                spec,
                record,
                Change("", None, "", spec.creation_verb(values), after=values | digests, state=CREATED),
            )
    for record in session.dirty:
        spec = AUDITED.get(type(record))
        if spec is not None:
            _capture_edit(session, spec, record)


def _capture_edit(session: Session, spec: Audited, record: Any) -> None:
    before, after = _differences(spec, record)
    for name, secret in spec.secrets.items():
        if (change := _history(record, name)) is not None:
            old, new = ({name: secret_digest(value)} for value in change)
            _add(session, spec, record, Change("", None, "", secret.verb, old, new))
    if before != after:
        _add(session, spec, record, Change("", None, "", EDITED, before, after, state=EDITED))


def _capture_removal(_mapper: Any, _connection: Any, record: Any) -> None:
    """Runs before the DELETE, also for an orphan, which `session.deleted` does not list."""
    session = object_session(record)
    spec = AUDITED[type(record)]
    if session is None:
        return
    with session.no_autoflush:
        for dependent in AUDITED.values():
            for column in dependent.deleted_with:
                if _refers_to(column, spec.model):
                    for row in session.scalars(select(dependent.model).where(column == spec.key(record))):
                        _remove(session, dependent, row)
        _remove(session, spec, record)


def _refers_to(column: Any, model: type[Any]) -> bool:
    return any(key.column.table is model.__table__ for key in column.property.columns[0].foreign_keys)


def _remove(session: Session, spec: Audited, record: Any) -> None:
    values = _values(spec, record)
    _add(session, spec, record, Change("", None, "", REMOVED, before=values, state=REMOVED))


def _add(session: Session, spec: Audited, record: Any, change: Change) -> None:
    change.kind, change.object_id, change.name = spec.kind, spec.key(record), spec.name(record)
    change.project_id, change.activity_id = spec.project_id(session, record), spec.activity_id(record)
    change.is_sample = getattr(record, "is_sample", False)
    _pending(session).changes.append(change)


def _values(spec: Audited, record: Any) -> Values:
    """The recorded fields that are not blank."""
    loaded = inspect(record).dict
    values = {spec.entry_name(n): _recorded(f, loaded.get(n)) for n, f in spec.fields.items()}
    return {name: value for name, value in values.items() if not is_blank(value)}


def _digests(spec: Audited, record: Any) -> Values:
    loaded = inspect(record).dict
    return {name: secret_digest(loaded.get(name)) for name in spec.secrets}


def _recorded(spec: Field, value: Any) -> Any:
    if spec.items:
        rows = value or ()
        if spec.ordered_by:
            rows = sorted(rows, key=lambda row: getattr(row, spec.ordered_by))
        return [getattr(row, spec.items) for row in rows]
    if spec.refers_to is not None and value is not None:
        return RecordRef(spec.refers_to, value)
    return value


def _history(record: Any, name: str) -> Any:
    """(old, new) of a field that this flush changed, else None."""
    history = inspect(record).attrs[name].history
    if not history.added and not history.deleted:
        return None
    old = history.deleted[0] if history.deleted else None
    new = history.added[0] if history.added else None
    return None if old == new else (old, new)


def _differences(spec: Audited, record: Any) -> tuple[Values, Values]:
    before: Values = {}
    after: Values = {}
    for name, each in spec.fields.items():
        change = _items(record, name, each) if each.items else _history(record, name)
        if change is not None:
            old, new = change if each.items else (_recorded(each, change[0]), _recorded(each, change[1]))
            before[spec.entry_name(name)], after[spec.entry_name(name)] = old, new
    return before, after


def _items(record: Any, name: str, spec: Field) -> tuple[list[Any], list[Any]] | None:
    """A list field before and after; None when nothing was added, removed or reordered."""
    if name not in inspect(record).dict:
        return None
    history = inspect(record).attrs[name].history
    old = [*history.unchanged, *history.deleted]
    if spec.ordered_by:
        old.sort(key=lambda row: _old_value(row, spec.ordered_by))
    before = [getattr(row, spec.items) for row in old]
    after = list(_recorded(spec, [*history.unchanged, *history.added]))
    if not spec.ordered_by:
        before, after = sorted(before), sorted(after)
    return None if before == after else (before, after)


def _old_value(row: Any, name: str) -> Any:
    history = inspect(row).attrs[name].history
    return history.deleted[0] if history.deleted else getattr(row, name)


@event.listens_for(Session, "before_commit")
def write_pending_entries(session: Session) -> None:
    """Write the entries of all changes of the transaction; a commit does so by itself."""
    if session.in_nested_transaction():
        return
    session.flush()
    pending = _pending(session)
    changes = merge_changes(pending.changes)
    pending.changes.clear()
    if changes:
        store_changes(session, changes)


@event.listens_for(Session, "after_transaction_create")
def _remember_savepoint(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        pending = _pending(session)
        pending.savepoints[transaction] = len(pending.changes)


@event.listens_for(Session, "after_soft_rollback")
def _drop_rolled_back(session: Session, previous: SessionTransaction) -> None:
    pending = _pending(session)
    if previous in pending.savepoints:
        del pending.changes[pending.savepoints.pop(previous) :]


@event.listens_for(Session, "after_transaction_end")
def _clear_pending(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        pending = _pending(session)
        pending.changes.clear()
        pending.savepoints.clear()
