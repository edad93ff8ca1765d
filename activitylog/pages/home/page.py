"""The home pages: an organizer's activities and next steps; the office's slow indicators and open work."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, UnaryExpression, exists, func, select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.accounts.rules import Permission
from activitylog.activities.models import Activity
from activitylog.activities.queries import order_within_day
from activitylog.activities.review.queries import waiting_counts
from activitylog.activities.rules import Status
from activitylog.audit.discrepancies.queries import count_open
from activitylog.core.period import Period, business_day
from activitylog.indicators.queries import unconfirmed_rules
from activitylog.pages.home.queries import SetupStep, setup_steps
from activitylog.pages.people.queries import DISABLED, NOT_CHOSEN, WAITING, people
from activitylog.pages.project.slow_indicators import SlowIndicator, slow_indicators
from activitylog.projects.models import Project
from activitylog.projects.queries import visible_projects, visible_to, year_to_show
from activitylog.publicity.facts import RELEASE_DAYS
from activitylog.publicity.models import Push
from activitylog.rollup.models import Finding
from activitylog.rollup.periods.queries import (
    Month,
    month_in,
    month_to_roll_up,
    months_of_year,
    status_changes,
)
from activitylog.rollup.periods.rules import StatusChange
from activitylog.rollup.queries import actuals, last_rolled_up
from activitylog.rollup.roll_up_range import due_at
from activitylog.rollup.self_audit.operations import findings
from activitylog.settings import Settings

LONGEST_LIST = 20
PREVIEW_LENGTH = 5


class NextStep(StrEnum):
    """What an organizer has to do next with an activity; the values are the buttons' labels."""

    LOG = "记活动"
    SHOW_CODE = "出示二维码"
    ADD_PUSH = "补推送链接"


@dataclass(frozen=True, slots=True)
class Task:
    """An activity with its next step."""

    activity: Activity
    step: NextStep


@dataclass(frozen=True, slots=True)
class ActivityPreview:
    """The first few of a list of activities; `total` counts the whole list."""

    activities: Sequence[Activity]
    total: int


@dataclass(frozen=True, slots=True)
class OrganizerPage:
    """An organizer's home page: today's activities, those without a push, unlogged plans, returned ones."""

    today: date
    has_projects: bool
    tasks: Sequence[Task]
    to_log: ActivityPreview
    returned: ActivityPreview
    returned_before: ActivityPreview  # in earlier years


@dataclass(frozen=True, slots=True)
class OfficePage:
    """The office's home page; `period` is the latest month rolled up, `latest` its entry in the register."""

    today: date
    year: int
    period: Period | None
    projects: Sequence[Project]
    latest: Month | None
    to_roll_up: Month | None
    slow: Sequence[SlowIndicator]
    status_changes: Sequence[StatusChange]
    to_review: ActivityPreview
    records_to_review: str
    to_log: ActivityPreview
    to_confirm: Sequence[tuple[Project, int]]
    next_roll_up: datetime
    findings: Sequence[Finding]
    discrepancies: int
    uncounted: Sequence[Finding]
    setup: Sequence[SetupStep]


@dataclass(frozen=True, slots=True)
class AccountsPage:
    """The home page of who administers accounts and nothing else: how many people wait for something."""

    today: date
    setup: Sequence[SetupStep]
    people: int
    invited: int
    waiting: int
    disabled: int


def accounts_page(session: Session, *, now: datetime, settings: Settings) -> AccountsPage:
    states = Counter(each.state for each in people(session, now=now))
    return AccountsPage(
        today=business_day(now),
        setup=setup_steps(session, settings=settings),
        people=states.total(),
        invited=states[NOT_CHOSEN],
        waiting=states[WAITING],
        disabled=states[DISABLED],
    )


def organizer_page(session: Session, user: User, *, today: date) -> OrganizerPage:
    planned_or_held = Activity.status.in_([Status.PLANNED, *_HELD])
    todays = session.scalars(_activities(user, Activity.happens_on == today, planned_or_held)).all()
    tasks = [
        Task(each, NextStep.LOG if each.status is Status.PLANNED else NextStep.SHOW_CODE) for each in todays
    ]
    lately = Activity.happens_on.between(today - timedelta(days=RELEASE_DAYS), today - timedelta(days=1))
    unpublished = session.scalars(_activities(user, lately, Activity.status.in_(_HELD), ~_has_push())).all()
    return OrganizerPage(
        today=today,
        has_projects=bool(visible_projects(session, user, year=today.year)),
        tasks=[
            *sorted(tasks, key=lambda task: task.step is not NextStep.LOG),
            *(Task(each, NextStep.ADD_PUSH) for each in unpublished),
        ],
        to_log=_unlogged_plans(session, user, today),
        returned=_returned(session, user, Activity.happens_on >= date(today.year, 1, 1)),
        returned_before=_returned(session, user, Activity.happens_on < date(today.year, 1, 1)),
    )


_HELD = (Status.LOGGED, Status.APPROVED)


def _activities(user: User, *conditions: ColumnElement[bool]) -> Select[Activity]:
    return (
        select(Activity)
        .options(joinedload(Activity.project), joinedload(Activity.venue))
        .where(*conditions, visible_to(user, Activity.project_id))
        .order_by(Activity.happens_on, *order_within_day())
        .limit(LONGEST_LIST)
    )


def _has_push() -> ColumnElement[bool]:
    return exists().where(Push.activity_id == Activity.id, Push.withdrawn_at.is_(None))


def _preview(
    session: Session, user: User, *conditions: ColumnElement[bool], order: Sequence[UnaryExpression[Any]] = ()
) -> ActivityPreview:
    """The first few in the order of their days, or in another one."""
    counted = select(func.count(Activity.id)).where(*conditions, visible_to(user, Activity.project_id))
    total = session.scalar(counted) or 0
    rows = _activities(user, *conditions).limit(PREVIEW_LENGTH)
    rows = rows.order_by(None).order_by(*order) if order else rows
    return ActivityPreview(session.scalars(rows).all() if total else [], total)


def _returned(session: Session, user: User, of_years: ColumnElement[bool]) -> ActivityPreview:
    """Returned activities, those returned last first."""
    order = Activity.reviewed_at.desc().nulls_last(), Activity.id.desc()
    return _preview(session, user, Activity.status == Status.RETURNED, of_years, order=order)


def _unlogged_plans(session: Session, user: User, today: date) -> ActivityPreview:
    """Planned activities whose day has passed without being logged."""
    return _preview(session, user, Activity.status == Status.PLANNED, Activity.happens_on < today)


def office_page(session: Session, user: User, *, now: datetime, settings: Settings) -> OfficePage:
    """The page; who manages people sees what is still to set up."""
    today = business_day(now)
    year = year_to_show(session, user, today)
    months = months_of_year(session, year, today)
    last_period = last_rolled_up(session, year)
    projects = visible_projects(session, user, year=year)
    ids = [project.id for project in projects]
    rows = actuals(session, last_period, project_ids=ids) if last_period else []
    return OfficePage(
        today=today,
        year=year,
        period=last_period,
        projects=projects,
        latest=month_in(months, last_period) if last_period else None,
        to_roll_up=month_to_roll_up(months),
        slow=slow_indicators(rows),
        status_changes=status_changes(session, last_period, rows) if last_period else [],
        to_review=_preview(session, user, Activity.status == Status.LOGGED),
        records_to_review=waiting_counts(session, user).records_text,
        to_log=_unlogged_plans(session, user, today),
        to_confirm=unconfirmed_rules(session, user, year),
        next_roll_up=next_roll_up(now),
        findings=findings(session, user),
        discrepancies=count_open(session) if user.may(Permission.AUDIT) else 0,
        uncounted=findings(session, user, is_error=False),
        setup=setup_steps(session, settings=settings) if user.may(Permission.MANAGE_PEOPLE) else (),
    )


def next_roll_up(now: datetime) -> datetime:
    """The moment at which the scheduler next rolls up a month."""
    month = Period.of(business_day(now))
    at = due_at(month.previous)
    return at if now < at else due_at(month)
