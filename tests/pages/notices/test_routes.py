"""The bell, the list of notices, opening one, and the letter's page."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.rules import Role
from activitylog.activities.rules import Status
from activitylog.core.period import Period
from activitylog.notices.letters.operations import store_letters
from activitylog.notices.letters.rules import Letter, Line, Section
from activitylog.notices.models import Notice
from activitylog.notices.operations import NewNotice, add_notices
from activitylog.notices.rules import Kind, Ways
from activitylog.rollup.run import roll_up
from tests.factories.accounts import make_user
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.rollup import make_indicator
from tests.signed_in import signed_in
from tests.statements import statements

NOW = datetime(2024, 6, 12, 2, tzinfo=UTC)


@pytest.fixture
def person(session: Session) -> User:
    user = make_user(session, make_project(session), name="王芳")
    session.commit()
    return user


@pytest.fixture
def own(app: Flask, person: User) -> FlaskClient:
    return signed_in(app, person)


def tell(
    session: Session, user: User, count: int = 1, *, address: str = "/activities/2024-0001/photos"
) -> None:
    notices = [
        NewNotice(user.id, Kind.RETURNED, str(number), f"“讲座{number}”被退回", "缺照片。", address)
        for number in range(count)
    ]
    add_notices(session, notices, ways=Ways(), now=NOW)
    session.commit()


def bell(page: str) -> str:
    found = re.search(r'frame-bell.*?(?:nav-count">([^<]*)<|</a>)', page, re.DOTALL)
    assert found
    return found[1] or ""


def test_the_bell_counts_what_is_unread_of_mine(session: Session, person: User, own: FlaskClient) -> None:
    tell(session, make_user(session), 3)
    assert bell(own.get("/me").text) == ""
    tell(session, person, 2)
    assert bell(own.get("/me").text) == "2"


def test_the_bell_costs_one_statement_that_counts_by_index(
    session: Session, person: User, own: FlaskClient
) -> None:
    tell(session, person, 150)
    own.get("/me")
    with statements() as made:
        assert bell(own.get("/me").text) == "99+"
    assert sum("notice" in each for each in made) == 1


def test_opening_one_marks_it_read_and_leads_to_where_it_is_done(
    session: Session, person: User, own: FlaskClient
) -> None:
    tell(session, person, 2)
    page = own.get("/notices").text
    assert page.index("讲座1") < page.index("讲座0")
    first = re.findall(r'href="(/notices/\d+)"', page)[0]
    for _ in range(2):
        assert own.get(first).location == "/activities/2024-0001/photos"
    page = own.get("/notices").text
    assert (bell(page), page.count(">未读</span>")) == ("1", 1)


def test_a_stranger_s_notice_is_nobody_else_s(session: Session, person: User, own: FlaskClient) -> None:
    other = make_user(session)
    tell(session, other)
    notice = session.query(Notice).one()
    answer = own.get(f"/notices/{notice.id}")
    assert (answer.status_code, "没有这条通知" in answer.text) == (404, True)
    own.post("/notices/read", data={"newest": notice.id})
    session.rollback()
    assert notice.read_at is None


def test_all_are_marked_read_up_to_what_was_shown(session: Session, person: User, own: FlaskClient) -> None:
    tell(session, person, 3)
    page = own.get("/notices").text
    newest = re.search(r'name="newest" value="(\d+)"', page)
    assert newest
    add_notices(session, [NewNotice(person.id, Kind.PLAN, "later", "后来的", "", "/")], ways=Ways(), now=NOW)
    session.commit()
    shown = own.post("/notices/read", data={"newest": newest[1]}, follow_redirects=True).text
    assert "已把 3 条标为已读" in shown
    assert bell(shown) == "1"
    assert "没有未读的通知" in own.post("/notices/read", data={"newest": "x"}, follow_redirects=True).text


def test_many_notices_come_in_pages(session: Session, person: User, own: FlaskClient) -> None:
    tell(session, person, 70)
    assert "共 70 条，第 3 / 3 页" in re.sub(r"<[^>]+>", "", own.get("/notices?page=9").text)


def test_without_notices_the_page_says_what_will_be_here(own: FlaskClient) -> None:
    page = own.get("/notices").text
    assert "这里会列出您的通知" in page
    assert "现在没有等您办的" in page


def test_what_waits_stands_beside(app: Flask, session: Session, person: User, own: FlaskClient) -> None:
    project = make_project(session, name="科普资源配送")
    session.add(Membership(user_id=person.id, project_id=project.id))
    make_activity(session, project, status=Status.LOGGED, by=person)
    indicator = make_indicator(session, project, name="制度健全", target_word="健全")
    make_indicator(session, project, name="下乡服务", target="99", level2="质量指标")
    roll_up(session, Period(2024, 6), now=NOW)
    make_activity(session, project, status=Status.RETURNED, by=person)
    manager = make_user(session, role=Role.MANAGER)
    session.commit()
    page = signed_in(app, manager).get("/notices").text
    assert '<a href="/review">审核活动</a>' in page
    assert f'<a href="/indicators/{indicator.id}/judgement?period=2024-06">评定：制度健全</a>' in page
    assert "写原因：下乡服务" in page
    assert "修改退回的活动" in page
    assert "审核活动" not in own.get("/notices").text


def test_a_letter_is_read_again_by_whom_it_was_written_to(
    session: Session, person: User, own: FlaskClient
) -> None:
    letter = Letter(
        Period(2024, 6),
        "王芳",
        (Section("落后和偏慢", (Line("下乡服务", "/indicators/1", "，还差 11 次"),), "没有。"),),
        ("审计记录到第 9 条",),
    )
    store_letters(session, {person.id: letter}, ways=Ways(), now=NOW)
    session.commit()
    assert (
        own.get(re.findall(r'href="(/notices/\d+)"', own.get("/notices").text)[0]).location == letter.address
    )
    page = own.get(letter.address).text
    assert '<a href="/indicators/1">下乡服务</a>，还差 11 次' in page
    assert "审计记录到第 9 条" in page
    missing = own.get("/notices/letters/2024-05")
    assert (missing.status_code, "2024年5月没有写给您的月报" in missing.text) == (404, True)
    assert own.get("/notices/letters/x").status_code == 422
