"""Recording and withdrawing articles in the browser: one taken, one refused, one stranger per address.

A rollback ends the test's own view of the database, so that it sees what the browser has done.
"""

from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from activitylog.activities.models import Activity
from activitylog.core.records import withdraw_record
from activitylog.projects.models import Project
from activitylog.publicity.models import MediaReport, Push
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.publicity import NOW, make_media_report, make_push
from tests.signed_in import signed_in
from tests.workbooks import sent_rows

LINK = "https://mp.weixin.qq.com/s/abc"
PUSHED = {"link": f"【回顾】 {LINK} 复制打开", "published_on": "2024-06-12", "batch": "第1批"}
REPORTED = {"title": "走进村居", "outlet": "解放日报", "published_on": "2024-06-13", "is_repost": "y"}


@dataclass
class Cast:
    """An organizer of the project, one of another, and an auditor."""

    project: Project
    activity: Activity
    organizer: FlaskClient
    stranger: FlaskClient
    auditor: FlaskClient


@pytest.fixture
def cast(app: Flask, session: Session) -> Cast:
    project = make_project(session)
    activity = make_activity(session, project)
    organizer = make_user(session, project)
    stranger = make_user(session, make_project(session))
    auditor = make_user(session, role=Role.AUDITOR)
    session.commit()
    return Cast(project, activity, *(signed_in(app, user) for user in (organizer, stranger, auditor)))


def test_a_push_is_added_to_an_activity(cast: Cast, session: Session) -> None:
    address = f"/activities/{cast.activity.number}/pushes"
    assert "文章链接" in cast.organizer.get(address).text
    answer = cast.organizer.post(address, data=PUSHED)
    assert (answer.status_code, answer.location) == (302, f"/activities/{cast.activity.number}")
    session.rollback()
    push = session.scalars(select(Push)).one()
    assert (push.link, push.batch, push.activity_id) == (LINK, "第1批", cast.activity.id)


def test_a_report_is_added_to_an_activity(cast: Cast, session: Session) -> None:
    address = f"/activities/{cast.activity.number}/reports"
    assert "媒体名称" in cast.organizer.get(address).text
    assert cast.organizer.post(address, data=REPORTED).status_code == 302
    session.rollback()
    report = session.scalars(select(MediaReport)).one()
    assert (report.outlet, report.is_repost, report.activity_id) == ("解放日报", True, cast.activity.id)


def test_no_page_makes_a_link_of_what_is_no_web_address(cast: Cast, session: Session) -> None:
    for article in (make_push(session, activity=cast.activity), make_media_report(session, cast.project)):
        article.link = "javascript:alert(1)"
    withdrawn = make_push(session, cast.project)
    withdrawn.link, withdrawn.withdrawn_at = "javascript:alert(2)", NOW
    session.commit()
    address = f"/projects/{cast.project.id}/publicity"
    for page in (f"{address}?show=pushes", f"{address}?show=reports", f"/activities/{cast.activity.number}"):
        answer = cast.organizer.get(page)
        assert answer.status_code == 200
        assert 'href="javascript:' not in answer.text


def test_a_repeated_article_is_refused_beside_the_link_and_keeps_the_input(cast: Cast) -> None:
    address = f"/activities/{cast.activity.number}/pushes"
    cast.organizer.post(address, data=PUSHED)
    answer = cast.organizer.post(address, data=PUSHED | {"title": "再来一次"})
    assert answer.status_code == 422
    assert "已经登记过这篇推送" in answer.text
    assert 'id="link-error"' in answer.text
    assert "再来一次" in answer.text


def test_what_is_no_link_is_refused(cast: Cast) -> None:
    for kind in ("pushes", "reports"):
        answer = cast.organizer.post(f"/activities/{cast.activity.number}/{kind}", data={"link": "看图"})
        assert answer.status_code == 422
        assert "没有认出链接" in answer.text


@pytest.mark.parametrize("kind", ["pushes", "reports"])
def test_only_the_projects_people_write(cast: Cast, session: Session, kind: str) -> None:
    addresses = (
        f"/activities/{cast.activity.number}/{kind}",
        f"/projects/{cast.project.id}/publicity?show={kind}",
    )
    for address in addresses:
        assert cast.stranger.post(address, data=PUSHED).status_code == 404
        assert cast.auditor.post(address, data=PUSHED).status_code == 403
    session.rollback()
    assert session.scalars(select(Push)).all() == []
    assert session.scalars(select(MediaReport)).all() == []


def test_an_article_of_no_activity_is_added_on_the_projects_page(cast: Cast, session: Session) -> None:
    address = f"/projects/{cast.project.id}/publicity"
    answer = cast.organizer.post(f"{address}?show=reports", data=REPORTED)
    assert (answer.status_code, answer.location) == (302, f"{address}?show=reports#main")
    assert cast.organizer.post(address, data=PUSHED).status_code == 302
    session.rollback()
    assert session.scalars(select(MediaReport.activity_id)).all() == [None]
    assert session.scalars(select(Push.activity_id)).all() == [None]


def test_the_projects_page_refuses_with_the_list_and_the_form(cast: Cast, session: Session) -> None:
    make_push(session, cast.project, title="早先的一篇")
    session.commit()
    answer = cast.organizer.post(
        f"/projects/{cast.project.id}/publicity", data=PUSHED | {"published_on": "2023-06-12"}
    )
    assert answer.status_code == 422
    assert "2024 年的项目" in answer.text
    assert "早先的一篇" in answer.text


def test_the_projects_page_lists_pushes_or_reports_for_who_sees_it(cast: Cast, session: Session) -> None:
    make_push(session, activity=cast.activity, title="本项目的推送")
    make_media_report(session, activity=cast.activity, title="本项目的报道", is_repost=True)
    gone = make_push(session, cast.project, title="撤下的推送")
    withdraw_record(session, gone, reason="登记错了", now=NOW)
    session.commit()
    address = f"/projects/{cast.project.id}/publicity"
    pushes, reports = cast.organizer.get(address).text, cast.organizer.get(f"{address}?show=reports").text
    assert "本项目的推送" in pushes
    assert "登记错了" in pushes
    assert "本项目的报道" in reports
    assert "转载" in reports
    assert cast.stranger.get(address).status_code == 404
    page_of_auditor = cast.auditor.get(address).text
    assert "本项目的推送" in page_of_auditor
    assert "<textarea" not in page_of_auditor
    assert 'method="post"' not in page_of_auditor


def test_a_push_is_withdrawn_with_a_reason_and_restored(cast: Cast, session: Session) -> None:
    push = make_push(session, activity=cast.activity)
    session.commit()
    address = f"/pushes/{push.id}/withdraw"
    assert "撤下推送" in cast.organizer.get(address).text
    assert cast.organizer.post(address, data={"reason": ""}).status_code == 422
    for client, status in ((cast.stranger, 404), (cast.auditor, 403)):
        assert client.post(address, data={"reason": "不该成"}).status_code == status
        assert client.post(f"/pushes/{push.id}/restore").status_code == status
    answer = cast.organizer.post(address, data={"reason": "重复登记"})
    assert answer.location == f"/activities/{cast.activity.number}"
    session.rollback()
    assert push.withdrawn_reason == "重复登记"
    assert cast.organizer.post(address, data={"reason": "再撤"}).status_code == 409
    assert cast.organizer.post(f"/pushes/{push.id}/restore").status_code == 302
    session.rollback()
    assert push.withdrawn_at is None


def test_a_report_is_withdrawn_with_a_reason_and_restored(cast: Cast, session: Session) -> None:
    report = make_media_report(session, cast.project)
    session.commit()
    address = f"/media-reports/{report.id}/withdraw"
    assert "撤下媒体报道" in cast.organizer.get(address).text
    assert cast.organizer.post(address, data={"reason": " "}).status_code == 422
    for client, status in ((cast.stranger, 404), (cast.auditor, 403)):
        assert client.post(address, data={"reason": "不该成"}).status_code == status
        assert client.post(f"/media-reports/{report.id}/restore").status_code == status
    answer = cast.organizer.post(address, data={"reason": "重复登记"})
    assert answer.location == f"/projects/{cast.project.id}/publicity?show=reports"
    session.rollback()
    assert report.withdrawn_at is not None
    assert cast.organizer.post(f"/media-reports/{report.id}/restore").status_code == 302
    assert cast.organizer.post(f"/media-reports/{report.id}/restore").status_code == 409


@pytest.mark.parametrize("show", ["pushes", "reports"])
def test_all_articles_of_a_kind_leave_as_a_workbook(cast: Cast, session: Session, show: str) -> None:
    make_push(session, activity=cast.activity, title="推送一", batch="第1批")
    make_media_report(session, cast.project, title="报道一", is_repost=True)
    session.commit()
    address = f"/projects/{cast.project.id}/publicity?show={show}&format=xlsx"
    [row] = sent_rows(cast.auditor.get(address))
    if show == "pushes":
        assert (row["标题"], row["批次"], row["活动编号"]) == ("推送一", "第1批", cast.activity.number)
    else:
        assert (row["标题"], row["转载"], row["活动编号"]) == ("报道一", "是", None)
    assert cast.stranger.get(address).status_code == 404
