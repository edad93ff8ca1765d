"""Loads the sample years in one transaction, through the operations people use."""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user, disable_user
from activitylog.accounts.rules import Role
from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import change_status, edit_activity
from activitylog.activities.photos.operations import add_photo
from activitylog.activities.review.queries import record_kinds
from activitylog.activities.rules import QualityItem, Status
from activitylog.core.actor import as_sample
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period, business_day, year_periods
from activitylog.core.progress import Progress, no_progress
from activitylog.files.operations import StoredPicture, store_picture
from activitylog.files.store import FileStore
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.judgements.operations import confirm_judgement, judge
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.rules.operations import confirm_rules, rules_of
from activitylog.indicators.status import IndicatorStatus
from activitylog.indicators.targets.operations import Adjustment, adjust_target, set_plan
from activitylog.ledger.columns import ACTIVITIES, SHEETS
from activitylog.ledger.operations import import_ledger
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.deviations.operations import explain
from activitylog.rollup.deviations.queries import deviation_kinds_of
from activitylog.rollup.deviations.rules import Cause, Explanation, Likelihood
from activitylog.rollup.models import ROLL_UP, JobRun
from activitylog.rollup.operations import open_year, take_declaration
from activitylog.rollup.periods.operations import close_period, reopen_period
from activitylog.rollup.queries import indicator_actual
from activitylog.rollup.roll_up_range import due_at
from activitylog.rollup.run import roll_up
from activitylog.sample import rules
from activitylog.sample.queries import LOADING, check_free, is_used
from activitylog.sample.rules import SAMPLE_YEAR, CellsByHeading, Decision, YearLedger, moment
from activitylog.surveys.answers.operations import decide_exclusion
from activitylog.surveys.attendee.operations import submit_responses
from activitylog.surveys.models import Response
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import DEFAULT_WINDOW, AnswerFlag, ExclusionStep, SubmittedAnswer

ROLES = {"演示组织者": Role.ORGANIZER, "演示负责人": Role.MANAGER, "演示绩效专员": Role.OFFICER}
STAGE = "装入示例"
DAYS_AFTER_ROLL_UP = 4  # on which the decisions about a month are made
ODD = AnswerFlag.FAST | AnswerFlag.NO_PAGE
REVIEWED = ("状态", "质量达标")  # columns that a review fills, not the import


@dataclass(frozen=True, slots=True)
class SampleYear:
    """A sample year being loaded: its ledger, its photos by file and its people by role."""

    session: Session
    ledger: YearLedger
    pictures: Mapping[str, StoredPicture]
    people: Mapping[str, User]

    def activity(self, number: str) -> Activity:
        return self.session.scalars(select(Activity).where(Activity.number == number)).one()

    def indicator(self, project: str, name: str) -> Indicator:
        of_year = select(Indicator).join(Project).where(Project.year == self.ledger.year)
        return self.session.scalars(of_year.where(Project.name == project, Indicator.name == name)).one()


def store_photos(files: FileStore, now: datetime) -> dict[str, StoredPicture]:
    """Store the photos added before today; slow, so before a transaction writes."""
    today = business_day(now)
    ledgers = (rules.read_year(year, today) for year in sorted({SAMPLE_YEAR, today.year}))
    return {
        file: store_picture(files, BytesIO((rules.DATA / "photos" / file).read_bytes()), f"{title}.jpg")
        for ledger in ledgers
        for decision in ledger.decisions_taken(date.min, today - timedelta(days=1))
        for file, title in decision.get("photos", {}).items()
    }


def load_sample(
    session: Session,
    *,
    pictures: Mapping[str, StoredPicture],
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
        passwords = {name: f"Sample-{secrets.token_urlsafe(9)}" for name in ROLES}
        people = _open_years(session, years, passwords, now=now)
        for place, number in enumerate(years):
            year = SampleYear(session, rules.read_year(number, today), pictures, people)
            for done, total in _enter_days(year):
                progress(STAGE, place * total + done, len(years) * total)
            _roll_up_year(year, now=now)
        of_sample = Activity.project_id.in_(select(Project.id).where(Project.is_sample))
        session.execute(update(Activity).where(of_sample).values(is_sample=True))
        _record_run(session, LOADING, Period(SAMPLE_YEAR, 1), at=now)
        for name in () if may_sign_in else ROLES:
            disable_user(session, name=name)
        session.flush()
    return passwords if may_sign_in else {}


def _open_years(
    session: Session, years: Sequence[int], passwords: Mapping[str, str], *, now: datetime
) -> dict[str, User]:
    """Take the declaration for each year; create organizer, manager and officer, returned by role."""
    take_declaration(session, read_declaration(sample_path()), now=now, is_sample=True)
    for year in years[1:]:
        open_year(session, source=SAMPLE_YEAR, target=year, now=now, is_sample=True)
    projects = [project.id for year in years for project in projects_of_year(session, year)]
    people = {
        role.value: create_user(
            session,
            name=name,
            password=passwords[name],
            role=role,
            now=now,
            project_ids=projects if role is Role.ORGANIZER else (),
            is_sample=True,
        )
        for name, role in ROLES.items()
    }
    confirm_rules(rules_of(session, projects).values(), by=people[Role.OFFICER], now=now)
    session.flush()
    return people


def _enter_days(year: SampleYear) -> Iterator[tuple[int, int]]:
    """Enter the year; yields after each entry day how many are done, and their total."""
    days, after = year.ledger.entry_days(), date.min
    for done, day in enumerate(days, start=1):
        rows = year.ledger.rows_entered(after, day)
        _import(year, rows, now=moment(day, 17))
        for row in rows[ACTIVITIES.name]:
            if row["扫码份数"]:
                _add_answers(year, row)
        for decision in year.ledger.decisions_taken(after, day):
            _take(year, decision, now=moment(day, 20))
        after = day
        yield done, len(days)


def _import(year: SampleYear, rows: Mapping[str, Sequence[CellsByHeading]], *, now: datetime) -> None:
    """Import the rows as people do, in a ledger workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
            for sheet in SHEETS:
                page = book.add_worksheet(sheet.name)
                headings = [each.heading for each in sheet.columns if each.heading not in REVIEWED]
                page.write_row(0, 0, headings)
                for place, row in enumerate(rows[sheet.name], start=1):
                    page.write_row(place, 0, [row.get(heading, "") for heading in headings])
        import_ledger(year.session, path, by=year.people[Role.ORGANIZER], now=now)
    _approve_records(year, now=now + timedelta(hours=2))


def _approve_records(year: SampleYear, *, now: datetime) -> None:
    """Let the manager approve the records entered that day, as the second person."""
    of_year = Project.is_sample & (Project.year == year.ledger.year)
    for spec in record_kinds():
        waiting = select(spec.model).join(spec.model.project).where(spec.model.is_waiting, of_year)
        for record in year.session.scalars(waiting):
            record.approved_by_id, record.approved_at = year.people[Role.MANAGER].id, now
    year.session.flush()


def _add_answers(year: SampleYear, row: CellsByHeading) -> None:
    """Add the answers to a held activity that came in before today."""
    activity, before = year.activity(row["活动编号"]), moment(year.ledger.today, 0)
    for audience in Audience:
        answers = rules.draw_answers(row, activity.id, audience, before)
        _submit(year.session, activity, answers, audience)


def _submit(
    session: Session, activity: Activity, answers: Sequence[SubmittedAnswer], audience: Audience
) -> None:
    surveyed = SurveyedActivity.of(activity, audience)
    submit_responses(session.connection(), surveyed, answers, DEFAULT_WINDOW)


def _roll_up_year(year: SampleYear, *, now: datetime) -> None:
    """Roll up the months that have ended, record the monthly job as run, then take the last decisions."""
    months = [month for month in year_periods(year.ledger.year) if due_at(month) <= now]
    if not months:
        return
    last = months[-1]
    if year.session.get(Closing, last) is None:
        roll_up(year.session, last, now=due_at(last))
    for month in months:
        _record_run(year.session, ROLL_UP, month, at=due_at(month))
    year.session.flush()
    at = min(now, due_at(last) + timedelta(days=DAYS_AFTER_ROLL_UP, hours=8))
    for decision in year.ledger.decisions:
        if "on" not in decision:
            _take(year, {"period": last.month} | decision, now=at)


def _record_run(session: Session, job: str, month: Period, *, at: datetime) -> None:
    """Record a job as run, so that it does not run again."""
    run = JobRun(job=job, period=month, holder="sample", started_at=at, ended_at=at, is_done=True)
    session.merge(run)


def _take(year: SampleYear, decision: Decision, *, now: datetime) -> None:
    """Carry out the operation a decision names, with its values read and its records looked up."""
    readers: dict[str, Callable[[Any], object]] = READERS | {
        "by": year.people.__getitem__,
        "confirmed_by": year.people.__getitem__,
        "activity": year.activity,
        "indicator": lambda names: year.indicator(*names),
        "period": lambda month: Period(year.ledger.year, int(month)),
        "photos": lambda files: [year.pictures[file] for file in files if file in year.pictures],
    }
    values = {
        name: readers[name](value) if name in readers else value
        for name, value in decision.items()
        if name not in {"on", "do"}
    }
    OPERATIONS[decision["do"]](year.session, now=now, **values)


def _document(
    session: Session, activity: Activity, *, photos: Sequence[StoredPicture], summary: str, **stamp: Any
) -> None:
    """Add photos, taken an hour apart, and a summary."""
    for hour, picture in enumerate(photos, start=10):
        at, upload = moment(activity.happens_on, hour), f"sample-{activity.number}-{hour}"
        add_photo(session, activity, picture, upload=upload, taken_at=at, **stamp)
    details = replace(details_of(activity), summary=summary)
    edit_activity(session, activity, details, version=activity.version, **stamp)


def _exclude_burst(session: Session, activity: Activity, *, answers: int, reason: str, **stamp: Any) -> None:
    """Add a burst of best grades late at night, and exclude it."""
    rng, at = rules.chance_of(activity.number, "burst"), moment(activity.happens_on, 23 + 2 / 3)
    moments = [at + timedelta(seconds=7 * place) for place in range(answers)]
    burst = [replace(rules.draw_answer(rng, "burst", activity.id, each), flags=ODD) for each in moments]
    _submit(session, activity, burst, Audience.ATTENDEES)
    step, is_odd = ExclusionStep.EXCLUDED, Response.flags != 0
    decide_exclusion(session, activity, step, is_odd, reason=reason, **stamp)


def _adjust_target(
    session: Session, indicator: Indicator, *, by: User, now: datetime, **details: Any
) -> None:
    change = Adjustment(adjusted_on=business_day(now), **details)
    adjust_target(session, indicator, change, by=by, now=now)


def _judge(session: Session, *, now: datetime, confirmed_by: User | None = None, **details: Any) -> None:
    """Judge, and where somebody confirms it, an hour later."""
    judgement = judge(session, now=now, **details)
    if confirmed_by is not None:
        confirm_judgement(session, judgement, by=confirmed_by, now=now + timedelta(hours=1))


def _explain(
    session: Session, indicator: Indicator, period: Period, *, by: User, now: datetime, **details: Any
) -> None:
    """Explain an indicator's figure, if it lags or deviates."""
    row = indicator_actual(session, indicator.id, period)
    if row.status is IndicatorStatus.YELLOW or deviation_kinds_of(row):
        explain(session, indicator, period, Explanation(**details), by=by, now=now)


OPERATIONS: dict[str, Callable[..., object]] = {
    "adjust_target": _adjust_target,
    "change_status": change_status,
    "close_period": close_period,
    "document": _document,
    "exclude_burst": _exclude_burst,
    "explain": _explain,
    "judge": _judge,
    "reopen_period": reopen_period,
    "roll_up": roll_up,
    "set_plan": lambda session, indicator, cumulative, **_: set_plan(session, indicator, cumulative),
}
READERS: dict[str, Callable[[Any], object]] = {
    "cause": Cause,
    "checks": lambda items: [QualityItem(item) for item in items],
    "cumulative": lambda figures: [Decimal(figure) for figure in figures],
    "forecast": Decimal,
    "grade": Grade,
    "likelihood": Likelihood,
    "new_status": Status,
    "target": Decimal,
    "until": lambda day: moment(day, 24),
}
