"""Help names what each role does, and leads nowhere it may not go."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.accounts.rules import Role
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.signed_in import signed_in


@pytest.mark.parametrize("role", Role)
def test_every_link_of_the_help_may_be_followed_by_its_role(app: Flask, session: Session, role: Role) -> None:
    user = make_user(session, make_project(session), role=role)
    session.commit()
    client = signed_in(app, user)
    page = client.get("/help").text.partition("<main")[2]
    links = re.findall(r'href="(/[^"#]*)"', page)
    assert len(links) > (1 if role is Role.NONE else 4)
    for link in dict.fromkeys(links):
        assert client.get(link, follow_redirects=True).status_code == 200, link


def test_help_is_short_for_who_only_logs_and_says_whom_to_ask(app: Flask, session: Session) -> None:
    user = make_user(session, make_project(session), role=Role.ORGANIZER)
    session.commit()
    page = signed_in(app, user).get("/help").text
    assert "出示二维码" in page
    assert "汇总、核对、结账" not in page
    assert "请联系本单位管理账号的同事" in page
    assert app.test_client().get("/help").status_code == 302
