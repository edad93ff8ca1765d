"""Loads the sample years in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity
from activitylog.core.actor import as_sample
from activitylog.core.locks import lock_roll_up
from activitylog.core.period import Period, business_day, day_label, year_periods
from activitylog.core.progress import Progress, no_progress
from activitylog.errors import Refused
from activitylog.files.operations import StoredPicture
from activitylog.files.store import FileStore
from activitylog.indicators.closings.models import Closing
from activitylog.indicators.rules.operations import confirm_rules, rules_of
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Project
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.models import ROLL_UP, JobRun
from activitylog.rollup.operations import open_year, take_declaration
from activitylog.rollup.roll_up_range import due_at
from activitylog.rollup.run import roll_up
from activitylog.sample.decisions import SampleYear, apply_decision
from activitylog.sample.ledger import SAMPLE_YEAR, read_year
from activitylog.sample.people import People, create_people
from activitylog.sample.pictures import draw_pictures
from activitylog.sample.year_entries import YearEntries

LOADED = JobRun.job == (LOADING := "sample_load")
STAGE = "装入示例"
DAYS_AFTER_ROLL_UP = 4  # on which the decisions about a month are made


def draw_sample(files: FileStore, now: datetime) -> dict[str, list[StoredPicture]]:
    """Draw the photos of both years, by activity number; slow, so before a transaction writes."""
    today = business_day(now)
    ledgers = [read_year(year, today) for year in sorted({SAMPLE_YEAR, today.year})]
    return {
        number: draw_pictures(files, number, photos["names"])
        for ledger in ledgers
        for number, photos in ledger.photos.items()
        if ledger.logged_on(ledger.activities[number]) is not None
    }


def load_sample(
    session: Session,
    *,
    pictures: Mapping[str, Sequence[StoredPicture]],
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
        today = business_day(now)
        years = _years(session, today)
        people = _open_years(session, years, may_sign_in=may_sign_in, now=now)
        for place, year in enumerate(years):
            sample_year = SampleYear(session, people, year)
            entries = YearEntries(sample_year, read_year(year, today), pictures)
            for done, total in entries.enter_year():
                progress(STAGE, place * total + done, len(years) * total)
            _roll_up_year(sample_year, entries.ledger.at_end, now=now)
        run = JobRun(job=LOADING, period=Period(SAMPLE_YEAR, 1), holder="", started_at=now, ended_at=now)
        run.is_done = True
        session.add(run)
        session.flush()
    return people.passwords


def check_free(session: Session) -> None:
    """Refuse when the sample is loaded, or its year has records of the office."""
    loaded_at = session.scalar(select(JobRun.started_at).where(LOADED))
    if loaded_at is not None:
        day = business_day(loaded_at)
        raise Refused(
            f"示例数据已经装入（{day.year}年{day_label(day)}），没有重复装入。"
            "要重新装入，请先运行 activitylog sample remove。"
        )
    if _is_used(session, SAMPLE_YEAR):
        raise Refused(
            f"{SAMPLE_YEAR}年已经有正式的申报表，示例也是{SAMPLE_YEAR}年的，不能装在一起；没有改动任何内容。"
            "想看示例，请把 ACTIVITYLOG_DATA_DIR 设为一个空目录再装。"
        )


def _is_used(session: Session, year: int) -> bool:
    """Whether the year has projects, or an activity has a number of it, which the sample would use."""
    declared = select(Project.id).where(Project.year == year)
    numbered = select(Activity.id).where(Activity.number.startswith(f"{year}-"))
    return any(session.scalar(rows.limit(1)) is not None for rows in (declared, numbered))


def _years(session: Session, today: date) -> list[int]:
    """The sample's year and, unless it is used, the current one."""
    is_free = today.year > SAMPLE_YEAR and not _is_used(session, today.year)
    return [SAMPLE_YEAR, today.year] if is_free else [SAMPLE_YEAR]


def _open_years(session: Session, years: list[int], *, may_sign_in: bool, now: datetime) -> People:
    take_declaration(session, read_declaration(sample_path()), now=now, is_sample=True)
    for year in years[1:]:
        open_year(session, source=SAMPLE_YEAR, target=year, now=now, is_sample=True)
    project_ids = [project.id for year in years for project in projects_of_year(session, year)]
    people = create_people(session, project_ids=project_ids, may_sign_in=may_sign_in, now=now)
    confirm_rules(rules_of(session, project_ids).values(), by=people.officer, now=now)
    session.flush()
    return people


def _roll_up_year(sample_year: SampleYear, steps: Sequence[Mapping[str, object]], *, now: datetime) -> None:
    """Roll up the months that have ended, record the monthly job as run, then apply the decisions."""
    months = [month for month in year_periods(sample_year.year) if due_at(month) <= now]
    if not months:
        return
    last = months[-1]
    if sample_year.session.get(Closing, last) is None:
        roll_up(sample_year.session, last, now=due_at(last))
    for month in months:
        run = JobRun(
            job=ROLL_UP, period=month, holder="sample", started_at=due_at(month), ended_at=due_at(month)
        )
        run.is_done, run.outcome = True, "booked with the sample"
        sample_year.session.merge(run)
    sample_year.session.flush()
    for step in steps:
        at = min(now, due_at(last) + timedelta(days=DAYS_AFTER_ROLL_UP, hours=8))
        apply_decision(sample_year, {"month": last.month, **step}, now=at)
