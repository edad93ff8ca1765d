"""Writes the planned changes of a ledger in bulk: a few statements for thousands of rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from activitylog.activities.catalogue import VenueDetails, find_or_add_kinds, find_or_add_venues
from activitylog.activities.models import Activity, ActivityDistrict, activity_kind_link
from activitylog.activities.rules import NEED_REASON, Status
from activitylog.audit.capture import record_changes
from activitylog.core.progress import Progress
from activitylog.core.records import writers_with
from activitylog.ledger.imports.activities import ActivityChange
from activitylog.ledger.imports.audited import activity_entries, new_record_entries, updated_record_entries
from activitylog.ledger.imports.queries import OWN_FIELDS, chunks
from activitylog.ledger.imports.records import RecordPlan, RecordUpdate

STAGE = "写入"
ROWS = 1000  # of one statement
IMPORTED_REASON = "导入的台账中标明"
_REVIEWED = frozenset({Status.APPROVED, Status.RETURNED})

Changes = Sequence[ActivityChange]


class BulkWriter:
    """Writes plans on behalf of one person at one moment, and reports its progress.

    Records of projects that are `reviewed` wait for approval.
    """

    def __init__(
        self,
        session: Session,
        *,
        by_id: int | None,
        reviewed: Collection[int],
        now: datetime,
        total: int,
        progress: Progress,
    ) -> None:
        self._session = session
        self._by_id = by_id
        self._reviewed = reviewed
        self._now = now
        self._total = total
        self._done = 0
        self._progress = progress

    def write_activities(self, changes: Changes) -> None:
        """Insert and update activities with their venues, kinds and districts."""
        venue_ids = self._venue_ids(changes)
        new = [change for change in changes if change.stored is None]
        for chunk in chunks(new, ROWS):
            rows = [self._insert_values(change, venue_ids) for change in chunk]
            self._session.execute(insert(_table(Activity)), rows)
            self._report_progress(len(rows))
        known = [change for change in changes if change.stored is not None]
        for chunk in chunks(known, ROWS):
            self._update(Activity, [self._update_values(change, venue_ids) for change in chunk])
        ids = self.activity_ids(change.number for change in changes)
        self._write_kinds(changes, ids)
        self._write_districts(changes, ids)
        record_changes(self._session, *activity_entries(changes, ids))

    def write_records(self, plan: RecordPlan) -> None:
        """Insert new records, their activities given by number, and update the details of stored ones."""
        named = {row.activity for row in plan.new}
        named |= {update.stored.values.get("activity") for update in plan.updated}
        ids = self.activity_ids(number for number in named if number is not None)
        for chunk in chunks(plan.new, ROWS):
            rows = []
            for row in chunk:
                row.values["approved_at"] = self._approved_at((row.project_id, row.activity_project_id))
                values = {name: row.values[name] for name in (*plan.kind.own_fields, "approved_at")}
                values |= {"created_by_id": self._by_id, "written_by_id": self._by_id}
                values["writers"] = writers_with("", self._by_id)
                values["created_at"] = self._now
                if plan.kind.has_project:
                    values["project_id"] = row.project_id
                if plan.kind.has_activity:
                    values["activity_id"] = ids[row.activity] if row.activity is not None else None
                rows.append(values)
            key = _table(plan.kind.model).c.id
            inserted = insert(key.table).returning(key, sort_by_parameter_order=True)
            record_ids = self._session.connection().execute(inserted, rows).scalars().all()
            record_changes(self._session, *new_record_entries(plan, chunk, record_ids, ids))
            self._report_progress(len(rows))
        for stored in chunks(plan.updated, ROWS):
            updates = [self._with_approval(each) for each in stored]
            self._update(plan.kind.model, [{"stored_id": stored.id, **new} for stored, new, *_ in updates])
            record_changes(self._session, *updated_record_entries(plan, updates, ids))

    def _approved_at(
        self, project_ids: Iterable[int | None], before: datetime | None = None
    ) -> datetime | None:
        """None, to wait, where the record's project or its activity's is reviewed: it counts in both."""
        is_reviewed = any(number in self._reviewed for number in project_ids)
        return None if is_reviewed else before or self._now

    def _with_approval(self, update: RecordUpdate) -> RecordUpdate:
        approved_at = self._approved_at(update.project_ids, update.stored.values["approved_at"])
        approval = {"approved_at": approved_at, "approved_by_id": None}
        is_approved = update.stored.values["approved_by_id"] is not None
        writers = self._writers("" if is_approved else update.stored.values["writers"])
        return update._replace(new=update.new | approval | writers)

    def _writers(self, before: str) -> dict[str, Any]:
        return {"written_by_id": self._by_id, "writers": writers_with(before, self._by_id)}

    def activity_ids(self, numbers: Iterable[str]) -> dict[str, int]:
        ids: dict[str, int] = {}
        for chunk in chunks(sorted(numbers)):
            found = select(Activity.number, Activity.id).where(Activity.number.in_(chunk))
            ids.update((number, activity_id) for number, activity_id in self._session.execute(found))
        return ids

    def _venue_ids(self, changes: Changes) -> dict[tuple[str, str], int]:
        places = {
            VenueDetails(*_place(change), change.values["venue_kind"])
            for change in changes
            if change.values["venue"] and not change.is_venue_unchanged
        }
        venues = find_or_add_venues(self._session, sorted(places))
        return {key: venue.id for key, venue in venues.items()}

    def _own_columns(self, change: ActivityChange, venue_ids: dict[tuple[str, str], int]) -> dict[str, Any]:
        values = {name: change.values[name] for name in OWN_FIELDS}
        values |= {
            "project_id": change.project_id,
            "updated_at": self._now,
        }
        if change.is_venue_unchanged and change.stored is not None:
            values["venue_id"] = change.stored.venue_id
        else:
            values["venue_id"] = venue_ids[_place(change)] if change.values["venue"] else None
        return values

    def _review_columns(self, status: Status) -> dict[str, Any]:
        is_reviewed = status in _REVIEWED
        is_exempt = status is Status.APPROVED and self._by_id is not None  # else it would have gone to review
        return {
            "reviewed_by_id": self._by_id if is_reviewed and not is_exempt else None,
            "reviewed_at": self._now if is_reviewed else None,
            "status_reason": IMPORTED_REASON if status in NEED_REASON else "",
            "is_exempt": is_exempt,
            "quality_from_items": False,
        }

    def _insert_values(self, change: ActivityChange, venue_ids: dict[tuple[str, str], int]) -> dict[str, Any]:
        own = self._own_columns(change, venue_ids) | self._review_columns(change.values["status"])
        created = {"number": change.number, "created_by_id": self._by_id, "created_at": self._now}
        return own | created | self._writers("")

    def _update_values(self, change: ActivityChange, venue_ids: dict[tuple[str, str], int]) -> dict[str, Any]:
        assert change.stored is not None  # noqa: S101  (for the type checker)
        review = change.stored.review
        if change.values["status"] is not change.stored.values["status"]:
            review = self._review_columns(change.values["status"])
        if change.values["quality_met"] is not change.stored.values["quality_met"]:
            review = review | {"quality_from_items": False}
        version = change.stored.version + 1
        if change.may_count:
            is_approved = change.stored.values["status"] is Status.APPROVED
            is_seen = is_approved and change.stored.review["reviewed_by_id"] is not None
            review = review | self._writers("" if is_seen else change.stored.review["writers"])
            if change.values["status"] is Status.APPROVED and self._by_id is not None:
                review = review | {"reviewed_by_id": None, "is_exempt": True}  # nobody has seen what counts
        return {
            "stored_id": change.stored.id,
            "version": version,
            **self._own_columns(change, venue_ids),
            **review,
        }

    def _write_kinds(self, changes: Changes, ids: Mapping[str, int]) -> None:
        changed = [c for c in changes if c.stored is None or c.stored.values["kinds"] != c.values["kinds"]]
        kinds = find_or_add_kinds(
            self._session, {name for change in changed for name in change.values["kinds"]}
        )
        self._clear(changed, activity_kind_link)
        self._add(
            activity_kind_link,
            [
                {"activity_id": ids[change.number], "kind_id": kinds[name].id}
                for change in changed
                for name in change.values["kinds"]
            ],
        )

    def _write_districts(self, changes: Changes, ids: Mapping[str, int]) -> None:
        changed = [
            c for c in changes if c.stored is None or c.stored.values["districts"] != c.values["districts"]
        ]
        self._clear(changed, _table(ActivityDistrict))
        self._add(
            _table(ActivityDistrict),
            [
                {"activity_id": ids[change.number], "district": code, "position": position}
                for change in changed
                for position, code in enumerate(change.values["districts"])
            ],
        )

    def _clear(self, changes: Changes, table: Table) -> None:
        """Delete the activities' rows from a table of details."""
        stored_ids = [change.stored.id for change in changes if change.stored is not None]
        for chunk in chunks(stored_ids):
            self._session.execute(delete(table).where(table.c.activity_id.in_(chunk)))

    def _add(self, table: Table, rows: Collection[dict[str, Any]]) -> None:
        for chunk in chunks(rows, ROWS):
            self._session.execute(insert(table), chunk)

    def _update(self, model: Any, rows: list[dict[str, Any]]) -> None:
        table = _table(model)
        self._session.execute(update(table).where(table.c.id == bindparam("stored_id")), rows)
        self._report_progress(len(rows))

    def _report_progress(self, rows: int) -> None:
        self._done += rows
        self._progress(STAGE, self._done, self._total)


def _place(change: ActivityChange) -> tuple[str, str]:
    return change.values["venue"], next(iter(change.values["districts"]), "")


def _table(model: Any) -> Table:
    return cast(Table, model.__table__)
