"""Signs people in on a device, counts failed attempts, and ends sign-ins."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import FailedSignIn, SignIn, User
from activitylog.accounts.passwords import fits
from activitylog.accounts.sign_ins.queries import Failures, failures_since, key_digest, wait_until
from activitylog.accounts.sign_ins.rules import KEPT_FOR, LASTS_FOR, STAYS_FOR, name_digest
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.core.actor import actor_of
from activitylog.errors import Refused

NO_SUCH_USER = "没有这个用户"


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in: the address, what the device is called, and whether they stay signed in."""

    address: str = ""
    words: str = ""
    stays: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person signed in: the cookie's value, and the failures with their name since the time before."""

    user: User
    cookie: str
    failures: Failures | None


def fitting_hash(session: Session, *, name: str, password: str) -> str | None:
    """The stored hash that the password fits, of the user with the name; slow, and writes nothing."""
    stored = session.scalar(select(User.password_hash).where(User.name == name.strip()))
    return stored if fits(stored, password) else None


def check_wait(session: Session, *, name: str, address: str, now: datetime) -> None:
    """Refuse while guesses must wait; whether there is such a user makes no difference."""
    until = wait_until(session, name=name, address=address, now=now)
    if until is not None:
        minutes = ceil((until - now) / timedelta(minutes=1))
        raise Refused(f"连续多次姓名或密码不对，请 {minutes} 分钟后再试，或请系统管理员解除、重设密码。")


def sign_in(
    session: Session, *, name: str, fitting: str | None, device: Device, now: datetime
) -> SignedIn | None:
    """Sign the user in whose hash fitted, or count a failure and return None; the caller commits either way.

    Attempts sent side by side wait for each other here.
    """
    user: User | None = session.scalar(select(User).where(User.name == name.strip()).with_for_update())
    check_wait(session, name=name, address=device.address, now=now)
    if user is None or not user.is_enabled or fitting is None or user.password_hash != fitting:
        _count_failure(session, user, name, device, now)
        return None
    failures = failures_since(session, name, _last_began(session, user) or user.created_at)
    here = FailedSignIn.name_digest == name_digest(name), FailedSignIn.address == device.address
    session.execute(delete(FailedSignIn).where(*here))
    cookie = begin_sign_in(session, user, device, now=now)
    actor = replace(actor_of(session), name=user.name, user_id=user.id)
    record_changes(
        session, Change("user", user.id, user.name, "signed_in", is_sample=user.is_sample, actor=actor)
    )
    return SignedIn(user, cookie, failures)


def _last_began(session: Session, user: User) -> datetime | None:
    return session.scalar(select(func.max(SignIn.began_at)).where(SignIn.user_id == user.id))


def begin_sign_in(session: Session, user: User, device: Device, *, now: datetime) -> str:
    """A new sign-in; returns its cookie, of which only a digest is stored."""
    key = secrets.token_urlsafe(24)
    begun = SignIn(
        user_id=user.id,
        key_hash=key_digest(key),
        device=device.words,
        address=device.address,
        stays=device.stays,
        began_at=now,
        seen_at=now,
        expires_at=now + (STAYS_FOR if device.stays else LASTS_FOR),
    )
    session.add(begun)
    session.flush()
    return f"{begun.id}:{key}"


def _count_failure(session: Session, user: User | None, name: str, device: Device, now: datetime) -> None:
    """Count it, with an entry that does not tell the name typed: it may have been a password."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.at < now - KEPT_FOR))
    session.add(FailedSignIn(name_digest=name_digest(name), address=device.address, at=now))
    change = Change("user", None, NO_SUCH_USER, "sign_in_failed")
    if user is not None:
        change = Change("user", user.id, user.name, "sign_in_failed", is_sample=user.is_sample)
    record_changes(session, change)
    session.flush()


def see(session: Session, sign_in: SignIn, *, now: datetime) -> None:
    """Note that the device was used, and let it stay for as long as from a new sign-in."""
    sign_in.seen_at = now
    if sign_in.stays:
        sign_in.expires_at = now + STAYS_FOR
    session.flush()


def end_sign_in(session: Session, sign_in: SignIn, *, now: datetime) -> None:
    if sign_in.ended_at is None:
        sign_in.ended_at = now
        _record(session, sign_in.user, "signed_out")
    session.flush()


def end_sign_ins(session: Session, user: User, *, now: datetime, besides: SignIn | None = None) -> int:
    """End all of the person's sign-ins, or all besides one; returns how many ended."""
    own = SignIn.user_id == user.id, SignIn.ended_at.is_(None), SignIn.expires_at > now
    others = own if besides is None else (*own, SignIn.id != besides.id)
    numbers = session.scalars(select(SignIn.id).where(*others)).all()
    session.execute(update(SignIn).where(SignIn.id.in_(numbers)).values(ended_at=now))
    if numbers:
        _record(session, user, "signed_out")
    session.flush()
    return len(numbers)


def allow_attempts(session: Session, user: User) -> None:
    """Forget the failures with the person's name, so that they may try at once."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.name_digest == name_digest(user.name)))
    _record(session, user, "unlocked")
    session.flush()


def forget_old(session: Session, *, now: datetime) -> int:
    """Delete sign-ins that ended or expired, and failures, longer ago than they are kept."""
    before = now - KEPT_FOR
    old = [
        delete(FailedSignIn).where(FailedSignIn.at < before),
        delete(SignIn).where(SignIn.expires_at < before),
    ]
    options = {"preserve_rowcount": True}
    return sum(session.connection().execute(each, execution_options=options).rowcount for each in old)


def _record(session: Session, user: User, verb: str) -> None:
    record_changes(session, Change("user", user.id, user.name, verb, is_sample=user.is_sample))
