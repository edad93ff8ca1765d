"""Two first sign-ins of one person, names that are taken, and forms that are given up."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Identity, User, WaitingForm
from activitylog.accounts.providers.openid.queries import OpenIDProvider
from activitylog.accounts.providers.operations import FORM_WAITS, keep_form, sign_in_at, take_form
from activitylog.accounts.providers.rules import ProvidedPerson
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import Device, forget_old
from activitylog.errors import Refused
from tests.accounts.providers.doubles import OpenIDDouble
from tests.factories.accounts import NOW, make_user

PROVIDER = OpenIDProvider("https://id.example", "activitylog", "", "单位账号", "groups", ())


def person(name: str, subject: str = "u-1") -> ProvidedPerson:
    return ProvidedPerson(subject, name, Role.ORGANIZER)


def test_two_first_sign_ins_at_once_make_one_account(
    office: Flask, openid: OpenIDDouble, session: Session
) -> None:
    clients, gate, answers = [office.test_client() for _ in range(4)], Barrier(4), []
    backs = [
        openid.code_for(each.get("/login/with/oidc").location, "u-1", name="王芳", groups=["kp-staff"])
        for each in clients
    ]

    def come_back(number: int) -> None:
        gate.wait()
        answer = clients[number].get("/login/with/oidc/callback", query_string=backs[number])
        answers.append(answer.status_code)

    threads = [Thread(target=come_back, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 4
    assert session.scalar(select(func.count(User.id))) == 1
    assert session.scalar(select(func.count(Identity.id))) == 1


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (" 王 芳\n", "王芳"),
        ("", "u-1"),
        ("\u202e\u200b", "u-1"),
        ("王" * 100, "王" * 64),
    ],
)
def test_a_name_from_outside_is_read_as_any_other(session: Session, name: str, stored: str) -> None:
    found = sign_in_at(session, PROVIDER, person(name), device=Device(), now=NOW)
    assert found.user.name == stored


def test_a_taken_name_is_marked(session: Session) -> None:
    make_user(session, name="王芳")
    names = [
        sign_in_at(session, PROVIDER, person("王芳", f"u-{number}"), device=Device(), now=NOW).user.name
        for number in range(2)
    ]
    assert names == ["王芳（单位账号）", "王芳（单位账号2）"]


@pytest.fixture
def crowd(session: Session) -> None:
    for name in ("王芳", "王芳（单位账号）", *(f"王芳（单位账号{number}）" for number in range(2, 100))):
        make_user(session, name=name)


def test_where_every_name_is_taken_the_administrator_is_to_rename_one(session: Session, crowd: None) -> None:
    with pytest.raises(Refused, match="请系统管理员先给其中一人改名"):
        sign_in_at(session, PROVIDER, person("王芳"), device=Device(), now=NOW)


def test_a_form_waits_an_hour_for_whoever_has_its_key(session: Session) -> None:
    key = keep_form(session, "form", now=NOW)
    assert take_form(session, "another", now=NOW) == ""
    assert take_form(session, "", now=NOW) == ""
    assert take_form(session, key, now=NOW + FORM_WAITS - timedelta(seconds=1)) == "form"
    assert take_form(session, key, now=NOW) == ""  # once
    late = keep_form(session, "form", now=NOW)
    assert take_form(session, late, now=NOW + FORM_WAITS) == ""
    forget_old(session, now=NOW + FORM_WAITS)
    assert session.scalar(select(func.count()).select_from(WaitingForm)) == 1
    forget_old(session, now=NOW + FORM_WAITS + timedelta(seconds=1))
    assert session.scalar(select(func.count()).select_from(WaitingForm)) == 0
