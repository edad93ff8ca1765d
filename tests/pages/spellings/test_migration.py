"""Stored words brought to one spelling: nothing merges by itself, and what became equal is listed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, column, insert, inspect, select, table

from activitylog.activities.models import Activity, ActivityKind, Venue
from activitylog.activities.rules import Status
from activitylog.core.database import make_engine, upgrade_schema
from activitylog.milestones.models import Milestone
from activitylog.pages.spellings.models import SpellingPair
from activitylog.projects.models import Project
from activitylog.publicity.models import Push
from tests.databases import Databases

NOW = datetime(2024, 6, 12, tzinfo=UTC)
DAY = date(2024, 6, 3)


@pytest.fixture
def old(databases: Databases) -> Iterator[tuple[str, Connection]]:
    """A database of the version before, with one project."""
    with databases.fresh(migrated=False) as url:
        upgrade_schema(url, "0033")
        engine = make_engine(url)
        with engine.connect().execution_options(writing=True) as connection:
            project = {"id": 1, "name": "科普资源配送", "year": 2024, "position": 1, "budget_fen": 1}
            _put(connection, Project, project | {"created_at": NOW})
            yield url, connection
        engine.dispose()


def _put(connection: Connection, model: Any, *rows: dict[str, Any]) -> None:
    """Insert rows with their defaults; the old tables lack the columns that came later."""
    present = {each["name"] for each in inspect(connection).get_columns(model.__tablename__)}
    columns = {each.name: each for each in model.__table__.c if each.name in present}
    defaults = {
        name: each.default.arg for name, each in columns.items() if each.default and each.default.is_scalar
    }
    old_table = table(model.__tablename__, *(column(name, each.type) for name, each in columns.items()))
    for row in rows:
        connection.execute(insert(old_table).values(defaults | row))


def _activity(number: str, **changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "number": number,
        "project_id": 1,
        "survey_token": number[-16:],
        "title": "天文课",
        "status": Status.APPROVED,
        "held_on": DAY,
        "created_at": NOW,
        "updated_at": NOW,
    }
    blank = {"form": "", "venue_kind": "", "note": "", "status_reason": "", "version": 1, "is_sample": False}
    return blank | {"audience_onsite": 1, "audience_online": 0} | values | changes


def _push(key: str, link: str, **changes: Any) -> dict[str, Any]:
    values = {"project_id": 1, "title": "t", "link": link, "article_key": key, "batch": ""}
    return values | {"published_on": DAY, "created_at": NOW, "withdrawn_reason": ""} | changes


def _upgrade(url: str, connection: Connection) -> set[tuple[str, str, str]]:
    connection.commit()
    upgrade_schema(url)
    pair = SpellingPair.__table__.c
    return {tuple(row) for row in connection.execute(select(pair.sort, pair.stays, pair.other))}


def _values(connection: Connection, column: Any) -> set[str]:
    return set(connection.scalars(select(column.class_.__table__.c[column.key])))


def test_what_has_no_twin_is_rewritten(old: tuple[str, Connection]) -> None:
    url, connection = old
    _put(connection, ActivityKind, {"name": "资源配送\u200b"})
    _put(
        connection,
        Activity,
        _activity("２０２４－0001", form="讲 座", venue_kind="村居\u200b", title="⼩院\u200b"),
    )
    _put(
        connection,
        Milestone,
        {"project_id": 1, "kind": "科技⼩院", "name": "奉贤 小院", "due_on": DAY}
        | {"created_at": NOW, "withdrawn_reason": ""},
    )
    _put(connection, Push, _push("http://a.cn/1", "http://a.cn/1", batch="第１次"))
    assert _upgrade(url, connection) == set()
    assert _values(connection, ActivityKind.name) == {"资源配送"}
    assert _values(connection, Activity.number) == {"2024-0001"}
    assert _values(connection, Activity.form) == {"讲座"}
    assert _values(connection, Activity.venue_kind) == {"村居"}
    assert _values(connection, Activity.title) == {"小院"}
    assert _values(connection, Milestone.kind) == {"科技小院"}
    assert _values(connection, Milestone.name) == {"奉贤小院"}
    assert _values(connection, Push.batch) == {"第1次"}
    assert _values(connection, Push.article_key) == {"https://a.cn/1"}


def test_what_became_equal_is_listed_and_stays_apart(old: tuple[str, Connection]) -> None:
    url, connection = old
    _put(connection, ActivityKind, {"name": "资源配送"}, {"name": "资源配送\u200b"})
    _put(
        connection,
        Venue,
        *({"name": name, "district": "310106", "kind": ""} for name in ("甲书院", "甲 书院")),
    )
    _put(connection, Venue, {"name": "甲 书院", "district": "310107", "kind": ""})
    _put(
        connection, Activity, _activity("2024-0001", form="讲座"), _activity("2024－0001", form="讲\u200b座")
    )
    _put(
        connection, Push, _push("https://a.cn/1", "https://a.cn/1"), _push("http://a.cn/1/", "http://a.cn/1/")
    )
    assert _upgrade(url, connection) == {
        ("kind", "资源配送", "资源配送\u200b"),
        ("venue", "甲书院", "甲 书院"),
        ("number", "2024-0001", "2024－0001"),
        ("form", "讲座", "讲\u200b座"),
        ("push", "https://a.cn/1", "http://a.cn/1/"),
    }
    assert _values(connection, Activity.form) == {"讲座", "讲\u200b座"}
    assert len(_values(connection, ActivityKind.name)) == len(_values(connection, Activity.number)) == 2


def test_of_two_wrong_spellings_one_is_put_right(old: tuple[str, Connection]) -> None:
    url, connection = old
    _put(connection, Activity, _activity("1", form="讲 座"), _activity("2", form="讲座\u200b"))
    assert _upgrade(url, connection) == {("form", "讲座", "讲座\u200b")}
    assert _values(connection, Activity.form) == {"讲座", "讲座\u200b"}
