"""Venues: their list, their history, their correction and their merging.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, Venue
from activitylog.activities.rules import Status
from activitylog.activities.venues.queries import name_similarity
from activitylog.audit.models import AuditEntry
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.pages.cast import Cast, make_cast
from tests.workbooks import sent_rows


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(datetime(2024, 6, 12, 4, 0, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    cast = make_cast(app, session)
    for day, name, heads in ((3, "曹杨社区书院", 40), (5, "曹杨书院", 25), (9, "静安书院", 10)):
        make_activity(
            session,
            cast.project,
            title=f"{name}的一场",
            venue_name=name,
            held_on=date(2024, 6, day),
            audience_onsite=heads,
            audience_online=0,
        )
    make_activity(session, make_project(session), venue_name="别处", held_on=date(2024, 6, 1))
    make_activity(
        session, cast.project, venue_name="曹杨书院", status=Status.WITHDRAWN, held_on=date(2024, 6, 10)
    )
    session.commit()
    return cast


def text_of(client: FlaskClient, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


def id_of(session: Session, name: str) -> int:
    session.rollback()
    return session.scalars(select(Venue.id).where(Venue.name == name)).one()


def test_the_list_counts_what_was_held_there(cast: Cast) -> None:
    page = text_of(cast.manager, "/venues")
    assert "曹杨社区书院 普陀 社区书院 1 场 40 人 2024年6月3日 周一" in page
    assert "曹杨书院 普陀 社区书院 1 场 25 人" in page
    assert "共 4 处" in page
    assert "共 1 处" in text_of(cast.manager, "/venues?q=静安&district=310107&kind=?")
    assert "没有符合这些条件的场所" in text_of(cast.manager, "/venues?district=310151")


def test_an_organizer_sees_the_venues_of_own_projects(cast: Cast, session: Session) -> None:
    page = text_of(cast.organizer, "/venues")
    assert "共 3 处" in page
    assert "别处" not in page
    assert cast.organizer.get(f"/venues/{id_of(session, '别处')}").status_code == 404
    assert "这里会列出办过活动的场所" in text_of(cast.stranger, "/venues")


def test_a_venue_shows_its_activities_and_projects(cast: Cast, session: Session) -> None:
    page = text_of(cast.auditor, f"/venues/{id_of(session, '静安书院')}")
    assert "静安书院的一场" in page
    assert "2024年 科普资源配送 1 场 10 人" in page
    assert "修改" not in page


def test_renaming_keeps_the_history_and_is_reported(cast: Cast, session: Session) -> None:
    venue_id = id_of(session, "静安书院")
    written = {"name": "静安区图书馆", "district": "310106", "kind": "场馆"}
    assert cast.manager.post(f"/venues/{venue_id}/edit", data=written).status_code == 302
    assert "静安书院的一场" in text_of(cast.manager, f"/venues/{venue_id}")
    session.rollback()
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert list(entry.changes["name"]) == ["静安书院", "静安区图书馆"]
    activity = session.scalars(select(Activity).where(Activity.title == "静安书院的一场")).one()
    assert (activity.venue_kind, activity.districts[0].district) == ("社区书院", "310107")


def test_a_venue_holds_so_many_people_where_it_is_known(cast: Cast, session: Session) -> None:
    address = f"/venues/{id_of(session, '静安书院')}"
    written = {"name": "静安书院", "district": "310107", "kind": "社区书院"}
    assert "最多容纳" not in cast.manager.get(address).text
    assert cast.manager.post(f"{address}/edit", data=written | {"capacity": "１２０"}).status_code == 302
    assert "最多容纳 120 人" in cast.manager.get(address).text
    refused = cast.manager.post(f"{address}/edit", data=written | {"capacity": "0"})
    assert (refused.status_code, "不知道的，请留空" in refused.text) == (422, True)
    assert cast.manager.post(f"{address}/edit", data=written | {"capacity": ""}).status_code == 302
    assert "最多容纳" not in cast.manager.get(address).text


def test_a_name_that_is_taken_is_refused_with_the_way_out(cast: Cast, session: Session) -> None:
    address = f"/venues/{id_of(session, '静安书院')}/edit"
    taken = {"name": "曹杨书院", "district": "310107", "kind": ""}
    refused = cast.manager.post(address, data=taken)
    assert (refused.status_code, "请用“合并”" in refused.text) == (409, True)
    assert cast.manager.post(address, data=taken | {"name": " "}).status_code == 422
    assert cast.organizer.post(address, data=taken).status_code == 403


def test_merged_venues_count_as_one_and_new_entries_go_there(cast: Cast, session: Session) -> None:
    old, new = id_of(session, "曹杨书院"), id_of(session, "曹杨社区书院")
    offered = text_of(cast.manager, f"/venues/{old}/merge")
    assert "曹杨社区书院 普陀 · 社区书院 合并到这里" in offered
    assert "静安书院 普陀" not in offered
    cast.manager.post(f"/venues/{old}/merge", data={"into": new})
    page = text_of(cast.manager, "/venues")
    assert "曹杨社区书院 普陀 社区书院 2 场 65 人 2024年6月5日 周三" in page
    assert "共 3 处" in page
    assert cast.manager.get(f"/venues/{old}").location == f"/venues/{new}"
    assert "曹杨书院的一场" in text_of(cast.manager, "/activities?q=社区书院")
    session.rollback()
    later = make_activity(session, cast.project, venue_name="曹杨书院", held_on=date(2024, 6, 11))
    assert later.venue_id == new


def test_a_merging_is_taken_back(cast: Cast, session: Session) -> None:
    old, new, third = (id_of(session, name) for name in ("曹杨书院", "曹杨社区书院", "静安书院"))
    cast.manager.post(f"/venues/{old}/merge", data={"into": new})
    assert cast.manager.post(f"/venues/{third}/merge", data={"into": old}).status_code == 409
    assert cast.manager.post(f"/venues/{new}/merge", data={"into": new}).status_code == 409
    cast.manager.post(f"/venues/{new}/merge", data={"into": third})
    assert "静安书院 普陀 社区书院 3 场 75 人" in text_of(cast.manager, "/venues")
    cast.manager.post(f"/venues/{old}/separate")
    assert "曹杨书院 普陀 社区书院 1 场 25 人" in text_of(cast.manager, "/venues")
    assert cast.manager.post(f"/venues/{old}/separate").status_code == 409
    assert cast.organizer.post(f"/venues/{new}/separate").status_code == 403


@pytest.mark.parametrize("into", ["", "x", "0", "99999999999999999999"])
def test_a_venue_is_merged_only_once(cast: Cast, session: Session, into: str) -> None:
    answered = cast.manager.post(f"/venues/{id_of(session, '曹杨书院')}/merge", data={"into": into})
    assert answered.status_code in (404, 422)


def test_optional_words_do_not_distinguish_names() -> None:
    assert name_similarity("上海曹杨社区书院", "曹杨书院") == 1
    assert name_similarity("曹杨书院", "静安科技馆") < 0.6


def test_the_venues_that_match_leave_as_a_workbook(cast: Cast) -> None:
    rows = sent_rows(cast.organizer.get("/venues?q=曹杨&format=xlsx"))
    assert [(row["名称"], row["活动场次"], row["受众人数"]) for row in rows] == [
        ("曹杨书院", 1, 25),
        ("曹杨社区书院", 1, 40),
    ]
    assert sent_rows(cast.stranger.get("/venues?format=xlsx")) == []
