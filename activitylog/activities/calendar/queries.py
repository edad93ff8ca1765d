"""Queries the activities of a month, day by day, for the calendar page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.activities.models import Activity, Venue
from activitylog.activities.queries import ActivityFilters, filter_conditions, order_within_day
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.projects.models import Project

MOST_A_DAY = 30


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One activity of a calendar day."""

    number: str
    start_time: time | None
    title: str
    status: Status
    project: str
    venue: str | None


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day of the month, its first MOST_A_DAY activities, and their total."""

    on: date
    entries: Sequence[CalendarEntry]
    total: int


def month_of_activities(
    session: Session, user: User | None, period: Period, filters: ActivityFilters
) -> list[CalendarDay]:
    """Every day of the month with its activities that meet the filters."""
    filters = replace(filters, year=period.year, month=period.month, since=None, until=None)
    rows = session.execute(_first_of_each_day(user, filters))
    found = {day: list(of_day) for day, of_day in groupby(rows, lambda row: row.happens_on)}
    days = (date(period.year, period.month, n) for n in range(1, period.last_day.day + 1))
    return [_day(day, found.get(day, [])) for day in days]


def _day(day: date, rows: Sequence[Any]) -> CalendarDay:
    entries = [
        CalendarEntry(row.number, row.start_time, row.title, row.status, row.project, row.venue)
        for row in rows
    ]
    return CalendarDay(day, entries, total=rows[0].total if rows else 0)


def _first_of_each_day(user: User | None, filters: ActivityFilters) -> Select[Any]:
    """The first MOST_A_DAY activities of each day, with the day's total."""
    counted = (
        select(
            Activity.id,
            func.row_number()
            .over(partition_by=Activity.happens_on, order_by=order_within_day())
            .label("place"),
            func.count().over(partition_by=Activity.happens_on).label("total"),
        )
        .where(*filter_conditions(user, filters))
        .subquery()
    )
    return (
        select(
            Activity.happens_on,
            Activity.number,
            Activity.start_time,
            Activity.title,
            Activity.status,
            Project.name.label("project"),
            Venue.name.label("venue"),
            counted.c.total,
        )
        .join(counted, counted.c.id == Activity.id)
        .join(Project, Project.id == Activity.project_id)
        .outerjoin(Venue, Venue.id == Activity.venue_id)
        .where(counted.c.place <= MOST_A_DAY)
        .order_by(Activity.happens_on, *order_within_day())
    )
