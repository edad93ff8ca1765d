"""Entering a sample year stop by stop: ledger rows imported, then answered, photographed and reviewed."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity
from activitylog.activities.photos.operations import add_photo
from activitylog.activities.rules import QualityItem, Status
from activitylog.core.period import start_of_day
from activitylog.files.uploads import StoredPicture
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.operations import import_ledger
from activitylog.projects.models import Project
from activitylog.sample.answers import answer, answer_for_host
from activitylog.sample.decisions import Office, decide, moment, plan_months
from activitylog.sample.ledger import Row, YearLedger, write_workbook

REWORK_NOTE = "已按审核意见补充材料。"


@dataclass(frozen=True, slots=True)
class Entries:
    """A sample year as its people enter it; `pictures` are by the activity's number."""

    office: Office
    ledger: YearLedger
    pictures: Mapping[str, Sequence[StoredPicture]]

    def enter(self) -> Iterator[tuple[int, int]]:
        """Play the year, telling after each stop how many of how many are over."""
        for plan in self.ledger.plans:
            plan_months(self.office, plan)
        stops, after = self.ledger.stops(), date.min
        for done, day in enumerate(stops, start=1):
            self._import(after, day)
            for row in self.ledger.cancelled(after, day):
                reason, now = row["审核意见"], moment(day, 19)
                self._change(self._activities([row])[row["活动编号"]], Status.WITHDRAWN, now, reason=reason)
            for step in self.ledger.steps:
                if after < step["on"] <= day:
                    decide(self.office, step, now=moment(day, 21))
            after = day
            yield done, len(stops)

    def _import(self, after: date, until: date) -> None:
        """Import what the organizer typed in by that day; then come answers, photos and review."""
        rows = self.ledger.entered(after, until)
        session, by = self.office.session, self.office.people.organizer
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.xlsx"
            if not write_workbook(path, rows):
                return
            import_ledger(session, path, by=by, now=moment(until, 17))
        ours = select(Project.id).where(Project.is_sample)
        marked = (
            update(Activity).where(Activity.project_id.in_(ours), ~Activity.is_sample).values(is_sample=True)
        )
        session.execute(marked, execution_options={"synchronize_session": False})
        held = [row for row in rows[ACTIVITIES.name] if row["状态"] == "待审核"]
        for number, activity in self._activities(held).items():
            self._finish(activity, self.ledger.activities[number], until)

    def _activities(self, rows: Sequence[Row]) -> dict[str, Activity]:
        numbers = [row["活动编号"] for row in rows]
        found = select(Activity).where(Activity.number.in_(numbers)).order_by(Activity.number)
        return {activity.number: activity for activity in self.office.session.scalars(found)}

    def _finish(self, activity: Activity, row: Row, day: date) -> None:
        """Take an activity that is typed in as held through its survey and its review."""
        session, before = self.office.session, start_of_day(self.ledger.today)
        answer(session, activity, int(row["扫码份数"] or 0), before=before)
        answer_for_host(session, activity, before=before)
        if activity.number in self.pictures:
            self._file_photos(activity, moment(day, 18))
        if not self.ledger.is_reviewed(row):
            return
        if row["审核意见"]:
            self._change(activity, Status.RETURNED, moment(day, 19), reason=row["审核意见"])
        if row["状态"] == "退回":
            return
        if row["审核意见"]:
            self._edit(activity, moment(day, 20), note=REWORK_NOTE)
            self._change(activity, Status.LOGGED, moment(day, 20))
        self._approve(activity, row, moment(day, 20) + timedelta(minutes=30))

    def _file_photos(self, activity: Activity, now: datetime) -> None:
        """Add an activity's photos, taken an hour apart, and its summary."""
        by = self.office.people.organizer
        for place, picture in enumerate(self.pictures[activity.number]):
            taken_at = moment(activity.happens_on, 10 + place)
            upload = f"sample-{activity.number}-{place}"
            add_photo(
                self.office.session, activity, picture, upload=upload, taken_at=taken_at, by=by, now=now
            )
        self._edit(activity, now, summary=self.ledger.photos[activity.number]["summary"])

    def _edit(self, activity: Activity, now: datetime, **written: str) -> None:
        details, by = replace(details_of(activity), **written), self.office.people.organizer  # type: ignore[arg-type]
        edit_activity(self.office.session, activity, details, version=activity.version, by=by, now=now)

    def _approve(self, activity: Activity, row: Row, now: datetime) -> None:
        """Judge quality by its items where photos were filed, else as a whole."""
        photos = self.ledger.photos.get(activity.number)
        ticked = [QualityItem(item) for item in photos["ticked"]] if photos else None
        change_status(
            self.office.session,
            activity,
            Status.APPROVED,
            by=self.office.people.manager,
            now=now,
            quality_met=None if photos else row["质量达标"] == "是",
            checks=ticked,
        )

    def _change(self, activity: Activity, wanted: Status, now: datetime, *, reason: str = "") -> None:
        people = self.office.people
        by = people.manager if wanted is Status.RETURNED else people.organizer
        change_status(self.office.session, activity, wanted, by=by, now=now, reason=reason)
