"""Where notices go: chosen, confirmed by mail, refused when it is no robot, and tried out."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import User
from activitylog.app import create_app
from activitylog.notices.models import NoticeOptOut, NoticeSettings
from activitylog.notices.rules import Channel, Kind
from activitylog.settings import Settings
from tests.conftest import dispose
from tests.factories.accounts import make_admin, make_user
from tests.notices.receivers import Post, Robots, plain, post, robots
from tests.signed_in import signed_in

PAGE = "/me/notices"
WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec"


@pytest.fixture
def mails() -> Iterator[Post]:
    with post() as receiver:
        yield receiver


@pytest.fixture
def groups() -> Iterator[Robots]:
    with robots() as receiver:
        yield receiver


@pytest.fixture
def app(settings: Settings, mails: Post, groups: Robots) -> Iterator[Flask]:
    urls = ("wecombot://group-1", "nothing://secret")
    app = create_app(replace(settings, mail_url=mails.url, notice_urls=urls))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, ROBOT_ORIGINS=groups.origins)
    yield app
    dispose(app)


@pytest.fixture
def person(session: Session) -> User:
    user = make_user(session, name="王芳")
    session.commit()
    return user


@pytest.fixture
def own(app: Flask, person: User) -> FlaskClient:
    return signed_in(app, person)


@pytest.fixture
def admin(app: Flask, session: Session) -> FlaskClient:
    user = make_admin(session, name="管理员")
    session.commit()
    return signed_in(app, user)


def stored(session: Session, user: User) -> NoticeSettings:
    session.rollback()
    return session.get_one(NoticeSettings, user.id)


def link_in(mail_text: str) -> str:
    found = re.search(r"http://localhost:8000(/me/notices/confirm/\S+)", mail_text)
    assert found
    return found[1]


def test_an_address_is_used_only_after_its_link_was_opened(
    session: Session, person: User, own: FlaskClient, mails: Post
) -> None:
    shown = own.post(PAGE, data={"mail_address": "wang@example.cn"}, follow_redirects=True).text
    assert "确认邮件已发到 wang@example.cn" in shown
    assert "还没有启用" in shown
    assert stored(session, person).mail_confirmed_at is None
    assert mails.got[0]["To"] == "wang@example.cn"
    link = link_in(plain(mails.got[0]))
    assert "wang@example.cn" in own.get(link).text
    assert stored(session, person).mail_confirmed_at is None  # opened by a program that looks at links
    assert "已启用 wang@example.cn" in own.post(link, follow_redirects=True).text
    assert stored(session, person).mail_confirmed_at is not None
    own.post(PAGE, data={"mail_address": "wang@example.cn"})
    assert stored(session, person).mail_confirmed_at is not None
    assert len(mails.got) == 1
    own.post(PAGE, data={"mail_address": "other@example.cn"})
    assert stored(session, person).mail_confirmed_at is None
    stale = own.post(link)
    assert (stale.status_code, "这个链接作废" in stale.text) == (409, True)


def test_a_link_is_of_one_person_and_expires(
    app: Flask, session: Session, person: User, own: FlaskClient, mails: Post
) -> None:
    own.post(PAGE, data={"mail_address": "wang@example.cn"})
    link = link_in(plain(mails.got[0]))
    session.rollback()
    other = signed_in(app, make_user(session))
    refused = other.post(link)
    assert (refused.status_code, "发给另一个账号" in refused.text) == (409, True)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3)):
        assert signed_in(app, person).post(link).status_code == 404
    assert own.post(link[:-1] + ("a" if link[-1] != "a" else "b")).status_code == 404
    assert stored(session, person).mail_confirmed_at is None


def test_a_refused_address_is_said_and_what_was_typed_stays(
    session: Session, person: User, own: FlaskClient, mails: Post
) -> None:
    mails.refusals = ["550 no such user"]
    shown = own.post(PAGE, data={"mail_address": "wang@example.cn"}, follow_redirects=True).text
    assert "没有发出：邮件服务器没有收：550 no such user" in shown
    assert "确认邮件已发到" in own.post(f"{PAGE}/link", follow_redirects=True).text
    assert len(mails.got) == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"mail_address": "wang"}, "“wang”不是邮箱"),
        ({"mail_address": "a@b.cn\nBcc: c@d.cn"}, "不是邮箱"),
        ({"webhook": "https://127.0.0.1/robot/send?access_token=a"}, "不是群机器人的地址"),
        ({"webhook": "http://oapi.dingtalk.com/robot/send?access_token=a"}, "不是群机器人的地址"),
        ({"quiet_from": "22:00"}, "起止时间请都填"),
        ({"quiet_from": "25:00", "quiet_until": "7:00"}, "不是有效时间"),
    ],
)
def test_what_cannot_be_used_is_refused_beside_its_field(
    session: Session, person: User, own: FlaskClient, sent: dict[str, str], sentence: str
) -> None:
    answer = own.post(PAGE, data=sent | {"wanted": ["plan-mail"]})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    checked = re.findall(r'value="([a-z]+-[a-z]+)" checked', answer.text)
    assert checked == ["plan-mail"]
    session.rollback()
    assert session.get(NoticeSettings, person.id) is None


def test_kinds_and_hours_are_stored(session: Session, person: User, own: FlaskClient) -> None:
    wanted = ["returned-page", "returned-mail", "approved-page", "plan-page", "plan-mail", "finding-mail"]
    own.post(PAGE, data={"wanted": wanted, "quiet_from": "21:00", "quiet_until": "8:00"})
    found = stored(session, person)
    assert (found.quiet_from, found.quiet_until) == (time(21), time(8))
    unwanted = {(each.kind, each.channel) for each in session.scalars(select(NoticeOptOut))}
    assert unwanted == {
        (Kind.APPROVED, Channel.MAIL),
        *((kind, Channel.ROBOT) for kind in (Kind.RETURNED, Kind.APPROVED, Kind.PLAN)),
    }
    page = own.get(PAGE).text
    assert re.findall(r'value="([a-z]+-[a-z]+)" checked', page) == [
        "returned-page",
        "returned-mail",
        "approved-page",
        "plan-page",
        "plan-mail",
    ]


def test_a_robot_of_one_s_own_is_kept_secret_and_may_go(
    session: Session, person: User, own: FlaskClient, groups: Robots
) -> None:
    page = own.post(PAGE, data={"webhook": WEBHOOK}, follow_redirects=True).text
    assert "钉钉（oapi.dingtalk.com，尾号 82ec）" in page
    assert "566cc69da782ec" not in page
    own.post(PAGE, data={})
    assert stored(session, person).webhook == WEBHOOK
    done = own.post(f"{PAGE}/test", data={"way": "robot"}, follow_redirects=True).text
    assert "测试已发出，钉钉已收到" in done
    assert groups.texts[0].startswith("【科普活动台账】\n测试通知")
    groups.answers = [(200, {"errcode": 310000, "errmsg": "keywords not in content"})]
    done = own.post(f"{PAGE}/test", data={"way": "robot"}, follow_redirects=True).text
    assert "没有发出：钉钉没有收：机器人的安全设置不放行" in done
    own.post(PAGE, data={"drops_webhook": "y"})
    assert stored(session, person).webhook == ""
    refused = own.post(f"{PAGE}/test", data={"way": "robot"})
    assert (refused.status_code, "还没有填机器人地址" in refused.text) == (409, True)


def test_tests_are_few_a_minute(own: FlaskClient, groups: Robots) -> None:
    own.post(PAGE, data={"webhook": WEBHOOK})
    codes = [own.post(f"{PAGE}/test", data={"way": "robot"}).status_code for _ in range(6)]
    assert codes == [302] * 5 + [503]


def test_an_administrator_tries_the_office_s_ways_and_sees_no_secret(
    admin: FlaskClient, mails: Post, groups: Robots
) -> None:
    page = admin.get(PAGE).text
    assert "群机器人：企业微信（qyapi.weixin.qq.com）" in page
    assert "以“nothing”开头的一个地址不能用" in page
    assert "group-1" not in page.replace('value="group-1"', "")
    assert "secret" not in page
    done = admin.post(f"{PAGE}/office-test", data={"way": "mail"}, follow_redirects=True).text
    assert "测试已发出，邮件服务器已收下" in done
    assert mails.got[0]["To"] == "kepu@example.cn"
    done = admin.post(f"{PAGE}/office-test", data={"way": "group-0"}, follow_redirects=True).text
    assert "企业微信已收到" in done
    groups.answers = [(200, {"errcode": 93000, "errmsg": "invalid webhook url"})]
    done = admin.post(f"{PAGE}/office-test", data={"way": "group-0"}, follow_redirects=True).text
    assert "机器人地址不对，或机器人已从群里移除（93000）" in done
    assert admin.post(f"{PAGE}/office-test", data={"way": "group-9"}).status_code == 404


def test_nobody_else_tries_the_office_s_ways(own: FlaskClient, groups: Robots) -> None:
    assert "办公室的发送渠道" not in own.get(PAGE).text
    assert own.post(f"{PAGE}/office-test", data={"way": "group-0"}).status_code == 403
    assert groups.got == []
