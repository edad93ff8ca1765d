"""Loads the sample years in one transaction, day by day and through the operations people use."""

import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import xlsxwriter
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.operations import create_user, disable_user
from activitylog.accounts.rules import Role, password_weakness
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status
from activitylog.activities.photos.operations import add_photo
from activitylog.activities.rules import QualityItem, Status
from activitylog.core.actor import as_sample
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period, business_day, year_periods
from activitylog.core.progress import Progress, no_progress
from activitylog.files.operations import StoredPicture, store_picture
from activitylog.files.store import FileStore
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.rules.operations import confirm_rules, rules_of
from activitylog.indicators.targets.operations import set_plan
from activitylog.ledger.columns import ACTIVITIES, SHEETS
from activitylog.ledger.operations import import_ledger
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Project
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.models import ROLL_UP, JobRun
from activitylog.rollup.operations import open_year, take_declaration
from activitylog.rollup.roll_up_range import due_at
from activitylog.rollup.run import roll_up
from activitylog.sample.decisions import DECISIONS, SampleYear, add_answers, edit
from activitylog.sample.queries import LOADING, check_free, is_used
from activitylog.sample.rules import SAMPLE_YEAR, CellsByHeading, folder_of, moment, read_year

ROLES = {"演示组织者": Role.ORGANIZER, "演示负责人": Role.MANAGER, "演示绩效专员": Role.OFFICER}
STAGE = "装入示例"
DAYS_AFTER_ROLL_UP = 4  # on which the decisions about a month are made
REWORK_NOTE = "已按审核意见补充材料。"
Pictures = Mapping[str, Sequence[StoredPicture]]  # by the activity's number


def store_photos(files: FileStore, now: datetime) -> Pictures:
    """Store the photos of both years; slow, so before a transaction writes."""
    today = business_day(now)
    ledgers = [read_year(year, today) for year in sorted({SAMPLE_YEAR, today.year})]
    return {
        number: [_stored(files, ledger.year, file, name) for file, name in photos["files"].items()]
        for ledger in ledgers
        for number, photos in ledger.photos.items()
        if ledger.logged_on(ledger.activities[number]) is not None
    }


def _stored(files: FileStore, year: int, file: str, name: str) -> StoredPicture:
    content = (folder_of(year) / "photos" / file).read_bytes()
    return store_picture(files, BytesIO(content), f"{name}.jpg")


def load_sample(
    session: Session,
    *,
    pictures: Pictures,
    may_sign_in: bool = False,
    now: datetime,
    progress: Progress = no_progress,
) -> dict[str, str]:
    """Enter the sample years up to yesterday; returns the passwords, by name, of those who may sign in.

    Refuses when the sample is loaded already or its year has a declaration.
    """
    with as_sample(session):
        lock_roll_up(session)
        check_free(session)
        today, years = business_day(now), [SAMPLE_YEAR]
        if today.year > SAMPLE_YEAR and not is_used(session, today.year):
            years.append(today.year)
        passwords = {name: _password() for name in ROLES}
        people = _open_years(session, years, passwords, now=now)
        for place, number in enumerate(years):
            year = SampleYear(session, read_year(number, today), *people)
            for done, total in _enter_days(year, pictures):
                progress(STAGE, place * total + done, len(years) * total)
            _roll_up_year(year, now=now)
        run = JobRun(job=LOADING, period=Period(SAMPLE_YEAR, 1), holder="", started_at=now, ended_at=now)
        run.is_done = True
        session.add(run)
        for name in () if may_sign_in else ROLES:
            disable_user(session, name=name)
        session.flush()
    return passwords if may_sign_in else {}


def _password() -> str:
    words = iter(lambda: secrets.token_urlsafe(9), "")
    return next(word for word in words if password_weakness(word) is None)


def _open_years(
    session: Session, years: Sequence[int], passwords: Mapping[str, str], *, now: datetime
) -> list[User]:
    """Take the declaration for each year; create organizer, manager and officer."""
    take_declaration(session, read_declaration(sample_path()), now=now, is_sample=True)
    for year in years[1:]:
        open_year(session, source=SAMPLE_YEAR, target=year, now=now, is_sample=True)
    projects = [project.id for year in years for project in projects_of_year(session, year)]
    people = [
        create_user(session, name=name, password=passwords[name], role=role, now=now, is_sample=True)
        for name, role in ROLES.items()
    ]
    session.add_all(Membership(user_id=people[0].id, project_id=project_id) for project_id in projects)
    confirm_rules(rules_of(session, projects).values(), by=people[-1], now=now)
    session.flush()
    return people


def _enter_days(year: SampleYear, pictures: Pictures) -> Iterator[tuple[int, int]]:
    """Enter the year; yields after each entry day how many are done, and their total."""
    for plan in year.ledger.plans:  # an even share a month would make these late from January
        set_plan(year.session, year.indicator(plan), [Decimal(figure) for figure in plan["months"]])
    days, after = year.ledger.entry_days(), date.min
    for done, day in enumerate(days, start=1):
        for activity in _import(year, after, day):
            _complete(year, activity, pictures.get(activity.number, ()), day)
        for row in year.ledger.rows_cancelled(after, day):
            _change(year, year.activity(row["活动编号"]), Status.WITHDRAWN, moment(day, 19), row["审核意见"])
        for step in year.ledger.steps:
            if after < step["on"] <= day:
                DECISIONS[step["do"]](year, step, moment(day, 21))
        after = day
        yield done, len(days)


def _import(year: SampleYear, after: date, until: date) -> Sequence[Activity]:
    """Import the rows entered by that day; returns the activities logged as held."""
    rows = year.ledger.rows_entered(after, until)
    if not any(rows.values()):
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        _write_workbook(path, rows)
        import_ledger(year.session, path, by=year.organizer, now=moment(until, 17))
    ours = Activity.project_id.in_(select(Project.id).where(Project.is_sample))
    marked = update(Activity).where(ours, ~Activity.is_sample).values(is_sample=True)
    year.session.execute(marked, execution_options={"synchronize_session": False})
    held = [row["活动编号"] for row in rows[ACTIVITIES.name] if row["状态"] == "待审核"]
    found = select(Activity).where(Activity.number.in_(held)).order_by(Activity.number)
    return year.session.scalars(found).all()


def _write_workbook(path: Path, sheets: Mapping[str, Sequence[CellsByHeading]]) -> None:
    """Write rows as the ledger workbook that people import."""
    with xlsxwriter.Workbook(str(path)) as book:
        for sheet in SHEETS:
            page, headings = book.add_worksheet(sheet.name), [column.heading for column in sheet.columns]
            page.write_row(0, 0, headings)
            for number, row in enumerate(sheets[sheet.name], start=1):
                for position, heading in enumerate(headings):
                    page.write_string(number, position, row.get(heading, ""))


def _complete(year: SampleYear, activity: Activity, pictures: Sequence[StoredPicture], day: date) -> None:
    """Add answers and photos to an activity logged as held, and review it."""
    row = year.ledger.activities[activity.number]
    add_answers(year, activity, int(row["扫码份数"] or 0))
    if pictures:
        _add_photos(year, activity, pictures, day)
    if year.ledger.is_reviewed(row):
        _review(year, activity, row, day)


def _add_photos(year: SampleYear, activity: Activity, pictures: Sequence[StoredPicture], day: date) -> None:
    """Add an activity's photos, taken an hour apart, and its summary."""
    now = moment(day, 18)
    for place, picture in enumerate(pictures):
        at, upload = moment(activity.happens_on, 10 + place), f"sample-{activity.number}-{place}"
        add_photo(year.session, activity, picture, upload=upload, taken_at=at, by=year.organizer, now=now)
    summary = year.ledger.photos[activity.number]["summary"]
    edit(year, activity, by=year.organizer, now=now, summary=summary)


def _review(year: SampleYear, activity: Activity, row: CellsByHeading, day: date) -> None:
    """Approve, after a return where the row has a remark; quality by its items where there are photos."""
    if row["审核意见"]:
        _change(year, activity, Status.RETURNED, moment(day, 19), row["审核意见"])
        if row["状态"] == "退回":
            return
        edit(year, activity, by=year.organizer, now=moment(day, 20), note=REWORK_NOTE)
        _change(year, activity, Status.LOGGED, moment(day, 20))
    photos = year.ledger.photos.get(activity.number)
    change_status(
        year.session,
        activity,
        Status.APPROVED,
        by=year.manager,
        now=moment(day, 20.5),
        quality_met=None if photos else row["质量达标"] == "是",
        checks=[QualityItem(item) for item in photos["ticked"]] if photos else None,
    )


def _change(year: SampleYear, activity: Activity, status: Status, now: datetime, reason: str = "") -> None:
    by = year.manager if status is Status.RETURNED else year.organizer
    change_status(year.session, activity, status, by=by, now=now, reason=reason)


def _roll_up_year(year: SampleYear, *, now: datetime) -> None:
    """Roll up the months that have ended, record the monthly job as run, then take the decisions."""
    months = [month for month in year_periods(year.ledger.year) if due_at(month) <= now]
    if not months:
        return
    last = months[-1]
    if year.session.get(Closing, last) is None:
        roll_up(year.session, last, now=due_at(last))
    for month in months:
        at = due_at(month)
        run = JobRun(job=ROLL_UP, period=month, holder="sample", started_at=at, ended_at=at)
        run.is_done, run.outcome = True, "booked with the sample"
        year.session.merge(run)
    year.session.flush()
    at = min(now, due_at(last) + timedelta(days=DAYS_AFTER_ROLL_UP, hours=8))
    for step in year.ledger.at_end:
        DECISIONS[step["do"]](year, {"month": last.month, **step}, at)
