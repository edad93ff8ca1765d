"""Reads who is signed in by a cookie, a person's sign-ins, and how long guesses must wait."""

import json
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from activitylog.accounts.models import FailedSignIn, PendingSignIn, SignIn, User
from activitylog.accounts.sign_ins.rules import (
    COUNTED_FOR,
    MOST_FROM_ADDRESS,
    MOST_OF_NAME,
    MOST_OF_NAME_HERE,
    name_digest,
)
from activitylog.audit.models import AuditEntry


class CookieOwner(NamedTuple):
    """Whose cookie it is, and the sign-in it is of."""

    user: User
    sign_in: SignIn


def owner_of_cookie(session: Session, cookie: str, *, now: datetime) -> CookieOwner | None:
    """The enabled user of a sign-in that has not ended; None for any other cookie."""
    number, key = _parts(cookie)
    row = session.execute(
        select(User, SignIn)
        .join(SignIn, SignIn.user_id == User.id)
        .where(SignIn.id == number, SignIn.key_hash == key_digest(key), is_current(now), User.is_enabled)
    ).one_or_none()
    return None if row is None else CookieOwner(*row)


def _parts(cookie: str) -> tuple[int | None, str]:
    """Number and key; no number in what is no cookie of ours."""
    number, _, key = cookie.partition(":")
    is_number = number.isdecimal() and number.isascii() and len(number) < 10
    return int(number) if is_number else None, key


def pending_sign_in(
    session: Session, cookie: str, *, now: datetime, lock: bool = False
) -> PendingSignIn | None:
    """The sign-in that still awaits its code; None for any other cookie, and once it took too long."""
    number, key = _parts(cookie)
    found = (
        select(PendingSignIn)
        .join(User)
        .where(
            PendingSignIn.id == number,
            PendingSignIn.key_hash == key_digest(key),
            PendingSignIn.expires_at > now,
            User.is_enabled,
        )
    )
    return session.scalar(found.with_for_update(of=PendingSignIn) if lock else found)


def user_signing_in(session: Session, name: str) -> User | None:
    """The user whose name was typed; where no name is written so, the only one that differs in case alone."""
    typed = name.strip()
    same = or_(User.name == typed, func.lower(User.name) == typed.lower())
    users = session.scalars(select(User).where(same).limit(3)).all()
    exact = [user for user in users if user.name == typed]
    return next(iter(exact or (users if len(users) == 1 else ())), None)


def key_digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def sign_in_mark(number: int, key_hash: str) -> str:
    """What the trail holds of a sign-in: its number and the beginning of its key's digest."""
    return f"{number} {key_hash[:16]}"


def mark_of_cookie(cookie: str) -> str:
    number, key = _parts(cookie)
    return sign_in_mark(number or 0, key_digest(key))


def unrecorded_sign_ins(session: Session) -> list[SignIn]:
    """The sign-ins whose user and key no entry names; those before the first that entries name are older."""
    entries = select(AuditEntry.object_id, AuditEntry.after, AuditEntry.at).where(
        AuditEntry.object_type == "user", AuditEntry.action == "user.signed_in", AuditEntry.after != "{}"
    )
    rows = session.execute(entries.order_by(AuditEntry.id)).all()
    if not rows:
        return []
    users = {json.loads(row.after)["sign_in"]: row.object_id for row in rows}
    first = min(int(mark.partition(" ")[0]) for mark in users)
    later = select(SignIn).where(or_(SignIn.id >= first, SignIn.began_at >= rows[0].at)).order_by(SignIn.id)
    return [
        each
        for each in session.scalars(later)
        if users.get(sign_in_mark(each.id, each.key_hash)) != each.user_id
    ]


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
    user = user_signing_in(session, name)
    before = exists().where(SignIn.user_id == (user.id if user else None), SignIn.address == address)
    return bool(session.scalar(select(before)))


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
