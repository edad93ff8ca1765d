"""Loading the sample: in chunks that may be committed, from anew after an interruption, never twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.core.actor import as_sample
from activitylog.core.period import business_day, year_periods
from activitylog.errors import Refused
from activitylog.indicators.rules.operations import confirm_rules, rules_of
from activitylog.indicators.targets.operations import set_plan
from activitylog.projects.declaration.reader import read_declaration
from activitylog.projects.declaration.samples import sample_path
from activitylog.projects.models import Project
from activitylog.projects.operations import projects_of_year
from activitylog.rollup.declarations import open_year, take_declaration
from activitylog.rollup.jobs import ROLL_UP, due_at
from activitylog.rollup.models import JobRun
from activitylog.rollup.run import post
from activitylog.sample.claim import SAMPLE_YEAR, check_ours, claim, finish
from activitylog.sample.entries import Stage, Step
from activitylog.sample.people import People, create_people
from activitylog.sample.promises import plans
from activitylog.sample.removal import clear_sample
from activitylog.sample.steps import steps_of_year

CHUNK_STEPS = 60


@dataclass(frozen=True, slots=True)
class Progress:
    """How many steps are played; `passwords` by name are of the accounts that may sign in."""

    done: int
    total: int
    passwords: dict[str, str]


def load_sample(
    session: Session, *, holder: str, may_sign_in: bool = False, now: datetime
) -> Iterator[Progress]:
    """Play the sample's years up to the end of yesterday; the caller commits at every yield.

    Refuses when the sample is there already or its year is really declared. What an interrupted loading left
    is removed first; the process that began it is refused at its next chunk, should it still run.
    """
    with as_sample(session):
        yield from _load(session, holder=holder, may_sign_in=may_sign_in, now=now)


def _load(session: Session, *, holder: str, may_sign_in: bool, now: datetime) -> Iterator[Progress]:
    today = business_day(now)
    claim(session, holder=holder, now=now)
    _check_free(session)
    clear_sample(session)
    years = _years(session, today)
    people = _open_years(session, years, may_sign_in=may_sign_in, now=now)
    scripts = {year: steps_of_year(year, today) for year in years}
    done, total = 0, sum(map(len, scripts.values()))
    yield Progress(done, total, people.passwords)
    for year, steps in scripts.items():
        stage = Stage(session, people, {each.name: each.id for each in projects_of_year(session, year)})
        for chunk in _chunks(steps):
            check_ours(session, holder)
            for step in chunk:
                step.act(stage, step.at)
            done += len(chunk)
            yield Progress(done, total, people.passwords)
    check_ours(session, holder)
    for year in years:
        _book(session, year, holder=holder, now=now)
    finish(session, now=now)
    yield Progress(total, total, people.passwords)


def _check_free(session: Session) -> None:
    declared = select(Project.id).where(Project.year == SAMPLE_YEAR, ~Project.is_sample)
    if session.scalar(declared.limit(1)) is not None:
        raise Refused(
            f"{SAMPLE_YEAR}年已经有正式的申报表，示例也是{SAMPLE_YEAR}年的，不能装在一起；没有改动任何内容。"
            "想看示例，请把 ACTIVITYLOG_DATA_DIR 设为一个空目录再装。"
        )


def _years(session: Session, today: date) -> list[int]:
    """The sample's year and, unless it is really declared, the current one."""
    is_declared = session.scalar(select(Project.id).where(Project.year == today.year).limit(1)) is not None
    return [SAMPLE_YEAR] if is_declared or today.year <= SAMPLE_YEAR else [SAMPLE_YEAR, today.year]


def _open_years(session: Session, years: list[int], *, may_sign_in: bool, now: datetime) -> People:
    take_declaration(session, read_declaration(sample_path()), now=now, is_sample=True)
    for year in years[1:]:
        open_year(session, source=SAMPLE_YEAR, target=year, now=now, is_sample=True)
    project_ids = [project.id for year in years for project in projects_of_year(session, year)]
    people = create_people(session, project_ids=project_ids, may_sign_in=may_sign_in, now=now)
    confirm_rules(rules_of(session, project_ids).values(), by=people.officer, now=now)
    for year in years:
        _plan_months(session, year)
    session.flush()
    return people


def _plan_months(session: Session, year: int) -> None:
    """Give what happens by event its monthly plan: an even share a month would call it late from January."""
    planned = plans(year)
    for project in projects_of_year(session, year):
        for indicator in project.indicators:
            figures = planned.get((project.name, indicator.name))
            if figures is not None:
                set_plan(session, indicator, [Decimal(figure) for figure in figures])


def _chunks(steps: list[Step]) -> Iterator[list[Step]]:
    rest = iter(steps)
    while chunk := list(islice(rest, CHUNK_STEPS)):
        yield chunk


def _book(session: Session, year: int, *, holder: str, now: datetime) -> None:
    """Book the months that have ended, as the monthly job would have done, and tell it so."""
    months = [month for month in year_periods(year) if due_at(month) <= now]
    if not months:
        return
    post(session, months[-1], now=due_at(months[-1]))
    for month in months:
        ended_at = due_at(month)
        run = JobRun(job=ROLL_UP, period=month, holder=holder, started_at=ended_at, ended_at=ended_at)
        run.is_done, run.outcome = True, "booked with the sample"
        session.merge(run)
    session.flush()
