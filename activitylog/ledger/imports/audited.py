"""Makes the audit trail's entries for what an import writes in bulk."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from activitylog.audit.changes import Change, creation, edit
from activitylog.audit.registry import AUDITED as REGISTERED
from activitylog.audit.registry import RecordRef, Values
from activitylog.ledger.imports.activities import ActivityChange
from activitylog.ledger.imports.queries import OWN_FIELDS, RecordRow
from activitylog.ledger.imports.records import RecordPlan, RecordUpdate
from activitylog.projects.models import Project


def activity_entries(changes: Sequence[ActivityChange], ids: Mapping[str, int]) -> Iterator[Change]:
    """The entries of the new and the edited activities."""
    for change in changes:
        activity_id, after = ids[change.number], _audited_values(change.values, change.project_id)
        owners = {"project_id": change.project_id, "activity_id": activity_id}
        name = f"{change.number} {change.values['title']}"
        if change.stored is None:
            yield creation("activity", activity_id, name, after, **owners)
        else:
            before = _audited_values(change.stored.values, change.stored.project_id)
            yield edit("activity", activity_id, name, before, after, **owners)


def _audited_values(values: Mapping[str, Any], project_id: int) -> Values:
    own = {name: values[name] for name in OWN_FIELDS}
    lists = {name: list(values[name]) for name in ("kinds", "districts")}
    return own | lists | {"venue": values["venue"], "project": RecordRef(Project.name, project_id)}


def new_record_entries(
    plan: RecordPlan, rows: Sequence[RecordRow], record_ids: Sequence[int], activity_ids: Mapping[str, int]
) -> Iterator[Change]:
    """The entries of records just inserted."""
    spec = REGISTERED[plan.kind.model]
    for row, record_id in zip(rows, record_ids, strict=True):
        values = {name: row.values[name] for name in (*plan.kind.own_fields, "approved_at")}
        recorded = {name: value for name, value in values.items() if name in spec.fields}
        activity_id = None if row.activity is None else activity_ids[row.activity]
        if activity_id is not None:
            recorded["activity"] = row.activity
        if plan.kind.has_project and row.project_id is not None:
            recorded["project"] = RecordRef(Project.name, row.project_id)
        yield creation(
            spec.kind,
            record_id,
            _name(plan, values),
            recorded,
            project_id=row.project_id,
            activity_id=activity_id,
        )


def updated_record_entries(
    plan: RecordPlan, updates: Sequence[RecordUpdate], activity_ids: Mapping[str, int]
) -> Iterator[Change]:
    """The entries of records whose details a row rewrote."""
    spec = REGISTERED[plan.kind.model]
    for stored, new, *_ in updates:
        values = {name: stored.values[name] for name in plan.kind.own_fields} | new
        yield edit(
            spec.kind,
            stored.id,
            _name(plan, values),
            {name: stored.values[name] for name in new if name in spec.fields},
            {name: value for name, value in new.items() if name in spec.fields},
            project_id=stored.project_id,
            activity_id=activity_ids.get(stored.values.get("activity") or ""),
        )


def _name(plan: RecordPlan, values: Values) -> str:
    name = REGISTERED[plan.kind.model].name(plan.kind.model(**values))
    return name if isinstance(name, str) else ""
