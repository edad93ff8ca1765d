"""Switching review off for a project, and choosing its must-items."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.activities.rules import QualityItem, Status
from activitylog.core.period import Period, business_day, utc_now
from activitylog.indicators.closings.models import Closing
from activitylog.projects.models import Project
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.pages.cast import Cast, pages_cast, typed
from tests.signed_in import signed_in

cast = pages_cast


def test_an_officer_switches_review_off_and_the_form_says_so_before_saving(
    app: Flask, cast: Cast, session: Session
) -> None:
    officer = officer_of(app, session)
    address = f"/projects/{cast.project.id}/review"
    seen = re.search('name="seen"[^>]* value="([^"]*)"', officer.get(address).text)
    assert seen
    sent = {"seen": seen[1], "skips_review": "y", "items": [QualityItem.SAFETY]}
    assert "免审核" not in cast.organizer.get("/activities/new").text
    assert officer.post(address, data=sent).status_code == 302
    stale = officer.post(address, data=sent)
    assert (stale.status_code, "别人改过这条记录" in stale.text) == (409, True)
    session.rollback()
    project = session.get_one(Project, cast.project.id)
    assert (project.skips_review, project.must_items) == (True, QualityItem.SAFETY)
    assert "本项目免审核：提交后直接计入指标" in cast.organizer.get("/activities/new").text
    form = typed(cast.project, held_on="2024-06-10", checks=[QualityItem.SAFETY])
    page = cast.organizer.post("/activities/new", data=form, follow_redirects=True).text
    assert "本项目免审核，已计入指标" in page
    assert "免审核</span>" in page
    session.rollback()
    activity = session.scalars(select(Activity)).one()
    assert (activity.status, activity.is_exempt, activity.quality_met) == (Status.APPROVED, True, True)
    assert "提交，免审核" in officer.get("/audit").text


def officer_of(app: Flask, session: Session) -> FlaskClient:
    officer = make_user(session, role=Role.OFFICER)
    session.commit()
    return signed_in(app, officer)


def test_those_who_review_do_not_switch_it_off(cast: Cast) -> None:
    address = f"/projects/{cast.project.id}/review"
    for client in (cast.organizer, cast.manager, cast.auditor):
        assert "要审核" in client.get(address).text
        assert (
            client.post(address, data={"skips_review": "y", "items": [QualityItem.PLAN]}).status_code == 403
        )
    assert cast.stranger.get(address).status_code == 404


def test_an_umbrella_has_nothing_to_review(app: Flask, cast: Cast, session: Session) -> None:
    umbrella = make_project(session, name="基层科普服务")
    cast.project.parent_id = umbrella.id
    officer = officer_of(app, session)
    address = f"/projects/{umbrella.id}/review"
    page = officer.get(address).text
    assert "<form" not in page.partition("<main")[2]
    answer = officer.post(address, data={"items": [QualityItem.PLAN]})
    assert answer.status_code == 409


def test_a_late_entry_is_announced_with_the_month_it_will_count_in(cast: Cast, session: Session) -> None:
    assert "已结账" not in cast.organizer.get("/activities/new").text
    this_year = business_day(utc_now()).year
    session.add(Closing(period=Period(this_year, 2), revision=1, closed_at=utc_now(), digest=""))
    session.commit()
    assert f"会作为调整记入{this_year}年3月" in cast.organizer.get("/activities/new").text


def test_a_change_in_a_closed_month_is_announced_beside_the_button(cast: Cast, session: Session) -> None:
    session.add(Closing(period=Period(2024, 6), revision=1, closed_at=utc_now(), digest=""))
    for status in (Status.LOGGED, Status.APPROVED, Status.RETURNED, Status.WITHDRAWN):
        activity = make_activity(session, cast.project, status=status)
        session.commit()
        steps = cast.manager.get(f"/activities/{activity.number}").text.partition('id="steps"')[2]
        assert "会作为调整记入2024年7月" in steps, status
