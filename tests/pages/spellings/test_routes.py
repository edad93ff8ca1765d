"""Merging two spellings on request: one taken, one refused, one stranger."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from activitylog.activities.models import Activity, ActivityKind, Venue, activity_kind_link
from activitylog.indicators.models import RuleVenueKind, rule_activity_kind
from activitylog.pages.spellings.models import SpellingPair
from activitylog.pages.spellings.page import spelled_out
from activitylog.publicity.models import Push
from tests.factories.activities import make_activity
from tests.factories.publicity import make_push
from tests.factories.rollup import make_indicator
from tests.factories.trail import actions
from tests.pages.cast import Cast, make_cast

NOW = datetime(2024, 6, 12, tzinfo=UTC)


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    return make_cast(app, session)


def add_pair(session: Session, sort: str, stays: str, other: str, district: str = "") -> str:
    pair = SpellingPair(sort=sort, stays=stays, other=other, district=district)
    session.add(pair)
    session.commit()
    return f"/spellings/{pair.id}/merge"


def test_the_pairs_are_shown_with_what_cannot_be_seen(cast: Cast, session: Session) -> None:
    assert "没有要核对的写法" in cast.manager.get("/spellings").text
    activity = make_activity(session, cast.project)
    activity.form = "讲座\u200b"
    add_pair(session, "form", "讲座", "讲座\u200b")
    page = cast.manager.get("/spellings").text
    assert "讲座〔U+200B〕" in page
    assert "1 处" in page
    assert spelled_out("科技⼩院（上）") == "科技⼩〔U+2F29〕院（上）"


def test_a_form_is_merged_and_the_trail_tells(cast: Cast, session: Session) -> None:
    activity = make_activity(session, cast.project)
    activity.form = "讲座\u200b"
    address = add_pair(session, "form", "讲座", "讲座\u200b")
    assert cast.organizer.post(address).status_code == 403
    assert cast.manager.post(address).status_code == 302
    assert cast.manager.post(address).status_code == 409
    session.rollback()
    assert session.scalars(select(Activity.form)).one() == "讲座"
    assert actions(session, "spelling") != []
    assert "没有要核对的写法" in cast.manager.get("/spellings").text


def test_kinds_are_merged_on_activities_and_rules(cast: Cast, session: Session) -> None:
    both, one = (make_activity(session, cast.project, kinds=("资源配送",)) for _ in range(2))
    (stays,) = session.scalars(select(ActivityKind))
    other = ActivityKind(name="资源配送\u200b")
    session.add(other)
    indicator = make_indicator(session, cast.project, "activities_held", name="配送场次")
    session.flush()
    one.kinds = [other]
    both.kinds = [stays, other]
    session.execute(insert(rule_activity_kind).values(indicator_id=indicator.id, kind_id=other.id))
    address = add_pair(session, "kind", "资源配送", "资源配送\u200b")
    assert cast.manager.post(address).status_code == 302
    session.rollback()
    assert session.scalars(select(ActivityKind.name)).all() == ["资源配送"]
    assert len(session.execute(select(activity_kind_link)).all()) == 2
    assert session.execute(select(rule_activity_kind.c.kind_id)).scalars().all() == [stays.id]


def test_venue_kinds_are_merged_where_a_rule_has_both(cast: Cast, session: Session) -> None:
    indicator = make_indicator(session, cast.project, "activities_held", name="进村居场次")
    for kind in ("村居", "村居\u200b"):
        session.add(RuleVenueKind(indicator_id=indicator.id, venue_kind=kind))
    address = add_pair(session, "venue_kind", "村居", "村居\u200b")
    assert cast.manager.post(address).status_code == 302
    session.rollback()
    assert session.scalars(select(RuleVenueKind.venue_kind)).all() == ["村居"]


def test_venues_and_articles_are_merged(cast: Cast, session: Session) -> None:
    make_activity(session, cast.project, venue_name="甲书院", districts=("310106",))
    session.add(Venue(name="甲 书院", district="310106"))
    push = make_push(session, cast.project)
    push.article_key = "http://a.cn/1"
    first = add_pair(session, "venue", "甲书院", "甲 书院", "310106")
    second = add_pair(session, "push", "https://a.cn/1", "http://a.cn/1")
    assert [cast.manager.post(address).status_code for address in (first, second)] == [302, 302]
    session.rollback()
    merged = session.scalars(select(Venue).where(Venue.name == "甲 书院")).one()
    assert merged.merged_into is not None
    assert session.scalars(select(Push.article_key)).one() == "https://a.cn/1"


def test_two_activities_are_looked_at_and_not_merged(cast: Cast, session: Session) -> None:
    make_activity(session, cast.project, number="2024-0001", held_on=date(2024, 6, 10))
    twin = make_activity(session, cast.project, number="2024-0002", held_on=date(2024, 6, 10))
    twin.number = "2024－0001"
    address = add_pair(session, "number", "2024-0001", "2024－0001")
    assert "看另一场" in cast.manager.get("/spellings").text
    assert cast.manager.post(address).status_code == 409
    assert cast.manager.get("/activities/2024－0001").status_code == 200
    assert cast.manager.post("/spellings/999/merge").status_code == 404
