"""Enters a sample year day by day: imports ledger rows, adds answers and photos, and reviews."""

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
from activitylog.files.operations import StoredPicture
from activitylog.ledger.columns import ACTIVITIES
from activitylog.ledger.imports.operations import import_ledger
from activitylog.projects.models import Project
from activitylog.sample.answers import add_answers, add_host_answer
from activitylog.sample.decisions import SampleYear, apply_decision, moment, set_monthly_plan
from activitylog.sample.ledger import CellsByHeading, YearLedger, write_workbook

REWORK_NOTE = "已按审核意见补充材料。"


@dataclass(frozen=True, slots=True)
class YearEntries:
    """The entries of a sample year; `pictures` are by the activity's number."""

    sample_year: SampleYear
    ledger: YearLedger
    pictures: Mapping[str, Sequence[StoredPicture]]

    def enter_year(self) -> Iterator[tuple[int, int]]:
        """Enter the year; yields after each entry day how many are done, and their total."""
        for plan in self.ledger.plans:
            set_monthly_plan(self.sample_year, plan)
        days, after = self.ledger.entry_days(), date.min
        for done, day in enumerate(days, start=1):
            self._import(after, day)
            for row in self.ledger.rows_cancelled(after, day):
                reason, now = row["审核意见"], moment(day, 19)
                self._change(self._activities([row])[row["活动编号"]], Status.WITHDRAWN, now, reason=reason)
            for step in self.ledger.steps:
                if after < step["on"] <= day:
                    apply_decision(self.sample_year, step, now=moment(day, 21))
            after = day
            yield done, len(days)

    def _import(self, after: date, until: date) -> None:
        """Import the rows entered by that day, then add answers and photos, and review."""
        rows = self.ledger.rows_entered(after, until)
        session, by = self.sample_year.session, self.sample_year.people.organizer
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.xlsx"
            if not write_workbook(path, rows):
                return
            import_ledger(session, path, by=by, now=moment(until, 17))
        ours = select(Project.id).where(Project.is_sample)
        mark_sample = (
            update(Activity).where(Activity.project_id.in_(ours), ~Activity.is_sample).values(is_sample=True)
        )
        session.execute(mark_sample, execution_options={"synchronize_session": False})
        held = [row for row in rows[ACTIVITIES.name] if row["状态"] == "待审核"]
        for number, activity in self._activities(held).items():
            self._complete_activity(activity, self.ledger.activities[number], until)

    def _activities(self, rows: Sequence[CellsByHeading]) -> dict[str, Activity]:
        numbers = [row["活动编号"] for row in rows]
        found = select(Activity).where(Activity.number.in_(numbers)).order_by(Activity.number)
        return {activity.number: activity for activity in self.sample_year.session.scalars(found)}

    def _complete_activity(self, activity: Activity, row: CellsByHeading, day: date) -> None:
        """Add answers and photos to an activity logged as held, and review it."""
        session, before = self.sample_year.session, start_of_day(self.ledger.today)
        add_answers(session, activity, int(row["扫码份数"] or 0), before=before)
        add_host_answer(session, activity, before=before)
        if activity.number in self.pictures:
            self._add_photos(activity, moment(day, 18))
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

    def _add_photos(self, activity: Activity, now: datetime) -> None:
        """Add an activity's photos, taken an hour apart, and its summary."""
        by = self.sample_year.people.organizer
        for place, picture in enumerate(self.pictures[activity.number]):
            taken_at = moment(activity.happens_on, 10 + place)
            upload = f"sample-{activity.number}-{place}"
            add_photo(
                self.sample_year.session, activity, picture, upload=upload, taken_at=taken_at, by=by, now=now
            )
        self._edit(activity, now, summary=self.ledger.photos[activity.number]["summary"])

    def _edit(self, activity: Activity, now: datetime, **changes: str) -> None:
        details, by = replace(details_of(activity), **changes), self.sample_year.people.organizer  # type: ignore[arg-type]
        edit_activity(self.sample_year.session, activity, details, version=activity.version, by=by, now=now)

    def _approve(self, activity: Activity, row: CellsByHeading, now: datetime) -> None:
        """Approve, with quality by its items where there are photos, else as a whole."""
        photos = self.ledger.photos.get(activity.number)
        ticked = [QualityItem(item) for item in photos["ticked"]] if photos else None
        change_status(
            self.sample_year.session,
            activity,
            Status.APPROVED,
            by=self.sample_year.people.manager,
            now=now,
            quality_met=None if photos else row["质量达标"] == "是",
            checks=ticked,
        )

    def _change(self, activity: Activity, new_status: Status, now: datetime, *, reason: str = "") -> None:
        people = self.sample_year.people
        by = people.manager if new_status is Status.RETURNED else people.organizer
        change_status(self.sample_year.session, activity, new_status, by=by, now=now, reason=reason)
