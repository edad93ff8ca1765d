"""Loads the sample years in one transaction, through the operations people use."""

import secrets
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from inspect import signature
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from typing import Any

import xlsxwriter
from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.operations import create_user, disable_user
from activitylog.accounts.rules import Role
from activitylog.activities.details import details_of
from activitylog.activities.models import Activity
from activitylog.activities.operations import edit_activity
from activitylog.activities.review.queries import record_kinds
from activitylog.activities.rules import QualityItem, Status
from activitylog.core.actor import as_sample
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period, business_day, moment_of, start_of_day
from activitylog.core.progress import Progress, no_progress
from activitylog.files.operations import StoredPicture, store_picture
from activitylog.files.store import FileStore
from activitylog.indicators.judgements.queries import current_judgement
from activitylog.indicators.judgements.rules import Grade
from activitylog.indicators.rules.operations import confirm_rules, rules_of
from activitylog.indicators.targets.operations import Adjustment
from activitylog.ledger.columns import ACTIVITIES, SHEETS
from activitylog.ledger.operations import import_ledger
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Indicator, Project
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.deviations.rules import Cause, Explanation, Likelihood
from activitylog.rollup.models import ROLL_UP, JobRun
from activitylog.rollup.operations import open_year, take_declaration
from activitylog.rollup.roll_up_range import due_at, due_months
from activitylog.rollup.run import is_rolled_up, roll_up
from activitylog.sample import rules
from activitylog.sample.queries import LOADING, check_free, is_used
from activitylog.sample.rules import DATA, SAMPLE_YEAR, Decision, Row, YearLedger
from activitylog.surveys.attendee.operations import submit_responses
from activitylog.surveys.models import Response
from activitylog.surveys.queries import SurveyedActivity
from activitylog.surveys.questionnaires.rules import Audience
from activitylog.surveys.rules import DEFAULT_WINDOW, AnswerFlag, ExclusionStep

ROLES = {"演示组织者": Role.ORGANIZER, "演示负责人": Role.MANAGER, "演示绩效专员": Role.OFFICER}
Readers = Mapping[str, Callable[[Any], object]]  # of a decision's values, by name


@dataclass(frozen=True, slots=True)
class SampleYear:
    """A sample year being loaded: its ledger, where its photos go and its people by role."""

    session: Session
    ledger: YearLedger
    files: FileStore
    people: Mapping[str, User]

    def activity(self, number: str) -> Activity:
        return self.session.scalars(select(Activity).where(Activity.number == number)).one()

    def indicator(self, project_and_name: Sequence[str]) -> Indicator:
        of_year = select(Indicator).join(Project).where(Project.year == self.ledger.year)
        named = tuple_(Project.name, Indicator.name) == tuple(project_and_name)
        return self.session.scalars(of_year.where(named)).one()

    def picture(self, file_and_title: Sequence[str]) -> StoredPicture:
        file, title = file_and_title
        return store_picture(self.files, BytesIO((DATA / "photos" / file).read_bytes()), f"{title}.jpg")


def load_sample(
    session: Session,
    *,
    files: FileStore,
    may_sign_in: bool = False,
    now: datetime,
    progress: Progress = no_progress,
) -> dict[str, str]:
    """Enter the sample years up to yesterday; returns the passwords, by name, of those who may sign in.

    Refuses when the sample is loaded already or its year has a declaration. Holds the write lock meanwhile.
    """
    with as_sample(session):
        lock_roll_up(session)
        check_free(session)
        today, passwords = business_day(now), {name: f"Sample-{secrets.token_urlsafe(9)}" for name in ROLES}
        numbers = [year for year in {SAMPLE_YEAR, today.year} if not is_used(session, year)]
        people = _open_years(session, sorted(numbers), passwords, now=now)
        years = [SampleYear(session, rules.read_year(year, today), files, people) for year in numbers]
        spans = [(year, *span) for year in years for span in pairwise(year.ledger.entry_days())]
        for done, (year, after, until) in enumerate(spans, start=1):
            _enter(year, after, until)
            progress("装入示例", done, len(spans))
        _roll_up_due(session, numbers, now=now)
        of_sample = Activity.project_id.in_(select(Project.id).where(Project.is_sample))
        session.execute(update(Activity).where(of_sample).values(is_sample=True))
        for name in () if may_sign_in else ROLES:
            disable_user(session, name=name, now=now)
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
    people = {}
    for name, role in ROLES.items():
        ids, password = projects if role is Role.ORGANIZER else (), passwords[name]
        people[role.value] = create_user(
            session,
            name=name,
            password=password,
            role=role,
            has_all_projects=role is Role.MANAGER,
            project_ids=ids,
            is_sample=True,
            now=now,
        )
    confirm_rules(rules_of(session, projects).values(), by=people[Role.OFFICER], now=now)
    session.flush()
    return people


def _enter(year: SampleYear, after: date, until: date) -> None:
    """Enter the rows and take the decisions of the days after one up to another, on that one."""
    rows, decisions = year.ledger.between(after, until)
    _import(year, rows, now=moment_of(until, time(17)))
    for row in rows[ACTIVITIES.name]:
        if row["扫码份数"]:
            _add_answers(year, row)
    for decision in decisions:
        _carry_out(year, decision, now=moment_of(until, time(20)))


def _import(year: SampleYear, rows: Mapping[str, Sequence[Row]], *, now: datetime) -> None:
    """Import the rows as people do, in a ledger workbook."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
            for sheet in SHEETS:
                page, headings = book.add_worksheet(sheet.name), [column.heading for column in sheet.columns]
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


def _add_answers(year: SampleYear, row: Row) -> None:
    """Add the answers to a held activity that came in before today."""
    activity, before = year.activity(row["活动编号"]), start_of_day(year.ledger.today)
    for audience in Audience:
        drawn = rules.draw_answers(row, activity.id, audience)
        answers = [each for each in drawn if each.submitted_at < before]
        surveyed = SurveyedActivity.of(activity, audience)
        submit_responses(year.session.connection(), surveyed, answers, DEFAULT_WINDOW)


def _roll_up_due(session: Session, years: Sequence[int], *, now: datetime) -> None:
    """Roll up the years' months that have ended, and record the monthly job, and the loading, as run."""
    due = [month for month in due_months(session, now) if month.year in years]
    for month in due:
        if month.next not in due and not is_rolled_up(session, month):
            roll_up(session, month, now=due_at(month))
    runs = [(LOADING, Period(SAMPLE_YEAR, 1), now), *((ROLL_UP, month, due_at(month)) for month in due)]
    for job, month, at in runs:
        session.merge(
            JobRun(job=job, period=month, holder="sample", started_at=at, ended_at=at, is_done=True)
        )


def _carry_out(year: SampleYear, decision: Decision, *, now: datetime) -> None:
    """Carry out the operation a decision names, with its values read and its records looked up."""
    december = Period(year.ledger.year, 12)
    readers: Readers = {
        **READERS,
        "by": year.people.__getitem__,
        "activity": year.activity,
        "indicator": year.indicator,
        "judgement": lambda names: current_judgement(year.session, year.indicator(names), december),
        "period": lambda month: Period(year.ledger.year, month),
        "picture": year.picture,
        "details": lambda values: Adjustment(**_read(values, READERS)),
        "explanation": lambda values: Explanation(**_read(values, READERS)),
    }
    operation = resolve_name(decision["do"])
    stamp = {"now": now} if "now" in signature(operation).parameters else {}
    operation(year.session, **_read(decision, readers), **stamp)


def _read(values: Mapping[str, Any], readers: Readers) -> dict[str, Any]:
    known = values.keys() - {"on", "do"}
    return {name: readers[name](values[name]) if name in readers else values[name] for name in known}


def add_summary(session: Session, activity: Activity, *, summary: str, by: User, now: datetime) -> None:
    details = replace(details_of(activity), summary=summary)
    edit_activity(session, activity, details, version=activity.version, by=by, now=now)


def add_burst(session: Session, activity: Activity, *, answers: int) -> None:
    """Add a burst of best grades late at night."""
    rng, at = Random(f"{activity.number}/burst"), moment_of(activity.happens_on, time(23, 40))  # noqa: S311
    moments = (at + timedelta(seconds=7 * place) for place in range(answers))
    drawn = (rules.draw_answer(rng, "burst", activity.id, each) for each in moments)
    burst = [replace(each, flags=AnswerFlag.FAST | AnswerFlag.NO_PAGE) for each in drawn]
    surveyed = SurveyedActivity.of(activity, Audience.ATTENDEES)
    submit_responses(session.connection(), surveyed, burst, DEFAULT_WINDOW)


READERS: dict[str, Callable[[Any], object]] = {
    "cause": Cause,
    "checks": lambda items: [QualityItem(item) for item in items],
    "cumulative": lambda figures: [Decimal(figure) for figure in figures],
    "forecast": Decimal,
    "grade": Grade,
    "likelihood": Likelihood,
    "new_status": Status,
    "step": ExclusionStep,
    "target": Decimal,
    "until": lambda day: start_of_day(day + timedelta(days=1)),
    "which": {"flagged": Response.flags != 0}.__getitem__,
}
