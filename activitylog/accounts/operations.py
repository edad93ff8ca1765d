"""Creates and disables users, signs them in, and manages the address of their calendar."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from math import ceil

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from activitylog.accounts.models import Membership, User
from activitylog.accounts.rules import (
    LOCK_MINUTES,
    MAX_FAILED_LOGINS,
    MAX_NAME_LENGTH,
    Role,
    password_weakness,
)
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.core.actor import actor_of
from activitylog.errors import BadInput, Missing, Refused

NO_SUCH_USER = "没有这个用户"
_HASHER = PasswordHasher()


def create_user(
    session: Session,
    *,
    name: str,
    password: str,
    role: Role,
    now: datetime,
    project_ids: Iterable[int] = (),
    is_sample: bool = False,
) -> User:
    """Add a user; refuses a taken name and a weak password."""
    name = name.strip()
    if not name or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise BadInput(f"请填写姓名（最多 {MAX_NAME_LENGTH} 个字，不含换行）。", field="name")
    weakness = password_weakness(password)
    if weakness:
        raise BadInput(weakness, field="password")
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise Refused(f"用户“{name}”已经存在，请换一个名字。")
    user = User(
        name=name,
        role=role,
        password_hash=_HASHER.hash(password),
        session_key=secrets.token_hex(16),
        created_at=now,
        is_sample=is_sample,
    )
    session.add(user)
    session.flush()
    session.add_all(Membership(user_id=user.id, project_id=project_id) for project_id in project_ids)
    session.flush()
    return user


def disable_user(session: Session, *, name: str) -> User:
    """Disable an account; its sessions end with the next request."""
    user: User | None = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise Missing(f"没有名为“{name}”的用户，请用 activitylog user list 查看。")
    user.is_enabled = False
    user.session_key = secrets.token_hex(16)
    session.flush()
    return user


def renew_calendar(session: Session, user: User) -> str:
    """Create the secret of a new calendar address; only its digest is stored, the old one is revoked."""
    token = secrets.token_urlsafe(24)
    user.calendar_hash = _digest(token)
    session.flush()
    return token


def close_calendar(session: Session, user: User) -> None:
    user.calendar_hash = None
    session.flush()


def user_of_calendar(session: Session, token: str) -> User | None:
    """The user of a calendar address; None for an unknown one or a disabled account."""
    users = select(User).where(User.calendar_hash == _digest(token), User.is_enabled)
    user: User | None = session.scalar(users)
    return user


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def sign_in(session: Session, *, name: str, password: str, now: datetime) -> User | None:
    """The user, or None when name and password do not match; locks after repeated failures.

    The failure count must be committed by the caller either way.
    """
    # Locked, so that guesses sent side by side are counted one after the other.
    user: User | None = session.scalar(select(User).where(User.name == name.strip()).with_for_update())
    if user is not None and user.locked_until is not None and user.locked_until > now:
        minutes = ceil((user.locked_until - now) / timedelta(minutes=1))
        raise Refused(f"连续多次密码错误，账号已锁定，请 {minutes} 分钟后再试。")
    if not _matches(user, password) or user is None or not user.is_enabled:
        record_changes(session, _failure(user))
        if user is not None:
            _count_failure(session, user, now)
            session.flush()
        return None
    user.failed_logins = 0
    user.locked_until = None
    session.flush()
    record_changes(session, _signed_in(session, user))
    return user


@cache
def _hash_of_no_user() -> str:
    """A hash to check against where there is no such user, so that both take the same time."""
    return _HASHER.hash("nobody has this password")


def _matches(user: User | None, password: str) -> bool:
    try:
        return _HASHER.verify(_hash_of_no_user() if user is None else user.password_hash, password)
    except VerificationError:
        return False


def _count_failure(session: Session, user: User, now: datetime) -> None:
    user.failed_logins += 1
    if user.failed_logins >= MAX_FAILED_LOGINS:
        user.failed_logins = 0
        user.locked_until = now + timedelta(minutes=LOCK_MINUTES)
        record_changes(
            session, Change("user", user.id, user.name, "locked", after={"locked_until": user.locked_until})
        )


def _failure(user: User | None) -> Change:
    """The entry of a failed sign-in, without the name typed: it may have been a password."""
    if user is None:
        return Change("user", None, NO_SUCH_USER, "sign_in_failed")
    return Change("user", user.id, user.name, "sign_in_failed", is_sample=user.is_sample)


def _signed_in(session: Session, user: User) -> Change:
    actor = replace(actor_of(session), name=user.name, user_id=user.id)
    return Change("user", user.id, user.name, "signed_in", is_sample=user.is_sample, actor=actor)
