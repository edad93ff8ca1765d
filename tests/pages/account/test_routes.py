"""The user's own page."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from activitylog.accounts.rules import ROLE_LABELS, Role
from tests.factories.accounts import make_user
from tests.factories.projects import make_project
from tests.signed_in import signed_in


def page_of(app: Flask, session: Session, role: Role, *, member: bool = False) -> str:
    project = make_project(session, name="科普资源配送", year=2024)
    make_project(session, name="大型科普活动", year=2025)
    user = make_user(session, *([project] if member else []), role=role, name="王小青")
    session.commit()
    answer = signed_in(app, user).get("/me")
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("role", list(Role))
def test_it_tells_who_one_is_and_what_one_may_do(app: Flask, session: Session, role: Role) -> None:
    page = page_of(app, session, role)
    assert "王小青" in page
    assert ROLE_LABELS[role] in page
    assert "查看活动、指标" in page
    assert ("汇总月份并结账" in page) is (role in {Role.OFFICER, Role.ADMIN})
    assert ("登记活动" in page) is (role is not Role.AUDITOR)


def test_an_organizer_finds_their_projects_and_no_other(app: Flask, session: Session) -> None:
    page = page_of(app, session, Role.ORGANIZER, member=True)
    assert "2024年我的项目" in page
    assert "科普资源配送" in page
    assert "大型科普活动" not in page


def test_an_organizer_without_a_project_learns_whom_to_ask(app: Flask, session: Session) -> None:
    assert "请项目负责人或系统管理员把您加入" in page_of(app, session, Role.ORGANIZER)


def test_the_office_finds_every_project_newest_year_first(app: Flask, session: Session) -> None:
    page = page_of(app, session, Role.AUDITOR)
    assert page.index("2025年的项目") < page.index("大型科普活动") < page.index("2024年的项目")


def test_rules_are_to_be_checked_by_those_who_may_change_them(app: Flask, session: Session) -> None:
    assert "核对计数规则" in page_of(app, session, Role.MANAGER)


def test_others_only_read_them(app: Flask, session: Session) -> None:
    page = page_of(app, session, Role.AUDITOR)
    assert "看计数规则" in page
    assert "核对计数规则" not in page
