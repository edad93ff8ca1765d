"""The list and the month of activities, with their filters in the address."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.activities.rules import Status
from tests.factories.activities import make_activity
from tests.pages.cast import Cast, make_cast
from tests.workbooks import sent_rows


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2024, 6, 12, 4, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    cast = make_cast(app, session)
    for title, day, kind in (
        ("天文课", 5, "下乡服务"),
        ("急救课", 5, "志愿服务"),
        ("昆虫展", 20, "下乡服务"),
    ):
        make_activity(
            session,
            cast.project,
            title=title,
            kinds=(kind,),
            held_on=None,
            planned_on=date(2024, 6, day),
            status=Status.PLANNED,
        )
    make_activity(session, cast.project, title="五月的课", held_on=date(2024, 5, 5))
    session.commit()
    return cast


def titles(page: str) -> set[str]:
    return {title for title in ("天文课", "急救课", "昆虫展", "五月的课") if title in page}


def test_the_list_opens_at_today_and_headings_say_which_day(cast: Cast, session: Session) -> None:
    make_activity(
        session,
        cast.project,
        title="昆虫展",
        status=Status.PLANNED,
        held_on=None,
        planned_on=date(2024, 6, 12),
    )
    session.commit()
    page = cast.organizer.get("/activities").text
    assert "还有 1 场计划" in page
    assert page.index("6月20日 周四") < page.index("今天 6月12日 周三") < page.index("6月5日 周三")
    assert '<details class="upcoming">' in page
    assert '<details class="upcoming" open>' in cast.organizer.get("/activities?status=planned").text


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("today", set()),
        ("week", set()),
        ("overdue", {"天文课", "急救课"}),
        ("x", {"天文课", "昆虫展", "急救课", "五月的课"}),
    ],
)
def test_one_tap_shows_today_this_week_or_what_is_overdue(cast: Cast, when: str, expected: set[str]) -> None:
    assert titles(cast.organizer.get(f"/activities?when={when}").text) == expected
    assert titles(cast.stranger.get(f"/activities?when={when}").text) == set()


def test_the_list_leaves_as_a_workbook_with_its_filters(cast: Cast) -> None:
    rows = sent_rows(cast.organizer.get("/activities?kind=下乡服务&format=xlsx"))
    assert [(row["名称"], row["状态"], row["现场人数"]) for row in rows] == [
        ("昆虫展", "计划", None),
        ("天文课", "计划", None),
    ]
    assert "format=xlsx" in cast.organizer.get("/activities").text
    assert sent_rows(cast.stranger.get("/activities?format=xlsx")) == []


def address_of(word: str, page: str) -> str:
    found = re.search(rf'<a href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?(?:<span class="unseen">)?{word}', page)
    assert found, word
    return "/activities" + unescape(found[1])


@pytest.mark.parametrize("query", ["view=month", "view=month&month=2024-06", "view=month&year=2024&month=6"])
def test_a_month_shows_its_days(cast: Cast, query: str) -> None:
    page = cast.organizer.get(f"/activities?{query}").text
    assert titles(page) == {"天文课", "急救课", "昆虫展"}
    assert page.count('<li class="month-day') == 30
    assert "6月12日 周三，今天" in page
    assert titles(cast.stranger.get(f"/activities?{query}").text) == set()


def test_filters_carry_between_month_and_list_and_neighbouring_months(cast: Cast) -> None:
    month = cast.organizer.get("/activities?view=month&month=2024-06&kind=下乡服务").text
    assert titles(month) == {"天文课", "昆虫展"}
    listed = cast.organizer.get(address_of("列表", month)).text
    assert titles(listed) == {"天文课", "昆虫展"}
    assert titles(cast.organizer.get(address_of("月历", listed)).text) == {"天文课", "昆虫展"}
    assert "没有符合这些条件的活动" in cast.organizer.get(address_of("往前", month)).text


def test_a_month_outside_the_years_there_are_is_not_offered(cast: Cast) -> None:
    page = cast.organizer.get("/activities?view=month&month=2024-01")
    assert "period-end" in page.text
    assert cast.organizer.get("/activities?view=month&month=9999-99&year=all&day=2024").status_code == 200
    assert titles(cast.organizer.get("/activities?day=2024-06-05").text) == {"天文课", "急救课"}
