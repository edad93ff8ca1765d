"""What waits for a person: the organizer's day, and what the office is behind with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, joinedload

from activitylog.accounts.models import User
from activitylog.activities.models import Activity
from activitylog.activities.queries import order_within_day
from activitylog.activities.rules import Status
from activitylog.core.period import Period, business_day
from activitylog.indicators.actual import IndicatorActual
from activitylog.indicators.queries import unconfirmed_rules
from activitylog.indicators.status import IndicatorStatus
from activitylog.projects.queries import visible_projects, visible_to, year_to_show
from activitylog.publicity.facts import RELEASE_DAYS
from activitylog.publicity.models import Push
from activitylog.rollup.periods.queries import month_in, month_to_roll_up, months_of_year
from activitylog.rollup.periods.status_changes import changed_statuses
from activitylog.rollup.queries import actuals, last_rolled_up
from activitylog.rollup.roll_up_range import due_at
from activitylog.rollup.self_audit.audit import findings

MOST_SHOWN = 20
FEW = 5


class Step(StrEnum):
    """What an activity asks of its organizer next; the values are the buttons' words."""

    LOG = "打卡记录"
    SHOW_CODE = "出示二维码"
    ADD_PUSH = "补推送链接"


@dataclass(frozen=True, slots=True)
class Task:
    """An activity with its next step."""

    activity: Activity
    step: Step


@dataclass(frozen=True, slots=True)
class Behind:
    """An indicator that is slower than its plan, in words."""

    row: IndicatorActual
    value: str
    target: str
    unit: str
    plan: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first of a list of activities, and how long it is."""

    activities: Sequence[Activity]
    total: int


def organizer_day(session: Session, user: User, *, today: date) -> dict[str, Any]:
    """Today's activities with their next step, those to be published, and what was left undone."""
    planned_or_held = Activity.status.in_([Status.PLANNED, *_HELD])
    todays = session.scalars(_seen(user, Activity.happens_on == today, planned_or_held)).all()
    tasks = [Task(each, Step.LOG if each.status is Status.PLANNED else Step.SHOW_CODE) for each in todays]
    lately = Activity.happens_on.between(today - timedelta(days=RELEASE_DAYS), today - timedelta(days=1))
    unpublished = session.scalars(_seen(user, lately, Activity.status.in_(_HELD), ~_is_pushed())).all()
    return {
        "has_projects": bool(visible_projects(session, user, year=today.year)),
        "tasks": sorted(tasks, key=lambda task: task.step is not Step.LOG)
        + [Task(each, Step.ADD_PUSH) for each in unpublished],
        "to_log": _overdue(session, user, today),
        "returned": _waiting(session, user, Activity.status == Status.RETURNED),
    }


_HELD = (Status.LOGGED, Status.APPROVED)


def _seen(user: User, *conditions: ColumnElement[bool]) -> Select[Activity]:
    return (
        select(Activity)
        .options(joinedload(Activity.project), joinedload(Activity.venue))
        .where(*conditions, visible_to(user, Activity.project_id))
        .order_by(Activity.happens_on, *order_within_day())
        .limit(MOST_SHOWN)
    )


def _is_pushed() -> ColumnElement[bool]:
    return exists().where(Push.activity_id == Activity.id, Push.withdrawn_at.is_(None))


def _waiting(session: Session, user: User, *conditions: ColumnElement[bool]) -> Waiting:
    counted = select(func.count(Activity.id)).where(*conditions, visible_to(user, Activity.project_id))
    total = session.scalar(counted) or 0
    return Waiting(session.scalars(_seen(user, *conditions).limit(FEW)).all() if total else [], total)


def _overdue(session: Session, user: User, today: date) -> Waiting:
    """Plans whose day is over and of which nothing has been logged."""
    return _waiting(session, user, Activity.status == Status.PLANNED, Activity.happens_on < today)


def office_standing(session: Session, user: User, *, now: datetime) -> dict[str, Any]:
    """What is behind, what waits for review and confirmation, and where the months stand."""
    today = business_day(now)
    year = year_to_show(session, user, today)
    months = months_of_year(session, year, today)
    booked = last_rolled_up(session, year)
    projects = visible_projects(session, user, year=year)
    ids = [project.id for project in projects]
    rows = actuals(session, booked, project_ids=ids) if booked else []
    has_before = booked is not None and booked.month > 1
    before = actuals(session, booked.previous, project_ids=ids) if booked and has_before else []
    return {
        "shown_year": year,
        "shown_period": booked,
        "projects": projects,
        "latest": month_in(months, booked) if booked else None,
        "to_book": month_to_roll_up(months),
        "behind": behind(rows),
        "status_changes": changed_statuses(before, rows),
        "measured": sum(row.status is not None for row in rows),
        "to_review": _waiting(session, user, Activity.status == Status.LOGGED),
        "to_log": _overdue(session, user, today),
        "to_confirm": unconfirmed_rules(session, user, year),
        "next_roll_up": next_roll_up(now),
        "findings": findings(session),
    }


def behind(rows: Sequence[IndicatorActual]) -> list[Behind]:
    """The indicators with a red or yellow light, the worst first."""
    slow = [row for row in rows if row.status in _SLOW]
    slow.sort(key=lambda row: (row.status is not IndicatorStatus.RED, _reached_share(row)))
    return [
        Behind(
            row=row,
            value=row.value_text if row.judged is None else row.judged.word,
            target=row.bare_target_text.lstrip("≥>="),
            unit=row.figure_unit if row.judged is None else "",
            plan=row.plan_text or row.base_text.strip("（）") if row.judged is None else "",
        )
        for row in slow
    ]


_SLOW = (IndicatorStatus.RED, IndicatorStatus.YELLOW)


def _reached_share(row: IndicatorActual) -> Decimal:
    """How much of what should be there is there; past a ceiling the further the worse."""
    if row.value is None or row.target is None:
        return Decimal(1)
    if row.operator in {"≤", "<"}:
        return row.target / row.value if row.value else Decimal(1)
    should = row.plan_due or row.target
    return row.value / should if should else row.value


def next_roll_up(now: datetime) -> datetime:
    """When the month before this one is due, else when this one is."""
    month = Period.of(business_day(now))
    at = due_at(month.previous)
    return at if now < at else due_at(month)
