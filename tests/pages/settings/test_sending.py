"""By what an office sends notices, set by page: reachable at once, secrets sealed and never shown again."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.notices.delivery.mail import read_mail_url
from activitylog.notices.delivery.rules import Office
from activitylog.office.models import OfficeSetting
from activitylog.office.queries import settings_in_force
from activitylog.settings import Settings
from tests.factories.accounts import make_admin
from tests.factories.trail import last
from tests.notices.receivers import Post, post
from tests.pages.settings.test_routes import save
from tests.signed_in import signed_in

PLACE = "/settings/sending"
WEBHOOK = "https://oapi.dingtalk.com/robot/send?access_token=566cc69da782ec"
OTHER = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
PASSWORD = "授权@码:1/2?3#4%5&"
MAIL = {
    "mail_host": "smtp.example.cn",
    "mail_port": "465",
    "mail_security": "ssl",
    "mail_user": "kepu@example.cn",
    "mail_password": PASSWORD,
    "mail_sender": "kepu@example.cn",
}


@pytest.fixture
def admin(app: Flask, session: Session) -> FlaskClient:
    user = make_admin(session, name="管理员")
    session.commit()
    return signed_in(app, user)


@pytest.fixture
def mails() -> Iterator[Post]:
    with post() as receiver:
        yield receiver


def in_force(session: Session, settings: Settings) -> Settings:
    session.rollback()
    return settings_in_force(session, settings)


def test_a_mail_server_is_read_back_as_typed_and_its_password_is_nowhere(
    admin: FlaskClient, session: Session, settings: Settings
) -> None:
    assert save(admin, PLACE, **MAIL)[0] == 200
    found = read_mail_url(in_force(session, settings).mail_url)
    assert (found.host, found.port, found.security) == ("smtp.example.cn", 465, "ssl")
    assert (found.user, found.password, found.sender) == ("kepu@example.cn", PASSWORD, "kepu@example.cn")
    stored = session.scalars(select(OfficeSetting).where(OfficeSetting.name == "mail_url")).one()
    trail = str(last(session, "office_setting").changes)
    for text in (stored.value, trail, admin.get(PLACE).text, admin.get("/settings").text):
        assert PASSWORD not in text
        assert "%40" not in text
    assert "smtp.example.cn:465" in admin.get("/settings").text
    assert not in_force(session, _with_another_key(settings)).mail_url


def _with_another_key(settings: Settings) -> Settings:
    return replace(settings, secret_key="another" * 8)


def test_the_password_stays_until_server_or_account_change(
    admin: FlaskClient, session: Session, settings: Settings
) -> None:
    save(admin, PLACE, **MAIL)
    save(admin, PLACE, **MAIL | {"mail_password": "", "mail_port": "587", "mail_security": "starttls"})
    found = read_mail_url(in_force(session, settings).mail_url)
    assert (found.port, found.security, found.password) == (587, "starttls", PASSWORD)
    status, page = save(admin, PLACE, **MAIL | {"mail_password": "", "mail_host": "smtp.elsewhere.cn"})
    assert (status, "密码要一起填" in page) == (422, True)
    save(admin, PLACE, mail_host="", mail_port="465", mail_security="ssl")
    assert in_force(session, settings).mail_url == ""


def test_robots_are_added_one_by_one_and_taken_off_by_their_tick(
    admin: FlaskClient, session: Session, settings: Settings
) -> None:
    for robot in (WEBHOOK, OTHER):
        save(admin, PLACE, robot=robot, kept_robots=ticks(admin))
    assert in_force(session, settings).notice_urls == (WEBHOOK, OTHER)
    assert WEBHOOK not in admin.get(PLACE).text
    save(admin, PLACE, kept_robots=ticks(admin)[1:])
    assert in_force(session, settings).notice_urls == (OTHER,)
    status, page = save(admin, PLACE, robot="https://10.0.0.1/robot", kept_robots=ticks(admin))
    assert (status, "这不是群机器人的地址" in page) == (422, True)
    assert in_force(session, settings).notice_urls == (OTHER,)


def ticks(admin: FlaskClient) -> list[str]:
    return re.findall(r'name="kept_robots"[^>]* value="([^"]+)"', admin.get(PLACE).text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"mail_host": "smtp example"}, "不是服务器的名字"),
        ({"mail_port": "0"}, "端口请填 1 到 65535"),
        ({"mail_sender": "科普中心"}, "完整的发件邮箱"),
        ({"mail_user": "", "mail_password": "", "mail_port": ""}, "端口请填"),
    ],
)
def test_a_server_that_cannot_be_is_refused(admin: FlaskClient, typed: dict[str, str], said: str) -> None:
    status, page = save(admin, PLACE, **MAIL | typed)
    assert (status, said in page) == (422, True)


def test_a_test_mail_goes_by_what_was_set(
    admin: FlaskClient, mails: Post, session: Session, settings: Settings
) -> None:
    server = read_mail_url(mails.url)
    own = {"mail_host": server.host, "mail_port": str(server.port), "mail_security": "insecure"}
    save(admin, PLACE, **own, mail_sender="kepu@example.cn")
    assert Office.of(in_force(session, settings)).ways.has_mail
    page = admin.post("/me/notices/office-test", data={"way": "mail"}, follow_redirects=True).text
    assert "已发" in page
    assert len(mails.got) == 1
