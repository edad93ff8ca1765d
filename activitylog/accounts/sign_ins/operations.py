"""Signs people in on a device, counts failed attempts, and ends sign-ins."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from activitylog.accounts.models import (
    FailedSignIn,
    PasswordLink,
    PendingSignIn,
    SignIn,
    User,
    WaitingForm,
)
from activitylog.accounts.passwords import fits
from activitylog.accounts.second_factors.operations import AcceptedCode, accept_code, lock_user
from activitylog.accounts.second_factors.queries import has_second_factor
from activitylog.accounts.sign_ins.queries import (
    Failures,
    failures_since,
    key_digest,
    mark_of_cookie,
    pending_sign_in,
    user_signing_in,
    wait_until,
)
from activitylog.accounts.sign_ins.rules import CODE_WITHIN, LASTS_FOR, MONTHS_KEPT, STAYS_FOR, name_digest
from activitylog.audit.capture import record_changes
from activitylog.audit.changes import Change
from activitylog.audit.registry import secret_digest
from activitylog.core.actor import Actor, actor_of
from activitylog.core.period import business_day, months_before, start_of_day
from activitylog.errors import Refused

NO_SUCH_USER = "没有这个用户"
TOO_LATE = "填写验证码的时间过了，请重新填写姓名和密码。"


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody signs in: the address, what the device is called, and whether they stay signed in."""

    address: str = ""
    words: str = ""
    stays: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person signed in: the cookie's value, and the failures with their name since the time before.

    `recovery_codes_left` is given where one was used.
    """

    user: User
    cookie: str
    failures: Failures | None
    stays: bool = False
    recovery_codes_left: int | None = None


@dataclass(frozen=True, slots=True)
class CodeAwaited:
    """A person whose password was right and who has a second factor; the cookie's value until the code."""

    cookie: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a signed-in person typed once more: the hash their password fitted, a code, and from where."""

    fitting: str | None
    code: str
    address: str
    key: str


class SignInExpired(Refused):
    """The code came too late, or its sign-in is no longer there."""


def fitting_hash(session: Session, *, name: str, password: str) -> str | None:
    """The stored hash that the password fits, of the user with the name; slow, and writes nothing."""
    user = user_signing_in(session, name)
    stored = None if user is None else user.password_hash
    return stored if fits(stored, password) else None


def check_wait(
    session: Session, *, name: str, address: str, now: datetime, wrong: str = "姓名或密码"
) -> None:
    """Refuse while guesses must wait; whether there is such a user makes no difference."""
    until = wait_until(session, name=name, address=address, now=now)
    if until is not None:
        minutes = ceil((until - now) / timedelta(minutes=1))
        raise Refused(f"连续多次{wrong}不对，请 {minutes} 分钟后再试，或请系统管理员解除、重设密码。")


def sign_in(
    session: Session,
    *,
    name: str,
    fitting: str | None,
    device: Device,
    now: datetime,
    anew: str | None = None,
) -> SignedIn | CodeAwaited | None:
    """Sign the user in whose hash fitted, or count a failure and return None; the caller commits either way.

    Attempts sent side by side wait for each other here. `anew` is stored instead of the hash that fitted.
    """
    user = user_signing_in(session, name)
    if user is not None:
        lock_user(session, user)
        session.refresh(user)
    check_wait(session, name=name, address=device.address, now=now)
    if user is None or not user.is_enabled or fitting is None:
        _count_failure(session, user, name, device.address, now)
        return None
    if user.password_hash != fitting:
        raise Refused("这个账号的密码刚刚更新过，请再登录一次。")
    if anew is not None:
        _store_anew(session, user, anew)
    return pass_password(session, user, device, now=now)


def _store_anew(session: Session, user: User, password_hash: str) -> None:
    """Store another hash of the same password, by an entry that tells it from a change."""
    before, after = ({"password_hash": secret_digest(each)} for each in (user.password_hash, password_hash))
    session.execute(update(User).where(User.id == user.id).values(password_hash=password_hash))
    change = Change("user", user.id, user.name, "password_rehashed", before, after)
    change.is_sample, change.actor = user.is_sample, _own_actor(session, user)
    record_changes(session, change)


def _own_actor(session: Session, user: User) -> Actor:
    """The person themselves, who acts from where the request came."""
    return replace(actor_of(session), name=user.name, user_id=user.id)


def pass_password(session: Session, user: User, device: Device, *, now: datetime) -> SignedIn | CodeAwaited:
    """Sign in who proved the password, or await the code of who has a second factor."""
    if not has_second_factor(session, user):
        return _signed_in(session, user, device, now=now)
    key = secrets.token_urlsafe(24)
    pending = PendingSignIn(
        user_id=user.id,
        key_hash=key_digest(key),
        device=device.words,
        stays=device.stays,
        expires_at=now + CODE_WITHIN,
    )
    session.add(pending)
    session.flush()
    return CodeAwaited(f"{pending.id}:{key}")


def pass_code(
    session: Session, cookie: str, *, code: str, address: str, key: str, now: datetime
) -> SignedIn | None:
    """Sign in whose code was awaited, or count a failure and return None; the caller commits either way."""
    pending = pending_sign_in(session, cookie, now=now, lock=True)
    if pending is None:
        raise SignInExpired(TOO_LATE)
    user = pending.user
    accepted = _accepted(session, user, code, address=address, key=key, now=now)
    if accepted is None:
        return None
    device = Device(address, pending.device, stays=pending.stays)
    session.delete(pending)
    found = _signed_in(session, user, device, now=now)
    return replace(found, recovery_codes_left=accepted.recovery_codes_left)


def _accepted(
    session: Session, user: User, code: str, *, address: str, key: str, now: datetime
) -> AcceptedCode | None:
    """A code that was right; a wrong one is counted and waits by the same rules as a wrong password."""
    lock_user(session, user)
    check_wait(session, name=user.name, address=address, now=now, wrong="验证码")
    accepted = accept_code(session, user, code, key=key, now=now)
    if accepted is None:
        _count_failure(session, user, user.name, address, now)
    return accepted


def _signed_in(session: Session, user: User, device: Device, *, now: datetime) -> SignedIn:
    failures = failures_since(session, user.name, _last_began(session, user) or user.created_at)
    _forget_failures(session, user, device.address)
    cookie = begin_sign_in(session, user, device, now=now, proven_at=now)
    record_sign_in(session, user, cookie, _own_actor(session, user))
    return SignedIn(user, cookie, failures, stays=device.stays)


def record_sign_in(session: Session, user: User, cookie: str, actor: Actor) -> None:
    """An entry of a sign-in, by which a row that nobody's sign-in made is found."""
    after = {"sign_in": mark_of_cookie(cookie)}
    change = Change("user", user.id, user.name, "signed_in", after=after, actor=actor)
    change.is_sample = user.is_sample
    record_changes(session, change)


def _forget_failures(session: Session, user: User, address: str) -> None:
    here = FailedSignIn.name_digest == name_digest(user.name), FailedSignIn.address == address
    session.execute(delete(FailedSignIn).where(*here))


def prove(session: Session, sign_in: SignIn, proof: Proof, *, now: datetime) -> bool:
    """Take what was typed as proof of who is signed in; a failure counts as at signing in."""
    user = sign_in.user
    lock_user(session, user)
    session.refresh(user)
    check_wait(session, name=user.name, address=proof.address, now=now, wrong="密码或验证码")
    if proof.fitting is None or user.password_hash != proof.fitting:
        _count_failure(session, user, user.name, proof.address, now)
        return False
    is_complete = not has_second_factor(session, user) or _accepted(
        session, user, proof.code, address=proof.address, key=proof.key, now=now
    )
    if is_complete:
        _forget_failures(session, user, proof.address)
        sign_in.proven_at = now
    session.flush()
    return bool(is_complete)


def _last_began(session: Session, user: User) -> datetime | None:
    return session.scalar(select(func.max(SignIn.began_at)).where(SignIn.user_id == user.id))


def begin_sign_in(
    session: Session, user: User, device: Device, *, now: datetime, proven_at: datetime | None = None
) -> str:
    """A new sign-in; returns its cookie, of which only a digest is stored."""
    key = secrets.token_urlsafe(24)
    begun = SignIn(
        user_id=user.id,
        key_hash=key_digest(key),
        device=device.words,
        address=device.address,
        stays=device.stays,
        began_at=now,
        proven_at=proven_at,
        seen_at=now,
        expires_at=now + (STAYS_FOR if device.stays else LASTS_FOR),
    )
    session.add(begun)
    session.flush()
    return f"{begun.id}:{key}"


def _count_failure(session: Session, user: User | None, name: str, address: str, now: datetime) -> None:
    """Count it, with an entry that does not tell the name typed: it may have been a password."""
    session.add(FailedSignIn(name_digest=name_digest(name), address=address, at=now))
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
    session.execute(delete(PendingSignIn).where(PendingSignIn.user_id == user.id))
    if numbers:
        _record(session, user, "signed_out")
    session.flush()
    return len(numbers)


def allow_attempts(session: Session, user: User) -> None:
    """Forget the failures with the person's name, so that they may try at once."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.name_digest == name_digest(user.name)))
    _record(session, user, "unlocked")
    session.flush()


def forget_old(session: Session, *, now: datetime, months: int = MONTHS_KEPT) -> int:
    """Delete sign-ins and links that ended or expired, and failures, longer ago than they are kept.

    Forms that waited for a sign-in go once they are given up.
    """
    before = start_of_day(months_before(business_day(now), months))
    old = [
        delete(FailedSignIn).where(FailedSignIn.at < before),
        delete(SignIn).where(or_(SignIn.expires_at < before, SignIn.ended_at < before)),
        delete(PasswordLink).where(or_(PasswordLink.expires_at < before, PasswordLink.ended_at < before)),
        delete(PendingSignIn).where(PendingSignIn.expires_at < now),
        delete(WaitingForm).where(WaitingForm.expires_at < now),
    ]
    options = {"preserve_rowcount": True}
    forgotten = sum(session.connection().execute(each, execution_options=options).rowcount for each in old)
    if forgotten:
        record_changes(
            session, Change("retention", None, "登录记录", "expired", after={"sign_ins": forgotten})
        )
    return forgotten


def _record(session: Session, user: User, verb: str) -> None:
    record_changes(session, Change("user", user.id, user.name, verb, is_sample=user.is_sample))
