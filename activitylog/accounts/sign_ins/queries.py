"""Reads who is signed in by a cookie, a person's sign-ins, and how long guesses must wait."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import FailedSignIn, SignIn, User
from activitylog.accounts.sign_ins.rules import (
    COUNTED_FOR,
    MOST_FROM_ADDRESS,
    MOST_OF_NAME,
    MOST_OF_NAME_HERE,
    name_digest,
)


class CookieOwner(NamedTuple):
    """Whose cookie it is, and the sign-in it is of."""

    user: User
    sign_in: SignIn


def owner_of_cookie(session: Session, cookie: str, *, now: datetime) -> CookieOwner | None:
    """The enabled user of a sign-in that has not ended; None for any other cookie."""
    number, _, key = cookie.partition(":")
    if not (number.isdecimal() and number.isascii() and len(number) < 10):
        return None
    row = session.execute(
        select(User, SignIn)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.id == int(number), SignIn.key_hash == key_digest(key), is_current(now), User.is_enabled)
    ).one_or_none()
    return None if row is None else CookieOwner(*row)


def key_digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def is_current(now: datetime) -> ColumnElement[bool]:
    return and_(SignIn.ended_at.is_(None), SignIn.expires_at > now)


def current_sign_ins(session: Session, user: User, *, now: datetime) -> Sequence[SignIn]:
    """The person's sign-ins that have not ended, the last used first."""
    own = select(SignIn).where(SignIn.user_id == user.id, is_current(now))
    return session.scalars(own.order_by(SignIn.seen_at.desc(), SignIn.id.desc())).all()


def has_signed_in(session: Session, user: User) -> bool:
    """Whether the person has ever signed in, as far as that is kept."""
    return bool(session.scalar(select(exists().where(SignIn.user_id == user.id))))


def wait_until(session: Session, *, name: str, address: str, now: datetime) -> datetime | None:
    """When the next attempt may be made with this name from this address; None for at once."""
    of_name = FailedSignIn.name_digest == name_digest(name)
    from_here = FailedSignIn.address == address
    bounds = [(and_(of_name, from_here), MOST_OF_NAME_HERE)]
    if not _is_known_here(session, name, address):
        bounds += [(from_here, MOST_FROM_ADDRESS), (of_name, MOST_OF_NAME)]
    ends = [_wait_until(session, condition, most, now) for condition, most in bounds]
    return max((end for end in ends if end is not None), default=None)


def _wait_until(
    session: Session, condition: ColumnElement[bool], most: int, now: datetime
) -> datetime | None:
    """Until as many failures as allowed are no longer counted."""
    counted = select(FailedSignIn.at).where(condition, FailedSignIn.at > now - COUNTED_FOR)
    oldest = session.scalar(counted.order_by(FailedSignIn.at.desc()).offset(most - 1).limit(1))
    return None if oldest is None else oldest + COUNTED_FOR


def _is_known_here(session: Session, name: str, address: str) -> bool:
    before = exists().where(SignIn.user_id == User.id, SignIn.address == address)
    return session.scalar(select(User.id).where(User.name == name.strip(), before)) is not None


class Failures(NamedTuple):
    """Failed attempts with a person's name: how many, the last one and from where."""

    number: int
    last_at: datetime
    address: str


def failures_since(session: Session, name: str, since: datetime) -> Failures | None:
    """Those with this name since a moment; None when there are none."""
    of_name = FailedSignIn.name_digest == name_digest(name), FailedSignIn.at > since
    count = session.scalar(select(func.count(FailedSignIn.id)).where(*of_name)) or 0
    latest = select(FailedSignIn).where(*of_name).order_by(FailedSignIn.at.desc(), FailedSignIn.id.desc())
    last = session.scalars(latest.limit(1)).one_or_none()
    return None if last is None else Failures(count, last.at, last.address)
