from datetime import date, time

import pytest
from sqlalchemy.orm import Session

from activitylog.activities.calendar.queries import MOST_A_DAY, month_of_activities
from activitylog.activities.queries import (
    ActivityFilters,
    activity_by_number,
    kind_names,
    latest_activity_of,
    recent_venues,
    upcoming_activities,
)
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.errors import Missing
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project


def test_a_days_activities_follow_each_other_by_the_clock(session: Session) -> None:
    project, day = make_project(session), date(2024, 6, 12)
    for at in (time(14), None, time(9, 30)):
        make_activity(session, project, status=Status.PLANNED, planned_on=day, start_time=at)
    wanted = [None, time(9, 30), time(14)]
    assert [each.start_time for each in upcoming_activities(session, project, day, limit=9)] == wanted
    month = month_of_activities(session, None, Period(2024, 6), ActivityFilters())
    assert [entry.start_time for entry in month[day.day - 1].entries] == wanted


def test_recent_venues_are_offered_once_the_latest_first(session: Session) -> None:
    project = make_project(session)
    for name in ("甲馆", "乙馆", "甲馆", ""):
        make_activity(session, project, venue_name=name)
    assert [venue.name for venue in recent_venues(session, None)] == ["甲馆", "乙馆"]


def test_the_next_entry_starts_from_my_latest(session: Session) -> None:
    project = make_project(session)
    organizer = make_user(session, project)
    assert latest_activity_of(session, organizer) is None
    make_activity(session, project, by=organizer, title="第一场")
    make_activity(session, project, by=organizer, title="第二场", held_on=date(2024, 1, 1))
    make_activity(session, project, title="别人记的")
    latest = latest_activity_of(session, organizer)
    assert latest is not None
    assert latest.title == "第二场"
    assert kind_names(session) == ["资源配送"]


def test_a_month_has_all_its_days_with_the_first_of_many(session: Session) -> None:
    project = make_project(session)
    for n in range(MOST_A_DAY + 2):
        make_activity(session, project, title=f"第{n}场", held_on=date(2024, 6, 3))
    last_day = {"held_on": None, "planned_on": date(2024, 6, 30)}
    make_activity(session, project, title="月底的", status=Status.PLANNED, **last_day)
    make_activity(session, project, title="别的月", held_on=date(2024, 5, 31))
    days = month_of_activities(session, None, Period(2024, 6), ActivityFilters(text="场"))
    assert [day.on.day for day in days] == list(range(1, 31))
    assert [(day.on.day, len(day.entries), day.total) for day in days if day.total] == [
        (3, MOST_A_DAY, MOST_A_DAY + 2)
    ]
    everything = month_of_activities(session, None, Period(2024, 6), ActivityFilters(since=date(2020, 1, 1)))
    assert sum(day.total for day in everything) == MOST_A_DAY + 3


def test_an_organizer_finds_what_is_of_own_projects_only(session: Session) -> None:
    mine, other = make_project(session), make_project(session)
    make_activity(session, mine, title="我的", status=Status.LOGGED, number="A-1", by=None)
    make_activity(session, other, status=Status.LOGGED, number="A-2", venue_name="别处")
    organizer = make_user(session, mine)
    assert [venue.name for venue in recent_venues(session, organizer)] == ["曹杨社区书院"]
    assert activity_by_number(session, organizer, "A-1").title == "我的"
    with pytest.raises(Missing, match="A-2"):
        activity_by_number(session, organizer, "A-2")
