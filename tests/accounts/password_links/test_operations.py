"""One-time links by which a person chooses a password."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.operations import invite_user
from activitylog.accounts.password_links.operations import VALID_FOR, link_of, make_password_link, use_link
from activitylog.accounts.passwords import fits, hashed
from activitylog.accounts.rules import Role
from activitylog.accounts.sign_ins.operations import Device, begin_sign_in
from activitylog.accounts.sign_ins.queries import owner_of_cookie
from activitylog.errors import Missing, Refused
from tests.factories.accounts import NOW, make_admin, make_user
from tests.factories.trail import last

PASSWORD = "Kepu-2024"


def test_an_invited_person_chooses_a_password_once(session: Session) -> None:
    admin = make_admin(session)
    user = invite_user(session, name="王芳", role=Role.ORGANIZER, now=NOW)
    assert user.is_invited
    token = make_password_link(session, user, by=admin, now=NOW)
    assert use_link(session, token, password_hash=hashed(PASSWORD), now=NOW) is user
    assert not user.is_invited
    assert fits(user.password_hash, PASSWORD)
    with pytest.raises(Missing, match="已经用过、过期或被新的代替"):
        link_of(session, token, now=NOW)


def test_a_link_lasts_a_week_and_a_new_one_ends_it(session: Session) -> None:
    user = make_user(session)
    token = make_password_link(session, user, by=None, now=NOW)
    assert link_of(session, token, now=NOW + VALID_FOR - timedelta(seconds=1)).user is user
    for gone in (token + "x", ""):
        with pytest.raises(Missing):
            link_of(session, gone, now=NOW)
    with pytest.raises(Missing):
        link_of(session, token, now=NOW + VALID_FOR)
    other = make_password_link(session, user, by=None, now=NOW)
    with pytest.raises(Missing):
        link_of(session, token, now=NOW)
    assert link_of(session, other, now=NOW).user is user


def test_a_link_of_who_is_disabled_is_gone(session: Session) -> None:
    user = make_user(session)
    token = make_password_link(session, user, by=None, now=NOW)
    user.is_enabled = False
    session.flush()
    with pytest.raises(Missing):
        link_of(session, token, now=NOW)
    with pytest.raises(Refused, match="已停用，请先启用"):
        make_password_link(session, user, by=None, now=NOW)


def test_a_new_password_ends_every_sign_in(session: Session) -> None:
    user = make_user(session)
    cookie = begin_sign_in(session, user, Device(), now=NOW)
    use_link(session, make_password_link(session, user, by=None, now=NOW), password_hash="new", now=NOW)
    assert owner_of_cookie(session, cookie, now=NOW) is None


def test_the_secret_is_stored_nowhere_and_the_trail_tells_of_the_link(session: Session) -> None:
    user = make_user(session, name="王芳")
    token = make_password_link(session, user, by=None, now=NOW)
    session.commit()
    assert token not in str(link_of(session, token, now=NOW).__dict__)
    entry = last(session, "user")
    assert (entry.action, entry.object_name) == ("user.link_made", "王芳")
