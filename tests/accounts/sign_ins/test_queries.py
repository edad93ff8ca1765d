"""Cookies that fit nobody."""

import pytest
from sqlalchemy.orm import Session

from activitylog.accounts.sign_ins.operations import Device, begin_sign_in
from activitylog.accounts.sign_ins.queries import owner_of_cookie
from tests.factories.accounts import NOW, make_user


@pytest.mark.parametrize(
    "change", ["", ":", "x:key", "{number}", "{number}:", "{number}:{key}x", "٣:{key}", "9" * 30]
)
def test_a_cookie_that_fits_no_sign_in_is_nobodys(session: Session, change: str) -> None:
    number, _, key = begin_sign_in(session, make_user(session), Device(), now=NOW).partition(":")
    assert owner_of_cookie(session, f"{number}:{key}", now=NOW) is not None
    assert owner_of_cookie(session, change.format(number=number, key=key), now=NOW) is None


def test_who_is_disabled_is_signed_in_nowhere(session: Session) -> None:
    user = make_user(session)
    cookie = begin_sign_in(session, user, Device(), now=NOW)
    user.is_enabled = False
    session.flush()
    assert owner_of_cookie(session, cookie, now=NOW) is None
