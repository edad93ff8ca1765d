"""The list of activities: from today backwards, and page by page at the place of a row."""

from datetime import date

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.accounts.rules import Role
from activitylog.activities.queries import ActivityFilters
from activitylog.activities.rules import Status
from activitylog.pages.activity_list.queries import (
    PAGE_SIZE,
    ActivityStretch,
    Place,
    activities_found,
    all_activities_found,
)
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project

TODAY = date(2024, 6, 12)


def found(
    session: Session, user: User | None = None, *, before: Place | None = None, **filters: object
) -> ActivityStretch:
    return activities_found(session, user, ActivityFilters(**filters), today=TODAY, before=before)


def titles(session: Session, user: User | None = None, **filters: object) -> list[str]:
    return [activity.title for activity in found(session, user, **filters).rows]


def test_a_list_opens_at_today_with_what_is_to_come_apart(session: Session) -> None:
    project = make_project(session)
    make_activity(session, project, title="昨天的", held_on=date(2024, 6, 11))
    make_activity(session, project, title="今天的", status=Status.PLANNED, planned_on=TODAY)
    make_activity(session, project, title="一月", held_on=date(2024, 1, 1), planned_on=date(2024, 12, 1))
    for day in (20, 13):
        make_activity(
            session, project, title=f"{day}日", status=Status.PLANNED, planned_on=date(2024, 9, day)
        )
    stretch = found(session)
    assert [each.title for each in stretch.rows] == ["今天的", "昨天的", "一月"]
    assert [each.title for each in stretch.upcoming] == ["13日", "20日"]
    assert (stretch.total, stretch.after_today, stretch.has_newer, stretch.has_older) == (5, 2, False, False)


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


@pytest.mark.parametrize("text", ["", "第"])
def test_pages_follow_each_other_both_ways(session: Session, text: str) -> None:
    project = make_project(session)
    for n in range(PAGE_SIZE + 3):
        make_activity(session, project, title=f"第{n}场", held_on=date(2024, 6, 1 + n // 9))
    for n in range(PAGE_SIZE + 2):
        make_activity(session, project, title=f"第{n}场", status=Status.PLANNED, planned_on=date(2024, 10, 5))
    filters = ActivityFilters(text=text)
    first = found(session, text=text)
    assert (first.total, first.after_today, first.has_older) == (2 * PAGE_SIZE + 5, PAGE_SIZE + 2, True)
    second = found(session, before=Place.of(first.rows[-1]), text=text)
    assert (len(second.rows), second.has_newer, second.has_older) == (3, True, False)
    back = activities_found(session, None, filters, today=TODAY, after=Place.of(second.rows[0]))
    assert [each.id for each in back.rows] == [each.id for each in first.rows]
    assert back.has_newer
    later = activities_found(session, None, filters, today=TODAY, after=Place.of(first.upcoming[-1]))
    assert (len(later.rows), later.has_newer, later.has_older) == (2, False, True)
    everything = all_activities_found(session, None, filters)
    assert len({each.id for each in everything}) == first.total


@pytest.mark.parametrize("text", ["", "2024-06-12", "2024-02-30.7", "2024-06-12.x", "٢٠٢٤-٠٦-١٢.7"])
def test_a_place_is_read_from_an_address_or_not_at_all(text: str) -> None:
    assert Place.read(text) is None
    assert Place.read("2024-06-12.7") == Place(date(2024, 6, 12), 7)


def test_an_organizer_sees_the_activities_of_own_projects_only(session: Session) -> None:
    mine, other = make_project(session), make_project(session)
    make_activity(session, mine, title="我的", status=Status.LOGGED, number="A-1", by=None)
    make_activity(session, other, title="别人的", status=Status.LOGGED, number="A-2", venue_name="别处")
    organizer = make_user(session, mine)
    assert titles(session, organizer) == ["我的"]
    assert titles(session, organizer, project_id=other.id) == []


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OFFICER, Role.AUDITOR])
def test_everybody_else_sees_all(session: Session, role: Role) -> None:
    make_activity(session, title="某场")
    assert titles(session, make_user(session, role=role)) == ["某场"]


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
    for activity in found(session).rows:
        assert activity.project.name
        assert activity.venue is not None
        assert activity.kinds
        assert activity.districts
    event.remove(engine, "before_cursor_execute", count)
    return len(seen)
