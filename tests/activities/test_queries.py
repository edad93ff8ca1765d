from datetime import date, time

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.activities.calendar.queries import MOST_A_DAY, month_of_activities
from activitylog.activities.queries import (
    PAGE_SIZE,
    ActivityFilters,
    activities_found,
    activity_by_number,
    kind_names,
    latest_activity_of,
    recent_venues,
    upcoming_activities,
)
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.errors import Missing
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project


def titles(session: Session, user: User | None = None, page: int = 1, **filters: object) -> list[str]:
    found = activities_found(session, user, ActivityFilters(**filters), page)
    assert found.total >= len(found.rows)
    return [activity.title for activity in found.rows]


def test_a_list_shows_the_latest_first_whether_planned_or_held(session: Session) -> None:
    project = make_project(session)
    make_activity(session, project, title="六月", held_on=date(2024, 6, 1))
    make_activity(session, project, title="九月", status=Status.PLANNED, planned_on=date(2024, 9, 1))
    make_activity(session, project, title="一月", held_on=date(2024, 1, 1), planned_on=date(2024, 12, 1))
    assert titles(session) == ["九月", "六月", "一月"]


def test_each_filter_narrows(session: Session) -> None:
    pujiang, river = make_project(session), make_project(session, year=2023)
    owner = make_user(session, pujiang)
    make_activity(
        session, pujiang, title="甲", kinds=("下乡服务", "志愿服务"), districts=("310151", "310107")
    )
    make_activity(session, pujiang, title="乙", held_on=date(2024, 5, 31), status=Status.LOGGED, by=owner)
    make_activity(session, river, title="丙 Night_100%", venue_name="天文馆", number="KP-7")
    cases: dict[str, list[dict[str, object]]] = {
        "甲": [
            {"kind": "下乡服务"},
            {"district": "310151"},
            {"year": 2024, "month": 6},
            {"status": Status.APPROVED, "year": 2024},
        ],
        "乙": [{"status": Status.LOGGED}, {"mine": True, "user": owner}, {"year": 2024, "month": 5}],
        "丙 Night_100%": [
            {"project_id": river.id},
            {"year": 2023},
            {"text": "天文"},
            {"text": "kp-7"},
            {"text": "_100%"},
            {"text": "NIGHT"},
        ],
    }
    for title, filters in cases.items():
        for one in filters:
            assert titles(session, **one) == [title], one
    assert titles(session, text="10_") == []
    assert titles(session, kind="下乡服务", text="乙") == []


def test_pages_do_not_overlap_and_the_count_is_of_all(session: Session) -> None:
    project = make_project(session)
    for n in range(PAGE_SIZE + 3):
        make_activity(session, project, title=f"第{n}场")
    for filters in ({}, {"text": "第"}):
        first, second, beyond = (
            activities_found(session, None, ActivityFilters(**filters), page) for page in (1, 2, 99)
        )
        assert (first.total, first.pages, second.number, beyond.number) == (PAGE_SIZE + 3, 2, 2, 2)
        assert len({a.id for a in (*first.rows, *second.rows)}) == PAGE_SIZE + 3
        assert beyond.rows == second.rows


def test_an_organizer_sees_the_activities_of_own_projects_only(session: Session) -> None:
    mine, other = make_project(session), make_project(session)
    make_activity(session, mine, title="我的", status=Status.LOGGED, number="A-1", by=None)
    make_activity(session, other, title="别人的", status=Status.LOGGED, number="A-2", venue_name="别处")
    organizer = make_user(session, mine)
    assert titles(session, organizer) == ["我的"]
    assert titles(session, organizer, project_id=other.id) == []
    assert [venue.name for venue in recent_venues(session, organizer)] == ["曹杨社区书院"]
    assert activity_by_number(session, organizer, "A-1").title == "我的"
    with pytest.raises(Missing, match="A-2"):
        activity_by_number(session, organizer, "A-2")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OFFICER, Role.AUDITOR, Role.ADMIN])
def test_everybody_else_sees_all(session: Session, role: Role) -> None:
    make_activity(session, title="某场")
    assert titles(session, make_user(session, role=role)) == ["某场"]


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


def test_a_page_of_activities_costs_the_same_statements_however_long(session: Session) -> None:
    project: Project = make_project(session)
    costs = []
    for _ in range(2):
        for _ in range(6):
            make_activity(session, project, kinds=("下乡服务", "志愿服务"), districts=("310107", "310101"))
        session.expire_all()
        costs.append(statements_for_a_page(session))
    assert costs[0] == costs[1]


def statements_for_a_page(session: Session) -> int:
    seen: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count := lambda *args: seen.append(args[2]))
    for activity in activities_found(session, None, ActivityFilters()).rows:
        assert activity.project.name
        assert activity.venue is not None
        assert activity.kinds
        assert activity.districts
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)


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
    everything = month_of_activities(session, None, Period(2024, 6), ActivityFilters(day=date(2020, 1, 1)))
    assert sum(day.total for day in everything) == MOST_A_DAY + 3


def test_a_day_replaces_the_month(session: Session) -> None:
    project = make_project(session)
    for day in (2, 3):
        make_activity(session, project, held_on=date(2024, 6, day))
    found = activities_found(session, None, ActivityFilters(year=2024, month=5, day=date(2024, 6, 3)))
    assert [activity.held_on for activity in found.rows] == [date(2024, 6, 3)]
