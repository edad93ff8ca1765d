from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import FailedSignIn, Membership, PasswordLink, SignIn, User
from activitylog.accounts.operations import create_user, disable_user, enable_user, invite_user
from activitylog.accounts.password_links.operations import make_password_link
from activitylog.accounts.personal_data.operations import erase_user
from activitylog.accounts.personal_data.queries import account_data, erased_names
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import Device, sign_in
from activitylog.audit.chain import BrokenChain, verify
from activitylog.core.actor import Actor, act_as
from activitylog.errors import BadInput, Refused
from tests.factories.activities import make_activity
from tests.factories.projects import make_project
from tests.factories.trail import last

NOW = datetime(2024, 6, 12, 2, 0, tzinfo=UTC)
PASSWORD = "Kepu-2024"


@pytest.fixture
def person(session: Session) -> User:
    """Somebody who has signed in, failed to, and entered an activity."""
    project = make_project(session, name="科普资源配送")
    user = create_user(
        session, name="王芳", password=PASSWORD, role=Role.ORGANIZER, now=NOW, project_ids=[project.id]
    )
    for fitting in (user.password_hash, None):
        sign_in(session, name="王芳", fitting=fitting, device=Device("10.0.0.7"), now=NOW)
    make_password_link(session, user, by=user, now=NOW)
    act_as(session, Actor("王芳", "10.0.0.7", user_id=user.id))
    make_activity(session, project, by=user, title="天文课")
    session.commit()
    return user


def test_a_person_gets_all_that_is_stored_and_no_secret(session: Session, person: User) -> None:
    data = account_data(session, person)
    assert data["account"]["name"] == "王芳"
    stored = data["stored_with_the_account"]
    assert {name: len(rows) for name, rows in stored.items() if rows} == {
        "membership": 1,
        "password_link": 1,
        "sign_in": 1,
    }
    assert stored["sign_in"][0]["address"] == "10.0.0.7"
    assert len(data["failed_sign_ins"]) == 1
    assert data["records_that_name_the_account"]["activity.created_by_id"] == 1
    assert {each["action"] for each in data["audit_trail"]} >= {"user.signed_in", "user.created"}
    assert person.password_hash not in str(data)
    assert not [name for rows in stored.values() for row in rows for name in row if "hash" in name]


def test_an_erased_account_leaves_its_records_and_no_name(session: Session, person: User) -> None:
    disable_user(session, name="王芳", now=NOW)
    session.commit()
    pseudonym = erase_user(session, person, now=NOW)
    session.commit()
    assert (person.name, pseudonym) == (f"已注销用户{person.id}", f"已注销用户{person.id}")
    for table in (Membership, SignIn, PasswordLink, FailedSignIn):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    entry = last(session, "user")
    assert (entry.action, entry.changes["name"]) == ("user.erased", ("", pseudonym))
    assert not isinstance(verify(session), BrokenChain)
    names = erased_names(session)
    assert names.shown("王芳", person.id) == pseudonym
    assert names.shown("王芳", None) == "王芳"
    assert names.shown_value("王芳", NOW) == pseudonym
    assert names.shown_value("王芳", datetime(2024, 6, 13, tzinfo=UTC)) == "王芳"  # another, who came later


def test_only_a_disabled_account_is_erased_and_only_once(session: Session, person: User) -> None:
    with pytest.raises(Refused, match="请先停用"):
        erase_user(session, person, now=NOW)
    disable_user(session, name="王芳", now=NOW)
    erase_user(session, person, now=NOW)
    with pytest.raises(Refused, match="已经注销过"):
        erase_user(session, person, now=NOW)
    with pytest.raises(Refused, match="不能再启用"):
        enable_user(session, name=person.name)
    with pytest.raises(BadInput, match="已注销用户"):
        invite_user(session, name="已注销用户9", role=Role.AUDITOR, now=NOW)
    assert invite_user(session, name="王芳", role=Role.AUDITOR, now=NOW).id != person.id
